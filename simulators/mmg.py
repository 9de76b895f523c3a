"""MMG: takes texts as JSON and posts receipts as JSON."""

import random
from collections.abc import Mapping

import msgspec

from simulators.http_server import Request, Response, json_response
from simulators.outbox import Channel, Message
from simulators.outcomes import Fault, Report, outcome_for_number
from simulators.provider import Provider, receipt_target
from simulators.receipts import Receipt
from simulators.times import now_us, uk_local

RECEIPT_PATH = "/notifications/sms/mmg"

STATUSES: Mapping[Report, tuple[str, str]] = {
    Report.DELIVERED: ("3", "5"),
    Report.PERMANENT: ("5", "52"),
    Report.TEMPORARY: ("4", "6"),
    Report.FAILED_WITHOUT_CODE: ("4", "32"),
    Report.UNKNOWN: ("99", "0"),
    Report.FORGED: ("3", "5"),
    Report.COMPLAINT: ("3", "5"),
}
"""`status` and `substatus` of each report. MMG has none that means pending."""

ANSWERS: Mapping[Fault, Response] = {
    Fault.ERROR: json_response({"error": "internal error"}, status=500),
    Fault.THROTTLE: json_response({"error": "too many requests"}, status=429),
    Fault.REFUSE: json_response({"error": "rejected"}, status=400),
}


class _SendBody(msgspec.Struct, rename={"req_type": "reqType", "msisdn": "MSISDN"}):
    """The body of a send request."""

    req_type: str
    msisdn: str
    msg: str
    sender: str
    cid: str
    multi: bool = False
    delurl: str = ""


class _ReceiptBody(msgspec.Struct, rename={"cid": "CID", "msisdn": "MSISDN"}):
    """The body of a receipt."""

    cid: str
    msisdn: str
    status: str
    substatus: str
    reference: str
    deliverytime: str


_read_body = msgspec.json.Decoder(_SendBody).decode


class Mmg:
    """`POST /mmg`."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def send(self, request: Request) -> Response:
        """Accept a text, or fail as the mode or the number has it."""
        verdict = self._provider.judge()
        if verdict.fault is not None:
            return self._provider.refuse(verdict.fault, ANSWERS, verdict.delay_s)
        if not request.header(b"authorization").startswith("Basic "):
            return self._provider.reject(json_response({"error": "no API key"}, status=401))
        try:
            body = _read_body(request.body)
        except msgspec.DecodeError as error:
            return self._provider.reject(json_response({"error": str(error)}, status=400))
        if not (body.msisdn.isdecimal() and body.cid):
            return self._provider.reject(json_response({"error": "MSISDN and cid must be given"}, status=400))
        outcome = outcome_for_number(body.msisdn)
        fault = self._provider.fault_for(outcome, body.cid)
        if fault is not None:
            return self._provider.refuse(fault, ANSWERS, verdict.delay_s)
        message = Message(
            channel=Channel.SMS,
            provider=self._provider.name,
            reference=body.cid,
            provider_reference=str(random.randrange(10_000_000, 100_000_000)),
            recipient=body.msisdn,
            sender=body.sender,
            received_at_us=now_us(),
            outcome=outcome,
            text=body.msg,
            receipt_url=body.delurl,
        )
        answer = Response(body=b'{"Reference": "%s"}' % message.provider_reference.encode())
        return self._provider.accept(message, answer, _make_receipt, verdict.delay_s)


def _make_receipt(message: Message, report: Report) -> Receipt | None:
    codes = STATUSES.get(report)
    if codes is None:
        return None
    path, authorization = receipt_target(message.receipt_url, RECEIPT_PATH)
    body = _ReceiptBody(
        cid=message.reference,
        msisdn=message.recipient,
        status=codes[0],
        substatus=codes[1],
        reference=message.provider_reference,
        deliverytime=uk_local(message.received_at_us),
    )
    return Receipt(
        provider=message.provider,
        reference=message.reference,
        report=report.value,
        path=path,
        headers=f"Content-Type: application/json\r\n{authorization}",
        body=msgspec.json.encode(body),
    )

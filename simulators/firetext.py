"""Firetext: takes texts as a form and posts receipts as a form."""

import random
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from simulators.http_server import Request, Response, json_response
from simulators.outbox import Channel, Message
from simulators.outcomes import Fault, Report, outcome_for_number
from simulators.provider import Provider, receipt_target
from simulators.receipts import Receipt
from simulators.times import now_us, uk_local

RECEIPT_PATH = "/notifications/sms/firetext"

STATUSES: Mapping[Report, tuple[str, str]] = {
    Report.DELIVERED: ("0", "000"),
    Report.PERMANENT: ("1", "101"),
    Report.TEMPORARY: ("1", "102"),
    Report.PENDING: ("2", ""),
    Report.FAILED_WITHOUT_CODE: ("1", ""),
    Report.UNKNOWN: ("7", ""),
    Report.FORGED: ("0", "000"),
    Report.COMPLAINT: ("0", "000"),
}
"""`status` and `code` of each report; no `code` is sent where it is empty."""


def _answer(code: int, description: str, *, status: int = 200) -> Response:
    return json_response(
        {"code": code, "description": description, "responseData": int(code == 0)}, status=status
    )


ACCEPTED = _answer(0, "SMS successfully queued")

ANSWERS: Mapping[Fault, Response] = {
    Fault.ERROR: _answer(99, "Internal error", status=500),
    Fault.THROTTLE: _answer(98, "Too many requests", status=429),
    Fault.REFUSE: _answer(6, "Message rejected"),
}


class Firetext:
    """`POST /firetext`. A refusal is a 200 whose `code` is not 0."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def send(self, request: Request) -> Response:
        """Accept a text, or fail as the mode or the number has it."""
        verdict = self._provider.judge()
        if verdict.fault is not None:
            return self._provider.refuse(verdict.fault, ANSWERS, verdict.delay_s)
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        wrong = _find_fault(form)
        if wrong is not None:
            return self._provider.reject(wrong)
        recipient, reference = form["to"], form["reference"]
        outcome = outcome_for_number(recipient)
        fault = self._provider.fault_for(outcome, reference)
        if fault is not None:
            return self._provider.refuse(fault, ANSWERS, verdict.delay_s)
        message = Message(
            channel=Channel.SMS,
            provider=self._provider.name,
            reference=reference,
            provider_reference=str(random.randrange(10_000_000, 100_000_000)),
            recipient=recipient,
            sender=form["from"],
            received_at_us=now_us(),
            outcome=outcome,
            text=form["message"],
            receipt_url=form.get("receipt", ""),
        )
        return self._provider.accept(message, ACCEPTED, _make_receipt, verdict.delay_s)


def _find_fault(form: Mapping[str, str]) -> Response | None:
    if "apiKey" not in form:
        return _answer(1, "Authentication error")
    missing = [name for name in ("from", "to", "message", "reference") if name not in form]
    if missing:
        return _answer(2, f"Missing: {', '.join(missing)}")
    return None if form["to"].isdecimal() else _answer(3, "Invalid mobile number")


def _make_receipt(message: Message, report: Report) -> Receipt:
    status, code = STATUSES[report]
    path, authorization = receipt_target(message.receipt_url, RECEIPT_PATH)
    body = {
        "mobile": message.recipient,
        "status": status,
        "time": uk_local(message.received_at_us),
        "reference": message.reference,
    }
    if code:
        body["code"] = code
    return Receipt(
        provider=message.provider,
        reference=message.reference,
        report=report.value,
        path=path,
        headers=f"Content-Type: application/x-www-form-urlencoded\r\n{authorization}",
        body=urlencode(body).encode(),
    )

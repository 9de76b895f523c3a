"""The print provider's API for letters: take print jobs, and report on them. Signing in is in `dvla_account`.

A letter's outcome is asked for by its recipient's name, the first line of the address: `perm-fail` is
rejected, `error` is answered 500, and so on (`outcomes.py`); every other name is despatched.
"""

import base64
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Literal

import msgspec

from simulators.dvla_account import DvlaAccount
from simulators.http_server import Request, Response, error_response, json_response
from simulators.letter_pages import page_count
from simulators.outbox import Channel, Message
from simulators.outcomes import Fault, Report, outcome_by_name
from simulators.provider import Provider, receipt_target
from simulators.receipts import Receipt
from simulators.times import iso_s, now_us

RECEIPT_PATH = "/notifications/letter/status"

_STATUSES: Mapping[Report, str] = {
    Report.PERMANENT: "REJECTED",
    Report.TEMPORARY: "REJECTED",
    Report.FAILED_WITHOUT_CODE: "REJECTED",
    Report.UNKNOWN: "SHREDDED",
}
"""`jobStatus` of each report, DESPATCHED for all others."""

_PRODUCTS: Mapping[str, tuple[str, str]] = {
    "FIRST": ("1ST", "UNSORTED"),
    "ECONOMY": ("2ND", "MM ECONOMY"),
    "INTERNATIONAL_EU": ("INTERNATIONAL", "INT EU"),
    "INTERNATIONAL_ROW": ("INTERNATIONAL", "INT ROW"),
    "": ("2ND", "MM"),
}
"""`postageClass` and `mailingProduct` with which a letter of each despatch method is reported."""


def _job_error(status: int, title: str, detail: str) -> Response:
    return json_response(
        {"errors": [{"status": str(status), "title": title, "detail": detail}]}, status=status
    )


ANSWERS: Mapping[Fault, Response] = {
    Fault.ERROR: _job_error(500, "Internal Server Error", "simulated failure"),
    Fault.THROTTLE: _job_error(429, "Too Many Requests", "simulated throttling"),
    Fault.REFUSE: _job_error(400, "Bad Request", "simulated refusal"),
}


class _KeyValue(msgspec.Struct):
    key: str
    value: str


_Line = Annotated[str, msgspec.Meta(max_length=45)]


class _Address(msgspec.Struct, rename="camel"):
    """Any of the three kinds of address; what a kind does not have is empty."""

    line1: Annotated[str, msgspec.Meta(min_length=1, max_length=45)]
    line2: _Line = ""
    line3: _Line = ""
    line4: _Line = ""
    line5: _Line = ""
    postcode: Annotated[str, msgspec.Meta(max_length=10)] = ""
    country: Annotated[str, msgspec.Meta(max_length=256)] = ""
    bfpo_number: str | int = ""


class _AnyAddress(msgspec.Struct, rename="camel"):
    unstructured_address: _Address | None = None
    international_address: _Address | None = None
    bfpo_address: _Address | None = None


class _StandardParams(msgspec.Struct, rename="camel"):
    job_type: str
    template_reference: str
    business_identifier: str
    recipient_name: str
    address: _AnyAddress
    despatch_method: str = ""


class _CallbackParams(msgspec.Struct):
    target: str


class _PrintJob(msgspec.Struct, rename="camel"):
    """The body of a print request."""

    id: str
    standard_params: _StandardParams
    custom_params: list[_KeyValue] = []
    callback_params: _CallbackParams | None = None


class _Report(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request for a report."""

    status: Literal["DESPATCHED", "REJECTED"] = "DESPATCHED"


class Dvla:
    """`POST /dvla/print-request/v1/print/jobs`, and reports on request."""

    def __init__(self, provider: Provider, account: DvlaAccount) -> None:
        self._provider = provider
        self._account = account

    def print_job(self, request: Request) -> Response:
        """Accept a letter, or fail as the mode or the recipient's name has it; 409 where its id was
        accepted before."""
        verdict = self._provider.judge()
        if verdict.fault is not None:
            return self._provider.refuse(verdict.fault, ANSWERS, verdict.delay_s)
        intruder = self._account.find_intruder(request)
        if intruder is not None:
            return self._provider.reject(_job_error(*intruder))
        try:
            job = msgspec.json.decode(request.body, type=_PrintJob)
            message = _make_message(job, self._provider.name)
        except (msgspec.DecodeError, ValueError) as error:
            return self._provider.reject(_job_error(400, "Bad Request", str(error)))
        if self._provider.has_accepted(job.id):
            return self._provider.reject(
                _job_error(409, "Conflict", "The supplied identifier was used before")
            )
        fault = self._provider.fault_for(message.outcome, job.id)
        if fault is not None:
            return self._provider.refuse(fault, ANSWERS, verdict.delay_s)
        product = _PRODUCTS[job.standard_params.despatch_method]
        answer = json_response({"id": message.provider_reference}, status=202)
        return self._provider.accept(message, answer, partial(_make_receipt, product), verdict.delay_s)

    def report(self, request: Request) -> Response:
        """Report on an accepted letter now, again or for the first time: `POST /dvla/reports/<id of the job>`."""
        try:
            wanted = msgspec.json.decode(request.body or b"{}", type=_Report)
        except msgspec.DecodeError as error:
            return error_response(400, str(error))
        message = self._provider.find_message(request.rest)
        if message is None:
            return error_response(404, "no letter with this id is kept")
        report = Report.DELIVERED if wanted.status == "DESPATCHED" else Report.PERMANENT
        product = _PRODUCTS["" if message.sender == "SECOND" else message.sender]
        receipt = _make_receipt(product, message, report)
        if receipt is None:
            return error_response(409, "its job named no address for reports")
        self._provider.send_now(message, receipt)
        return json_response({"reported": wanted.status}, status=202)


def _make_message(job: _PrintJob, provider: str) -> Message:
    """Raises ValueError where the job lacks what the printer needs."""
    params = job.standard_params
    if params.despatch_method not in _PRODUCTS:
        raise ValueError("standardParams.despatchMethod is not one of the known ones")
    pdf = next((param.value for param in job.custom_params if param.key == "pdfContent"), "")
    content = base64.b64decode(pdf, validate=True)
    if not content.startswith(b"%PDF-"):
        raise ValueError("customParams.pdfContent is not a PDF in base64")
    return Message(
        channel=Channel.LETTER,
        provider=provider,
        reference=job.id,
        provider_reference=params.business_identifier,
        recipient=params.recipient_name,
        sender=params.despatch_method or "SECOND",
        received_at_us=now_us(),
        outcome=outcome_by_name(params.recipient_name.strip().lower()),
        text="\n".join(_address_lines(params.address)),
        pdf=content,
        page_count=page_count(content),
        receipt_url=job.callback_params.target if job.callback_params else "",
    )


def _address_lines(address: _AnyAddress) -> list[str]:
    given = [
        kind
        for kind in (address.unstructured_address, address.international_address, address.bfpo_address)
        if kind is not None
    ]
    if len(given) != 1:
        raise ValueError("standardParams.address must have one kind of address")
    only = given[0]
    bfpo = f"BFPO {only.bfpo_number}" if only.bfpo_number else ""
    lines = (only.line1, only.line2, only.line3, only.line4, only.line5, bfpo, only.postcode, only.country)
    return [line for line in lines if line]


def _make_receipt(product: tuple[str, str], message: Message, report: Report) -> Receipt | None:
    """Return the status callback; None where the job named no address for it."""
    if not message.receipt_url or report is Report.PENDING:
        return None
    path, authorization = receipt_target(message.receipt_url, RECEIPT_PATH)
    time = iso_s(now_us())
    despatched = [
        {"key": "postageClass", "value": product[0]},
        {"key": "mailingProduct", "value": product[1]},
        {"key": "totalSheets", "value": str(max(1, (message.page_count + 1) // 2))},
    ]
    status = _STATUSES.get(report, "DESPATCHED")
    body = {
        "id": str(uuid.uuid4()),
        "source": "simulators",
        "specVersion": "1",
        "type": "PrintJobStatus",
        "time": time,
        "dataContentType": "application/json",
        "data": {
            "jobId": message.reference,
            "jobType": "NOTIFY",
            "jobStatus": status,
            "templateReference": "NOTIFY",
            "transitionDate": time,
            "despatchProperties": despatched if status == "DESPATCHED" else [],
        },
        "metadata": {"correlationId": str(uuid.uuid4())},
    }
    return Receipt(
        provider=message.provider,
        reference=message.reference,
        report=status.lower() if report is not Report.UNKNOWN else report.value,
        path=path,
        headers=f"Content-Type: application/json\r\n{authorization}",
        body=msgspec.json.encode(body),
    )

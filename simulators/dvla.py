"""The print provider's API: sign in, change password and key, take print jobs, and report on them.

A letter's outcome is asked for by its recipient's name, the first line of the address: `perm-fail` is
rejected, `error` is answered 500, and so on (`outcomes.py`); every other name is despatched.
"""

import base64
import secrets
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated

import jwt
import msgspec

from simulators.http_server import Request, Response, json_response
from simulators.outbox import Channel, Message
from simulators.outcomes import Fault, Report, outcome_by_name
from simulators.provider import Provider, receipt_target
from simulators.receipts import Receipt
from simulators.times import iso_s, now_us

TOKEN_LIFETIME_S = 3600
RECEIPT_PATH = "/notifications/letter/status"

_TOKEN_KEY = b"simulators: this key is no secret, so that tokens outlive a restart"

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


def _account_error(status: int, title: str, detail: str) -> Response:
    return json_response([{"status": str(status), "title": title, "detail": detail}], status=status)


ANSWERS: Mapping[Fault, Response] = {
    Fault.ERROR: _job_error(500, "Internal Server Error", "simulated failure"),
    Fault.THROTTLE: _job_error(429, "Too Many Requests", "simulated throttling"),
    Fault.REFUSE: _job_error(400, "Bad Request", "simulated refusal"),
}


class _SignIn(msgspec.Struct, rename="camel"):
    user_name: str
    password: str


class _PasswordChange(_SignIn, rename="camel"):
    new_password: str


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


class Dvla:
    """`POST /dvla/thirdparty-access/v1/…` and `POST /dvla/print-request/v1/print/jobs`."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def authenticate(self, request: Request) -> Response:
        """Answer any user name and password that are not empty with a token."""
        try:
            body = msgspec.json.decode(request.body, type=_SignIn)
        except msgspec.DecodeError as error:
            return _account_error(400, "Bad Request", str(error))
        if not (body.user_name and body.password):
            return _account_error(401, "Unauthorized", "Authentication failure")
        expires_at_s = now_us() // 1_000_000 + TOKEN_LIFETIME_S
        return json_response({"id-token": jwt.encode({"exp": expires_at_s}, _TOKEN_KEY, algorithm="HS256")})

    def change_password(self, request: Request) -> Response:
        """Take a new password; the old one is not checked."""
        try:
            msgspec.json.decode(request.body, type=_PasswordChange)
        except msgspec.DecodeError as error:
            return _account_error(400, "Bad Request", str(error))
        return json_response({"message": "Password successfully changed."})

    def change_api_key(self, request: Request) -> Response:
        """Answer with a new API key; the old one goes on working."""
        refusal = _find_intruder(request, _account_error)
        return refusal or json_response({"newApiKey": secrets.token_hex(20)})

    def print_job(self, request: Request) -> Response:
        """Accept a letter, or fail as the mode or the recipient's name has it; 409 where its id was
        accepted before."""
        verdict = self._provider.judge()
        if verdict.fault is not None:
            return self._provider.refuse(verdict.fault, ANSWERS, verdict.delay_s)
        refusal = _find_intruder(request, _job_error)
        if refusal is not None:
            return self._provider.reject(refusal)
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


def _find_intruder(request: Request, error: Callable[[int, str, str], Response]) -> Response | None:
    """Return the refusal of a request without a valid token and an API key."""
    try:
        jwt.decode(request.header(b"authorization"), _TOKEN_KEY, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        return error(401, "Unauthorized", "The incoming token is not valid or has expired")
    return None if request.header(b"x-api-key") else error(403, "Forbidden", "Forbidden")


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
        {"key": "totalSheets", "value": "1"},
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

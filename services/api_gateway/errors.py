"""The one table of public errors: what an exception becomes for whoever called the REST API.

`services.api_gateway.app` asks for it, and nobody else makes an error's body. Public names are strings here
and never Python's class names. docs/errors.md is this table, written by `errors_page`.

An error that the table does not know shows nothing of itself. Wordings are made where an error is raised.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from math import ceil
from typing import Final

from servicekit.errors import (
    INTERNAL_MESSAGE,
    Conflict,
    DeadlineExceeded,
    InternalError,
    InvalidRequest,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    QuotaExceeded,
    RateLimited,
    RuleBroken,
    ServiceError,
    Unavailable,
    Unimplemented,
)
from services.api_gateway.auth import TokenFault
from services.api_gateway.http import BODY_TOO_LARGE, Answer, Header

INVALID_JSON: Final = "INVALID_JSON"
CALLBACK_REFUSED: Final = "CALLBACK_REFUSED"
RECEIPT_MALFORMED: Final = "RECEIPT_MALFORMED"
RECEIPT_FORBIDDEN: Final = "RECEIPT_FORBIDDEN"
NOT_A_LETTER: Final = "NOT_A_LETTER"
LETTER_NOT_BASE64: Final = "LETTER_NOT_BASE64"
NO_PDF: Final = "NO_PDF"
PDF_NOT_READY: Final = "PDF_NOT_READY"
VIRUS_SCAN_FAILED: Final = "VIRUS_SCAN_FAILED"
NOT_BASE64: Final = "NOT_BASE64"


class Shape(Enum):
    """The two forms of an error's body."""

    V2 = "v2"
    """`{"status_code": 400, "errors": [{"error": "BadRequestError", "message": "…"}]}`"""
    PLAIN = "plain"
    """`{"result": "error", "message": "…"}`"""


@dataclass(frozen=True, slots=True)
class PublicError:
    """One row: what is shown of an error."""

    status: int
    error: str
    """The public type."""
    message: str | None = None
    """Shown instead of the error's own message; None shows that."""
    shown: tuple[str, ...] = ()
    """Metadata that is shown beside the message."""


_BAD_REQUEST: Final = PublicError(400, "BadRequestError")
_UNAUTHORISED: Final = PublicError(401, "AuthError")
_FORBIDDEN: Final = PublicError(403, "AuthError")
OUR_FAULT: Final = PublicError(500, "Exception", INTERNAL_MESSAGE)

BY_REASON: Final[Mapping[str, PublicError]] = {
    # ErrorReason of the notifications service
    "INVALID_REQUEST": PublicError(400, "ValidationError"),
    "NOT_FOUND": PublicError(404, "NoResultFound", "No result found"),
    "CHANNEL_NOT_ALLOWED": _BAD_REQUEST,
    "TEMPLATE_NOT_FOUND": _BAD_REQUEST,
    "TEMPLATE_WRONG_TYPE": _BAD_REQUEST,
    "TEMPLATE_ARCHIVED": _BAD_REQUEST,
    "MISSING_PERSONALISATION": _BAD_REQUEST,
    "MESSAGE_EMPTY": _BAD_REQUEST,
    "MESSAGE_TOO_LONG": _BAD_REQUEST,
    "FILE_NOT_ALLOWED": _BAD_REQUEST,
    "FILE_REFUSED": _BAD_REQUEST,
    "SENDER_NOT_FOUND": _BAD_REQUEST,
    "RECIPIENT_NOT_ON_TEAM": _BAD_REQUEST,
    "RECIPIENT_NOT_IN_TRIAL": _BAD_REQUEST,
    "INTERNATIONAL_NOT_ALLOWED": _BAD_REQUEST,
    "LANDLINE_NOT_ALLOWED": PublicError(400, "InvalidPhoneError"),
    "LETTER_NOT_ALLOWED": PublicError(403, "BadRequestError"),
    "DAILY_LIMIT_REACHED": PublicError(429, "TooManyRequestsError"),
    "CONFLICT": OUR_FAULT,
    "IDEMPOTENCY_KEY_REUSED": PublicError(422, "IdempotencyError"),
    "IDEMPOTENCY_KEY_IN_PROGRESS": PublicError(409, "IdempotencyError"),
    "JOB_ENDED": _BAD_REQUEST,
    "QR_CODE_TOO_LONG": PublicError(400, "ValidationError", shown=("data", "num_bytes", "max_bytes")),
    # ErrorReason of the letters service
    "PDF_NOT_READY": PublicError(400, "PDFNotReadyError", "PDF not available yet, try again later"),
    "VIRUS_SCAN_FAILED": PublicError(400, "BadRequestError", "File did not pass the virus scan"),
    "NO_SUCH_PAGE": _BAD_REQUEST,
    "NOT_RENDERABLE": _BAD_REQUEST,
    "REPORT_TOKEN_REFUSED": PublicError(403, "InvalidRequest"),
    "REPORT_UNREADABLE": _BAD_REQUEST,
    "REPORT_ID_MISMATCH": PublicError(400, "InvalidRequest"),
    "POSITION_LOST": OUR_FAULT,
    "FILES_NOT_STORED": OUR_FAULT,
    # ErrorReason of the documents service
    "FILE_TYPE_NOT_ALLOWED": _BAD_REQUEST,
    "FILE_EMPTY": _BAD_REQUEST,
    "FILE_TOO_LARGE": _BAD_REQUEST,
    "FILE_NAME_TOO_LONG": _BAD_REQUEST,
    "FILE_INFECTED": _BAD_REQUEST,
    # ErrorReason of the billing service, which the public API does not call
    "DAY_NOT_KEPT": OUR_FAULT,
    "NOTHING_KEPT": OUR_FAULT,
    # ErrorReason of ProvidersService, which the public API does not call
    "LAST_ACTIVE_PROVIDER": OUR_FAULT,
    # ErrorReason of the email service
    "SIGNATURE_REFUSED": PublicError(403, "InvalidRequest"),
    # the gateway's own
    TokenFault.MISSING: _UNAUTHORISED,
    TokenFault.NOT_BEARER: _UNAUTHORISED,
    **{fault: _FORBIDDEN for fault in TokenFault if fault not in (TokenFault.MISSING, TokenFault.NOT_BEARER)},
    "RATE_LIMITED": PublicError(429, "RateLimitError"),
    INVALID_JSON: _BAD_REQUEST,
    BODY_TOO_LARGE: PublicError(413, "BadRequestError"),
    NOT_A_LETTER: _BAD_REQUEST,
    LETTER_NOT_BASE64: _BAD_REQUEST,
    NO_PDF: _BAD_REQUEST,
    NOT_BASE64: _BAD_REQUEST,
    CALLBACK_REFUSED: PublicError(403, "InvalidRequest"),
    RECEIPT_MALFORMED: PublicError(400, "InvalidRequest"),
    RECEIPT_FORBIDDEN: PublicError(403, "InvalidRequest"),
}
"""By the reason that an exception carries; this comes first."""

BY_TYPE: Final[Mapping[type[ServiceError], PublicError]] = {
    InvalidRequest: BY_REASON["INVALID_REQUEST"],
    RuleBroken: _BAD_REQUEST,
    NotFound: BY_REASON["NOT_FOUND"],
    RateLimited: BY_REASON["RATE_LIMITED"],
    QuotaExceeded: BY_REASON["DAILY_LIMIT_REACHED"],
    Unavailable: PublicError(503, "Exception", "Service is temporarily unavailable, try again later"),
    DeadlineExceeded: PublicError(504, "EventletTimeout", "Timeout serving request"),
    Unimplemented: PublicError(501, "NotImplementedError"),
    # One of our services refused another one: a bug or wrong settings of ours, and nobody else's business.
    NotAuthenticated: OUR_FAULT,
    NotAllowed: OUR_FAULT,
    Conflict: OUR_FAULT,
    InternalError: OUR_FAULT,
}
"""By the type of the exception, when its reason is in no row."""

_RETRY_AFTER: Final = timedelta(seconds=5)
"""What a client is told to wait when a part of the system is away."""

NOT_FOUND_MESSAGE: Final = (
    "The requested URL was not found on the server. If you entered the URL manually please check your "
    "spelling and try again."
)
METHOD_MESSAGE: Final = "The method is not allowed for the requested URL."


def public_error(exc: BaseException) -> PublicError:
    """The row of an exception; anything that is no ServiceError is our fault."""
    if not isinstance(exc, ServiceError):
        return OUR_FAULT
    return BY_REASON.get(exc.reason) or BY_TYPE.get(type(exc), OUR_FAULT)


def error_answer(exc: BaseException, shape: Shape) -> Answer:
    """The answer that tells of an exception."""
    row = public_error(exc)
    messages = _messages(exc, row)
    if shape is Shape.V2:
        more = _metadata(exc, row)
        errors = [{"error": row.error, "message": message, **more} for message in messages]
        value: object = {"status_code": row.status, "errors": errors}
    else:
        value = plain_error(messages[0] if len(messages) == 1 else messages)
    return Answer(row.status, _encoded(value), extra_headers=_retry_header(exc, row))


def not_found_answer() -> Answer:
    """For a path that no route has."""
    return Answer(404, _encoded(plain_error(NOT_FOUND_MESSAGE)))


def method_answer(allowed: Iterable[str]) -> Answer:
    """For a path whose routes do not take this method."""
    allow = ", ".join(allowed).encode()
    return Answer(405, _encoded(plain_error(METHOD_MESSAGE)), extra_headers=((b"allow", allow),))


def plain_answer(status: int, message: object, *, extra_headers: tuple[Header, ...] = ()) -> Answer:
    """An error outside `/v2` that is no exception but an expected outcome."""
    return Answer(status, _encoded(plain_error(message)), extra_headers=extra_headers)


def plain_error(message: object) -> dict[str, object]:
    """An error's body outside `/v2`."""
    return {"result": "error", "message": message}


def _encoded(value: object) -> bytes:
    # In ASCII: an error repeats what was sent, and that may hold halves of surrogate pairs.
    return json.dumps(value).encode("ascii")


def _messages(exc: BaseException, row: PublicError) -> list[str]:
    if row.message is not None:
        return [row.message]
    if isinstance(exc, InvalidRequest) and exc.violations:
        return list(dict.fromkeys(violation.message for violation in exc.violations))
    return [exc.message if isinstance(exc, ServiceError) else INTERNAL_MESSAGE]


def _metadata(exc: BaseException, row: PublicError) -> dict[str, object]:
    if not row.shown or not isinstance(exc, ServiceError):
        return {}
    found = {name: exc.metadata[name] for name in row.shown if name in exc.metadata}
    return {name: int(value) if name.endswith("_bytes") else value for name, value in found.items()}


def _retry_header(exc: BaseException, row: PublicError) -> tuple[Header, ...]:
    wait: timedelta | None = getattr(exc, "retry_after", None)
    if wait is None and isinstance(exc, ServiceError) and "retry_after_s" in exc.metadata:
        wait = timedelta(seconds=int(exc.metadata["retry_after_s"]))
    if wait is None and row.status == 503:
        wait = _RETRY_AFTER
    if wait is None:
        return ()
    return ((b"retry-after", b"%d" % max(1, ceil(wait.total_seconds()))),)

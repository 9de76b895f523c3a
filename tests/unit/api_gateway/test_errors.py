"""The table of public errors: it is complete, its page is current, and it shows nothing that it should
not."""

from datetime import timedelta
from typing import Any

import pytest

from notify.billing.v1 import billing_pb2
from notify.documents.v1 import documents_pb2
from notify.email.v1 import email_pb2
from notify.letters.v1 import letters_pb2
from notify.notifications.v1 import types_pb2
from notify.sms.v1 import sms_pb2
from servicekit import errors as raised
from servicekit.errors import ServiceError, Violation
from services.api_gateway.errors import BY_REASON, BY_TYPE, Shape, error_answer, plain_answer
from services.api_gateway.errors_page import PAGE, errors_page
from tests.unit.api_gateway.fakes import Response, v2_error


def shown(exc: BaseException, shape: Shape = Shape.V2) -> Response:
    answer = error_answer(exc, shape)
    headers = {name.decode(): value.decode() for name, value in answer.headers()}
    return Response(answer.status, headers, answer.body)


@pytest.mark.parametrize(
    "enum",
    [
        types_pb2.ErrorReason,
        billing_pb2.ErrorReason,
        sms_pb2.ErrorReason,
        email_pb2.ErrorReason,
        letters_pb2.ErrorReason,
        documents_pb2.ErrorReason,
    ],
)
def test_every_reason_of_a_service_has_a_row(enum: Any) -> None:
    names = {name.removeprefix("ERROR_REASON_") for name in enum.keys()} - {"UNSPECIFIED"}  # noqa: SIM118 -- no dict
    assert names <= set(BY_REASON)


def test_every_exception_has_a_row() -> None:
    assert set(BY_TYPE) == set(ServiceError.__subclasses__()) - {
        kind for kind in ServiceError.__subclasses__() if kind.__module__ != raised.__name__
    }


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == errors_page(), "run python -m services.api_gateway.errors_page"


@pytest.mark.parametrize("reason", sorted(BY_REASON))
def test_every_row_in_both_shapes(reason: str) -> None:
    row = BY_REASON[reason]
    exc = raised.RuleBroken(reason, "What is wrong")
    message = row.message or "What is wrong"
    assert shown(exc).json == v2_error(row.status, (row.error, message))
    assert shown(exc, Shape.PLAIN).json == {"result": "error", "message": message}
    assert shown(exc).status == row.status


@pytest.mark.parametrize(
    ("exc", "status", "error", "message"),
    [
        (raised.RuleBroken("SOMETHING_NEW", "said"), 400, "BadRequestError", "said"),
        (raised.NotFound("template"), 404, "NoResultFound", "No result found"),
        (raised.NotFound("x", "secret detail"), 404, "NoResultFound", "No result found"),
        (raised.RateLimited("slow down", timedelta(seconds=3)), 429, "RateLimitError", "slow down"),
        (raised.QuotaExceeded("sms", "used up"), 429, "TooManyRequestsError", "used up"),
        (
            raised.Unavailable("db gone"),
            503,
            "Exception",
            "Service is temporarily unavailable, try again later",
        ),
        (raised.DeadlineExceeded("x"), 504, "EventletTimeout", "Timeout serving request"),
        (raised.Unimplemented("Not yet"), 501, "NotImplementedError", "Not yet"),
        (raised.NotAuthenticated("CALLER_TOKEN_REFUSED", "ours"), 500, "Exception", "Internal server error"),
        (raised.NotAllowed("ours"), 500, "Exception", "Internal server error"),
        (raised.Conflict("ours"), 500, "Exception", "Internal server error"),
        (raised.InternalError("ours"), 500, "Exception", "Internal server error"),
        (KeyError("07700900123"), 500, "Exception", "Internal server error"),
    ],
)
def test_what_an_exception_becomes(exc: Exception, status: int, error: str, message: str) -> None:
    assert (shown(exc).status, shown(exc).json) == (status, v2_error(status, (error, message)))


def test_every_violation_is_told_once() -> None:
    exc = raised.InvalidRequest(
        [Violation("a", "a is bad"), Violation("b", "b is bad"), Violation("a", "a is bad")]
    )
    assert shown(exc).json == v2_error(400, ("ValidationError", "a is bad"), ("ValidationError", "b is bad"))


@pytest.mark.parametrize(
    ("exc", "seconds"),
    [
        (raised.RateLimited("x", timedelta(milliseconds=1_200)), "2"),
        (raised.RateLimited("x", timedelta(0)), "1"),
        (raised.Unavailable("x", timedelta(seconds=7)), "7"),
        (raised.Unavailable("x"), "5"),
        (raised.QuotaExceeded("sms", "x"), None),
    ],
)
def test_when_to_come_again(exc: Exception, seconds: str | None) -> None:
    assert shown(exc).headers.get("retry-after") == seconds


def test_halves_of_surrogate_pairs_can_be_told() -> None:
    assert shown(raised.RuleBroken("X", "a \ud800")).json["errors"][0]["message"] == "a \ud800"
    assert plain_answer(400, ["\ud800"]).body == b'{"result": "error", "message": ["\\ud800"]}'

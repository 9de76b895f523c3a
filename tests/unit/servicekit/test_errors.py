"""The table of errors: everything that is raised comes back as itself."""

from datetime import timedelta

import grpc
import pytest
from google.protobuf.wrappers_pb2 import StringValue
from google.rpc import error_details_pb2, status_pb2
from hypothesis import given
from hypothesis import strategies as st

from servicekit.errors import (
    DETAILS_KEY,
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
    Violation,
    exception_from,
    from_rpc_error,
    from_status,
    parts_of,
    to_status,
)

ERRORS: list[ServiceError] = [
    InvalidRequest(
        [Violation("template_id", "template_id is not a valid UUID"), Violation("", "Extra")],
        reason="BAD_BODY",
    ),
    RuleBroken(
        "TRIAL_MODE", "Can’t send to this recipient when service is in trial mode", metadata={"limit": "50"}
    ),
    NotAuthenticated("API_KEY_REVOKED", "Invalid token: API key revoked", metadata={"status": "403"}),
    NotFound("template", "Template not found", reason="TEMPLATE_NOT_FOUND", metadata={"id": "x"}),
    NotFound("notification"),
    RateLimited("Exceeded rate limit", timedelta(milliseconds=1500), metadata={"rate": "3000"}),
    RateLimited("Exceeded rate limit", timedelta(0)),
    QuotaExceeded("sms", "Exceeded send limits (sms: 50) for today", {"count": "50"}),
    Conflict("The lease was lost", reason="LEASE_LOST"),
    NotAllowed("sms may not call this"),
    Unavailable("The database is not available", timedelta(seconds=2)),
    Unavailable("The database is not available"),
    DeadlineExceeded(),
    Unimplemented("Not here"),
    InternalError(),
]


def _seen(error: ServiceError) -> object:
    return type(error), str(error), error.reason, error.metadata, {**vars(error)}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_taken_apart_and_put_together_is_the_same(error: ServiceError) -> None:
    assert _seen(exception_from(parts_of(error, "sms.notify"))) == _seen(error)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_sent_as_status_comes_back_the_same(error: ServiceError) -> None:
    sent = to_status(parts_of(error, "sms.notify")).SerializeToString()

    assert _seen(from_status(status_pb2.Status.FromString(sent))) == _seen(error)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_every_status_names_its_reason_and_who_speaks(error: ServiceError) -> None:
    status = to_status(parts_of(error, "sms.notify"))

    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert (info.reason, info.domain) == (error.reason, "sms.notify")


def test_every_kind_of_error_is_in_the_tests_above() -> None:
    assert {type(error) for error in ERRORS} == set(ServiceError.__subclasses__())


def test_text_of_a_bug_is_replaced() -> None:
    parts = parts_of(KeyError("07700900123"), "sms.notify")

    assert parts.code is grpc.StatusCode.INTERNAL
    assert "07700900123" not in to_status(parts).SerializeToString().decode(errors="replace")
    assert parts.message == "Internal server error"


def test_text_given_to_an_internal_error_is_not_sent() -> None:
    parts = parts_of(InternalError("row (1, 07700900123) is wrong"), "sms.notify")

    assert parts.message == "Internal server error"


@given(st.lists(st.builds(Violation, st.text(max_size=20), st.text(max_size=5_000)), max_size=200))
def test_a_status_always_fits_into_trailers(violations: list[Violation]) -> None:
    status = to_status(parts_of(InvalidRequest(violations), "sms.notify"))

    assert status.ByteSize() < 50_000


def _rpc_error(code: grpc.StatusCode, *trailers: tuple[str, bytes]) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(
        code, grpc.aio.Metadata(), grpc.aio.Metadata(*trailers), "ipv4:10.0.0.1:6021 refused", ""
    )


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (grpc.StatusCode.UNAVAILABLE, Unavailable),
        (grpc.StatusCode.CANCELLED, Unavailable),
        (grpc.StatusCode.DEADLINE_EXCEEDED, DeadlineExceeded),
        (grpc.StatusCode.UNIMPLEMENTED, Unimplemented),
        (grpc.StatusCode.INTERNAL, InternalError),
        (grpc.StatusCode.UNKNOWN, InternalError),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, InternalError),
    ],
)
def test_an_error_of_the_transport_is_told_by_its_code_without_its_text(
    code: grpc.StatusCode, kind: type[ServiceError]
) -> None:
    error = from_rpc_error(_rpc_error(code))

    assert type(error) is kind
    assert "10.0.0.1" not in str(error)


def test_an_error_with_details_is_the_servers_own() -> None:
    details = to_status(parts_of(NotFound("template"), "notifications.notify")).SerializeToString()

    error = from_rpc_error(_rpc_error(grpc.StatusCode.NOT_FOUND, (DETAILS_KEY, details)))

    assert isinstance(error, NotFound)
    assert error.kind == "template"


def test_details_of_an_unknown_type_are_ignored() -> None:
    status = to_status(parts_of(Conflict("Too late"), "sms.notify"))
    status.details.add().Pack(StringValue(value="news from a later release"))

    assert isinstance(from_status(status), Conflict)

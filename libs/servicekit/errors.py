# ruff: noqa: N818 -- these are the words of the error table; `NotFoundError` would be a second word for each
"""The one table of errors: what the domain raises, how it travels, and how it comes back as the same thing.

Domain code raises a `ServiceError` and never touches gRPC codes or HTTP. `grpc_server` packs it with
`parts_of` and `to_status`; `grpc_client` unpacks it with `from_rpc_error`. Services that answer item by
item in a batch use `parts_of` and `exception_from` for each item. The public HTTP body is made in the
gateway, not here.

Messages are written for the sending service and shown to it as they are. Anything that is not a
`ServiceError` is a bug: it becomes INTERNAL with its text replaced.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar, Final, cast

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

INTERNAL_MESSAGE: Final = "Internal server error"
DETAILS_KEY: Final = "grpc-status-details-bin"
_MAX_TEXT = 2_000
_MAX_VIOLATIONS_BYTES = 32_768
"""Trailers have a size limit (64 KiB here, see grpc_server): an error must never be too long to be told."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One fault of one field of a request."""

    field: str
    """The name that the caller knows, "" for the request as a whole."""
    message: str
    """The whole public message, for example `template_id is a required property`."""


class ServiceError(Exception):
    """An error that a caller may be told about."""

    code: ClassVar[grpc.StatusCode]
    text_is_safe: ClassVar[bool] = False
    """Whether the message is free of request data, so that it may be logged."""
    default_reason: ClassVar[str]

    def __init__(
        self, message: str, *, reason: str | None = None, metadata: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or self.default_reason
        self.metadata: dict[str, str] = dict(metadata or {})


class InvalidRequest(ServiceError):
    """The request is malformed: HTTP 400 `ValidationError`, one public entry for each violation."""

    code = grpc.StatusCode.INVALID_ARGUMENT
    default_reason = "INVALID_REQUEST"

    def __init__(self, violations: Sequence[Violation], *, reason: str | None = None) -> None:
        super().__init__("; ".join(violation.message for violation in violations), reason=reason)
        self.violations = tuple(violations)


class RuleBroken(ServiceError):
    """The request is well formed and a rule forbids it: HTTP 400 (403 where the contract says so)."""

    code = grpc.StatusCode.FAILED_PRECONDITION
    default_reason = "RULE_BROKEN"

    def __init__(self, reason: str, message: str, *, metadata: Mapping[str, str] | None = None) -> None:
        super().__init__(message, reason=reason, metadata=metadata)


class NotAuthenticated(ServiceError):
    """Nobody knows who is calling: HTTP 401 without a token, 403 with a bad one."""

    code = grpc.StatusCode.UNAUTHENTICATED
    default_reason = "NOT_AUTHENTICATED"
    text_is_safe = True

    def __init__(self, reason: str, message: str, *, metadata: Mapping[str, str] | None = None) -> None:
        super().__init__(message, reason=reason, metadata=metadata)


class NotFound(ServiceError):
    """There is no such thing, or it is somebody else's: HTTP 404 `NoResultFound`."""

    code = grpc.StatusCode.NOT_FOUND
    default_reason = "NOT_FOUND"

    def __init__(
        self,
        kind: str,
        message: str = "No result found",
        *,
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, metadata=metadata)
        self.kind = kind


class RateLimited(ServiceError):
    """Too many requests for now: HTTP 429 `RateLimitError`."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED
    default_reason = "RATE_LIMITED"
    text_is_safe = True

    def __init__(
        self,
        message: str,
        retry_after: timedelta,
        *,
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, metadata=metadata)
        self.retry_after = retry_after


class QuotaExceeded(ServiceError):
    """A limit of the day is used up: HTTP 429 `TooManyRequestsError`."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED
    default_reason = "QUOTA_EXCEEDED"
    text_is_safe = True

    def __init__(
        self,
        limit: str,
        message: str,
        metadata: Mapping[str, str] | None = None,
        *,
        reason: str | None = None,
    ) -> None:
        """`limit` is its name, for example `sms`; its number goes in `metadata`."""
        super().__init__(message, reason=reason, metadata=metadata)
        self.limit = limit


class Conflict(ServiceError):
    """A race was lost, or a lease or version is stale: retried inside, else HTTP 500."""

    code = grpc.StatusCode.ABORTED
    default_reason = "CONFLICT"
    text_is_safe = True


class NotAllowed(ServiceError):
    """This caller may not use this RPC: a wiring bug of ours, or a person without the right."""

    code = grpc.StatusCode.PERMISSION_DENIED
    default_reason = "NOT_ALLOWED"
    text_is_safe = True


class Unavailable(ServiceError):
    """Something that is needed is away: HTTP 503. The call may be tried again."""

    code = grpc.StatusCode.UNAVAILABLE
    default_reason = "UNAVAILABLE"
    text_is_safe = True

    def __init__(
        self,
        message: str,
        retry_after: timedelta | None = None,
        *,
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, metadata=metadata)
        self.retry_after = retry_after


class DeadlineExceeded(ServiceError):
    """The time allowed is over: HTTP 504. Whether the work was done is not known."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED
    default_reason = "DEADLINE_EXCEEDED"
    text_is_safe = True

    def __init__(
        self,
        message: str = "Timeout serving request",
        *,
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, metadata=metadata)


class Unimplemented(ServiceError):
    """The server does not know this RPC, or not this use of it."""

    code = grpc.StatusCode.UNIMPLEMENTED
    default_reason = "UNIMPLEMENTED"
    text_is_safe = True


class InternalError(ServiceError):
    """A bug, here or in the service that was called; nothing more is told."""

    code = grpc.StatusCode.INTERNAL
    default_reason = "INTERNAL"
    text_is_safe = True

    def __init__(
        self,
        message: str = INTERNAL_MESSAGE,
        *,
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorParts:
    """A `ServiceError` as plain values, for converting to and from any wire form."""

    code: grpc.StatusCode
    message: str
    reason: str
    domain: str
    """Who speaks: `<service>.notify`."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    retry_after: timedelta | None = None
    subject: str = ""
    """`NotFound.kind` or `QuotaExceeded.limit`; "" for the others."""


def parts_of(exc: BaseException, domain: str) -> ErrorParts:
    """Take an exception apart. Anything but a `ServiceError` becomes INTERNAL, without its text."""
    if not isinstance(exc, ServiceError) or isinstance(exc, InternalError):
        return ErrorParts(
            code=grpc.StatusCode.INTERNAL,
            message=INTERNAL_MESSAGE,
            reason=InternalError.default_reason,
            domain=domain,
        )
    return ErrorParts(
        code=exc.code,
        message=exc.message,
        reason=exc.reason,
        domain=domain,
        metadata=exc.metadata,
        violations=getattr(exc, "violations", ()),
        retry_after=getattr(exc, "retry_after", None),
        subject=_subject_of(exc),
    )


def _subject_of(exc: ServiceError) -> str:
    match exc:
        case NotFound(kind=subject) | QuotaExceeded(limit=subject):
            return subject
        case _:
            return ""


def exception_from(parts: ErrorParts) -> ServiceError:
    """Put the exception together again: the same type, reason, metadata and message as before."""
    code, message, reason, metadata = parts.code, parts.message, parts.reason, parts.metadata
    match code:
        case grpc.StatusCode.INVALID_ARGUMENT | grpc.StatusCode.OUT_OF_RANGE:
            return InvalidRequest(parts.violations or (Violation("", message),), reason=reason)
        case grpc.StatusCode.FAILED_PRECONDITION:
            return RuleBroken(reason, message, metadata=metadata)
        case grpc.StatusCode.UNAUTHENTICATED:
            return NotAuthenticated(reason, message, metadata=metadata)
        case grpc.StatusCode.NOT_FOUND:
            return NotFound(parts.subject, message, reason=reason, metadata=metadata)
        case grpc.StatusCode.RESOURCE_EXHAUSTED if parts.retry_after is not None:
            return RateLimited(message, parts.retry_after, reason=reason, metadata=metadata)
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            return QuotaExceeded(parts.subject, message, metadata, reason=reason)
        case grpc.StatusCode.ABORTED | grpc.StatusCode.ALREADY_EXISTS:
            return Conflict(message, reason=reason, metadata=metadata)
        case grpc.StatusCode.PERMISSION_DENIED:
            return NotAllowed(message, reason=reason, metadata=metadata)
        case grpc.StatusCode.UNAVAILABLE:
            return Unavailable(message, parts.retry_after, reason=reason, metadata=metadata)
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return DeadlineExceeded(message, reason=reason, metadata=metadata)
        case grpc.StatusCode.UNIMPLEMENTED:
            return Unimplemented(message, reason=reason, metadata=metadata)
        case _:
            return InternalError()


def to_status(parts: ErrorParts) -> status_pb2.Status:
    """The error as `google.rpc.Status`, with ErrorInfo and what its row of the table asks for."""
    status = status_pb2.Status(code=parts.code.value[0], message=parts.message[:_MAX_TEXT])
    status.details.append(
        _packed(
            error_details_pb2.ErrorInfo(reason=parts.reason, domain=parts.domain, metadata=parts.metadata)
        )
    )
    if parts.violations:
        status.details.append(_packed(_bad_request(parts.violations)))
    if parts.retry_after is not None:
        delay = duration_pb2.Duration()
        delay.FromTimedelta(parts.retry_after)
        status.details.append(_packed(error_details_pb2.RetryInfo(retry_delay=delay)))
    if parts.code is grpc.StatusCode.NOT_FOUND:
        status.details.append(_packed(error_details_pb2.ResourceInfo(resource_type=parts.subject)))
    if parts.code is grpc.StatusCode.RESOURCE_EXHAUSTED and parts.retry_after is None:
        quota = error_details_pb2.QuotaFailure.Violation(subject=parts.subject, description=parts.message)
        status.details.append(_packed(error_details_pb2.QuotaFailure(violations=[quota])))
    return status


def _bad_request(violations: Sequence[Violation]) -> error_details_pb2.BadRequest:
    bad_request = error_details_pb2.BadRequest()
    for violation in violations:
        bad_request.field_violations.add(field=violation.field, description=violation.message[:_MAX_TEXT])
        if bad_request.ByteSize() > _MAX_VIOLATIONS_BYTES:
            break
    return bad_request


def from_status(status: status_pb2.Status) -> ServiceError:
    """The exception that a `google.rpc.Status` tells of."""
    return exception_from(parts_from_status(status))


def parts_from_status(status: status_pb2.Status) -> ErrorParts:
    """A `google.rpc.Status` as plain values. Details of unknown types are ignored."""
    info = error_details_pb2.ErrorInfo()
    violations: list[Violation] = []
    retry_after: timedelta | None = None
    subject = ""
    for detail in status.details:
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            detail.Unpack(info)
        elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = error_details_pb2.BadRequest()
            detail.Unpack(bad)
            violations = [Violation(v.field, v.description) for v in bad.field_violations]
        elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
            retry = error_details_pb2.RetryInfo()
            detail.Unpack(retry)
            retry_after = retry.retry_delay.ToTimedelta()
        elif detail.Is(error_details_pb2.ResourceInfo.DESCRIPTOR):
            resource = error_details_pb2.ResourceInfo()
            detail.Unpack(resource)
            subject = resource.resource_type
        elif detail.Is(error_details_pb2.QuotaFailure.DESCRIPTOR):
            quota = error_details_pb2.QuotaFailure()
            detail.Unpack(quota)
            subject = quota.violations[0].subject if quota.violations else ""
    return ErrorParts(
        code=_CODES.get(status.code, grpc.StatusCode.UNKNOWN),
        message=status.message,
        reason=info.reason,
        domain=info.domain,
        metadata=dict(info.metadata),
        violations=tuple(violations),
        retry_after=retry_after,
        subject=subject,
    )


def from_rpc_error(error: grpc.aio.AioRpcError) -> ServiceError:
    """What a failed call means: the server's own exception when it said so, else by the code alone.

    A channel that can't connect or broke gives `Unavailable`, a call that ran out of time
    `DeadlineExceeded`; the transport's own text is dropped, as it names addresses.
    """
    status = status_in(error)
    if status is not None:
        return from_status(status)
    match error.code():
        case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.CANCELLED:  # cancelled by a server that stops
            return Unavailable("A service that this one needs is not available")
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return DeadlineExceeded()
        case grpc.StatusCode.UNIMPLEMENTED:
            return Unimplemented("The server does not know this call")
        case _:
            return InternalError()


def status_in(error: grpc.aio.AioRpcError) -> status_pb2.Status | None:
    """The `google.rpc.Status` that a server sent with its error, or None when the transport made it."""
    trailers = cast("Iterable[tuple[str, str | bytes]]", error.trailing_metadata() or ())
    details = dict(trailers).get(DETAILS_KEY)
    return status_pb2.Status.FromString(details) if isinstance(details, bytes) else None


def _packed(detail: error_details_pb2.ErrorInfo) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed


_CODES = {code.value[0]: code for code in grpc.StatusCode}

"""callbacks.proto ⇄ values."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from notify.notifications.v1 import callbacks_pb2 as pb
from services.notifications.accounts import CallbackKind
from services.notifications.callbacks_limits import Endpoint
from services.notifications.callbacks_policy import CallbackOutcome
from services.notifications.callbacks_store import (
    AttemptFilter,
    CallbackSpan,
    EndpointState,
    NewComplaint,
    RecordedAttempt,
)
from services.notifications.convert.accounts import KIND_NUMBERS, callback_kind
from services.notifications.convert.values import (
    id_from,
    invalid,
    moment_from,
    optional_id_from,
    page_size,
    timestamp,
)

MAX_PAGE = 1_000
MAX_REASON_CHARACTERS = 1_000
_DEFAULT_PAGE = 50
_OUTCOMES = {
    CallbackOutcome.TAKEN: pb.CALLBACK_OUTCOME_TAKEN,
    CallbackOutcome.RETRY: pb.CALLBACK_OUTCOME_RETRY,
    CallbackOutcome.REFUSED: pb.CALLBACK_OUTCOME_REFUSED,
    CallbackOutcome.GIVEN_UP: pb.CALLBACK_OUTCOME_GIVEN_UP,
}


def check_replay_reason(reason: str) -> None:
    """Raise InvalidRequest without a reason, or for one that is too long: services and tools give one here too."""
    if not reason.strip():
        raise invalid("reason", "reason is required")
    if len(reason) > MAX_REASON_CHARACTERS:
        raise invalid("reason", f"reason can have {MAX_REASON_CHARACTERS} characters")


def endpoint(service_id: str, kind: int) -> Endpoint:
    """An endpoint. Raises InvalidRequest."""
    return Endpoint(id_from(service_id, "service_id"), callback_kind(kind).value)


def endpoint_state(state: EndpointState) -> pb.CallbackEndpoint:
    """An endpoint and how it is."""
    return pb.CallbackEndpoint(
        kind=KIND_NUMBERS[CallbackKind(state.kind)],
        url=state.url,
        secret_count=state.secret_count,
        failing_since=_stamp(state.failing_since),
        next_probe_time=_stamp(state.probe_at),
        waiting_count=state.waiting,
    )


def attempt_filter(request: pb.ListCallbackAttemptsRequest) -> AttemptFilter:
    """Which attempts are asked for. Raises InvalidRequest."""
    wanted = AttemptFilter(
        service_id=optional_id_from(request.service_id, "service_id", present=request.HasField("service_id")),
        notification_id=optional_id_from(
            request.notification_id, "notification_id", present=request.HasField("notification_id")
        ),
        callback_id=optional_id_from(
            request.callback_id, "callback_id", present=request.HasField("callback_id")
        ),
        kind=callback_kind(request.kind).value if request.kind else None,
        since=moment_from(request.from_time, "from_time") if request.HasField("from_time") else None,
        until=moment_from(request.until_time, "until_time") if request.HasField("until_time") else None,
        failed_only=request.failed_only,
        before=_page_start(request.page_token) if request.HasField("page_token") else None,
        limit=page_size(request.page_size, _DEFAULT_PAGE, MAX_PAGE),
    )
    if wanted.service_id is None and wanted.notification_id is None and wanted.callback_id is None:
        raise invalid("service_id", "one of service_id, notification_id and callback_id is required")
    return wanted


def attempts_response(found: Sequence[RecordedAttempt], limit: int) -> pb.ListCallbackAttemptsResponse:
    """A page of attempts."""
    return pb.ListCallbackAttemptsResponse(
        attempts=[_attempt(attempt) for attempt in found],
        next_page_token=_page_token(found[-1]) if len(found) == limit else None,
    )


def span(request: pb.ReplayCallbacksRequest) -> CallbackSpan:
    """What is to be sent again. Raises InvalidRequest."""
    given = request.span
    if not given.HasField("from_time") or not given.HasField("until_time"):
        raise invalid("span", "span needs from_time and until_time")
    return CallbackSpan(
        service_id=id_from(given.service_id, "service_id"),
        kind=callback_kind(given.kind).value if given.kind else None,
        since=moment_from(given.from_time, "from_time"),
        until=moment_from(given.until_time, "until_time"),
        failed_only=given.failed_only,
        after=optional_id_from(request.page_token, "page_token", present=request.HasField("page_token")),
        limit=MAX_PAGE,
    )


def new_complaint(complaint: pb.NewComplaint) -> NewComplaint:
    """A complaint. Raises InvalidRequest."""
    if not complaint.HasField("complaint_time"):
        raise invalid("complaint_time", "complaint_time is required")
    return NewComplaint(
        notification_id=id_from(complaint.notification_id, "notification_id"),
        feedback_id=complaint.feedback_id,
        complaint_type=complaint.complaint_type,
        complained_at=moment_from(complaint.complaint_time, "complaint_time"),
    )


def complaint_outcome(is_new: bool | None) -> "pb.ComplaintOutcome":
    """What became of a complaint."""
    if is_new is None:
        return pb.COMPLAINT_OUTCOME_UNKNOWN_NOTIFICATION
    return pb.COMPLAINT_OUTCOME_RECORDED if is_new else pb.COMPLAINT_OUTCOME_REPEATED


def _attempt(attempt: RecordedAttempt) -> pb.CallbackAttempt:
    made = pb.CallbackAttempt(
        callback_id=str(attempt.callback_id),
        attempt=attempt.attempt,
        service_id=_text(attempt.service_id) or "",
        kind=KIND_NUMBERS[CallbackKind(attempt.kind)],
        notification_id=_text(attempt.notification_id),
        received_text_id=_text(attempt.received_text_id),
        complaint_id=_text(attempt.complaint_id),
        attempt_time=timestamp(attempt.attempted_at),
        result=attempt.result,
        outcome=_OUTCOMES[CallbackOutcome(attempt.outcome)],
    )
    made.duration.FromTimedelta(timedelta(milliseconds=attempt.duration_ms))
    return made


def _page_token(last: RecordedAttempt) -> str:
    return f"{last.attempted_at.isoformat()}/{last.callback_id}/{last.attempt}"


def _page_start(token: str) -> tuple[datetime, UUID, int]:
    try:
        at, callback_id, attempt = token.split("/")
        return datetime.fromisoformat(at), UUID(callback_id), int(attempt)
    except ValueError:
        raise invalid("page_token", "page_token is not from an earlier answer") from None


def _stamp(moment: datetime | None) -> Timestamp | None:
    return timestamp(moment) if moment is not None else None


def _text(id: UUID | None) -> str | None:
    return str(id) if id is not None else None

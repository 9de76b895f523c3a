"""What this service records of messages that are traced; for one that is not, each costs a comparison.

Called by `creating`, `jobs_making`, `completing`, `statuses` and `callbacks`.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from notifyrules.statuses import NotificationType
from servicekit import tracing
from servicekit.request_context import current_caller
from servicekit.tracing import SpanKind, SpanRef, Value
from services.notifications.callbacks_store import DueCallback
from services.notifications.deliveries import Lane

_GATEWAY = "api_gateway"


def record_accepted(id: UUID, channel: NotificationType, lane: Lane, duration_s: float) -> None:
    """A message was checked and committed, together with those that travelled with it."""
    if not tracing.is_traced(id):
        return
    root = tracing.message_root(id)
    caller = current_caller()
    # The gateway's request is the first span of what it sends; what others of ours send begins here.
    is_root = caller is None or caller.name != _GATEWAY
    tracing.record(
        "accept",
        root if is_root else tracing.new_span(root),
        parent=None if is_root else root,
        kind=SpanKind.SERVER,
        duration_s=duration_s,
        attributes={"notify.notification_id": str(id), **_of(channel, lane)},
    )


def record_made_of_rows(ids: Iterable[UUID], channel: NotificationType, duration_s: float) -> None:
    """A lot of a job's rows became messages."""
    for id in ids:
        if tracing.is_traced(id):
            tracing.record(
                "accept row of job",
                tracing.message_root(id),
                duration_s=duration_s,
                attributes={"notify.notification_id": str(id), **_of(channel, Lane.BULK)},
            )


def record_result(id: UUID, attempt: int, outcome: str, duration_s: float, *, counted: bool) -> None:
    """A sender's result was recorded, or came too late to count."""
    if tracing.is_traced(id):
        _below_root(
            id,
            "record result",
            duration_s,
            {"notify.attempt": attempt, "notify.outcome": outcome, "notify.counted": counted},
        )


def record_status(id: UUID, status: str, duration_s: float) -> None:
    """A report changed a message's status."""
    if tracing.is_traced(id):
        _below_root(id, "change status", duration_s, {"notify.status": status})


def callback_span(notification_id: UUID | None) -> SpanRef | None:
    """The span of a call to a service's own URL, to be sent along; None where the message is not traced."""
    if notification_id is None or not tracing.is_traced(notification_id):
        return None
    return tracing.new_span(tracing.message_root(notification_id))


def record_callback(
    callback: DueCallback, span: SpanRef, result: str, started_at: datetime, duration_s: float
) -> None:
    """A service's own URL was called. `result`: the status of its answer, or a fixed word."""
    if callback.notification_id is None:
        return
    tracing.record(
        f"callback {callback.kind}",
        span,
        parent=tracing.message_root(callback.notification_id),
        kind=SpanKind.CLIENT,
        started_at=started_at,
        duration_s=duration_s,
        attributes={"notify.attempt": callback.attempt, "notify.result": result},
        failed=not result.startswith("2"),
    )


def _below_root(id: UUID, name: str, duration_s: float, attributes: dict[str, Value]) -> None:
    root = tracing.message_root(id)
    tracing.record(name, tracing.new_span(root), parent=root, duration_s=duration_s, attributes=attributes)


def _of(channel: NotificationType, lane: Lane) -> dict[str, Value]:
    return {"notify.channel": channel.value, "notify.lane": lane.name.lower()}

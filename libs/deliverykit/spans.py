"""What senders record of messages that are traced: deliveries, requests to providers, receipts.

All are below the message's first span, which whoever accepted it recorded: nothing is carried (`servicekit.tracing`).
Called by `leasing`, `receipts` and the senders.
"""

from datetime import datetime
from uuid import UUID

from deliverykit.types import Delivery, DeliveryResult, ReportResult, StatusReport
from notifyrules.statuses import NotificationType
from servicekit import tracing
from servicekit.clock import Clock
from servicekit.tracing import SpanKind, Value

_DELIVER = "deliver"


def record_delivery(
    channel: NotificationType,
    delivery: Delivery,
    result: DeliveryResult,
    started_at: datetime,
    duration_s: float,
) -> None:
    """A delivery ended in this process, from its lease to its result."""
    id = delivery.notification_id
    if not tracing.is_traced(id):
        return
    attributes: dict[str, Value] = {
        "notify.channel": channel.value,
        "notify.attempt": delivery.attempt,
        "notify.service_id": str(delivery.service_id),
        "notify.outcome": type(result.outcome).__name__,
        "notify.error_code": getattr(result.outcome, "error_code", ""),
        "notify.possible_duplicate": delivery.possible_duplicate,
        "notify.waited_ms": round((started_at - delivery.created_at).total_seconds() * 1000),
    }
    tracing.record(
        f"deliver {channel.value}",
        tracing.message_span(id, _DELIVER, delivery.attempt),
        parent=tracing.message_root(id),
        kind=SpanKind.CONSUMER,
        started_at=started_at,
        duration_s=duration_s,
        attributes=attributes,
        failed=bool(attributes["notify.error_code"]),
    )


def record_provider_request(
    delivery: Delivery, provider: str, outcome: str, started_at: datetime, duration_s: float, *, failed: bool
) -> None:
    """A provider was asked within a delivery. `outcome`: of a closed set, as the sender's metrics have it."""
    id = delivery.notification_id
    if not tracing.is_traced(id):
        return
    parent = tracing.message_span(id, _DELIVER, delivery.attempt)
    tracing.record(
        f"send to {provider}",
        tracing.new_span(parent),
        parent=parent,
        kind=SpanKind.CLIENT,
        started_at=started_at,
        duration_s=duration_s,
        attributes={"notify.provider": provider, "notify.outcome": outcome},
        failed=failed,
    )


def record_print_request(notification_id: UUID, outcome: str, duration_s: float) -> None:
    """The print provider was asked to take a letter, in a print run. `outcome`: `taken`, or what went wrong."""
    if not tracing.is_traced(notification_id):
        return
    root = tracing.message_root(notification_id)
    tracing.record(
        "send to printer",
        tracing.new_span(root),
        parent=root,
        kind=SpanKind.CLIENT,
        duration_s=duration_s,
        attributes={"notify.outcome": outcome},
        failed=outcome != "taken",
    )


def record_receipt(report: StatusReport, result: ReportResult, clock: Clock) -> None:
    """A provider's report was dealt with, however long after the message was sent."""
    id = report.notification_id
    if not tracing.is_traced(id):
        return
    root = tracing.message_root(id)
    tracing.record(
        f"receipt from {report.provider}",
        tracing.new_span(root),
        parent=root,
        kind=SpanKind.CONSUMER,
        started_at=report.received_at,
        duration_s=(clock.now() - report.received_at).total_seconds(),
        attributes={
            "notify.provider": report.provider,
            "notify.status": report.status.value,
            "notify.detail_code": report.detail_code,
            "notify.outcome": result.outcome.value,
        },
    )

"""Everything that happened to a notification, in order of time, without personal data: for operators."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from servicekit.errors import NotFound
from servicekit.ids import time_of
from services.notifications.store import QueuedDelivery, Store, StoredNotification


class EventKind(StrEnum):
    """What happened."""

    ACCEPTED = "accepted"
    LEASED = "leased"
    ATTEMPT_FAILED = "attempt_failed"
    HANDED_OVER = "handed_over"
    RECEIPT = "receipt"
    STATUS_CHANGED = "status_changed"
    GIVEN_UP = "given_up"
    CALLBACK_ATTEMPTED = "callback_attempted"
    CALLBACK_REPLAYED = "callback_replayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened."""

    at: datetime
    kind: EventKind
    party: str | None  # provider, or what a callback told of
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A notification and its history."""

    row: StoredNotification
    events: tuple[Event, ...]
    delivery: QueuedDelivery | None
    dead: bool
    is_past_retention: bool


async def explain(store: Store, notification_id: UUID) -> Explanation:
    """Put the history together, also of a message that is past retention: then without what its own row does not
    tell. Raises NotFound.
    """
    row = await store.find_notification(notification_id)
    is_past_retention = row is None
    row = row or await store.find_in_history(notification_id)
    if row is None:
        raise NotFound("notification")
    delivery = await store.queued_delivery(notification_id)
    dead = await store.dead_delivery(notification_id)
    events = [
        Event(
            at=time_of(row.id),
            kind=EventKind.ACCEPTED,
            party=None,
            detail=f"{row.type}, {row.key_type} key, template version {row.template_version}",
        )
    ]
    for attempt in await store.failed_attempts(notification_id):
        took = "" if attempt.duration_ms is None else f" after {attempt.duration_ms} ms"
        doubt = ", may be out all the same" if attempt.may_be_out else ""
        events.append(
            Event(
                at=attempt.started_at,
                kind=EventKind.ATTEMPT_FAILED,
                party=attempt.provider,
                detail=f"attempt {attempt.attempt}: {attempt.error_code}{took}{doubt}",
            )
        )
    events.extend(_own_events(row))
    if delivery is not None and delivery.leased_until is not None:
        events.append(
            Event(
                at=delivery.leased_until,
                kind=EventKind.LEASED,
                party=delivery.lease_owner,
                detail=f"attempt {delivery.attempts}, lease ends at this time",
            )
        )
    if dead is not None:
        lane, attempts, last_error, died_at = dead
        events.append(
            Event(
                at=died_at,
                kind=EventKind.GIVEN_UP,
                party=None,
                detail=f"after {attempts} attempts, the last one: {last_error}",
            )
        )
        delivery = QueuedDelivery(lane, died_at, attempts, None, None, last_error)
    events.extend(
        Event(
            at=call.attempted_at,
            kind=EventKind.CALLBACK_ATTEMPTED,
            party=call.kind,
            detail=f"{call.result} after {call.duration_ms} ms",
        )
        for call in await store.callback_attempts(notification_id)
    )
    events.extend(
        Event(
            at=replay.replayed_at,
            kind=EventKind.CALLBACK_REPLAYED,
            party=replay.kind,
            detail=f"by {replay.caller}: {replay.reason}",
        )
        for replay in await store.callback_replays(notification_id)
    )
    events.sort(key=lambda event: event.at)
    return Explanation(
        row=row,
        events=tuple(events),
        delivery=delivery,
        dead=dead is not None,
        is_past_retention=is_past_retention,
    )


def _own_events(row: StoredNotification) -> list[Event]:
    """What the notification's own row tells."""
    events = []
    if row.sent_at is not None:
        took = "" if row.provider_ms is None else f" answered after {row.provider_ms} ms"
        twice = ", may have been sent twice" if row.possible_duplicate else ""
        events.append(
            Event(
                at=row.sent_at,
                kind=EventKind.HANDED_OVER,
                party=row.provider,
                detail=f"provider{took}{twice}",
            )
        )
    if row.updated_at is not None and row.receipt_code is not None:
        events.append(
            Event(
                at=row.updated_at,
                kind=EventKind.RECEIPT,
                party=row.provider,
                detail=f"{row.receipt_code}: {row.status}",
            )
        )
    elif row.updated_at is not None:
        events.append(Event(at=row.updated_at, kind=EventKind.STATUS_CHANGED, party=None, detail=row.status))
    return events

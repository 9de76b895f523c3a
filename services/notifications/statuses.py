"""Applying what providers report (receipts) to notifications, by the state machine of `notifyrules.statuses`.

A report is held against the state that the notification is in; the update is guarded by that state, so that a
race is lost and read again instead of overwriting. A report that comes late, twice or for a country whose
reports mean nothing changes nothing. Source: the providers' facts ("What a text receipt does").
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from notifyrules.statuses import KeyType, NotificationStatus, NotificationType, may_change
from servicekit.batching import Batcher
from servicekit.clock import Clock, monotonic
from servicekit.errors import Conflict
from servicekit.ids import time_of
from services.notifications import metrics, spans
from services.notifications.store import ReportedState, StatusChange, Store

_ROUNDS = 10
"""Each round settles at least one report of a notification; races and repeats in one batch are few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOverride:
    """Another reading of a report, for notifications that were given to a certain provider."""

    given_to: str
    current_status: NotificationStatus | None  # None: any
    status: NotificationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """What a provider reported about one notification."""

    notification_id: UUID
    provider: str
    status: NotificationStatus
    overrides: tuple[StatusOverride, ...]
    detail_code: str
    received_at: datetime


class ReportOutcome(StrEnum):
    """What a report did."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    UNKNOWN_NOTIFICATION = "unknown_notification"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportResult:
    """What a report did, and the notification that it was about."""

    outcome: ReportOutcome
    given_to: str | None = None
    sent_at: datetime | None = None
    status: NotificationStatus | None = None
    key_type: KeyType | None = None


class Statuses:
    """Applies reports. One for each process."""

    def __init__(self, store: Store, *, clock: Clock, callbacks_queued: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._callbacks_queued = callbacks_queued
        self._batcher: Batcher[Sequence[StatusReport], list[ReportResult]] = Batcher(
            self._apply, name="apply statuses", max_items=16, max_in_flight=1
        )

    async def apply(self, reports: Sequence[StatusReport]) -> list[ReportResult]:
        """Apply reports; one result for each, in order."""
        return await self._batcher.submit(reports)

    async def close(self) -> None:
        """Apply what was accepted, then refuse more."""
        await self._batcher.close()

    async def _apply(self, batches: list[Sequence[StatusReport]]) -> list[list[ReportResult]]:
        reports = [report for batch in batches for report in batch]
        results: dict[int, ReportResult] = {}
        for _ in range(_ROUNDS):
            # One report of each notification at a time: the next is held against what this one leaves.
            turn: dict[UUID, int] = {}
            for index, report in enumerate(reports):
                if index not in results:
                    turn.setdefault(report.notification_id, index)
            if not turn:
                break
            await self._apply_turn({index: reports[index] for index in turn.values()}, results)
        else:
            raise Conflict("Reports about one notification kept coming between one another")
        remaining = iter(range(len(reports)))
        return [[results[next(remaining)] for _ in batch] for batch in batches]

    async def _apply_turn(self, turn: dict[int, StatusReport], results: dict[int, ReportResult]) -> None:
        states = await self._store.read_for_reports([report.notification_id for report in turn.values()])
        changes: dict[int, StatusChange] = {}
        for index, report in turn.items():
            state = states.get(report.notification_id)
            decided = decide(report, state)
            if isinstance(decided, ReportResult):
                results[index] = decided
            else:
                changes[index] = decided
        if not changes:
            return
        began = monotonic()
        changed, callbacks_queued = await self._store.apply_statuses(
            list(changes.values()), self._clock.now()
        )
        duration_s = monotonic() - began
        if callbacks_queued:
            self._callbacks_queued()
        for index, change in changes.items():
            if change.id in changed:
                metrics.record_status(change.status.value)
                _measure(states[change.id], change)
                spans.record_status(change.id, change.status.value, duration_s)
                results[index] = _result(ReportOutcome.APPLIED, states[change.id], change)


def decide(report: StatusReport, state: ReportedState | None) -> StatusChange | ReportResult:
    """The change that a report makes to a notification in a state, or why it makes none. Pure."""
    if state is None:
        return ReportResult(outcome=ReportOutcome.UNKNOWN_NOTIFICATION)
    current = NotificationStatus(state.status)
    status = next(
        (
            override.status
            for override in report.overrides
            if override.given_to == state.provider and override.current_status in (None, current)
        ),
        report.status,
    )
    if state.international and not state.expects_receipt:
        return _result(ReportOutcome.IGNORED, state)
    if not may_change(current, status, NotificationType(state.type)):
        return _result(ReportOutcome.DUPLICATE, state)
    return StatusChange(
        id=state.id,
        seen_status=current,
        status=status,
        code=report.detail_code,
        received_at=report.received_at,
        provider=report.provider,
    )


def _measure(state: ReportedState, change: StatusChange) -> None:
    """How long a message took to arrive; those of test keys never left."""
    if change.status is NotificationStatus.DELIVERED and state.key_type != KeyType.TEST:
        after = change.received_at - time_of(state.id)
        metrics.record_delivered(NotificationType(state.type), after.total_seconds())


def _result(outcome: ReportOutcome, state: ReportedState, change: StatusChange | None = None) -> ReportResult:
    return ReportResult(
        outcome=outcome,
        given_to=state.provider,
        sent_at=state.sent_at,
        status=change.status if change is not None else NotificationStatus(state.status),
        key_type=KeyType(state.key_type),
    )

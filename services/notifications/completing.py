"""What becomes of deliveries: senders' results end them, put them back, or give them up.

One statement does all of it for a whole batch (`complete_deliveries`): the status, the queue, the record of
failed attempts and the callback to the service change together or not at all. Results of concurrent calls
share a statement.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from notifyrules.statuses import NotificationStatus
from servicekit import tracing
from servicekit.batching import Batcher
from servicekit.clock import Clock, monotonic
from servicekit.ids import time_of
from services.notifications import metrics, spans
from services.notifications.deliveries import DeliveryResult
from services.notifications.store import CompletedDelivery, Store

_TAKEN: Final = (NotificationStatus.SENDING, NotificationStatus.SENT)


class Completing:
    """Records results and renews leases. One for each process."""

    def __init__(
        self, store: Store, *, clock: Clock, lease: timedelta, callbacks_queued: Callable[[], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._lease = lease
        self._callbacks_queued = callbacks_queued
        self._batcher: Batcher[Sequence[DeliveryResult], list[bool]] = Batcher(
            self._record, name="complete deliveries", max_items=16, max_in_flight=1
        )

    async def complete(self, results: Sequence[DeliveryResult]) -> list[bool]:
        """Record results; for each, whether it counted. One of a lease that was lost changes nothing."""
        return await self._batcher.submit(results)

    async def extend_leases(
        self, worker_id: str, leases: Sequence[tuple[UUID, int]]
    ) -> tuple[list[tuple[UUID, int]], datetime]:
        """Renew leases; gives those still held, and until when."""
        leased_until = self._clock.now() + self._lease
        return await self._store.extend_leases(worker_id, leases, leased_until), leased_until

    async def close(self) -> None:
        """Record what was accepted, then refuse more."""
        await self._batcher.close()

    async def _record(self, batches: list[Sequence[DeliveryResult]]) -> list[list[bool]]:
        results = [result for batch in batches for result in batch]
        letters = [(result, result.letter) for result in results if result.letter is not None]
        others = [result for result in results if result.letter is None] if letters else results
        counted = set()
        if others:
            began = monotonic()
            completed, callbacks_queued = await self._store.complete_deliveries(others, self._clock.now())
            duration_s = monotonic() - began
            if callbacks_queued:
                self._callbacks_queued()
            for done in completed:
                if done.doubtful:
                    metrics.record_possible_duplicate(done.channel)
            counted = {(done.id, done.attempt) for done in completed}
            _measure(others, completed)
            if tracing.is_on():
                for result in others:
                    is_counted = (result.notification_id, result.attempt) in counted
                    spans.record_result(
                        result.notification_id,
                        result.attempt,
                        result.outcome.value,
                        duration_s,
                        counted=is_counted,
                    )
        if letters:
            counted |= await self._store.complete_letters(letters, self._clock.now())
        answers = [
            [(result.notification_id, result.attempt) in counted for result in batch] for batch in batches
        ]
        stale = sum(answer.count(False) for answer in answers)
        if stale:
            metrics.record_stale_results(stale)
        return answers


def _measure(results: Sequence[DeliveryResult], completed: Sequence[CompletedDelivery]) -> None:
    """How long messages took that a provider has now; those of test keys never had one."""
    lanes = {(done.id, done.attempt): done for done in completed}
    for result in results:
        done = lanes.get((result.notification_id, result.attempt))
        if done is None or result.started_at is None or result.status not in _TAKEN:
            continue
        taken_at = result.started_at + (result.duration or timedelta(0))
        metrics.record_sent(done.channel, done.lane, (taken_at - time_of(done.id)).total_seconds())

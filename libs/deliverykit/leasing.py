"""Takes deliveries of one channel from the queue, runs them side by side, and reports what became of them.

    leasing = Leasing(
        DeliveriesClient(channel),
        NotificationType.SMS,
        worker_id=new_worker_id("sms"),
        capacity=settings.max_in_flight,
        deliver=sender.deliver,
        clock=SystemClock(),
    )
    lifecycle.start_loop("deliveries", leasing.run)
    lifecycle.on_stopping(leasing.stop)

Two long polls are open while there is room, so that a new message always finds one waiting. Each delivery is
a task. Results travel together (`Batcher`) and are repeated while notifications is away; leases of what is
held are renewed. When the sender reports that no provider could be asked, leasing slows down until one takes
a message: what can't be sent is better left in the queue. Not here: providers, and when a message is tried
again (the queue)."""

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from deliverykit import metrics, spans
from deliverykit.backoff import Backoff
from deliverykit.client import Deliveries
from deliverykit.types import (
    PROVIDER_BUSY,
    Delivery,
    DeliveryResult,
    HandedOver,
    LeaseLost,
    LeaseRef,
    LetterFailed,
    LetterPrepared,
    Refused,
    Released,
    RetryLater,
)
from notifyrules.statuses import NotificationType
from servicekit.batching import Batcher
from servicekit.clock import Clock, monotonic
from servicekit.errors import DeadlineExceeded, ServiceError, Unavailable
from servicekit.logs import get_logger

Deliver = Callable[[Delivery], Awaitable[DeliveryResult]]
"""Hands one delivery to a provider. Calls `delivery.lease.begin_handing_over(now)` just before the provider
is asked; whatever it raises becomes RetryLater("internal_error")."""

_POLLS: Final = 2
_POLL_WAIT: Final = timedelta(seconds=20)
_MAX_LEASED_AT_ONCE: Final = 100
_GATHER_S: Final = 0.005
"""With hardly any room a poll waits this long for more of it: else each finished message costs a call."""
_LOOK_AGAIN_S: Final = 0.05
"""How soon is looked again for room at the providers."""
_SLOW_PAUSE_S: Final = 0.5
_SLOW_MAX: Final = 25
_SLOW_AFTER: Final = 3
"""Deliveries in a row that met no provider; one alone may be for a destination that nobody serves just
now."""
_RENEW_AGAIN_S: Final = 2.0
_RENEW_BELOW: Final = timedelta(seconds=45)
"""Of a lease's 60 s; most deliveries end long before and are never renewed."""
_SHORTEST_LEASE: Final = timedelta(seconds=5)
_LONGEST_LEASE: Final = timedelta(minutes=10)
_ASSUMED_LEASE: Final = timedelta(seconds=50)
_REPORT_FOR_S: Final = 300.0
"""How long a result is repeated while notifications is away. Longer than a lease: a late result is harmless,
as it names its attempt, and may yet come before the message is given to somebody else."""
_REFUSALS: Final = 3
_LAST_ANSWERS_S: Final = 0.25
"""How long open polls may still answer when stopping begins: what a cut-off poll had leased waits for its
lease's end."""
_LAST_REPORTS_S: Final = 2.0

_MET_PROVIDER: Final = (HandedOver, Refused, LetterPrepared, LetterFailed)
"""Outcomes that show that what is needed for them is there again."""

_log = get_logger()
_Report = tuple[LeaseRef, DeliveryResult]


def new_worker_id(service: str) -> str:
    """A name for this process's leases, which no other process has had."""
    return f"{service}-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


@dataclass(slots=True, eq=False)
class _Held:
    """A delivery in this process's hands."""

    delivery: Delivery
    ref: LeaseRef
    task: asyncio.Task[None] | None = None
    is_reporting: bool = False

    @property
    def may_be_dropped(self) -> bool:
        """No provider can have been reached."""
        return not self.is_reporting and not self.delivery.lease.handing_over


class Leasing:
    """The leases of one process; see the module."""

    def __init__(
        self,
        deliveries: Deliveries,
        channel: NotificationType,
        *,
        worker_id: str,
        capacity: int,
        deliver: Deliver,
        clock: Clock,
        provider_capacity: Callable[[], int] | None = None,
        renew_every_s: float = 20.0,
    ) -> None:
        """`capacity`: how many deliveries may be under way at once, at least 1.

        `provider_capacity`: for how many the providers have a use just now, those under way included; the rest is
        left in the queue, where others may overtake it. None: for any number.

        `renew_every_s`: how often leases are looked at for renewal; a third of a lease's 60 s.
        """
        if capacity < 1:
            raise ValueError("capacity is at least 1")
        self._deliveries = deliveries
        self._channel = channel
        self._worker_id = worker_id
        self._capacity = capacity
        self._deliver = deliver
        self._clock = clock
        self._provider_capacity = provider_capacity
        self._renew_every_s = renew_every_s
        self._held: dict[UUID, _Held] = {}
        self._reserved = 0
        self._room = asyncio.Event()
        self._stop_wanted = asyncio.Event()
        self._ended = asyncio.Event()
        self._grace_s = 0.0
        self._runs = False
        self._giving_up = False
        self._is_away = False
        self._met_no_provider = 0
        self._clocks_differ = False
        self._metrics = metrics.LeasingMetrics(channel, lambda: len(self._held))
        self._reports: Batcher[_Report, bool] = Batcher(
            self._complete, name="delivery results", max_items=_MAX_LEASED_AT_ONCE, max_in_flight=1
        )

    @property
    def held(self) -> int:
        """Deliveries under way."""
        return len(self._held)

    @property
    def is_slow(self) -> bool:
        """Whether leasing waits for a provider to return."""
        return self._met_no_provider >= _SLOW_AFTER

    async def run(self) -> None:
        """Lease and deliver until `stop`, then finish what is held."""
        self._runs = True
        try:
            async with asyncio.TaskGroup() as group:
                polls = [group.create_task(self._poll(number), name="lease") for number in range(_POLLS)]
                renewing = group.create_task(self._renew_always(), name="renew leases")
                await self._stop_wanted.wait()
                await asyncio.wait(polls, timeout=_LAST_ANSWERS_S)
                for poll in polls:
                    poll.cancel()
                await self._drain()
                renewing.cancel()
        finally:
            for task in self._tasks():
                task.cancel()
            self._ended.set()

    async def stop(self, grace_s: float = 10.0) -> None:
        """Stop leasing; finish what is under way within `grace_s`, release what was not begun.

        Returns when everything is reported, or can't be within about two more seconds.
        """
        self._grace_s = grace_s
        self._stop_wanted.set()
        self._room.set()
        if self._runs:
            await self._ended.wait()

    async def _poll(self, number: int) -> None:
        backoff = Backoff()
        while wanted := await self._wait_for_room(number):
            self._reserved += wanted
            try:
                leased = await self._deliveries.lease(self._channel, self._worker_id, wanted, _POLL_WAIT)
            except ServiceError as err:
                self._note_away(err)
                await asyncio.sleep(backoff.next_s())
                continue
            finally:
                self._reserved -= wanted
            self._note_back()
            backoff.reset()
            for delivery in leased:
                self._take(delivery)

    async def _wait_for_room(self, number: int) -> int:
        """How many to ask for; 0 when leasing is to stop."""
        while not self._stop_wanted.is_set():
            room = self._room_now()
            if self.is_slow:
                if number == 0 and room > 0:
                    await asyncio.sleep(_SLOW_PAUSE_S)
                    return 0 if self._stop_wanted.is_set() else min(room, _SLOW_MAX)
            elif room > self._capacity // 16:
                # Half of an idle process's room is left for the other poll, which then can wait as well.
                share = room if self._reserved else -(-room // _POLLS)
                return min(share, _MAX_LEASED_AT_ONCE)
            elif room > 0:
                await asyncio.sleep(_GATHER_S)
                room = self._room_now()
                if room > 0 and not self._stop_wanted.is_set():
                    return min(room, _MAX_LEASED_AT_ONCE)
                continue
            self._room.clear()
            await self._wait_for_end()
        return 0

    def _room_now(self) -> int:
        """How many more to ask for, what open polls may bring taken off."""
        capacity = self._capacity
        if self._provider_capacity is not None:
            capacity = min(capacity, self._provider_capacity())
        return capacity - len(self._held) - self._reserved

    async def _wait_for_end(self) -> None:
        """Until a delivery ended; a provider may have room again before one does."""
        pause_s = None if self._provider_capacity is None else _LOOK_AGAIN_S
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._room.wait()

    def _take(self, delivery: Delivery) -> None:
        now = self._clock.now()
        delivery.lease.expires_at = self._lease_end(delivery.lease.expires_at, now)
        ref = LeaseRef(notification_id=delivery.notification_id, attempt=delivery.attempt)
        held = self._held.get(delivery.notification_id)
        if held is not None:
            # Our own earlier lease was lost but its work goes on: sending again beside it would be a
            # duplicate. The work goes on under the new lease.
            if ref.attempt > held.ref.attempt:
                held.ref = ref
                held.delivery.lease.expires_at = delivery.lease.expires_at
            return
        held = _Held(delivery, ref)
        self._held[delivery.notification_id] = held
        self._metrics.leased()
        held.task = asyncio.get_running_loop().create_task(self._run(held))
        # Not a `finally` in the task: one that is cancelled before its first step never gets there.
        held.task.add_done_callback(lambda task: self._let_go(held, task))

    def _let_go(self, held: _Held, task: asyncio.Task[None]) -> None:
        del self._held[held.ref.notification_id]
        self._room.set()
        if not task.cancelled() and (failure := task.exception()) is not None:
            _log.error("delivery_unreported", notification_id=str(held.ref.notification_id), failure=failure)

    def _lease_end(self, stated: datetime, now: datetime) -> datetime:
        """When a lease ends by our clock. A stated end that can't be is a sign of clocks that differ."""
        if now + _SHORTEST_LEASE <= stated <= now + _LONGEST_LEASE:
            return stated
        if not self._clocks_differ:
            self._clocks_differ = True
            _log.error("clocks_differ", lease_left_s=(stated - now).total_seconds())
        return now + _ASSUMED_LEASE

    async def _run(self, held: _Held) -> None:
        if self._stop_wanted.is_set():
            result = DeliveryResult(outcome=Released())
        else:
            started_at, began = self._clock.now(), monotonic()
            result = await self._result_of(held)
            spans.record_delivery(self._channel, held.delivery, result, started_at, monotonic() - began)
        held.is_reporting = True
        self._note_outcome(result)
        await self._report(held, result)

    async def _result_of(self, held: _Held) -> DeliveryResult:
        try:
            return await self._deliver(held.delivery)
        except LeaseLost:
            _log.warning("lease_lost", notification_id=str(held.ref.notification_id))
            return DeliveryResult(outcome=Released())
        except Exception as exc:  # noqa: BLE001 -- one message's fault must not stop the others
            _log.error("delivery_crashed", notification_id=str(held.ref.notification_id), failure=exc)
            return DeliveryResult(outcome=RetryLater(error_code="internal_error"))

    async def _report(self, held: _Held, result: DeliveryResult) -> None:
        """Report; once more where the lease was lost and given to us again. Raises servicekit errors."""
        while True:
            ref = held.ref
            if await self._reports.submit((ref, result)):
                return
            if held.ref == ref:
                self._metrics.stale()
                _log.warning("delivery_result_stale", notification_id=str(ref.notification_id))
                return

    async def _complete(self, items: list[_Report]) -> Sequence[bool | Exception]:
        """Report a batch, again and again while notifications is away; one by one when it is refused."""
        give_up_at = monotonic() + _REPORT_FOR_S
        backoff = Backoff()
        refusals = 0
        while True:
            try:
                return await self._deliveries.complete(self._worker_id, items)
            except (Unavailable, DeadlineExceeded) as err:
                self._note_away(err)
                if self._giving_up or monotonic() > give_up_at:
                    return [err] * len(items)
            except ServiceError as err:
                refusals += 1
                if refusals == _REFUSALS or self._giving_up:
                    if len(items) == 1:
                        return [err]
                    break
            await asyncio.sleep(backoff.next_s())
        return [(await self._complete([item]))[0] for item in items]

    async def _renew_always(self) -> None:
        while True:
            renewed = await self._renew()
            await asyncio.sleep(self._renew_every_s if renewed else _RENEW_AGAIN_S)

    async def _renew(self) -> bool:
        """Renew the leases that need it; answers False when notifications could not be asked."""
        until = self._clock.now() + _RENEW_BELOW
        asked = [held.ref for held in self._held.values() if held.delivery.lease.expires_at <= until]
        if not asked:
            return True
        try:
            kept, expires_at = await self._deliveries.extend(self._worker_id, asked)
        except ServiceError as err:
            self._note_away(err)
            return False
        expires_at = self._lease_end(expires_at, self._clock.now())
        for ref in asked:
            held = self._held.get(ref.notification_id)
            if held is None or held.ref != ref:
                continue  # it ended, or was leased anew, meanwhile
            if ref in kept:
                held.delivery.lease.expires_at = expires_at
            elif held.may_be_dropped and held.task is not None:
                _log.warning("lease_lost", notification_id=str(ref.notification_id))
                self._metrics.lost()
                held.task.cancel()
        return True

    async def _drain(self) -> None:
        """Finish what is under way; release what was not begun; wait for the reports."""
        await _wait(self._tasks(), self._grace_s)
        releases = []
        for held in self._held.values():
            if held.is_reporting or held.task is None:
                continue
            held.task.cancel()
            if held.may_be_dropped:
                release = self._report(held, DeliveryResult(outcome=Released()))
                releases.append(asyncio.get_running_loop().create_task(release))
            else:
                # Whether the provider took it is not known; the lease's end tells the queue just that.
                _log.warning("delivery_cut_off", notification_id=str(held.ref.notification_id))
        await _wait([*self._tasks(), *releases], _LAST_REPORTS_S)
        self._giving_up = True
        await self._reports.close()
        await asyncio.gather(*self._tasks(), *releases, return_exceptions=True)

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [held.task for held in self._held.values() if held.task is not None]

    def _note_outcome(self, result: DeliveryResult) -> None:
        outcome = result.outcome
        self._metrics.ended(outcome)
        if isinstance(outcome, RetryLater) and outcome.error_code == PROVIDER_BUSY:
            return  # it is there, and has its hands full
        if isinstance(outcome, RetryLater) and outcome.no_provider:
            self._met_no_provider += 1
            if self._met_no_provider == _SLOW_AFTER:
                _log.warning("leasing_slowed", channel=self._channel)
        elif self._met_no_provider and isinstance(outcome, _MET_PROVIDER):
            if self.is_slow:
                _log.warning("leasing_resumed", channel=self._channel)
            self._met_no_provider = 0

    def _note_away(self, err: ServiceError) -> None:
        if not self._is_away:
            self._is_away = True
            _log.warning("queue_lost", failure=err)

    def _note_back(self) -> None:
        if self._is_away:
            self._is_away = False
            _log.warning("queue_returned")


async def _wait(tasks: Collection[asyncio.Task[None]], timeout_s: float) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=timeout_s)

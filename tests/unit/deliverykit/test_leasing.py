"""Leasing: what is leased is delivered and reported once, whatever breaks meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from deliverykit.leasing import Leasing, new_worker_id
from deliverykit.types import (
    Delivery,
    DeliveryResult,
    HandedOver,
    LeaseRef,
    Outcome,
    Pretend,
    Released,
    RetryLater,
)
from notifyrules.statuses import NotificationStatus, NotificationType
from servicekit.clock import SystemClock
from servicekit.errors import Conflict, DeadlineExceeded, InternalError, Unavailable
from tests.unit.deliverykit.fakes import FakeDeliveries, a_delivery

TAKEN = DeliveryResult(outcome=HandedOver(provider_reference="ref"), provider="mmg")
NO_PROVIDER = DeliveryResult(outcome=RetryLater(error_code="no_provider", no_provider=True))

Deliver = Callable[[Delivery], Awaitable[DeliveryResult]]


@asynccontextmanager
async def running(
    queue: FakeDeliveries, deliver: Deliver, *, capacity: int = 10, renew_every_s: float = 20.0
) -> AsyncIterator[Leasing]:
    leasing = Leasing(
        queue,
        NotificationType.SMS,
        worker_id="worker",
        capacity=capacity,
        deliver=deliver,
        clock=SystemClock(),
        renew_every_s=renew_every_s,
    )
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(leasing.run())
        try:
            yield leasing
        finally:
            await leasing.stop(grace_s=0.1)


class Gate:
    """A deliver function that waits until it is let through."""

    def __init__(self, *, hands_over: bool = True) -> None:
        self.begun: list[Delivery] = []
        self.most_at_once = 0
        self.cancelled = asyncio.Event()
        self.began = asyncio.Event()
        self.may_end = asyncio.Event()
        self._hands_over = hands_over
        self._inside = 0

    async def deliver(self, delivery: Delivery) -> DeliveryResult:
        if self._hands_over:
            delivery.lease.begin_handing_over(SystemClock().now())
        self._inside += 1
        self.most_at_once = max(self.most_at_once, self._inside)
        self.begun.append(delivery)
        self.began.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        self._inside -= 1
        return TAKEN


async def take(delivery: Delivery) -> DeliveryResult:
    return TAKEN


async def test_delivery_is_given_to_the_sender_and_its_result_reported() -> None:
    queue = FakeDeliveries()
    delivery = a_delivery(attempt=3)
    queue.add(delivery)

    async with running(queue, take):
        results = await queue.wait_for_results(1)

    assert results == [(LeaseRef(notification_id=delivery.notification_id, attempt=3), TAKEN)]


async def test_no_more_than_the_capacity_are_under_way() -> None:
    queue = FakeDeliveries()
    gate = Gate()
    queue.add(*(a_delivery() for _ in range(12)))

    async with running(queue, gate.deliver, capacity=4):
        while len(gate.begun) < 4:
            gate.began.clear()
            await gate.began.wait()
        gate.may_end.set()
        await queue.wait_for_results(12)

    assert gate.most_at_once == 4


async def test_two_polls_wait_while_there_is_room() -> None:
    queue = FakeDeliveries()

    async with running(queue, take, capacity=10):
        await queue.wait_until_asked(2)

    assert queue.asked_for == [5, 5]


async def test_crash_of_one_delivery_is_a_retry_and_the_next_is_delivered() -> None:
    queue = FakeDeliveries()

    async def deliver(delivery: Delivery) -> DeliveryResult:
        if delivery.attempt == 1:
            raise ZeroDivisionError
        return TAKEN

    queue.add(a_delivery(attempt=1), a_delivery(attempt=2))
    async with running(queue, deliver):
        results = await queue.wait_for_results(2)

    outcomes = {ref.attempt: result.outcome for ref, result in results}
    assert outcomes == {1: RetryLater(error_code="internal_error"), 2: TAKEN.outcome}


@pytest.mark.parametrize("failure", [Unavailable("away"), DeadlineExceeded()])
async def test_result_is_reported_again_until_notifications_is_back(failure: Exception) -> None:
    queue = FakeDeliveries()
    assert isinstance(failure, Unavailable | DeadlineExceeded)
    queue.failures.extend([failure, failure])
    queue.add(a_delivery())

    async with running(queue, take):
        results = await queue.wait_for_results(1)

    assert [result for _, result in results] == [TAKEN]


@pytest.mark.parametrize("refusal", [InternalError(), Conflict("lost")])
async def test_result_that_is_refused_does_not_hold_up_the_others(refusal: InternalError | Conflict) -> None:
    queue = FakeDeliveries()
    bad, good = a_delivery(), a_delivery()
    queue.refusal = refusal
    queue.unreportable = {bad.notification_id}
    queue.add(bad, good)

    async with running(queue, take):
        results = await queue.wait_for_results(1)

    assert [ref.notification_id for ref, _ in results] == [good.notification_id]


async def test_leasing_goes_on_after_notifications_was_away() -> None:
    queue = FakeDeliveries()
    queue.lease_failures.extend([Unavailable("away"), InternalError()])
    queue.add(a_delivery())

    async with running(queue, take):
        assert len(await queue.wait_for_results(1)) == 1


async def test_lease_that_ends_soon_is_renewed() -> None:
    queue = FakeDeliveries()
    gate = Gate()
    delivery = a_delivery(lease_left=timedelta(seconds=20))
    queue.add(delivery)

    async with running(queue, gate.deliver, renew_every_s=0.01):
        await queue.wait_until_extended()
        gate.may_end.set()
        await queue.wait_for_results(1)

    assert delivery.lease.expires_at > SystemClock().now() + timedelta(seconds=45)


async def test_fresh_lease_is_not_renewed() -> None:
    queue = FakeDeliveries()
    gate = Gate()
    queue.add(a_delivery(lease_left=timedelta(seconds=60)), a_delivery(lease_left=timedelta(seconds=20)))

    async with running(queue, gate.deliver, renew_every_s=0.01):
        await queue.wait_until_extended()
        gate.may_end.set()

    assert len({ref.notification_id for ref in queue.extended}) == 1


async def test_lost_lease_stops_a_delivery_that_no_provider_has_seen() -> None:
    queue = FakeDeliveries()
    queue.renewed_for = timedelta(seconds=20)
    gate = Gate(hands_over=False)
    delivery = a_delivery(lease_left=timedelta(seconds=20))
    queue.add(delivery)

    async with running(queue, gate.deliver, renew_every_s=0.01):
        await gate.began.wait()
        queue.lost.add(delivery.notification_id)
        await gate.cancelled.wait()

    assert queue.results == []


async def test_lease_lost_before_its_delivery_began_is_let_go() -> None:
    queue = FakeDeliveries()
    gate = Gate()
    delivery = a_delivery(lease_left=timedelta(seconds=20))
    queue.lost.add(delivery.notification_id)
    queue.add(delivery)

    async with running(queue, gate.deliver, renew_every_s=0.01) as leasing:
        await queue.wait_until_extended()
        while leasing.held:
            await asyncio.sleep(0)

    assert gate.begun == []


async def test_lost_lease_lets_a_delivery_end_that_a_provider_may_have() -> None:
    queue = FakeDeliveries()
    queue.renewed_for = timedelta(seconds=20)
    gate = Gate(hands_over=True)
    delivery = a_delivery(lease_left=timedelta(seconds=20))
    queue.add(delivery)

    async with running(queue, gate.deliver, renew_every_s=0.01) as leasing:
        await gate.began.wait()
        queue.lost.add(delivery.notification_id)
        queue.extended.clear()
        await queue.wait_until_extended()
        gate.may_end.set()
        while leasing.held:
            await asyncio.sleep(0)

    assert not gate.cancelled.is_set()


async def test_lease_that_ran_out_before_the_provider_is_asked_is_given_back() -> None:
    queue = FakeDeliveries()

    async def too_late(delivery: Delivery) -> DeliveryResult:
        delivery.lease.begin_handing_over(delivery.lease.expires_at)
        return TAKEN

    queue.add(a_delivery())
    async with running(queue, too_late):
        results = await queue.wait_for_results(1)

    assert [result.outcome for _, result in results] == [Released()]


async def test_delivery_leased_to_us_again_while_under_way_is_sent_once_and_counts_for_the_new_lease() -> (
    None
):
    queue = FakeDeliveries()
    gate = Gate()
    first = a_delivery(attempt=1)
    queue.stale.add(LeaseRef(notification_id=first.notification_id, attempt=1))
    queue.add(first)

    async with running(queue, gate.deliver, renew_every_s=0.01):
        await gate.began.wait()
        queue.add(
            a_delivery(notification_id=first.notification_id, attempt=2, lease_left=timedelta(seconds=30))
        )
        await queue.wait_until_extended()
        gate.may_end.set()
        results = await queue.wait_for_results(1)

    assert len(gate.begun) == 1
    assert [ref.attempt for ref, _ in results] == [2]


async def test_stale_result_is_let_go() -> None:
    queue = FakeDeliveries()
    delivery = a_delivery()
    queue.stale.add(LeaseRef(notification_id=delivery.notification_id, attempt=1))
    queue.add(delivery, a_delivery())

    async with running(queue, take):
        results = await queue.wait_for_results(1)

    assert len(results) == 1


async def test_stop_waits_for_what_is_under_way() -> None:
    queue = FakeDeliveries()
    gate = Gate()
    queue.add(a_delivery())

    async with running(queue, gate.deliver) as leasing:
        await gate.began.wait()
        stopping = asyncio.ensure_future(leasing.stop(grace_s=5))
        await asyncio.sleep(0)
        gate.may_end.set()
        await stopping

    assert [result for _, result in queue.results] == [TAKEN]


async def test_stop_gives_back_what_no_provider_has_seen() -> None:
    queue = FakeDeliveries()
    gate = Gate(hands_over=False)
    queue.add(a_delivery())

    async with running(queue, gate.deliver) as leasing:
        await gate.began.wait()
        await leasing.stop(grace_s=0.01)

    assert [result.outcome for _, result in queue.results] == [Released()]


async def test_stop_reports_nothing_about_what_a_provider_may_have() -> None:
    queue = FakeDeliveries()
    gate = Gate(hands_over=True)
    queue.add(a_delivery())

    async with running(queue, gate.deliver) as leasing:
        await gate.began.wait()
        await leasing.stop(grace_s=0.01)

    assert queue.results == []


async def test_what_a_poll_brings_while_stopping_is_given_back() -> None:
    queue = FakeDeliveries()
    gate = Gate()

    async with running(queue, gate.deliver) as leasing:
        await queue.wait_until_asked(2)
        stopping = asyncio.ensure_future(leasing.stop())
        await asyncio.sleep(0)
        queue.add(a_delivery())
        await stopping

    assert [result.outcome for _, result in queue.results] == [Released()]
    assert gate.begun == []


async def test_no_poll_stays_open_after_stop() -> None:
    queue = FakeDeliveries()

    async with running(queue, take) as leasing:
        await queue.wait_until_asked(2)
        await leasing.stop()

    assert queue.open_polls == 0


async def test_without_any_provider_leasing_asks_for_few() -> None:
    queue = FakeDeliveries()

    async def deliver(delivery: Delivery) -> DeliveryResult:
        return NO_PROVIDER

    queue.add(*(a_delivery() for _ in range(100)))
    async with running(queue, deliver, capacity=200) as leasing:
        await queue.wait_for_results(100)
        asked_before = len(queue.asked_for)
        queue.add(*(a_delivery() for _ in range(300)))
        await queue.wait_for_results(101)
        while not leasing.is_slow or len(queue.asked_for) < asked_before + 4:
            await queue._next_change()

    assert queue.asked_for[-1] == 25


async def test_leasing_speeds_up_once_a_provider_takes_a_message() -> None:
    queue = FakeDeliveries()
    outcomes = [NO_PROVIDER, NO_PROVIDER, NO_PROVIDER, TAKEN]

    async def deliver(delivery: Delivery) -> DeliveryResult:
        return outcomes[delivery.attempt - 1]

    async with running(queue, deliver) as leasing:
        queue.add(a_delivery(attempt=1), a_delivery(attempt=2), a_delivery(attempt=3))
        await queue.wait_for_results(3)
        was_slow = leasing.is_slow
        queue.add(a_delivery(attempt=4))
        await queue.wait_for_results(4)

        assert (was_slow, leasing.is_slow) == (True, False)


@pytest.mark.parametrize(
    "outcome", [Pretend(status=NotificationStatus.DELIVERED), RetryLater(error_code="timeout"), Released()]
)
async def test_other_outcomes_say_nothing_about_a_providers_return(outcome: Outcome) -> None:
    queue = FakeDeliveries()
    outcomes = [NO_PROVIDER, NO_PROVIDER, NO_PROVIDER, DeliveryResult(outcome=outcome)]

    async def deliver(delivery: Delivery) -> DeliveryResult:
        return outcomes[delivery.attempt - 1]

    queue.add(*(a_delivery(attempt=attempt) for attempt in (1, 2, 3, 4)))
    async with running(queue, deliver) as leasing:
        await queue.wait_for_results(4)

        assert leasing.is_slow


async def test_stated_end_of_lease_that_cannot_be_is_not_believed() -> None:
    queue = FakeDeliveries()
    gate = Gate()
    delivery = a_delivery(lease_left=timedelta(hours=-3))
    queue.add(delivery)

    async with running(queue, gate.deliver):
        await gate.began.wait()
        gate.may_end.set()
        results = await queue.wait_for_results(1)

    assert [result for _, result in results] == [TAKEN]


def test_worker_ids_differ() -> None:
    assert new_worker_id("sms") != new_worker_id("sms")

"""A text from its lease to its result."""

import asyncio
from datetime import timedelta

import pytest
import structlog.testing

from deliverykit.types import (
    PROVIDER_BUSY,
    DeliveryResult,
    FailedRequest,
    HandedOver,
    LeaseLost,
    Pretend,
    Refused,
    RetryLater,
)
from notifyrules.statuses import KeyType, NotificationStatus
from providerkit.gates import Gate
from providerkit.measuring import AnswerKind, Measure
from services.sms.clients.provider import Blame, NotTaken, Taken
from tests.unit.deliverykit.fakes import a_delivery
from tests.unit.sms.factories import (
    DOUBTFUL,
    FIRETEXT,
    ILL,
    MMG,
    UNWANTED,
    FakeClient,
    Setup,
    a_provider,
    both,
)


def retry_in(result: DeliveryResult) -> RetryLater:
    assert isinstance(result.outcome, RetryLater)
    return result.outcome


async def test_text_that_a_provider_takes_is_handed_over() -> None:
    setup = Setup(providers=[a_provider(MMG)])

    result = await (await setup.sender()).deliver(a_delivery())

    assert result.outcome == HandedOver(provider_reference="12345678")
    assert result.provider == "mmg"
    assert result.started_at is not None
    assert result.duration is not None


async def test_notification_id_is_the_reference() -> None:
    setup = Setup(providers=[a_provider(MMG)])
    delivery = a_delivery()

    await (await setup.sender()).deliver(delivery)

    assert setup.mmg.asked == [delivery.notification_id]


async def test_other_provider_is_asked_at_once_when_the_first_fails() -> None:
    setup = Setup(mmg=FakeClient(ILL))
    sender = await setup.sender()

    results = [await sender.deliver(a_delivery()) for _ in range(50)]

    assert {result.provider for result in results} == {"firetext"}
    assert all(isinstance(result.outcome, HandedOver) for result in results)


@pytest.mark.parametrize(("failure", "may_be_out"), [(ILL, False), (DOUBTFUL, True)])
async def test_provider_that_failed_is_told_of_beside_the_one_that_took_the_text(
    failure: NotTaken, may_be_out: bool
) -> None:
    setup = Setup(mmg=FakeClient(failure), providers=both(mmg=100, firetext=0))

    result = await (await setup.sender()).deliver(a_delivery())

    assert (result.provider, result.outcome) == ("firetext", HandedOver(provider_reference="12345678"))
    [failed] = result.failed_requests
    assert failed == FailedRequest(
        provider="mmg",
        started_at=failed.started_at,
        duration=failed.duration,
        error_code=failure.error_code,
        may_be_out=may_be_out,
    )


async def test_text_that_no_provider_answered_clearly_may_be_out() -> None:
    setup = Setup(mmg=FakeClient(ILL), firetext=FakeClient(DOUBTFUL))

    result = await (await setup.sender()).deliver(a_delivery())

    assert (result.provider, retry_in(result).may_be_out) == ("firetext", True)
    assert [(failed.provider, failed.may_be_out) for failed in result.failed_requests] == [("mmg", False)]


async def test_text_that_may_be_out_twice_says_so_in_the_log() -> None:
    setup = Setup(mmg=FakeClient(DOUBTFUL), providers=both(mmg=100, firetext=0))
    sender = await setup.sender()

    with structlog.testing.capture_logs() as lines:
        await sender.deliver(a_delivery())

    assert [line["possible_duplicate"] for line in lines if line["event"] == "delivery_finished"] == [True]


async def test_provider_that_is_down_is_left_alone_by_the_texts_that_follow() -> None:
    setup = Setup(mmg=FakeClient(ILL))
    sender = await setup.sender()

    for _ in range(100):
        await sender.deliver(a_delivery())

    assert len(setup.mmg.asked) == 3


async def test_each_provider_is_asked_once_in_a_lease() -> None:
    setup = Setup(mmg=FakeClient(ILL), firetext=FakeClient(ILL))

    await (await setup.sender()).deliver(a_delivery())

    assert (len(setup.mmg.asked), len(setup.firetext.asked)) == (1, 1)


async def test_text_that_both_ill_providers_failed_is_handed_back() -> None:
    setup = Setup(mmg=FakeClient(ILL), firetext=FakeClient(ILL))

    result = await (await setup.sender()).deliver(a_delivery())

    assert (retry_in(result).error_code, retry_in(result).no_provider) == ("http_500", True)
    assert result.provider in {"mmg", "firetext"}


async def test_text_is_handed_back_unasked_while_all_are_down() -> None:
    setup = Setup(mmg=FakeClient(ILL), firetext=FakeClient(ILL))
    sender = await setup.sender()
    for _ in range(3):
        await sender.deliver(a_delivery())

    result = await sender.deliver(a_delivery())

    assert (result.provider, retry_in(result).error_code) == (None, "providers_down")


async def test_first_probe_after_the_return_brings_texts_through() -> None:
    setup = Setup(mmg=FakeClient(ILL), firetext=FakeClient(ILL))
    sender = await setup.sender()
    for _ in range(3):
        await sender.deliver(a_delivery())
    setup.mmg.answer = Taken()
    setup.seconds += 1.0

    results = [await sender.deliver(a_delivery()) for _ in range(5)]

    assert [result.provider for result in results] == ["mmg"] * 5


async def test_text_that_both_refuse_waits_as_the_channel_says() -> None:
    setup = Setup(mmg=FakeClient(NotTaken("http_400", Blame.MESSAGE)), firetext=FakeClient(UNWANTED))

    result = await (await setup.sender()).deliver(a_delivery())

    assert (retry_in(result).delay, retry_in(result).no_provider) == (None, False)


@pytest.mark.parametrize(
    ("mmg", "firetext", "provider"),
    [
        (ILL, DOUBTFUL, "firetext"),
        (DOUBTFUL, ILL, "mmg"),
        (UNWANTED, DOUBTFUL, "mmg"),
        (ILL, UNWANTED, "firetext"),
    ],
)
async def test_the_graver_failure_is_reported_whoever_was_asked_first(
    mmg: NotTaken, firetext: NotTaken, provider: str
) -> None:
    for seed in range(4):
        setup = Setup(mmg=FakeClient(mmg), firetext=FakeClient(firetext), seed=seed)
        result = await (await setup.sender()).deliver(a_delivery())

        graver = mmg if provider == "mmg" else firetext
        assert (result.provider, retry_in(result).error_code) == (provider, graver.error_code)


async def test_provider_that_failed_for_the_text_before_is_avoided() -> None:
    setup = Setup()
    sender = await setup.sender()

    for _ in range(30):
        await sender.deliver(a_delivery(failed_providers=("firetext",)))

    assert setup.firetext.asked == []


async def test_text_abroad_goes_to_a_provider_that_serves_abroad() -> None:
    setup = Setup()
    sender = await setup.sender()

    for _ in range(30):
        await sender.deliver(a_delivery(international=True))

    assert setup.firetext.asked == []


async def test_inactive_provider_is_not_asked() -> None:
    setup = Setup(providers=[a_provider(MMG, active=False), a_provider(FIRETEXT)])
    sender = await setup.sender()

    for _ in range(30):
        await sender.deliver(a_delivery())

    assert setup.mmg.asked == []


async def test_text_abroad_waits_while_nobody_serves_abroad() -> None:
    setup = Setup(providers=[a_provider(MMG, active=False), a_provider(FIRETEXT)])

    result = await (await setup.sender()).deliver(a_delivery(international=True))

    assert retry_in(result).error_code == "no_active_provider"


async def test_lease_that_ran_out_reaches_no_provider() -> None:
    setup = Setup()
    sender = await setup.sender()

    with pytest.raises(LeaseLost):
        await sender.deliver(a_delivery(lease_left=timedelta(seconds=-1)))

    assert setup.mmg.asked == setup.firetext.asked == []


async def test_failed_requests_are_counted_for_the_balance() -> None:
    setup = Setup(mmg=FakeClient(ILL), providers=[a_provider(MMG)])
    sender = await setup.sender()
    for _ in range(2):
        await sender.deliver(a_delivery())

    assert await setup.errors.counts() == {MMG: 2}


async def test_sent_text_is_counted_by_its_minute() -> None:
    setup = Setup(providers=[a_provider(MMG)])
    sender = await setup.sender()
    await sender.deliver(a_delivery())

    await sender.delivery_times.write()

    assert [(row.provider, row.counts.sent) for row in setup.written] == [(MMG, 1)]


async def test_text_abroad_is_not_counted_by_its_minute() -> None:
    setup = Setup()
    sender = await setup.sender()
    await sender.deliver(a_delivery(international=True))

    await sender.delivery_times.write()

    assert setup.written == []


@pytest.mark.parametrize("name", [MMG, FIRETEXT])
@pytest.mark.parametrize(
    ("phone_number", "status"),
    [
        ("447700900002", NotificationStatus.PERMANENT_FAILURE),
        ("447700900003", NotificationStatus.TEMPORARY_FAILURE),
        ("447700900111", NotificationStatus.DELIVERED),
        ("447900900123", NotificationStatus.DELIVERED),
    ],
)
async def test_text_of_a_test_key_ends_as_its_number_says(
    name: object, phone_number: str, status: NotificationStatus
) -> None:
    setup = Setup(providers=[a_provider(MMG if name is MMG else FIRETEXT)])

    result = await (await setup.sender()).deliver(
        a_delivery(key_type=KeyType.TEST, phone_number=phone_number)
    )

    assert (result.outcome, result.provider) == (Pretend(status=status), name)


async def test_text_of_a_test_key_reaches_no_provider() -> None:
    setup = Setup()
    sender = await setup.sender()

    for _ in range(20):
        await sender.deliver(a_delivery(key_type=KeyType.TEST))

    assert setup.mmg.asked == setup.firetext.asked == []


async def test_text_of_a_test_key_waits_while_no_provider_is_active() -> None:
    setup = Setup(providers=[a_provider(MMG, active=False)])

    result = await (await setup.sender()).deliver(a_delivery(key_type=KeyType.TEST))

    assert retry_in(result).error_code == "no_active_provider"


async def test_request_that_is_cut_off_leaves_the_provider_as_it_was() -> None:
    setup = Setup(providers=[a_provider(MMG)])
    sender = await setup.sender()
    waiting = asyncio.Event()

    class Hanging(FakeClient):
        async def send(self, *_: object) -> Taken:
            waiting.set()
            await asyncio.Event().wait()
            raise AssertionError

    setup.mmg = Hanging()
    sender = await setup.sender()
    task = asyncio.ensure_future(sender.deliver(a_delivery()))
    await waiting.wait()
    task.cancel()
    await asyncio.wait([task])

    assert (task.cancelled(), setup.failover.is_down(MMG)) == (True, False)


async def test_one_line_tells_of_a_delivery_and_of_nobody() -> None:
    setup = Setup(mmg=FakeClient(ILL), providers=[a_provider(MMG)])
    delivery = a_delivery()
    sender = await setup.sender()

    with structlog.testing.capture_logs() as lines:
        await sender.deliver(delivery)

    [line] = lines
    assert line["event"] == "delivery_finished"
    assert line["notification_id"] == str(delivery.notification_id)
    assert line["requests"][0]["error_code"] == "http_500"
    assert "447900900123" not in str(line)
    assert "hello" not in str(line)


async def test_a_provider_with_its_monthly_cap_reached_gets_nothing_more() -> None:
    setup = Setup()
    setup.caps, setup.volumes = {"mmg": 100}, {"mmg": 100}
    sender = await setup.sender()

    results = [await sender.deliver(a_delivery()) for _ in range(20)]

    assert {result.provider for result in results} == {"firetext"}


async def test_a_text_that_nobody_may_be_given_this_month_is_refused() -> None:
    setup = Setup()
    setup.caps, setup.volumes = {"mmg": 3, "firetext": 0}, {"mmg": 1}
    sender = await setup.sender()

    results = [await sender.deliver(a_delivery()) for _ in range(3)]

    assert all(isinstance(result.outcome, HandedOver) for result in results[:2])
    assert results[-1].outcome == Refused(error_code="monthly_cap_reached")
    assert len(setup.mmg.asked) == 2


async def test_a_text_that_all_providers_are_too_busy_for_is_handed_back_without_an_attempt() -> None:
    setup = Setup()
    setup.gates = {name: Gate(name, max_in_flight=1) for name in (MMG, FIRETEXT)}
    for gate in setup.gates.values():
        await gate.enter(0)

    result = await (await setup.sender()).deliver(a_delivery())

    assert (retry_in(result).error_code, retry_in(result).no_provider) == (PROVIDER_BUSY, True)
    assert setup.mmg.asked == setup.firetext.asked == []


async def test_a_provider_without_room_is_passed_over() -> None:
    setup = Setup(providers=both(mmg=100, firetext=0))
    setup.gates[MMG] = Gate(MMG, max_in_flight=1)
    await setup.gates[MMG].enter(0)

    result = await (await setup.sender()).deliver(a_delivery())

    assert result.provider == "firetext"


async def test_a_place_is_free_again_after_each_request() -> None:
    setup = Setup(mmg=FakeClient(ILL), firetext=FakeClient(ILL))
    setup.gates = {name: Gate(name, max_in_flight=1) for name in (MMG, FIRETEXT)}

    await (await setup.sender()).deliver(a_delivery())

    assert [await gate.enter(0) for gate in setup.gates.values()] == [True, True]


async def test_answers_and_times_are_counted() -> None:
    setup = Setup(mmg=FakeClient(ILL), providers=both(mmg=100, firetext=0))
    await (await setup.sender()).deliver(a_delivery())

    await setup.measurements.write()

    kinds = {(row.key.provider, row.key.measure): row.key.bucket for row in setup.measured}
    assert kinds["mmg", Measure.ANSWER] == AnswerKind.SERVER_ERROR
    assert kinds["firetext", Measure.ANSWER] == AnswerKind.ACCEPTED
    assert ("firetext", Measure.CREATED_TO_SENT) in kinds
    assert ("mmg", Measure.CREATED_TO_SENT) not in kinds

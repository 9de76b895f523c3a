"""The gRPC clients: what travels together, what is repeated, and what an error becomes."""

import asyncio
from uuid import UUID, uuid4

import pytest

from notify.notifications.v1 import notifications_pb2
from servicekit.clock import SystemClock
from servicekit.errors import InternalError, NotFound, RuleBroken, Unavailable
from servicekit.grpc_client import Channel, make_channel
from servicekit.identity import CallerTokens
from services.api_gateway import clients
from services.api_gateway.ports import SmsProvider
from tests.integration.api_gateway.fake_services import KEYS, FakeServices
from tests.unit.api_gateway.fakes import SERVICE_ID


def an_item(recipient: str = "07700900123", text: str = "") -> notifications_pb2.NewNotification:
    return notifications_pb2.NewNotification(id=str(uuid4()), recipient=recipient, personalisation_json=text)


async def test_an_item_goes_at_once(services: FakeServices, channel: Channel) -> None:
    notifications = clients.Notifications(channel)
    item = an_item()
    assert (await notifications.create(item)).id == item.id
    assert [len(batch) for batch in services.notifications.batches] == [1]


async def test_items_that_come_while_calls_are_under_way_travel_together(
    services: FakeServices, channel: Channel
) -> None:
    notifications = clients.Notifications(channel)
    services.notifications.go_on.clear()
    async with asyncio.TaskGroup() as group:
        first = group.create_task(notifications.create(an_item()))
        await services.notifications.called.wait()
        others = [group.create_task(notifications.create(an_item())) for _ in range(130)]
        await asyncio.sleep(0)
        services.notifications.go_on.set()
    assert len({task.result().id for task in [first, *others]}) == 131
    sizes = [len(batch) for batch in services.notifications.batches]
    assert (sizes[0], sum(sizes), max(sizes)) == (1, 131, 64)


async def test_one_that_is_refused_does_not_hold_up_the_others(channel: Channel) -> None:
    notifications = clients.Notifications(channel)
    items = [an_item(), an_item("refused"), an_item()]
    results = await asyncio.gather(*map(notifications.create, items), return_exceptions=True)
    assert isinstance(results[1], RuleBroken)
    assert results[1].message == "Template not found"
    assert [getattr(result, "id", None) for result in results] == [items[0].id, None, items[2].id]


async def test_one_that_hits_a_bug_does_not_take_the_others_down(channel: Channel) -> None:
    notifications = clients.Notifications(channel)
    items = [an_item("bug" if position == 5 else "fine") for position in range(20)]
    results = await asyncio.gather(*map(notifications.create, items), return_exceptions=True)
    failed = [position for position, result in enumerate(results) if isinstance(result, InternalError)]
    assert failed == [5]


async def test_reads_that_come_while_calls_are_under_way_travel_together(
    services: FakeServices, channel: Channel
) -> None:
    notifications = clients.Notifications(channel)
    services.notifications.go_on.clear()
    ids = [str(uuid4()) for _ in range(131)]
    async with asyncio.TaskGroup() as group:
        first = group.create_task(notifications.get(SERVICE_ID, ids[0]))
        await services.notifications.called.wait()
        others = [group.create_task(notifications.get(SERVICE_ID, id)) for id in ids[1:]]
        await asyncio.sleep(0)
        services.notifications.go_on.set()
    assert [task.result().id for task in [first, *others]] == ids
    sizes = [len(read) for read in services.notifications.reads]
    assert (sizes[0], sum(sizes), max(sizes)) == (1, 131, 64)


async def test_one_that_is_not_found_does_not_hide_the_others(channel: Channel) -> None:
    notifications = clients.Notifications(channel)
    ids = [str(uuid4()) for _ in range(3)]
    asked = zip((SERVICE_ID, str(uuid4()), SERVICE_ID), ids, strict=True)
    results = await asyncio.gather(
        *(notifications.get(service_id, id) for service_id, id in asked), return_exceptions=True
    )
    assert isinstance(results[1], NotFound)
    assert [getattr(result, "id", None) for result in results] == [ids[0], None, ids[2]]


async def test_long_items_are_spread_over_several_calls(services: FakeServices, channel: Channel) -> None:
    notifications = clients.Notifications(channel)
    items = [an_item(text="x" * 2_000_000) for _ in range(10)]
    results = await asyncio.gather(*map(notifications.create, items))
    assert [result.id for result in results] == [item.id for item in items]
    assert (
        max(sum(item.ByteSize() for item in batch) for batch in services.notifications.batches)
        < 4 * 1024 * 1024
    )


async def test_the_same_ids_are_sent_again_when_no_server_was_reached() -> None:
    services = FakeServices()
    async with services.running():
        port = services.port
    async with make_channel(f"127.0.0.1:{port}", caller=CallerTokens("api_gateway", KEYS)) as channel:
        notifications = clients.Notifications(channel)
        item = an_item()
        creating = asyncio.ensure_future(notifications.create(item))
        async with services.running(port):
            assert (await creating).id == item.id


async def test_a_service_that_stays_away_is_unavailable() -> None:
    services = FakeServices()
    async with services.running():
        port = services.port
    async with make_channel(f"127.0.0.1:{port}", caller=CallerTokens("api_gateway", KEYS)) as channel:
        with pytest.raises(Unavailable):
            await clients.Accounts(channel).credentials(uuid4())


async def test_credentials(channel: Channel) -> None:
    accounts = clients.Accounts(channel)
    assert (await accounts.credentials(UUID(SERVICE_ID))).rate_limit == 3_000
    with pytest.raises(NotFound):
        await accounts.credentials(uuid4())


async def test_receipts_travel_together_and_have_their_own_results(
    services: FakeServices, channel: Channel
) -> None:
    sms = clients.Sms(channel, SystemClock())
    bodies = [b"one", b"", b"three"]
    results = await asyncio.gather(*(sms.hand_receipt(SmsProvider.MMG, body) for body in bodies))
    assert results == [[], ["MMG callback failed: status missing"], []]
    assert [receipt.body for receipt in services.sms.receipts] == bodies
    assert services.sms.receipts[0].receive_time.seconds > 0


async def test_what_was_accepted_is_finished_before_closing(services: FakeServices, channel: Channel) -> None:
    notifications = clients.Notifications(channel)
    creating = [asyncio.ensure_future(notifications.create(an_item())) for _ in range(200)]
    await asyncio.sleep(0)
    await notifications.close()
    assert len({task.result().id for task in creating}) == 200
    with pytest.raises(Unavailable):
        await notifications.create(an_item())


async def test_the_health_of_the_notifications_service(channel: Channel) -> None:
    assert await clients.NotificationsHealth(channel).is_serving()


async def test_the_health_of_a_service_that_is_away() -> None:
    async with make_channel("127.0.0.1:1", caller=CallerTokens("api_gateway", KEYS)) as channel:
        assert not await clients.NotificationsHealth(channel).is_serving()

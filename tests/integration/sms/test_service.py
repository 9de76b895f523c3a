"""The sms service as a whole: from the queue to a provider, and from a receipt to its report."""

import asyncio
import json
import time
from collections import Counter

import pytest
from pydantic import SecretStr

from notify.notifications.v1 import types_pb2
from notify.providers.v1 import providers_pb2, providers_pb2_grpc
from notify.sms.v1 import sms_pb2
from servicekit.errors import InvalidRequest, NotAllowed
from tests.integration.sms.service_world import FIRETEXT, MMG, World, a_world, eventually
from tests.integration.sms.worlds import Mode, a_delivery


def mmg_receipt(notification_id: str, status: str = "3") -> bytes:
    return json.dumps({"CID": notification_id, "status": status, "MSISDN": "447900900123"}).encode()


async def providers_by_name(world: World) -> dict[str, providers_pb2.Provider]:
    async with world.as_caller("notifyctl") as channel:
        stub = providers_pb2_grpc.ProvidersServiceStub(channel.grpc)
        response = await channel.call(stub.ListProviders, providers_pb2.ListProvidersRequest())
    return {provider.name: provider for provider in response.providers}


async def test_texts_go_from_the_queue_to_both_providers(database_url: str) -> None:
    async with a_world(database_url) as world:
        await world.queue.put(*(a_delivery() for _ in range(100)))

        await world.queue.all_done()

        results = [row.results[0] for row in world.queue.rows.values()]
        assert {result.WhichOneof("outcome") for result in results} == {"handed_over"}
        sent = Counter(result.provider for result in results)
        assert (sent["mmg"], sent["firetext"]) == (world.mmg.taken, world.firetext.taken)
        assert min(sent["mmg"], sent["firetext"]) > 20


async def test_text_of_a_test_key_only_pretends(database_url: str) -> None:
    async with a_world(database_url) as world:
        [notification_id] = await world.queue.put(
            a_delivery(key_type=types_pb2.KEY_TYPE_TEST, phone_number="447700900002")
        )

        result = await world.queue.result(notification_id)

        assert result.pretend.status == types_pb2.NOTIFICATION_STATUS_PERMANENT_FAILURE
        assert result.provider in {"mmg", "firetext"}
        assert world.mmg.seen == world.firetext.seen == []


async def test_provider_that_hangs_is_left_alone_long_before_its_requests_time_out(database_url: str) -> None:
    async with a_world(database_url) as world:
        world.mmg.mode = Mode.HANG
        await world.queue.put(*(a_delivery() for _ in range(40)))

        async def is_left_alone() -> bool:
            seen = len(world.mmg.seen)
            texts = await world.queue.put(*(a_delivery() for _ in range(5)))
            async with asyncio.timeout(1.0):
                results = [await world.queue.result(text) for text in texts]
            return {result.provider for result in results} == {"firetext"} and len(world.mmg.seen) == seen

        async def is_left_alone_ten_times() -> bool:
            try:
                return all([await is_left_alone() for _ in range(10)])
            except TimeoutError:
                return False

        began = time.monotonic()
        await eventually(is_left_alone_ten_times)

        assert time.monotonic() - began < 8.0  # the first request would time out after ten


@pytest.mark.parametrize("mode", [Mode.ERROR, Mode.DROP])
async def test_all_texts_go_by_the_other_provider_while_one_fails(database_url: str, mode: Mode) -> None:
    async with a_world(database_url) as world:
        world.mmg.mode = mode
        await world.queue.put(*(a_delivery() for _ in range(200)))

        await world.queue.all_done(within_s=10)

        results = [row.results for row in world.queue.rows.values()]
        assert {result.provider for [result] in results} == {"firetext"}


async def test_all_texts_go_by_the_other_provider_while_one_refuses_connections(database_url: str) -> None:
    async with a_world(database_url) as world:
        await world.mmg.shut_down()
        await world.queue.put(*(a_delivery() for _ in range(200)))

        await world.queue.all_done(within_s=10)

        results = [row.results for row in world.queue.rows.values()]
        assert {result.provider for [result] in results} == {"firetext"}


async def test_provider_that_hangs_is_found_out_and_left_alone(database_url: str) -> None:
    async with a_world(database_url, provider_timeout_s=0.5) as world:
        world.mmg.mode = Mode.HANG
        for _ in range(20):
            await world.queue.put(*(a_delivery() for _ in range(10)))
            await world.queue.all_done(within_s=10)

        assert world.firetext.taken == 200
        assert len(world.mmg.seen) < 30


@pytest.mark.parametrize("how", ["refuses connections", "answers 500"])
async def test_texts_leave_within_ten_seconds_of_the_first_providers_return(
    database_url: str, how: str
) -> None:
    async with a_world(database_url) as world:
        world.mmg.mode = world.firetext.mode = Mode.ERROR
        if how == "refuses connections":
            await world.mmg.shut_down()
            await world.firetext.shut_down()
        await world.queue.put(*(a_delivery() for _ in range(300)))
        await world.queue.until(lambda: all(row.attempt > 0 for row in world.queue.rows.values()))
        counted = [
            result
            for row in world.queue.rows.values()
            for result in row.results
            if not result.retry_later.no_provider
        ]

        world.firetext.mode = Mode.WELL
        if how == "refuses connections":
            await world.firetext.come_back()
        returned = time.monotonic()
        await world.queue.all_done()

        assert time.monotonic() - returned < 10
        assert world.firetext.taken == 300
        assert counted == []


async def test_single_text_leaves_within_ten_seconds_of_the_first_providers_return(database_url: str) -> None:
    async with a_world(database_url) as world:
        world.mmg.mode = world.firetext.mode = Mode.ERROR
        [notification_id] = await world.queue.put(a_delivery())
        await world.queue.until(lambda: world.queue.rows[notification_id].attempt >= 3)

        world.mmg.mode = Mode.WELL
        returned = time.monotonic()
        await world.queue.all_done()

        assert time.monotonic() - returned < 10


async def test_text_abroad_goes_to_mmg_alone(database_url: str) -> None:
    async with a_world(database_url) as world:
        await world.queue.put(*(a_delivery(international=True) for _ in range(20)))

        await world.queue.all_done()

        assert (world.mmg.taken, world.firetext.taken) == (20, 0)


async def test_result_is_not_lost_while_notifications_is_away(database_url: str) -> None:
    async with a_world(database_url) as world:
        world.queue.complete_is_away = True
        [notification_id] = await world.queue.put(a_delivery())
        await world.queue.until(lambda: world.queue.completions_tried >= 3)
        world.queue.complete_is_away = False

        result = await world.queue.result(notification_id)

        assert result.WhichOneof("outcome") == "handed_over"
        assert world.mmg.taken + world.firetext.taken == 1


async def test_leasing_goes_on_after_notifications_was_away(database_url: str) -> None:
    async with a_world(database_url) as world:
        world.queue.is_away = True
        [notification_id] = await world.queue.put(a_delivery())
        await asyncio.sleep(0.5)
        world.queue.is_away = False

        assert (await world.queue.result(notification_id)).HasField("handed_over")


async def test_text_whose_lease_ran_out_while_it_was_sent_is_not_sent_twice_by_the_same_process(
    database_url: str,
) -> None:
    async with a_world(database_url) as world:
        world.mmg.hold.clear()
        world.firetext.hold.clear()
        [notification_id] = await world.queue.put(a_delivery())
        await eventually(lambda: world.mmg.began.is_set() or world.firetext.began.is_set())

        await world.queue.run_out(notification_id)
        await world.queue.until(lambda: world.queue.rows[notification_id].attempt == 2)
        world.mmg.hold.set()
        world.firetext.hold.set()
        result = await world.queue.result(notification_id)

        assert (result.attempt, result.HasField("handed_over")) == (2, True)
        assert world.mmg.taken + world.firetext.taken == 1


async def test_result_of_a_lost_lease_changes_nothing(database_url: str) -> None:
    async with a_world(database_url) as world:
        world.mmg.hold.clear()
        world.firetext.hold.clear()
        [notification_id] = await world.queue.put(a_delivery())
        await eventually(lambda: world.mmg.began.is_set() or world.firetext.began.is_set())

        world.queue.rows[notification_id].attempt += 1  # somebody else has it now
        world.mmg.hold.set()
        world.firetext.hold.set()
        await world.queue.until(lambda: bool(world.queue.completions_tried))
        await eventually(lambda: bool(world.queue.stale))

        assert world.queue.rows[notification_id].results == []


async def test_stop_finishes_what_is_under_way_and_leaves_the_rest_in_the_queue(database_url: str) -> None:
    async with a_world(database_url, max_in_flight=5) as world:
        world.mmg.hold.clear()
        world.firetext.hold.clear()
        await world.queue.put(*(a_delivery() for _ in range(20)))
        await eventually(lambda: len(world.mmg.seen) + len(world.firetext.seen) == 5)

        world.lifecycle.stop()
        stopping = asyncio.ensure_future(world.lifecycle.finish())
        await eventually(world.lifecycle.stopping.is_set)
        world.mmg.hold.set()
        world.firetext.hold.set()
        await stopping

        done = [row for row in world.queue.rows.values() if row.is_done]
        leased = [row for row in world.queue.rows.values() if row.is_leased]
        assert (len(done), leased) == (5, [])


async def test_receipt_is_reported_to_notifications(database_url: str) -> None:
    async with a_world(database_url) as world:
        notification_id = a_delivery().notification_id

        faults = await world.receive(MMG, mmg_receipt(notification_id, "5"))

        [report] = world.queue.reports
        assert faults == [[]]
        assert (report.notification_id, report.provider) == (notification_id, "mmg")
        assert report.status == types_pb2.NOTIFICATION_STATUS_PERMANENT_FAILURE
        assert [override.given_to for override in report.overrides] == ["firetext"]
        assert await world.rows("SELECT * FROM kept_receipts") == []


async def test_receipts_are_kept_while_notifications_is_away_and_applied_later(database_url: str) -> None:
    async with a_world(database_url) as world:
        world.queue.is_away = True
        ids = [a_delivery().notification_id for _ in range(30)]
        faults = await world.receive(MMG, *(mmg_receipt(each, "5") for each in ids))
        kept = await world.rows("SELECT count(*) FROM kept_receipts")

        world.queue.is_away = False
        await world.queue.until(lambda: len(world.queue.reports) == 30)

        async def none_is_kept() -> bool:
            return await world.rows("SELECT * FROM kept_receipts") == []

        await eventually(none_is_kept)

        assert (faults, kept) == ([[]] * 30, [(30,)])
        assert {report.notification_id for report in world.queue.reports} == set(ids)
        assert {len(report.overrides) for report in world.queue.reports} == {1}


async def test_faults_of_receipts_are_told(database_url: str) -> None:
    async with a_world(database_url) as world:
        assert await world.receive(FIRETEXT, b"reference=1", b"") == [
            ["Firetext callback failed: status missing"],
            ["Firetext callback failed: status missing", "Firetext callback failed: reference missing"],
        ]


async def test_request_without_receipts_is_refused(database_url: str) -> None:
    async with a_world(database_url) as world:
        with pytest.raises(InvalidRequest):
            await world.receive(MMG)


async def test_received_text_without_credentials_is_not_taken(database_url: str) -> None:
    async with a_world(database_url) as world:
        request = sms_pb2.HandleInboundRequest(provider=MMG, body=b"{}")
        request.receive_time.GetCurrentTime()
        response = await world.channel.call(world.stub.HandleInbound, request)

        assert response.answer == sms_pb2.INBOUND_ANSWER_NO_CREDENTIALS


async def test_operator_can_take_a_provider_out_of_use(database_url: str) -> None:
    async with a_world(database_url) as world:
        async with world.as_caller("alice", frozenset({"operator"})) as channel:
            stub = providers_pb2_grpc.ProvidersServiceStub(channel.grpc)
            update = providers_pb2.ProviderUpdate(name="mmg", based_on_version=1, active=False)
            response = await channel.call(
                stub.UpdateProviders, providers_pb2.UpdateProvidersRequest(updates=[update])
            )
        await world.queue.put(*(a_delivery() for _ in range(30)))
        await world.queue.all_done()

        [mmg] = response.providers
        assert (mmg.active, mmg.version, mmg.update_reason, mmg.updated_by) == (False, 2, "a test", "alice")
        assert world.mmg.taken == 0
        assert await world.rows(
            "SELECT weight, active, update_reason, updated_by FROM provider_history WHERE version = 2"
        ) == [(51, False, "a test", "alice")]


async def test_viewer_may_look_but_not_change(database_url: str) -> None:
    async with a_world(database_url) as world, world.as_caller("bob", frozenset({"viewer"})) as channel:
        stub = providers_pb2_grpc.ProvidersServiceStub(channel.grpc)
        listed = await channel.call(stub.ListProviders, providers_pb2.ListProvidersRequest())
        update = providers_pb2.ProviderUpdate(name="mmg", weight=1)

        with pytest.raises(NotAllowed):
            await channel.call(stub.UpdateProviders, providers_pb2.UpdateProvidersRequest(updates=[update]))

        assert [(p.name, p.weight, p.active) for p in listed.providers] == [
            ("firetext", 49, True),
            ("mmg", 51, True),
        ]


async def test_provider_that_fails_much_loses_weight(database_url: str, valkey_url: str) -> None:
    async with a_world(database_url, redis_url=SecretStr(valkey_url)) as world:
        world.mmg.mode = Mode.ERROR
        world.mmg.hold.clear()
        assert await world.rows("UPDATE providers SET updated_at = now() - interval '1 hour' RETURNING 1")
        await world.queue.put(*(a_delivery() for _ in range(180)))
        await eventually(lambda: len(world.mmg.seen) > 55)
        world.mmg.hold.set()

        async def weights_moved() -> bool:
            providers = await providers_by_name(world)
            return (providers["mmg"].weight, providers["firetext"].weight) == (41, 59)

        await eventually(weights_moved)


async def test_sent_and_fast_texts_are_counted_by_minute(database_url: str) -> None:
    async with a_world(database_url) as world:
        ids = await world.queue.put(*(a_delivery() for _ in range(10)))
        await world.queue.all_done()
        await world.receive(MMG, *(mmg_receipt(each) for each in ids))

        async def are_counted() -> bool:
            return await world.rows("SELECT sum(sent), sum(fast) FROM delivery_minutes") == [(10, 10)]

        await eventually(are_counted)

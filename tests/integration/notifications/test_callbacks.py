"""Callbacks on a real database, to endpoints that answer, refuse, fail and hang."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from notifyrules.statuses import NotificationType
from servicekit.errors import NotFound
from servicekit.ids import new_id
from services.notifications.accounts import CallbackKind
from services.notifications.callbacks_addresses import AddressPolicy
from services.notifications.callbacks_bodies import signature
from services.notifications.callbacks_limits import Endpoint
from services.notifications.callbacks_store import (
    QUERIES,
    AttemptFilter,
    CallbackSpan,
    NewComplaint,
)
from services.notifications.explaining import explain
from services.notifications.low_water import CALLBACKS_EVERYTHING_EVERY, MARGIN, CallbackMarks
from services.notifications.store import SCHEMA
from tests.integration.notifications.callback_world import (
    GAPS,
    PAUSED_AFTER,
    PROBED_EVERY,
    TOKEN,
    World,
    callback_world,
)
from tests.integration.notifications.conftest import System
from tests.people import request_of

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def world(system: System) -> AsyncIterator[World]:
    async with callback_world(system) as made:
        yield made


async def another_service(world: World, name: str, path: str) -> tuple[UUID, UUID]:
    """A service with an endpoint, and a template of it."""
    service_id = await world.system.add_service(name)
    await world.listen(path, service_id)
    return service_id, await world.system.add_template(service_id, NotificationType.SMS)


async def pause_endpoint(world: World, *, waiting: int) -> Endpoint:
    """An endpoint that has failed for so long that it is paused, with callbacks that wait for it."""
    endpoint = await world.listen()
    world.sink.answers["/hook"] = 500
    await world.queue(waiting)
    for gap in (timedelta(0), PAUSED_AFTER + MINUTE):
        world.advance(gap)
        await world.work_once()
    return endpoint


def everything(world: World, **changes: object) -> CallbackSpan:
    values: dict[str, object] = {
        "service_id": world.system.service_id,
        "kind": None,
        "since": world.clock.now() - timedelta(days=10),
        "until": world.clock.now() + timedelta(days=10),
        "failed_only": False,
        "after": None,
        "limit": 100,
        **changes,
    }
    return CallbackSpan(**values)  # type: ignore[arg-type]  # the names and types are its own


async def test_a_callback_is_sent_once_with_token_and_signature(world: World) -> None:
    await world.listen()
    (id,) = await world.queue()
    (call,) = await world.work("/hook", 1)
    assert call.json["id"] == str(id)
    assert call.headers["authorization"] == f"Bearer {TOKEN}"
    assert call.headers["content-type"] == "application/json"
    timestamp = call.headers["webhook-timestamp"]
    assert call.headers["webhook-signature"] == signature(
        call.id, timestamp, call.raw, [world.secrets["/hook"]]
    )
    assert await world.attempts() == [("200", "taken")]
    assert await world.system.count("callbacks") == 0


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_failed_call_is_made_again_after_a_gap_and_not_before(world: World, status: int) -> None:
    await world.listen()
    world.sink.answers["/hook"] = status
    await world.queue()
    await world.work_once()
    world.advance(GAPS[0] * 0.85)
    await world.work_once()
    assert len(world.sink.at("/hook")) == 1
    world.sink.answers.clear()
    world.advance(GAPS[0])
    first, second = await world.work("/hook", 2)
    assert first.id == second.id
    assert await world.attempts() == [(str(status), "retry"), ("200", "taken")]


async def test_the_tries_end_within_24_hours(world: World) -> None:
    await world.listen()
    await world.queue()
    world.sink.answers["/hook"] = 500
    began = world.clock.now()
    for gap in (timedelta(0), *GAPS):
        world.advance(gap)
        await world.work_once()
    assert await world.system.count("callbacks") == 0
    results = await world.attempts()
    assert results[-1] == ("500", "given_up")
    # Probes of the endpoint, which is paused by then, do not count.
    assert len(results) >= 1 + len(GAPS)
    assert world.clock.now() - began <= timedelta(hours=24)


@pytest.mark.parametrize("status", [400, 404, 302])
async def test_any_other_answer_ends_it(world: World, status: int) -> None:
    await world.listen()
    world.sink.answers["/hook"] = status
    await world.queue()
    await world.work("/hook", 1)
    assert await world.attempts() == [(str(status), "refused")]
    assert await world.system.count("callbacks") == 0
    assert world.sink.at("/elsewhere") == []


async def test_an_endpoint_that_refuses_connections_is_tried_again(world: World) -> None:
    endpoint = await world.listen()
    await world.endpoints.set(endpoint, "http://127.0.0.1:9/nothing-listens", TOKEN)
    await world.queue()
    await world.work_once()
    assert await world.attempts() == [("connection", "retry")]


async def test_a_url_that_was_taken_away_is_not_called(world: World) -> None:
    endpoint = await world.listen()
    await world.queue()
    await world.endpoints.remove(endpoint)
    await world.work_once()
    assert await world.attempts() == [("no_url", "refused")]


async def test_an_address_that_is_not_public_is_never_called(system: System) -> None:
    async with callback_world(system, AddressPolicy(allow_private=False)) as world:
        await world.listen()
        await world.queue()
        await world.work_once()
        assert world.sink.received == []
        assert await world.attempts() == [("address_refused", "retry")]


async def test_an_endpoint_that_hangs_delays_no_other(world: World) -> None:
    slow_id, slow_template = await another_service(world, "Slow", "/slow")
    await world.listen("/fast")
    world.sink.hanging.add("/slow")
    await world.queue(40, slow_id, slow_template)
    await world.queue(40)
    worker = world.new_worker()
    async with world.working(worker):
        await world.sink.wait("/fast", 40)
        assert world.sink.under_way["/slow"] > 0
        assert len(world.sink.at("/slow")) <= 16
        world.sink.let_go.set()


async def test_an_endpoint_that_does_not_answer_gets_fewer_calls(world: World) -> None:
    endpoint = await world.listen()
    world.sink.hanging.add("/hook")
    await world.queue(6)
    await world.work_once(timeout_s=0.05)
    assert await world.attempts() == [("timeout", "retry")] * 6
    assert world.limits is not None
    assert world.limits.allowances() == {endpoint: 1}


async def test_an_endpoint_has_no_more_calls_at_once_than_it_may(world: World) -> None:
    await world.listen()
    await world.queue(60)
    await world.work("/hook", 60, max_per_endpoint=3)
    assert world.sink.most_under_way["/hook"] <= 3
    assert await world.system.count("callbacks") == 0


async def test_several_processes_send_each_callback_once(world: World) -> None:
    await world.listen()
    ids = await world.queue(100)
    async with world.working(world.new_worker(), world.new_worker(), world.new_worker()):
        calls = await world.sink.wait("/hook", 100)
    assert sorted(call.json["id"] for call in calls) == sorted(map(str, ids))


async def test_an_endpoint_that_fails_for_long_is_paused_and_tried_with_single_calls(world: World) -> None:
    await pause_endpoint(world, waiting=5)
    (state,) = await world.store.list_endpoints(world.system.service_id)
    assert state.probe_at is not None
    assert state.waiting == 5
    called = len(world.sink.at("/hook"))
    await world.queue(5)
    for _ in range(3):
        world.advance(PROBED_EVERY)
        await world.work_once()
    assert len(world.sink.at("/hook")) == called + 3


async def test_a_paused_endpoint_that_answers_gets_all_that_waits(world: World) -> None:
    await pause_endpoint(world, waiting=5)
    world.sink.answers.clear()
    called = len(world.sink.at("/hook"))
    world.advance(PROBED_EVERY)
    await world.work("/hook", called + 5)
    assert await world.system.count("callbacks") == 0
    (state,) = await world.store.list_endpoints(world.system.service_id)
    assert (state.failing_since, state.probe_at) == (None, None)


async def test_what_became_due_in_a_pause_is_sent_by_a_worker_that_had_read_past_it(world: World) -> None:
    await pause_endpoint(world, waiting=1)
    ids = await world.queue(5)
    world.advance(PROBED_EVERY - timedelta(seconds=5))
    await world.worker.call_due()  # it reads everything, and takes nothing
    world.sink.answers.clear()
    world.sink.received.clear()
    world.advance(timedelta(seconds=5))
    async with world.working():
        calls = await world.sink.wait("/hook", 6)
    assert {call.json["id"] for call in calls} >= {str(id) for id in ids}


async def test_a_callback_whose_worker_was_killed_is_sent_by_one_that_had_read_past_it(world: World) -> None:
    await world.listen()
    await world.queue()
    await world.worker.call_due()
    await world.queue()
    endpoint, now = world.endpoint(), world.clock.now()
    (held,) = await world.store.claim_callbacks(
        9, {endpoint: 9}, allowed_otherwise=9, probed=(), now=now, lease=MINUTE
    )
    world.advance(MINUTE - timedelta(seconds=1))
    await world.worker.call_due()
    assert len(world.sink.at("/hook")) == 1
    world.advance(timedelta(seconds=2))
    await world.worker.call_due()  # behind its place in the queue
    world.advance(CALLBACKS_EVERYTHING_EVERY)
    await world.worker.call_due()
    assert [call.id for call in world.sink.at("/hook")][1:] == [str(held.id)]


async def test_what_was_sent_is_not_read_again_while_an_old_snapshot_is_held(world: World) -> None:
    """Index entries that the database has to look at for a claim that finds nothing."""
    await world.listen()
    async with world.system.pool.connection() as holder:
        await holder.execute("set transaction isolation level repeatable read")
        await holder.execute("select count(*) from callbacks")
        for _ in range(6):
            await world.queue(50)
            await world.worker.call_due()
        world.advance(MARGIN + timedelta(seconds=1))
        now = world.clock.now()
        marks = CallbackMarks()
        marks.note_claimed([(world.endpoint(), now)], is_all=True, now=now)
        read = [await pages_of_a_claim(world, beginnings) for beginnings in ([], marks.beginnings(now))]
    assert read[1] < read[0], read


async def pages_of_a_claim(world: World, beginnings: list[tuple[Endpoint, datetime]]) -> int:
    """Pages that a claim for nobody in particular touches."""
    now = world.clock.now()
    parameters = {
        "max": 100, "service_ids": [], "kinds": [], "allowed": [], "allowed_otherwise": 9, "now": now,
        "probed_service_ids": [], "probed_kinds": [], "leased_until": now + MINUTE,
        "known_service_ids": [endpoint.service_id for endpoint, _ in beginnings],
        "known_kinds": [endpoint.kind for endpoint, _ in beginnings],
        "known_sinces": [since for _, since in beginnings],
    }  # fmt: skip
    async with world.system.pool.connection() as connection:
        statement = b"explain (analyze, buffers, costs off, format json) " + QUERIES["claim_callbacks"]
        row = await (await connection.execute(statement, parameters)).fetchone()
    assert row is not None
    return int(row[0][0]["Plan"]["Shared Hit Blocks"])


async def test_a_callback_that_a_pause_is_tried_with_keeps_its_own_tries(world: World) -> None:
    await pause_endpoint(world, waiting=1)
    before = await world.row("select failures, run_at from callbacks")
    world.advance(GAPS[1] - timedelta(seconds=1))  # not due yet
    await world.work_once()
    world.advance(PROBED_EVERY - GAPS[1])
    assert await world.row("select failures, run_at from callbacks") == before


async def test_one_answer_of_an_endpoint_ends_its_time_of_failing(world: World) -> None:
    await world.listen()
    world.sink.answers["/hook"] = 500
    await world.queue()
    await world.work_once()
    (state,) = await world.store.list_endpoints(world.system.service_id)
    assert state.failing_since is not None
    world.sink.answers["/hook"] = 404
    await world.queue()
    await world.work_once()
    (state,) = await world.store.list_endpoints(world.system.service_id)
    assert state.failing_since is None


async def test_what_waits_for_24_hours_is_given_up_and_can_be_replayed(world: World) -> None:
    await world.listen()
    await world.queue()
    world.advance(timedelta(hours=24, minutes=1))
    await world.worker.expire()
    assert await world.attempts() == [("expired", "given_up")]
    assert await world.endpoints.replay_span(everything(world, failed_only=True)) == (1, None)
    await world.worker.expire()
    await world.work("/hook", 1)
    assert (await world.attempts())[-1] == ("200", "taken")


async def test_a_callback_is_replayed_under_its_own_id(world: World) -> None:
    await world.listen()
    await world.queue()
    (call,) = await world.work("/hook", 1)
    with request_of("ada", reason="their server was down"):
        assert await world.endpoints.replay([UUID(call.id)]) == 1
    first, second = await world.work("/hook", 2)
    assert (first.id, first.json) == (second.id, second.json)
    explained = await explain(world.system.store, UUID(str(first.json["id"])))
    told = [event.detail for event in explained.events if event.kind == "callback_replayed"]
    assert told == ["by ada: their server was down"]
    assert await world.attempts() == [("200", "taken"), ("200", "taken")]


async def test_a_callback_that_waits_is_replayed_at_once(world: World) -> None:
    await world.listen()
    world.sink.answers["/hook"] = 500
    await world.queue()
    (call,) = await world.work("/hook", 1)
    world.sink.answers.clear()
    assert await world.endpoints.replay([UUID(call.id)]) == 1
    await world.work("/hook", 2)
    assert await world.system.count("callbacks") == 0


async def test_only_what_ended_badly_is_replayed_when_that_is_asked(world: World) -> None:
    await world.listen()
    await world.queue(2)
    await world.work("/hook", 2)
    world.sink.answers["/hook"] = 404
    (bad,) = await world.queue()
    await world.work("/hook", 3)
    world.sink.answers.clear()
    assert await world.endpoints.replay_span(everything(world, failed_only=True)) == (1, None)
    calls = await world.work("/hook", 4)
    assert calls[-1].json["id"] == str(bad)
    assert await world.endpoints.replay_span(everything(world, failed_only=True)) == (0, None)


async def test_a_span_is_a_service_and_a_time(world: World) -> None:
    await world.listen()
    await world.queue(3)
    await world.work("/hook", 3)
    other = await world.system.add_service("Other")
    now = world.clock.now()
    assert await world.endpoints.replay_span(everything(world, service_id=other)) == (0, None)
    assert await world.endpoints.replay_span(everything(world, until=now - MINUTE)) == (0, None)
    assert await world.endpoints.replay_span(everything(world, since=now + MINUTE)) == (0, None)
    assert await world.endpoints.replay_span(everything(world, kind="complaint")) == (0, None)
    assert await world.endpoints.replay_span(everything(world)) == (3, None)


async def test_attempts_are_listed_newest_first_in_pages(world: World) -> None:
    await world.listen()
    await world.queue(5)
    await world.work("/hook", 5)
    wanted = AttemptFilter(
        service_id=world.system.service_id,
        notification_id=None,
        callback_id=None,
        kind=None,
        since=None,
        until=None,
        failed_only=False,
        before=None,
        limit=3,
    )
    first = await world.store.list_attempts(wanted)
    last = first[-1]
    following = AttemptFilter(
        service_id=wanted.service_id,
        notification_id=None,
        callback_id=None,
        kind=None,
        since=None,
        until=None,
        failed_only=False,
        before=(last.attempted_at, last.callback_id, last.attempt),
        limit=3,
    )
    second = await world.store.list_attempts(following)
    assert (len(first), len(second)) == (3, 2)
    assert len({each.callback_id for each in (*first, *second)}) == 5


async def test_a_rotated_secret_signs_beside_the_one_before(world: World) -> None:
    endpoint = await world.listen()
    newest = await world.endpoints.rotate_secret(endpoint)
    await world.queue()
    (call,) = await world.work("/hook", 1)
    expected = signature(
        call.id, call.headers["webhook-timestamp"], call.raw, [newest, world.secrets["/hook"]]
    )
    assert call.headers["webhook-signature"] == expected
    await world.endpoints.rotate_secret(endpoint)
    (state,) = await world.store.list_endpoints(world.system.service_id)
    assert state.secret_count == 2


async def test_a_retired_secret_signs_no_more(world: World) -> None:
    endpoint = await world.listen()
    newest = await world.endpoints.rotate_secret(endpoint)
    await world.endpoints.retire_secret(endpoint)
    await world.queue()
    (call,) = await world.work("/hook", 1)
    assert call.headers["webhook-signature"] == signature(
        call.id, call.headers["webhook-timestamp"], call.raw, [newest]
    )


async def test_a_secret_is_shown_when_the_endpoint_is_new_and_never_again(world: World) -> None:
    endpoint = world.endpoint()
    assert await world.endpoints.set(endpoint, f"{world.sink.url}/one", TOKEN) is not None
    assert await world.endpoints.set(endpoint, f"{world.sink.url}/two", TOKEN) is None
    await world.endpoints.remove(endpoint)
    assert await world.endpoints.set(endpoint, f"{world.sink.url}/two", TOKEN) is not None


@pytest.mark.parametrize("path", ["/hook", "/mended"])
async def test_an_endpoint_that_is_set_again_is_tried_at_once(world: World, path: str) -> None:
    endpoint = await pause_endpoint(world, waiting=3)
    called = len(world.sink.at("/hook"))
    world.sink.answers.clear()
    await world.endpoints.set(endpoint, f"{world.sink.url}{path}", TOKEN)
    await world.work_once()
    assert len(world.sink.received) == called + 3
    assert await world.system.count("callbacks") == 0


async def test_secrets_of_an_endpoint_that_does_not_exist(world: World) -> None:
    for change in (world.endpoints.rotate_secret, world.endpoints.retire_secret):
        with pytest.raises(NotFound):
            await change(world.endpoint())
    with pytest.raises(NotFound):
        await world.endpoints.set(Endpoint(new_id(), "complaint"), f"{world.sink.url}/x", TOKEN)


async def test_tokens_and_secrets_are_encrypted_at_rest(world: World) -> None:
    await world.listen()
    row = await world.row("select token_encrypted, signing_secrets_encrypted[1] from service_callbacks")
    assert TOKEN.encode() not in row[0]
    assert world.secrets["/hook"].encode() not in row[1]


async def test_a_complaint_is_recorded_and_told_once(world: World) -> None:
    system = world.system
    (made,) = await system.creating.create([system.an_email(recipient="Ada@example.com")])
    id = made.id  # type: ignore[union-attr]  # it was accepted
    await world.listen("/complaints", kind=CallbackKind.COMPLAINT)
    complaint = NewComplaint(
        notification_id=id, feedback_id="f-1", complaint_type="abuse", complained_at=world.clock.now()
    )
    nobodys = NewComplaint(
        notification_id=new_id(), feedback_id="f-1", complaint_type="", complained_at=world.clock.now()
    )
    now = world.clock.now()
    assert await world.store.insert_complaints([complaint, nobodys], now) == ([True, None], True)
    assert await world.store.insert_complaints([complaint], now) == ([False], False)
    (call,) = await world.work("/complaints", 1)
    assert call.json["notification_id"] == str(id)
    assert call.json["to"] == "Ada@example.com"
    assert await system.count("complaints") == 1


async def test_a_service_that_hears_of_nothing_has_no_callbacks(world: World) -> None:
    await world.queue()
    assert await world.system.count("callbacks") == 0


async def test_old_attempts_are_forgotten(world: World) -> None:
    await world.listen()
    await world.queue(3)
    await world.work("/hook", 3)
    assert await world.store.delete_attempts(world.clock.now() - timedelta(days=1), 100) == 0
    assert await world.store.delete_attempts(world.clock.now() + timedelta(seconds=1), 2) == 2
    assert await world.system.count("callback_attempts") == 1


async def test_calls_end_before_the_worker_does(world: World) -> None:
    await world.listen()
    world.sink.hanging.add("/hook")
    await world.queue()
    worker = world.new_worker()
    running = asyncio.ensure_future(worker.run())
    await world.sink.wait("/hook", 1)
    worker.stop()
    assert not running.done()
    world.sink.let_go.set()
    await running
    assert await world.attempts() == [("200", "taken")]


@pytest.fixture
async def connection(system: System) -> AsyncIterator[psycopg.AsyncConnection[tuple[object, ...]]]:
    async with system.pool.connection() as connection:
        yield connection


@pytest.mark.parametrize("name", sorted(QUERIES))
async def test_every_named_statement_prepares(
    name: str, connection: psycopg.AsyncConnection[tuple[object, ...]]
) -> None:
    await connection.execute(f"set search_path = {SCHEMA}".encode())
    await connection.execute(f"prepare statement as {QUERIES.numbered(name)}".encode())
    await connection.execute(b"deallocate statement")


@pytest.mark.parametrize(
    "name", ["claim_callbacks", "end_callbacks", "make_callbacks_due", "expire_callbacks", "replay_callbacks"]
)
async def test_hot_statements_look_everything_up_by_index(
    name: str, connection: psycopg.AsyncConnection[tuple[object, ...]]
) -> None:
    numbered = QUERIES.numbered(name)
    count = max(int(number) for number in re.findall(r"\$(\d+)", numbered))
    await connection.execute(b"set plan_cache_mode = force_generic_plan")
    await connection.execute(f"prepare statement as {numbered}".encode())
    nulls = ", ".join(["null"] * count)
    cursor = await connection.execute(f"explain execute statement({nulls})".encode())
    plan = "\n".join(str(line) for (line,) in await cursor.fetchall())
    assert not re.search(
        r"Seq Scan on (notifications|callbacks|callback_attempts|service_callbacks)", plan
    ), plan

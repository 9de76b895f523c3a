"""The status feed: nothing is missed, whatever order transactions commit in, and nothing stays for ever."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from notifyrules.statuses import NotificationStatus, NotificationType
from servicekit.clock import FixedClock
from servicekit.errors import RuleBroken
from servicekit.ids import time_of
from services.notifications.deliveries import DeliveryResult, Outcome
from services.notifications.feed import Feed, Watched
from services.notifications.feed_store import FeedPosition, FeedStore, StatusChange
from services.notifications.statuses import StatusReport
from tests.integration.notifications.conftest import System

ALL = tuple(NotificationStatus)
S = NotificationStatus


@pytest.fixture
def feed(system: System) -> Feed:
    return Feed(FeedStore(system.pool), clock=system.clock, kept_for=timedelta(days=7))


async def _send(system: System, count: int = 1) -> list[UUID]:
    texts = [system.a_text() for _ in range(count)]
    await system.creating.create(texts)
    return [text.id for text in texts]


async def _complete(system: System, count: int) -> None:
    now = system.clock.now()
    until = now + timedelta(seconds=60)
    leased = (await system.store.claim_deliveries(NotificationType.SMS, "worker", count, now, until)).rows
    await system.completing.complete(
        [
            DeliveryResult(
                notification_id=each.notification_id,
                attempt=each.attempt,
                worker_id="worker",
                outcome=Outcome.DONE,
                status=S.SENDING,
                provider="mmg",
                started_at=system.clock.now(),
                duration=timedelta(milliseconds=3),
                error_code=None,
                delay=None,
                counted=True,
            )
            for each in leased
        ]
    )


async def _deliver(system: System, ids: list[UUID]) -> None:
    await system.statuses.apply(
        [
            StatusReport(
                notification_id=id,
                provider="mmg",
                status=S.DELIVERED,
                overrides=(),
                detail_code="3",
                received_at=system.clock.now(),
            )
            for id in ids
        ]
    )


async def _everything(feed: Feed, limit: int = 1_000) -> list[StatusChange]:
    found: list[StatusChange] = []
    position: FeedPosition | None = None
    while True:
        page = await feed.page(position, ALL, limit)
        found += page.changes
        if page.position == position or (position is None and not page.changes):
            return found
        position = page.position


async def test_every_change_of_a_message_is_in_the_feed_with_its_version(system: System, feed: Feed) -> None:
    ids = await _send(system, 3)
    await _complete(system, 3)
    await _deliver(system, ids)
    changes = await _everything(feed)
    for id in ids:
        mine = [(change.version, change.status) for change in changes if change.id == id]
        assert mine == [(1, S.CREATED), (2, S.SENDING), (3, S.DELIVERED)]
    facts = changes[0].facts
    assert facts is not None
    assert (facts.version, facts.status, facts.provider, facts.billable_units) == (3, S.DELIVERED, "mmg", 1)


async def test_small_pages_tell_the_same_as_a_large_one(system: System, feed: Feed) -> None:
    for _ in range(5):
        await _send(system, 3)
    assert await _everything(feed, 1) == await _everything(feed, 1_000)


async def test_other_statuses_are_passed_over_and_the_position_moves_on(system: System, feed: Feed) -> None:
    await _send(system, 2)
    page = await feed.page(None, [S.DELIVERED], 100)
    assert page.changes == ()
    assert page.position > FeedPosition(0, 0)


async def test_a_transaction_that_commits_late_is_not_missed(system: System, feed: Feed) -> None:
    async with system.pool.connection() as early, early.transaction():
        await early.execute(
            b"insert into status_changes (status, size, ids, versions, changed_at) "
            b"values ('sending', 1, array[gen_random_uuid()], array[9], now())"
        )
        await _send(system)
        during = await feed.page(None, ALL, 100)
        assert during.changes == ()  # the later one waits for the one before it
    after = await feed.page(during.position, ALL, 100)
    assert [change.version for change in after.changes] == [9, 1]


async def test_old_rows_are_dropped_and_a_reader_that_missed_them_is_told(system: System) -> None:
    store = FeedStore(system.pool)
    feed = Feed(store, clock=system.clock, kept_for=timedelta(days=7))
    await _send(system)
    first = await feed.page(None, ALL, 100)
    await _send(system)
    later = Feed(store, clock=FixedClock(system.clock.now() + timedelta(days=8)), kept_for=timedelta(days=7))
    assert await later.drop_old() == 2
    with pytest.raises(RuleBroken) as lost:
        await later.page(FeedPosition(first.position.xid, first.position.seq - 1), ALL, 100)
    assert lost.value.reason == "POSITION_LOST"
    assert (await later.page(None, ALL, 100)).changes == ()


async def test_a_position_of_another_database_is_refused(feed: Feed) -> None:
    with pytest.raises(RuleBroken):
        await feed.page(FeedPosition(10**15, 1), ALL, 100)


async def test_a_watcher_sees_what_happens_to_its_service_alone(system: System, feed: Feed) -> None:
    stopping = asyncio.Event()
    other = await system.add_service("Another")
    template = await system.add_template(other, NotificationType.SMS)
    watched = Watched(service_id=other, ids=frozenset())
    stream = feed.watch(watched, stopping)
    assert await anext(stream) == ()
    await _send(system)
    theirs = system.a_text(service_id=other, template_id=template)
    await system.creating.create([theirs])
    seen = await anext(stream)
    assert [(change.id, change.status) for change in seen] == [(theirs.id, S.CREATED)]
    stopping.set()
    assert [changes async for changes in stream] == []


async def test_facts_of_a_span_come_by_id_with_their_versions(system: System, feed: Feed) -> None:
    ids = await _send(system, 5)
    await _complete(system, 5)
    start = time_of(min(ids)).replace(microsecond=0)
    lots = [
        lot
        async for lot in feed.facts(
            start, datetime.now(UTC) + timedelta(seconds=1), system.service_id, with_ids=True
        )
    ]
    packed = b"".join(group.ids for lot in lots for group in lot.groups)
    versions = b"".join(group.versions for lot in lots for group in lot.groups)
    assert {packed[at : at + 16] for at in range(0, len(packed), 16)} == {id.bytes for id in ids}
    assert versions == (2).to_bytes(4, "big") * 5
    assert [group.count for lot in lots for group in lot.groups] == [5]

"""The statements of the sms service, and of kept receipts, with a real Postgres."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deliverykit.kept_store import KeptReceiptsStore, NewKeptReceipt
from deliverykit.types import StatusOverride
from notifyrules.statuses import NotificationStatus
from servicekit.database import Pool, load_queries
from services.sms.clients.provider import ProviderName
from services.sms.delivery_times import Counts, MinuteCounts, SlowShare
from services.sms.store import Store
from tests.unit.deliverykit.fakes import a_report

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MMG, FIRETEXT = ProviderName.MMG, ProviderName.FIRETEXT
QUERIES = load_queries(Path("services/sms/queries.sql"))


def minutes_ago(minutes: int) -> datetime:
    return AT - timedelta(minutes=minutes)


def counts(
    provider: ProviderName, minute: datetime, *, sent: int, fast: int = 0, failed: int = 0
) -> MinuteCounts:
    return MinuteCounts(provider=provider, minute=minute, counts=Counts(sent=sent, fast=fast, failed=failed))


def kept(*, unknown_tries_left: int = 0, next_try_at: datetime = AT) -> NewKeptReceipt:
    return NewKeptReceipt(report=a_report(), unknown_tries_left=unknown_tries_left, next_try_at=next_try_at)


@pytest.mark.parametrize("name", list(QUERIES))
async def test_every_statement_can_be_prepared(pool: Pool, name: str) -> None:
    async with pool.connection() as connection:
        await connection.execute(f"PREPARE tried AS {QUERIES.numbered(name)}".encode())


async def test_counts_of_a_minute_add_up(pool: Pool) -> None:
    store = Store(pool)
    row = counts(MMG, minutes_ago(10), sent=5, fast=2, failed=1)

    await store.add_delivery_counts([row, counts(FIRETEXT, minutes_ago(10), sent=1)])
    await store.add_delivery_counts([row])

    assert await store.slow_shares(AT) == {
        MMG: SlowShare(total=8, slow=4),
        FIRETEXT: SlowShare(total=1, slow=1),
    }


@pytest.mark.parametrize(
    ("minute", "share"),
    [
        (16, None),
        (15, SlowShare(total=8, slow=3)),
        (6, SlowShare(total=8, slow=3)),
        (5, SlowShare(total=8, slow=0)),
        (0, SlowShare(total=8, slow=0)),
    ],
)
async def test_only_texts_of_the_last_quarter_count_and_only_after_five_minutes_as_slow(
    pool: Pool, minute: int, share: SlowShare | None
) -> None:
    store = Store(pool)
    await store.add_delivery_counts([counts(MMG, minutes_ago(minute), sent=10, fast=5, failed=2)])

    assert (await store.slow_shares(AT)).get(MMG) == share


async def test_more_receipts_than_sendings_are_not_negative(pool: Pool) -> None:
    store = Store(pool)
    await store.add_delivery_counts([counts(MMG, minutes_ago(10), sent=1, fast=5)])

    assert await store.slow_shares(AT) == {MMG: SlowShare(total=1, slow=0)}


async def test_old_counts_are_forgotten(pool: Pool) -> None:
    store = Store(pool)
    await store.add_delivery_counts([counts(MMG, minutes_ago(n), sent=1) for n in (1, 10)])

    await store.delete_delivery_counts(minutes_ago(5))

    assert await store.slow_shares(AT) == {MMG: SlowShare(total=1, slow=0)}


async def test_run_is_claimed_once_in_its_interval(pool: Pool) -> None:
    store = Store(pool)
    minute = timedelta(minutes=1)

    claims = [
        await store.claim_run("a loop", AT + timedelta(seconds=second), minute)
        for second in (0, 1, 58, 60, 61, 121)
    ]

    assert claims == [True, False, False, True, False, True]


async def test_run_is_claimed_by_one_of_many(pool: Pool) -> None:
    store = Store(pool)
    claims = await asyncio.gather(*(store.claim_run("a loop", AT, timedelta(minutes=1)) for _ in range(8)))

    assert claims.count(True) == 1


async def test_runs_of_different_work_are_claimed_apart(pool: Pool) -> None:
    store = Store(pool)
    await store.claim_run("a loop", AT, timedelta(minutes=1))

    assert await store.claim_run("another loop", AT, timedelta(minutes=1))


async def test_kept_receipt_comes_back_whole(pool: Pool) -> None:
    store = KeptReceiptsStore(pool)
    overrides = (
        StatusOverride(
            given_to="firetext",
            current_status=NotificationStatus.PENDING,
            status=NotificationStatus.TEMPORARY_FAILURE,
        ),
        StatusOverride(given_to="firetext", current_status=None, status=NotificationStatus.PERMANENT_FAILURE),
    )
    report = a_report(status=NotificationStatus.PERMANENT_FAILURE)
    report = type(report)(
        notification_id=report.notification_id,
        provider=report.provider,
        status=report.status,
        received_at=report.received_at,
        overrides=overrides,
        detail_code="1/101",
    )
    await store.keep([NewKeptReceipt(report=report, unknown_tries_left=3, next_try_at=AT)])

    [taken] = await store.take(10, AT, AT + timedelta(minutes=1))

    assert (taken.report, taken.unknown_tries_left) == (report, 3)


async def test_kept_receipt_is_not_taken_before_its_time(pool: Pool) -> None:
    store = KeptReceiptsStore(pool)
    await store.keep([kept(next_try_at=AT + timedelta(seconds=1))])

    assert await store.take(10, AT, AT + timedelta(minutes=1)) == []


async def test_taken_receipt_is_hidden_and_comes_again_if_it_was_not_dealt_with(pool: Pool) -> None:
    store = KeptReceiptsStore(pool)
    await store.keep([kept()])

    taken = [
        len(await store.take(10, AT + timedelta(seconds=second), AT + timedelta(seconds=second + 60)))
        for second in (0, 30, 60)
    ]

    assert taken == [1, 0, 1]


async def test_many_takers_take_each_receipt_once(pool: Pool) -> None:
    store = KeptReceiptsStore(pool)
    await store.keep([kept() for _ in range(100)])

    batches = await asyncio.gather(*(store.take(30, AT, AT + timedelta(minutes=1)) for _ in range(8)))

    ids = [receipt.id for batch in batches for receipt in batch]
    assert len(ids) == len(set(ids))
    assert len(ids) >= 60


async def test_receipt_that_was_put_back_has_fewer_tries(pool: Pool) -> None:
    store = KeptReceiptsStore(pool)
    await store.keep([kept(unknown_tries_left=2), kept(unknown_tries_left=0)])
    ids = [receipt.id for receipt in await store.take(10, AT, AT + timedelta(minutes=1))]

    await store.put_back(ids, AT, unknown_tries=1)

    again = await store.take(10, AT, AT + timedelta(minutes=1))
    assert sorted(receipt.unknown_tries_left for receipt in again) == [0, 1]


async def test_forgotten_receipt_is_gone(pool: Pool) -> None:
    store = KeptReceiptsStore(pool)
    await store.keep([kept(), kept()])
    [first, second] = await store.take(10, AT, AT + timedelta(minutes=1))

    await store.forget([first.id])

    left = await store.take(10, AT + timedelta(hours=1), AT + timedelta(hours=2))
    assert [receipt.id for receipt in left] == [second.id]


async def test_kept_receipts_are_counted(pool: Pool) -> None:
    store = KeptReceiptsStore(pool)
    await store.keep([kept(), kept()])

    assert await store.count() == 2

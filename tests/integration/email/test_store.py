"""The statements of the email service, on a real database."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from servicekit.database import Pool
from services.email.feedback import FeedbackKind, ReceivedFeedback
from services.email.ses_notifications import read_notification
from services.email.store import _QUERIES, Complaint, SentEmail, Store
from tests.unit.email.builders import ADDRESS, NOW, ses_notification


@pytest.fixture
def store(pool: Pool) -> Store:
    return Store(pool)


def sent(number: int, *, message_id: str | None = None, at: datetime = NOW) -> SentEmail:
    return SentEmail(message_id=message_id or f"m{number}", notification_id=UUID(int=number), sent_at=at)


def received(message_id: str = "m1", kind: str = "Delivery") -> ReceivedFeedback:
    told = read_notification(ses_notification(kind, message_id=message_id))
    return ReceivedFeedback(feedback=told, received_at=NOW + timedelta(seconds=3))


async def rows(pool: Pool, query: str) -> Sequence[tuple[object, ...]]:
    async with pool.connection() as connection:
        return await (await connection.execute(query.encode())).fetchall()


@pytest.mark.parametrize("name", list(_QUERIES))
def test_every_statement_can_be_prepared(database_url: str, name: str) -> None:
    with psycopg.connect(database_url, options="-c search_path=email") as connection:
        connection.execute(f"PREPARE s AS {_QUERIES.numbered(name)}".encode())


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("find_notifications", "sent_emails_pkey"),
        ("delete_sent_emails", "sent_emails_by_age"),
        ("take_unmatched", "unmatched_receipts_by_time"),
        ("forget_unmatched", "unmatched_receipts_pkey"),
    ],
)
def test_every_statement_that_looks_for_rows_uses_an_index(database_url: str, name: str, index: str) -> None:
    with psycopg.connect(database_url, options="-c search_path=email -c enable_seqscan=off") as connection:
        statement = f"EXPLAIN (GENERIC_PLAN) {_QUERIES.numbered(name)}"
        plan = "\n".join(row[0] for row in connection.execute(statement.encode()))
    assert index in plan


async def test_a_sent_email_is_found_by_the_name_that_ses_gave_it(store: Store) -> None:
    await store.insert_sent_emails([sent(1), sent(2)])
    assert await store.find_notifications(["m2", "m3"]) == {"m2": UUID(int=2)}


async def test_one_notification_may_have_been_sent_more_than_once(store: Store) -> None:
    await store.insert_sent_emails([sent(1, message_id="a"), sent(1, message_id="b")])
    assert set((await store.find_notifications(["a", "b"])).values()) == {UUID(int=1)}


async def test_a_batch_may_be_written_twice(store: Store) -> None:
    for _ in range(2):
        await store.insert_sent_emails([sent(1), sent(2)])
    assert len(await store.find_notifications(["m1", "m2"])) == 2


async def test_old_emails_are_forgotten_oldest_first_and_in_parts(store: Store) -> None:
    await store.insert_sent_emails([sent(day, at=NOW - timedelta(days=day)) for day in range(10)])
    before = NOW - timedelta(days=5)
    assert [await store.delete_sent_emails(before, 3) for _ in range(3)] == [3, 1, 0]
    left = await store.find_notifications([f"m{day}" for day in range(10)])
    assert sorted(left) == [f"m{day}" for day in range(6)]


async def test_a_complaint_is_recorded_once(store: Store, pool: Pool) -> None:
    complaint = Complaint(
        notification_id=UUID(int=1),
        feedback_id="c",
        complaint_type="abuse",
        complained_at=NOW,
        received_at=NOW + timedelta(seconds=1),
    )
    for _ in range(2):
        await store.insert_complaints([complaint])
    assert await rows(
        pool,
        "SELECT notification_id, feedback_id, complaint_type, complained_at, received_at FROM complaints",
    ) == [(UUID(int=1), "c", "abuse", NOW, NOW + timedelta(seconds=1))]


async def test_an_unmatched_receipt_comes_back_as_it_was_until_it_is_forgotten(store: Store) -> None:
    receipts = [received("a", "Bounce"), received("b", "Complaint")]
    await store.keep_unmatched(receipts, tries=2, next_try_at=NOW)
    assert await store.take_unmatched(NOW - timedelta(seconds=1), max_rows=9, next_try_at=NOW) == []
    later = NOW + timedelta(minutes=5)
    taken = await store.take_unmatched(NOW, max_rows=9, next_try_at=later)
    assert [(row.received, row.tries_left) for row in sorted(taken, key=lambda row: row.id)] == [
        (receipts[0], 1),
        (receipts[1], 1),
    ]
    assert await store.take_unmatched(NOW, max_rows=9, next_try_at=later) == []
    await store.forget_unmatched([taken[0].id])
    assert [row.tries_left for row in await store.take_unmatched(later, max_rows=9, next_try_at=later)] == [0]
    assert [row.tries_left for row in await store.take_unmatched(later, max_rows=9, next_try_at=later)] == [0]


async def test_a_receipt_that_comes_again_is_kept_once(store: Store) -> None:
    for _ in range(2):
        await store.keep_unmatched([received(), received()], tries=2, next_try_at=NOW)
    assert len(await store.take_unmatched(NOW, max_rows=9, next_try_at=NOW)) == 1


async def test_different_receipts_about_one_email_are_kept_apart(store: Store) -> None:
    kinds = ["Delivery", "Bounce", "Complaint"]
    await store.keep_unmatched([received(kind=kind) for kind in kinds], tries=2, next_try_at=NOW)
    taken = await store.take_unmatched(NOW, max_rows=9, next_try_at=NOW)
    assert {row.received.feedback.kind for row in taken} == set(FeedbackKind) - {
        FeedbackKind.TEMPORARY_BOUNCE
    }


async def test_nothing_personal_is_stored(store: Store, pool: Pool) -> None:
    await store.keep_unmatched(
        [received(kind=kind) for kind in ("Bounce", "Complaint")], tries=2, next_try_at=NOW
    )
    assert ADDRESS not in repr(await rows(pool, "SELECT * FROM unmatched_receipts"))

"""Jobs of letters on a real database: each row becomes the letter that the same values make alone."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from notifyrules.daily_limits import LimitKind
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.errors import RuleBroken
from services.notifications.deliveries import DeliveryResult, LetterContent, LetterOutcome, Outcome
from services.notifications.jobs import JobStatus
from services.notifications.jobs_store import JobsStore
from services.notifications.new_notifications import CreatedNotification
from services.notifications.store import QUERIES
from tests.integration.notifications.conftest import System
from tests.integration.notifications.jobs_world import JobSystem, job_system, small_lots

LETTER, STATUS = NotificationType.LETTER, NotificationStatus
TWO = (
    "address line 1,address_line_2,postcode,Name,reference\n"
    "Ada Lovelace,1 Mill Lane,SW1A 1AA,Ada,one\n"
    "Charles Babbage,2 Mill Lane,SW1A 2AA,Charles,\n"
)


@pytest.fixture
async def world(system: System, valkey_url: str) -> AsyncIterator[JobSystem]:
    await system.add_letter_template()
    async with job_system(system, valkey_url) as made:
        yield made


def letters_of(world: JobSystem, **changes: Any) -> dict[str, Any]:
    return {"template_id": world.system.template_ids["letter"]} | changes


async def test_a_row_is_stored_as_the_same_letter_sent_alone(world: JobSystem) -> None:
    values = '{"address_line_1":"Ada","address_line_2":"1 Mill Lane","postcode":"SW1A 1AA","name":"Ada"}'
    item = world.system.a_text(template_id=world.system.template_ids["letter"], personalisation=values)
    (single,) = await world.system.creating.create([structs.replace(item, type=LETTER, recipient="")])
    assert isinstance(single, CreatedNotification)
    alone = await world.system.store.find_notification(single.id)
    job = await world.job(
        "address line 1,address line 2,postcode,name\nAda,1 Mill Lane,SW1A 1AA,Ada\n", **letters_of(world)
    )
    await world.make_all()
    (row,) = await world.notifications(job)
    assert alone is not None
    assert replace(alone, id=row.id, job_id=job.id, job_row=1) == row


async def test_letters_of_a_job_are_queued_last_and_reported_on(world: JobSystem) -> None:
    job = await world.job(TWO, **letters_of(world))
    await world.make_all()
    first, second = await world.system.queue.lease_deliveries(LETTER, "worker", 10, 0)
    assert isinstance(first.content, LetterContent)
    assert isinstance(second.content, LetterContent)
    assert first.content.reference != second.content.reference
    assert first.content.templated is not None
    assert "Ada Lovelace" in first.content.templated.personalisation
    result = DeliveryResult(
        notification_id=first.notification_id,
        attempt=first.attempt,
        worker_id="worker",
        outcome=Outcome.DONE,
        letter=LetterOutcome(failed_status=None, page_count=2, sheets=1),
    )
    assert await world.system.completing.complete([result]) == [True]
    made = await world.notifications(job)
    assert [(row.job_row, row.reference, row.billable_units) for row in made] == [(1, "one", 1), (2, None, 0)]
    read = await world.system.reading.get(job.service_id, first.notification_id)
    assert (read.address["address_line_2"], read.body) == ("1 Mill Lane", "Dear Ada")
    assert (await world.status(job), await world.counted(LimitKind.LETTER)) == (JobStatus.FINISHED, 2)


@pytest.mark.parametrize("status", [STATUS.DELIVERED, STATUS.SENDING])
async def test_letters_of_a_test_key_are_never_for_print(
    world: JobSystem, status: NotificationStatus
) -> None:
    world.making._store = JobsStore(
        world.system.pool, QUERIES, world.system.store.keys, test_letter_status=status
    )
    job = await world.job(TWO, **letters_of(world, key_type=KeyType.TEST))
    await world.make_all()
    assert {row.status for row in await world.notifications(job)} == {status}
    (first, _) = await world.system.queue.lease_deliveries(LETTER, "worker", 10, 0)
    assert isinstance(first.content, LetterContent)
    assert first.content.wants_pretend_receipt == (status is STATUS.SENDING)


async def test_each_lot_has_its_own_letters(world: JobSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    small_lots(monkeypatch, 1)
    job = await world.job(TWO, **letters_of(world))
    await world.making.work()
    assert await world.system.count("letter_details") == 1
    await world.make_all()
    assert [row.job_row for row in await world.notifications(job)] == [1, 2]
    assert await world.system.count("letter_details") == 2


@pytest.mark.parametrize(
    ("key_type", "restricted"), [(KeyType.TEAM, False), (KeyType.NORMAL, True)], ids=["team key", "trial"]
)
async def test_who_may_send_no_letters_sends_no_table_of_them(
    world: JobSystem, key_type: KeyType, restricted: bool
) -> None:
    async with world.system.pool.connection() as connection:
        await connection.execute("update services set restricted = %s", (restricted,))
    with pytest.raises(RuleBroken) as refused:
        await world.create(TWO, **letters_of(world, key_type=key_type))
    assert refused.value.reason == "LETTER_NOT_ALLOWED"

"""Letters from acceptance to their end, on a real database; the letters service is played by the tests."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from msgspec import structs

from notifyrules.postage import Postage
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.clock import FixedClock
from servicekit.counters import Counters
from servicekit.errors import InvalidRequest, RuleBroken, ServiceError, Unavailable
from servicekit.ids import bucket_of, new_id
from services.notifications.accounts import CallbackKind
from services.notifications.callbacks_bodies import returned_letter_body
from services.notifications.callbacks_store import CallbacksStore
from services.notifications.cancelling import Cancelling, CancelOutcome
from services.notifications.deliveries import (
    Delivery,
    DeliveryResult,
    LetterContent,
    LetterOutcome,
    Outcome,
)
from services.notifications.importing import ImportedNotification, Importing, InPlace
from services.notifications.letters_store import LettersStore
from services.notifications.new_notifications import CreatedNotification, NewNotification
from services.notifications.preparing_letters import precompiled_template_id
from services.notifications.reading import ReadNotification
from services.notifications.returned_letters import ReturnedLetters
from services.notifications.sending_limits import SendingLimits
from services.notifications.statuses import ReportOutcome, StatusReport
from services.notifications.store import NotificationFilter
from tests.integration.notifications.conftest import System

LETTER = NotificationType.LETTER
STATUS = NotificationStatus
VALUES = '{"name": "Ada", "address_line_1": "A", "address_line_2": "B", "address_line_3": "SW1A 1AA"}'


@pytest.fixture
async def letters(system: System) -> System:
    """A system with a letter template, in second class."""
    await system.add_letter_template()
    return system


def a_letter(system: System, **changes: object) -> NewNotification:
    base = system.a_text(template_id=system.template_ids["letter"], personalisation=VALUES)
    return structs.replace(base, type=LETTER, recipient="", **changes)


def an_upload(system: System, **changes: object) -> NewNotification:
    template_id = precompiled_template_id(system.service_id)
    values = {"template_id": template_id, "personalisation": "", "precompiled": Postage.FIRST} | changes
    return a_letter(system, **values)


async def send(system: System, *items: NewNotification) -> list[CreatedNotification]:
    results = await system.creating.create(items)
    assert all(isinstance(result, CreatedNotification) for result in results), results
    return [result for result in results if isinstance(result, CreatedNotification)]


async def lease(system: System, wait_s: float = 0) -> list[Delivery]:
    return await system.queue.lease_deliveries(LETTER, "worker", 100, wait_s)


def content_of(delivery: Delivery) -> LetterContent:
    assert isinstance(delivery.content, LetterContent)
    return delivery.content


def ready(sheets: int = 1, **changes: object) -> LetterOutcome:
    outcome = LetterOutcome(failed_status=None, page_count=2 * sheets, sheets=sheets)
    return replace(outcome, **changes)  # type: ignore[arg-type]  # any of its fields


TOO_LONG = LetterOutcome(
    failed_status=STATUS.VALIDATION_FAILED,
    failure_reason="letter-too-long",
    invalid_pages=(11, 12),
    page_count=12,
)


async def complete(system: System, delivery: Delivery, letter: LetterOutcome) -> bool:
    result = DeliveryResult(
        notification_id=delivery.notification_id,
        attempt=delivery.attempt,
        worker_id="worker",
        outcome=Outcome.DONE,
        letter=letter,
    )
    return (await system.completing.complete([result]))[0]


async def read(system: System, id: UUID) -> ReadNotification:
    return await system.reading.get(system.service_id, id)


async def prepared(system: System, item: NewNotification, letter: LetterOutcome) -> UUID:
    """A letter for which the letters service reported."""
    (made,) = await send(system, item)
    (delivery,) = await lease(system)
    assert await complete(system, delivery, letter)
    return made.id


async def test_a_letter_from_a_template_is_stored_with_its_postage_and_queued(letters: System) -> None:
    (made,) = await send(letters, a_letter(letters))
    found = await read(letters, made.id)
    assert (found.row.status, found.row.postage, found.row.billable_units) == ("created", "second", 0)
    assert found.address["address_line_2"] == "B"
    (delivery,) = await lease(letters)
    content = content_of(delivery)
    assert found.letter is not None
    assert content.reference == found.letter.reference
    assert content.templated is not None
    assert content.templated.personalisation == VALUES


async def test_a_waiting_letters_service_gets_the_same_as_one_that_asks_later(letters: System) -> None:
    waiting = asyncio.create_task(lease(letters, wait_s=10))
    await asyncio.sleep(0)
    while not letters.queue.has_waiting(LETTER):
        await asyncio.sleep(0.01)
    await send(letters, a_letter(letters))
    (first,) = await waiting
    released = DeliveryResult(
        notification_id=first.notification_id,
        attempt=1,
        worker_id="worker",
        outcome=Outcome.RELEASE,
        delay=timedelta(0),
        counted=False,
    )
    await letters.completing.complete([released])
    letters.queue.wake(LETTER)
    (again,) = await lease(letters)
    assert again.content == first.content


async def test_an_upload_waits_for_its_check_under_a_template_that_nobody_sees(letters: System) -> None:
    (made,) = await send(letters, an_upload(letters, reference="r"))
    found = await read(letters, made.id)
    assert (found.row.status, found.row.postage, found.subject, found.body) == (
        "pending-virus-check",
        "first",
        "Pre-compiled PDF",
        "",
    )
    assert found.address == {"address_line_1": "Provided as PDF"}
    assert content_of((await lease(letters))[0]).templated is None
    listed = await letters.templates.list(letters.service_id, None)
    assert made.template_id not in {template.id for template in listed}


async def test_nothing_is_sent_with_the_template_of_uploads(letters: System) -> None:
    (made,) = await send(letters, an_upload(letters))
    (refused,) = await letters.creating.create([a_letter(letters, template_id=made.template_id)])
    assert isinstance(refused, RuleBroken)
    assert refused.reason == "TEMPLATE_NOT_FOUND"


async def test_a_repeated_upload_is_stored_once(letters: System) -> None:
    item = an_upload(letters)
    await send(letters, item)
    await send(letters, item)
    assert await letters.count("letter_details") == 1
    assert await letters.count("deliveries") == 1


@pytest.mark.parametrize(
    ("upload", "key_type", "letter", "status", "sheets"),
    [
        (False, KeyType.NORMAL, ready(3), STATUS.CREATED, 3),
        (True, KeyType.NORMAL, ready(2), STATUS.CREATED, 2),
        (False, KeyType.TEST, ready(0), STATUS.DELIVERED, 0),
        (True, KeyType.TEST, ready(1), STATUS.DELIVERED, 1),
        (False, KeyType.NORMAL, TOO_LONG, STATUS.VALIDATION_FAILED, 0),
        (True, KeyType.NORMAL, TOO_LONG, STATUS.VALIDATION_FAILED, 0),
        (
            True,
            KeyType.TEST,
            LetterOutcome(failed_status=STATUS.VIRUS_SCAN_FAILED, failure_reason="virus-scan-failed"),
            STATUS.VIRUS_SCAN_FAILED,
            0,
        ),
    ],
)
async def test_what_becomes_of_a_letter_that_was_looked_at(
    letters: System, upload: bool, key_type: KeyType, letter: LetterOutcome, status: STATUS, sheets: int
) -> None:
    item = (an_upload if upload else a_letter)(letters, key_type=key_type)
    found = await read(letters, await prepared(letters, item, letter))
    assert (found.row.status, found.row.billable_units) == (status, sheets)
    assert found.letter is not None
    assert found.letter.failure_reason == letter.failure_reason
    assert tuple(found.letter.invalid_pages) == letter.invalid_pages
    assert await letters.count("deliveries") == 0


async def test_an_uploaded_letter_goes_where_its_address_says(letters: System) -> None:
    letter = ready(2, postage=Postage.EUROPE, address_lines=("A", "1 Rue", "France"))
    id = await prepared(letters, an_upload(letters), letter)
    found, row = await read(letters, id), await letters.store.find_notification(id)
    assert row is not None
    assert (row.postage, row.international, row.recipient) == (
        "europe",
        True,
        "A\n1 Rue\nFrance",
    )
    assert found.rate_ten_thousandths == 18_400


async def test_a_result_of_a_lost_lease_changes_nothing(letters: System) -> None:
    (made,) = await send(letters, an_upload(letters))
    (delivery,) = await lease(letters)
    assert not await complete(letters, structs.replace(delivery, attempt=2), ready())
    assert (await read(letters, made.id)).row.status == "pending-virus-check"


async def test_a_lease_that_ran_out_is_no_letter_sent_twice(letters: System) -> None:
    items = [an_upload(letters), a_letter(letters, key_type=KeyType.TEST)]
    made = await send(letters, *items)
    await lease(letters)
    later = letters.clock.now() + timedelta(hours=1)
    assert await letters.store.return_expired_leases(later) == {LETTER: 2}
    claimed = (
        await letters.store.claim_deliveries(LETTER, "worker", 10, later, later + timedelta(hours=1))
    ).rows
    assert [(row.attempt, row.possible_duplicate) for row in claimed] == [(2, False), (2, False)]
    assert not (await read(letters, made[0].id)).row.possible_duplicate


async def test_an_upload_whose_check_never_works_is_a_technical_failure(letters: System) -> None:
    (made,) = await send(letters, an_upload(letters))
    (delivery,) = await lease(letters)
    refused = DeliveryResult(
        notification_id=made.id,
        attempt=delivery.attempt,
        worker_id="worker",
        outcome=Outcome.DEAD,
        error_code="no_file",
    )
    await letters.completing.complete([refused])
    assert (await read(letters, made.id)).row.status == "technical-failure"


async def test_a_printed_and_despatched_letter_calls_nobody_back(letters: System) -> None:
    await letters.add_callback(CallbackKind.DELIVERY_STATUS)
    id = await prepared(letters, a_letter(letters), ready())
    sent_at = letters.clock.now()
    outcomes = []
    for status in (STATUS.SENDING, STATUS.DELIVERED, STATUS.TECHNICAL_FAILURE):
        report = StatusReport(
            notification_id=id,
            provider="dvla",
            status=status,
            overrides=(),
            detail_code="x",
            received_at=sent_at,
        )
        outcomes += [result.outcome for result in await letters.statuses.apply([report])]
    assert outcomes == [ReportOutcome.APPLIED, ReportOutcome.APPLIED, ReportOutcome.DUPLICATE]
    row = (await read(letters, id)).row
    assert (row.status, row.provider, row.sent_at) == ("delivered", "dvla", sent_at)
    assert await letters.count("callbacks") == 0


async def test_letters_are_listed_with_the_others(letters: System) -> None:
    (letter,) = await send(letters, a_letter(letters, reference="r"))
    wanted = NotificationFilter(
        service_id=letters.service_id,
        key_type=None,
        types=(LETTER,),
        statuses=(),
        reference="r",
        include_jobs=False,
        older_than=None,
        limit=250,
    )
    (found,) = await letters.reading.list(wanted)
    assert found.row.id == letter.id


# Cancelling


class Printer:
    """The letters service, as cancelling sees it."""

    def __init__(self, *printing: UUID, away: bool = False) -> None:
        self.printing = set(printing)
        self.away = away

    async def stop(self, service_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
        if self.away:
            raise Unavailable("letters")
        return set(ids) - self.printing


NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)
"""Of a day that lies behind for certain."""


def cancelling(system: System, printer: Printer, now: datetime = NOON) -> Cancelling:
    clock = FixedClock(now)
    return Cancelling(
        LettersStore(system.pool), printer, limits=SendingLimits(Counters(None), clock), clock=clock
    )


async def test_letters_are_cancelled_with_what_waits_for_them(letters: System) -> None:
    ids = [each.id for each in await send(letters, a_letter(letters), an_upload(letters))]
    now = letters.clock.now()
    results = await cancelling(letters, Printer(), now).cancel(letters.service_id, ids)
    assert results == [(CancelOutcome.CANCELLED, STATUS.CANCELLED)] * 2
    assert await letters.count("deliveries") == 0
    again = await cancelling(letters, Printer(), now).cancel(letters.service_id, ids)
    assert again == [(CancelOutcome.ALREADY_CANCELLED, STATUS.CANCELLED)] * 2


@pytest.mark.parametrize(
    ("created_at", "now", "outcome"),
    [
        (NOON - timedelta(hours=2), NOON, CancelOutcome.CANCELLED),
        (NOON - timedelta(days=1, hours=2), NOON, CancelOutcome.TOO_LATE),
        (NOON - timedelta(days=3), NOON, CancelOutcome.TOO_LATE),
        (NOON - timedelta(hours=2), NOON.replace(hour=23), CancelOutcome.TOO_LATE),
    ],
)
async def test_the_cut_off(
    letters: System, created_at: datetime, now: datetime, outcome: CancelOutcome
) -> None:
    id = await imported_at(letters, created_at)
    assert (await cancelling(letters, Printer(), now).cancel(letters.service_id, [id]))[0][0] is outcome


async def imported_at(system: System, created_at: datetime) -> UUID:
    """An uploaded letter that was made at a time of the past."""
    result = (await importing(system).put_in_place([a_message(system, created_at=created_at)]))[0]
    assert isinstance(result, InPlace), result
    return result.id


async def test_a_letter_that_the_printer_has_is_not_cancelled(letters: System) -> None:
    first, second = [await imported_at(letters, NOON - timedelta(hours=1)) for _ in range(2)]
    results = await cancelling(letters, Printer(first)).cancel(letters.service_id, [first, second])
    assert [outcome for outcome, _ in results] == [CancelOutcome.TOO_LATE, CancelOutcome.CANCELLED]
    assert (await read(letters, first)).row.status == "pending-virus-check"
    assert (await read(letters, second)).row.status == "cancelled"


async def test_while_the_letters_service_is_away_nothing_is_cancelled(letters: System) -> None:
    id = await imported_at(letters, NOON - timedelta(hours=1))
    with pytest.raises(Unavailable):
        await cancelling(letters, Printer(away=True)).cancel(letters.service_id, [id])
    assert (await read(letters, id)).row.status == "pending-virus-check"


async def test_only_a_services_own_letters_are_cancelled(letters: System) -> None:
    (text,) = await send(letters, letters.a_text())
    id = await imported_at(letters, NOON - timedelta(hours=1))
    other = await letters.add_service("Another")
    of_others = await cancelling(letters, Printer()).cancel(other, [id])
    of_texts = await cancelling(letters, Printer()).cancel(letters.service_id, [text.id, new_id()])
    assert {outcome for outcome, _ in of_others + of_texts} == {CancelOutcome.NOT_FOUND}


async def test_what_is_prepared_after_it_was_cancelled_stays_cancelled(letters: System) -> None:
    (made,) = await send(letters, an_upload(letters))
    (delivery,) = await lease(letters)
    await LettersStore(letters.pool).cancel(letters.service_id, [made.id], letters.clock.now())
    assert await complete(letters, delivery, ready(2))
    row = (await read(letters, made.id)).row
    assert (row.status, row.billable_units) == ("cancelled", 0)


# Letters that came back


async def test_a_returned_letter_is_recorded_and_called_back_once(letters: System) -> None:
    await letters.add_callback(CallbackKind.RETURNED_LETTER)
    (made,) = await send(letters, a_letter(letters, reference="mine"))
    facts = (await read(letters, made.id)).letter
    assert facts is not None
    woken: list[None] = []
    returned = ReturnedLetters(
        LettersStore(letters.pool), clock=letters.clock, callbacks_queued=lambda: woken.append(None)
    )
    first = await returned.record([f" {facts.reference.lower()} ", "UNKNOWN"])
    again = await returned.record([facts.reference])
    assert (first.recorded, first.repeated, first.unknown) == (1, 0, ("UNKNOWN",))
    assert (again.recorded, again.repeated) == (0, 1)
    assert (await read(letters, made.id)).row.status == "returned-letter"
    assert (await letters.count("callbacks"), woken) == (1, [None])
    (listed,) = await returned.list(letters.service_id, None, 10)
    assert (listed.notification_id, listed.client_reference) == (made.id, "mine")


async def test_a_letter_past_retention_is_called_back_all_the_same(letters: System) -> None:
    (made,) = await send(letters, a_letter(letters, reference="mine"))
    await lease(letters)
    async with letters.pool.connection() as connection:
        await connection.execute(b"delete from deliveries")
        await connection.execute(b"delete from notifications")
    facts = await CallbacksStore(letters.pool).returned_letter(made.id)
    assert facts is not None
    body = returned_letter_body(facts).decode()
    assert '"reference":"mine"' in body
    assert '"template_name":"letter template"' in body
    assert '"sent_by":"API"' in body


# Messages of another system


def importing(system: System) -> Importing:
    return Importing(
        LettersStore(system.pool),
        system.store,
        accounts=system.accounts,
        templates=system.templates,
        clock=system.clock,
        make_precompiled_template=system.templates.make_precompiled,
    )


def a_message(system: System, **changes: object) -> ImportedNotification:
    """An uploaded letter that was being scanned."""
    message = ImportedNotification(
        id=None,
        service_id=system.service_id,
        template_id=None,
        template_version=0,
        key_type=KeyType.NORMAL,
        status=STATUS.PENDING_VIRUS_CHECK,
        recipient="",
        personalisation="",
        reference=None,
        created_at=None,
        sent_at=None,
        updated_at=None,
        created_by=None,
        job_id=None,
        job_row=None,
        billable_units=0,
        postage=None,
        letter_reference=None,
        provider=None,
    )
    return replace(message, **changes)  # type: ignore[arg-type]  # any of its fields


async def test_a_text_of_another_system_reads_as_it_was(letters: System) -> None:
    created_at = letters.clock.now() - timedelta(days=60)
    job_id, id = new_id(), new_id(bucket=bucket_of(letters.service_id), at=created_at)
    user_id = await letters.add_user("Ada Lovelace")
    text = a_message(
        letters,
        id=id,
        template_id=letters.template_ids["sms"],
        status=STATUS.DELIVERED,
        recipient="07700 900 410",
        personalisation='{"name": "Ada"}',
        created_by=user_id,
        job_id=job_id,
        job_row=3,
        billable_units=2,
        sent_at=created_at + timedelta(seconds=5),
        updated_at=created_at + timedelta(seconds=9),
    )
    assert await importing(letters).put_in_place([text]) == [InPlace(id=id, letter_reference=None)]
    assert await importing(letters).put_in_place([text]) == [InPlace(id=id, letter_reference=None)]
    found = await read(letters, id)
    assert (found.created_by_name, found.body) == ("Ada Lovelace", "Hello Ada")
    stored = await letters.store.find_notification(id)
    assert stored is not None
    assert stored.job_id == job_id
    assert (found.row.status, found.row.recipient, found.row.updated_at) == (
        "delivered",
        "07700 900 410",
        created_at + timedelta(seconds=9),
    )
    assert await letters.count("deliveries") == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": STATUS.CREATED}, "status"),
        ({"status": STATUS.SENT}, "status"),
        ({"recipient": "07700900123"}, "recipient"),
        ({"billable_units": 6}, "billable_units"),
        ({"created_by": UUID(int=7)}, "created_by_user_id"),
        ({"created_at": NOON - timedelta(days=91)}, "create_time"),
        ({"created_at": NOON + timedelta(days=5)}, "create_time"),
        ({"sent_at": NOON - timedelta(days=9)}, "send_time"),
        ({"id": UUID(int=7)}, "id"),
        ({"personalisation": "["}, "personalisation"),
    ],
)
async def test_a_message_that_cannot_be_put_in_place_holds_up_no_other(
    letters: System, changes: dict[str, object], field: str
) -> None:
    good, bad = await importing(letters).put_in_place([a_message(letters), a_message(letters, **changes)])
    assert isinstance(good, InPlace)
    assert isinstance(bad, InvalidRequest)
    assert [violation.field for violation in bad.violations] == [field]


async def test_a_message_with_a_template_of_nobody(letters: System) -> None:
    (refused,) = await importing(letters).put_in_place([a_message(letters, template_id=new_id())])
    assert isinstance(refused, ServiceError)

"""Looking after letters on a real database; the letters service is played by the tests."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from notifyrules.statuses import NotificationStatus
from operationskit.alerts import Alerts
from servicekit.clock import FixedClock
from servicekit.ids import bucket_of, new_id
from services.notifications.deliveries import Delivery, LetterOutcome
from services.notifications.letter_care import EndOutcome, LetterCare, LetterCondition, WantedLetters
from services.notifications.letter_care_store import LetterCareStore
from services.notifications.letter_checks import LetterChecks
from services.notifications.partitions import ensure_week
from tests.integration.notifications.conftest import System
from tests.integration.notifications.shelf import a_run
from tests.integration.notifications.test_letters import a_letter, an_upload, complete, lease, read, send

STATUS = NotificationStatus
NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)  # a Thursday


class PrinterSays:
    """The letters service: keeps some letters, as it is just handing them over."""

    def __init__(self, *going: UUID) -> None:
        self.going = set(going)
        self.asked: list[UUID] = []

    async def stop(self, service_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
        self.asked += ids
        return set(ids) - self.going


@pytest.fixture
async def letters(system: System) -> System:
    await system.add_letter_template()
    return system


def care_of(system: System, printer: PrinterSays | None = None, now: datetime = NOW) -> LetterCare:
    return LetterCare(LetterCareStore(system.pool), printer or PrinterSays(), clock=FixedClock(now))


async def put(
    system: System, status: NotificationStatus, made_at: datetime, sent_at: datetime | None = None
) -> UUID:
    """A letter that was made some time ago."""
    await ensure_week(system.store, made_at)
    (made,) = await send(system, a_letter(system))
    id = new_id(at=made_at, bucket=bucket_of(system.service_id))
    parameters = {"old": made.id, "id": id, "status": status.value, "sent_at": sent_at}
    async with system.pool.connection() as connection:
        await connection.execute("delete from deliveries where notification_id = %(old)s", parameters)
        await connection.execute(
            "update notifications set id = %(id)s, status = %(status)s, sent_at = %(sent_at)s where id = %(old)s",
            parameters,
        )
        await connection.execute(
            "update letter_details set notification_id = %(id)s where notification_id = %(old)s", parameters
        )
    return id


async def found(system: System, condition: LetterCondition, limit: int = 10, **changes: object) -> list[UUID]:
    wanted = WantedLetters(condition=condition, **changes)  # type: ignore[arg-type]  # any of its fields
    return [each.id for each in await care_of(system).find(wanted, limit)]


async def test_each_condition_finds_its_letters_the_oldest_first(letters: System) -> None:
    yesterday, old = NOW - timedelta(hours=17), NOW - timedelta(days=40)
    late = await put(letters, STATUS.CREATED, yesterday)
    await put(letters, STATUS.CREATED, NOW - timedelta(hours=16))
    unsent = await put(letters, STATUS.SENDING, old, NOW - timedelta(days=2))
    await put(letters, STATUS.SENDING, yesterday, NOW - timedelta(days=1))
    pending = [await put(letters, STATUS.PENDING_VIRUS_CHECK, at) for at in (old, yesterday)]
    failed = await put(letters, STATUS.TECHNICAL_FAILURE, old)

    assert await found(letters, LetterCondition.LATE) == [late]
    assert await found(letters, LetterCondition.UNSENT) == [unsent]
    assert await found(letters, LetterCondition.PENDING_VIRUS_CHECK) == pending
    assert await found(letters, LetterCondition.TECHNICAL_FAILURE, service_id=letters.service_id) == [failed]
    assert await found(letters, LetterCondition.TECHNICAL_FAILURE, service_id=new_id()) == []
    assert await found(letters, LetterCondition.TECHNICAL_FAILURE, made_from=yesterday) == []


async def test_pages_miss_no_letter(letters: System) -> None:
    ids = [
        await put(letters, STATUS.PENDING_VIRUS_CHECK, NOW - timedelta(minutes=5 * number))
        for number in (3, 2, 1)
    ]
    first = await found(letters, LetterCondition.PENDING_VIRUS_CHECK, limit=2)
    rest = await found(letters, LetterCondition.PENDING_VIRUS_CHECK, limit=2, after=first[-1])
    assert [*first, *rest] == ids


async def test_cancellable_are_those_before_their_cut_off(letters: System) -> None:
    in_time = await put(letters, STATUS.CREATED, NOW - timedelta(hours=1))
    after_deadline = await put(letters, STATUS.PENDING_VIRUS_CHECK, NOW - timedelta(hours=16))
    await put(letters, STATUS.CREATED, NOW - timedelta(hours=17))
    assert await found(letters, LetterCondition.CANCELLABLE) == [after_deadline, in_time]


async def test_a_letter_printed_by_hand_is_delivered_once_and_recorded(letters: System) -> None:
    (made,) = await send(letters, a_letter(letters))
    printer = PrinterSays()
    care = care_of(letters, printer)
    results = [await care.end([made.id], STATUS.DELIVERED) for _ in range(2)]
    assert results == [[(EndOutcome.ENDED, STATUS.DELIVERED)], [(EndOutcome.ALREADY, STATUS.DELIVERED)]]
    row = (await letters.reading.get(letters.service_id, made.id)).row
    assert (row.status, row.sent_at, printer.asked) == (STATUS.DELIVERED, NOW, [made.id])
    assert await letters.count("deliveries") == 0
    assert await letters.count("audit_events where type = 'letter.marked_delivered'") == 1


@pytest.mark.parametrize(
    ("before", "end", "outcome"),
    [
        (STATUS.SENDING, STATUS.PERMANENT_FAILURE, EndOutcome.ENDED),
        (STATUS.TECHNICAL_FAILURE, STATUS.PERMANENT_FAILURE, EndOutcome.ENDED),
        (STATUS.DELIVERED, STATUS.PERMANENT_FAILURE, EndOutcome.ENDED),
        (STATUS.CANCELLED, STATUS.PERMANENT_FAILURE, EndOutcome.NOT_ALLOWED),
        (STATUS.RETURNED_LETTER, STATUS.DELIVERED, EndOutcome.NOT_ALLOWED),
        (STATUS.PENDING_VIRUS_CHECK, STATUS.DELIVERED, EndOutcome.NOT_ALLOWED),
    ],
)
async def test_what_may_be_ended_by_hand(
    letters: System, before: NotificationStatus, end: NotificationStatus, outcome: EndOutcome
) -> None:
    id = await put(letters, before, NOW - timedelta(hours=1))
    ((result, status),) = await care_of(letters).end([id], end)
    assert (result, status) == (outcome, end if outcome is EndOutcome.ENDED else before)


async def test_one_that_is_just_handed_over_and_one_that_is_none_stay(letters: System) -> None:
    (made,) = await send(letters, an_upload(letters))
    stranger = new_id()
    results = await care_of(letters, PrinterSays(made.id)).end([made.id, stranger], STATUS.PERMANENT_FAILURE)
    assert results == [
        (EndOutcome.BEING_PRINTED, STATUS.PENDING_VIRUS_CHECK),
        (EndOutcome.NOT_FOUND, None),
    ]
    assert await letters.count("audit_events where type like 'letter.%%'") == 0


def checks_of(system: System, now: datetime = NOW) -> LetterChecks:
    store, alerts = LetterCareStore(system.pool), Alerts(system.pool, FixedClock(now))
    return LetterChecks(care_of(system, now=now), store, alerts, FixedClock(now))


async def alerts_of(system: System) -> dict[tuple[str, str], object]:
    page = await Alerts(system.pool, FixedClock(NOW)).page(also_acknowledged=False, before=None, limit=100)
    return {(alert.name, alert.subject): alert.details.get("letters") for alert in page}


async def test_each_check_tells_of_its_letters_by_service(letters: System) -> None:
    old, service = NOW - timedelta(days=2), str(letters.service_id)
    for _ in range(2):
        await put(letters, STATUS.CREATED, old)
    await put(letters, STATUS.TECHNICAL_FAILURE, old)
    await put(letters, STATUS.TECHNICAL_FAILURE, NOW - timedelta(days=4))
    await put(letters, STATUS.SENDING, old, NOW - timedelta(days=2))
    never_checked = await put(letters, STATUS.PENDING_VIRUS_CHECK, NOW - timedelta(days=4))
    checks, run = checks_of(letters), a_run()

    for look in (
        checks.look_at_late,
        checks.look_at_failed,
        checks.look_at_unsent,
        checks.look_at_given_up,
    ):
        await look(run)

    assert await alerts_of(letters) == {
        ("letters-still-created", service): 2,
        ("letters-technical-failure", service): 1,
        ("letters-still-sending", service): 1,
        ("letters-pending-virus-check", service): 1,
        ("letter-never-checked", str(never_checked)): 1,
    }


async def test_a_weekend_tells_nothing_of_letters_with_the_printer(letters: System) -> None:
    saturday = NOW + timedelta(days=2)
    await put(letters, STATUS.SENDING, NOW - timedelta(days=4), NOW - timedelta(days=4))
    await checks_of(letters, saturday).look_at_unsent(a_run())
    assert await alerts_of(letters) == {}


async def test_an_upload_in_no_queue_is_queued_again_once(letters: System) -> None:
    id = await put(letters, STATUS.PENDING_VIRUS_CHECK, NOW - timedelta(minutes=11))
    await put(letters, STATUS.PENDING_VIRUS_CHECK, NOW - timedelta(minutes=9))
    run = a_run()
    for _ in range(2):
        await checks_of(letters).look_at_pending(run)
    assert run.counts["queued_again"] == 1
    assert await letters.count(f"deliveries where notification_id = '{id}' and channel = 'letter'") == 1
    assert await alerts_of(letters) == {}


async def leased(system: System) -> list[Delivery]:
    """What was queued at the checks' time, which the queue's clock has not reached."""
    async with system.pool.connection() as connection:
        await connection.execute("update deliveries set run_at = run_at - interval '30 days'")
    return await lease(system)


async def test_a_letter_without_pdf_in_no_queue_is_queued_again_and_told(letters: System) -> None:
    lost = await put(letters, STATUS.CREATED, NOW - timedelta(minutes=16))
    await put(letters, STATUS.CREATED, NOW - timedelta(minutes=14))
    prepared = await put(letters, STATUS.CREATED, NOW - timedelta(minutes=16))
    async with letters.pool.connection() as connection:
        await connection.execute("update notifications set billable_units = 1 where id = %s", (prepared,))
    run = a_run()
    for _ in range(2):
        await checks_of(letters).look_at_unprepared(run)
    assert run.counts == {"found": 1, "queued_again": 1}
    assert [each.notification_id for each in await leased(letters)] == [lost]
    assert await alerts_of(letters) == {("letters-lost", str(letters.service_id)): 1}


async def test_a_letter_that_no_run_took_is_looked_at_once_more(letters: System) -> None:
    """Cancelling died after the letters service had promised: its answer ends the letter here too."""
    late = await put(letters, STATUS.CREATED, NOW - timedelta(days=1))
    async with letters.pool.connection() as connection:
        await connection.execute("update notifications set billable_units = 1 where id = %s", (late,))
    for _ in range(2):
        await checks_of(letters).look_at_late(a_run())
    (delivery,) = await leased(letters)
    cancelled = LetterOutcome(failed_status=STATUS.CANCELLED, failure_reason="cancelled")
    assert await complete(letters, delivery, cancelled)
    assert (await read(letters, late)).row.status == STATUS.CANCELLED
    assert await found(letters, LetterCondition.LATE) == []

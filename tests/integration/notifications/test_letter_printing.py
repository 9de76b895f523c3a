"""What the letters service asks before it prints, and a letter that the printer never took."""

from uuid import UUID

import pytest
from psycopg import AsyncConnection

from notifyrules.statuses import NotificationStatus
from servicekit.ids import new_id
from services.notifications.letter_printing import LetterPrinting, PrintFacts
from services.notifications.statuses import StatusReport
from tests.integration.notifications.conftest import System
from tests.integration.notifications.test_letters import a_letter, prepared, read, ready, send

CREATED = NotificationStatus.CREATED


@pytest.fixture
async def letters(system: System) -> System:
    await system.add_letter_template()
    return system


async def facts_of(system: System, *ids: UUID) -> list[PrintFacts]:
    return await LetterPrinting(system.pool).print_facts(ids)


async def test_letters_that_are_known_are_told_with_their_status(letters: System) -> None:
    id = await prepared(letters, a_letter(letters), ready())

    assert await facts_of(letters, id, new_id()) == [
        PrintFacts(notification_id=id, status=CREATED, service_is_active=True, organisation_id=None)
    ]


async def test_texts_are_no_letters(letters: System) -> None:
    (text,) = await send(letters, letters.a_text())

    assert await facts_of(letters, text.id) == []


async def test_letters_of_an_archived_service_say_so(letters: System) -> None:
    id = await prepared(letters, a_letter(letters), ready())
    async with letters.pool.connection() as connection:
        assert isinstance(connection, AsyncConnection)
        await connection.execute("update services set active = false where id = %s", [letters.service_id])

    (facts,) = await facts_of(letters, id)

    assert not facts.service_is_active


async def test_a_letter_that_the_printer_never_took_was_not_sent(letters: System) -> None:
    id = await prepared(letters, a_letter(letters), ready())
    report = StatusReport(
        notification_id=id,
        provider="dvla",
        status=NotificationStatus.TECHNICAL_FAILURE,
        overrides=(),
        detail_code="http_400",
        received_at=letters.clock.now(),
    )

    await letters.statuses.apply([report])

    row = (await read(letters, id)).row
    assert (row.status, row.sent_at) == ("technical-failure", None)

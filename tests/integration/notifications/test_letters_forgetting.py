"""Letters past retention: their PDFs go, also when the process or the letters service goes in between."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from servicekit.errors import Unavailable
from services.notifications.archiving import Archiving
from services.notifications.letters_forgetting import LettersForgetting
from services.notifications.partitions import week_of
from tests.integration.notifications.conftest import System
from tests.integration.notifications.shelf import NIGHT, Shelf, a_run

PAST = datetime(2026, 11, 16, tzinfo=UTC)
A_YEAR_AGO = datetime(2025, 11, 5, tzinfo=UTC)


class LettersService:
    """Knows every letter, once; away at first for as many calls as it is told."""

    def __init__(self, away: int = 0) -> None:
        self.away = away
        self.deleted: set[UUID] = set()

    async def delete(self, ids: Sequence[UUID]) -> int:
        if self.away:
            self.away -= 1
            raise Unavailable("The letters service is away")
        new = set(ids) - self.deleted
        self.deleted |= new
        return len(new)


@pytest.fixture
async def shelf(system: System) -> Shelf:
    shelf = Shelf(system)
    await shelf.make_partitions()
    return shelf


async def put_letter(
    shelf: Shelf, made_at: datetime, key_type: str = "normal", status: str = "delivered"
) -> UUID:
    id = await shelf.put(made_at, type="letter", key_type=key_type, status=status)
    await shelf.execute(
        "insert into letter_details (notification_id, service_id, reference, is_precompiled, template_id, "
        "template_version) values (%s, %s, %s, false, %s, 1)",
        (id, shelf.system.service_id, id.hex[-16:].upper(), shelf.system.template_ids["sms"]),
    )
    return id


async def test_letters_go_with_their_pdfs_and_test_letters_with_all(shelf: Shelf) -> None:
    kept, test = await put_letter(shelf, PAST), await put_letter(shelf, PAST, "test")
    waiting = await put_letter(shelf, PAST, status="created")
    await shelf.put(PAST)
    service, run = LettersService(), a_run()

    await shelf.retention().move_notifications(run)
    for _ in range(2):
        await LettersForgetting(shelf.store, service, lot=1).forget(run)

    assert (service.deleted, run.counts["letters_deleted"]) == ({kept, test}, 2)
    assert await shelf.rows("select notification_id from letters_to_forget") == []
    assert set(await shelf.rows("select notification_id from letter_details")) == {(kept,), (waiting,)}


async def test_what_was_not_deleted_is_deleted_by_the_next_run(shelf: Shelf) -> None:
    id, service = await put_letter(shelf, PAST), LettersService(away=1)
    await shelf.retention().move_notifications(a_run())
    with pytest.raises(Unavailable):
        await LettersForgetting(shelf.store, service).forget(a_run())
    await LettersForgetting(shelf.store, service).forget(a_run())
    assert service.deleted == {id}


async def test_what_only_letters_have_goes_with_its_week_of_history(shelf: Shelf, tmp_path: Path) -> None:
    weeks = (week_of(NIGHT) - week_of(A_YEAR_AGO)).days // 7
    await shelf.make_partitions(range(-weeks, -20))
    old = await put_letter(shelf, A_YEAR_AGO)
    await shelf.execute("insert into returned_letters values (%s, %s, now())", (old, shelf.system.service_id))
    younger = await put_letter(shelf, A_YEAR_AGO + timedelta(days=30))
    await shelf.retention().move_notifications(a_run())

    run = a_run()
    await Archiving(shelf.store, shelf.clock, tmp_path).archive(run)

    assert run.counts["letter_details_deleted"] == 1
    assert await shelf.rows("select notification_id from letter_details") == [(younger,)]
    assert await shelf.rows("select 1 from returned_letters") == []

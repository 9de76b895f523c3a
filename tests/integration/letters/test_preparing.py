"""Preparing letters, with a process that is killed, and parts that are away, at every single step."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from deliverykit.types import LetterFailed, LetterPrepared, Outcome, Refused, RetryLater
from filekit.antivirus import ScanOutcome
from filekit.object_store.keys import Area
from notifyrules.postage import Postage
from notifyrules.statuses import KeyType, NotificationStatus
from servicekit.clock import SystemClock
from servicekit.database import Pool
from services.letters.letter_files import upload_key
from services.letters.letters import LetterState
from services.letters.rendering.letter import LetterFault
from tests.integration.letters.preparing_world import (
    ADDRESS,
    INVALID,
    RENDERED,
    SANITISED,
    UPLOADED,
    Fakes,
    Fate,
    Killed,
    World,
    dies,
    is_away,
)

FILE = "NOTIFY.ABCDEFGHIJKLMNOP.D.2.C.20260105120000.PDF"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A letter, and how it must end. `{id}` in a file's name is the letter's."""

    uploaded: bool
    outcome: Outcome
    state: LetterState
    files: dict[str, bytes]
    key_type: KeyType = KeyType.NORMAL
    fakes: Callable[[], Fakes] = field(default=Fakes)


def prepared(page_count: int, sheets: int, address_lines: tuple[str, ...] | None = None) -> LetterPrepared:
    return LetterPrepared(
        page_count=page_count, sheets=sheets, postage=Postage.SECOND, address_lines=address_lines
    )


def failed(status: NotificationStatus, reason: str, **more: Any) -> LetterFailed:
    return LetterFailed(status=status, reason_code=reason, **more)


CASES = {
    "from a template": Case(
        uploaded=False,
        outcome=prepared(2, 1),
        state=LetterState.READY,
        files={f"letters/2026-01-05/{FILE}": RENDERED},
    ),
    "from a template, too long": Case(
        uploaded=False,
        fakes=lambda: Fakes(fault=LetterFault.TOO_LONG),
        outcome=failed(NotificationStatus.VALIDATION_FAILED, "letter-too-long", page_count=11),
        state=LetterState.INVALID,
        files={"invalid/{id}.PDF": RENDERED},
    ),
    "from a template, with a test key": Case(
        uploaded=False,
        key_type=KeyType.TEST,
        outcome=prepared(2, 0),
        state=LetterState.PRETENDED,
        files={f"test-letters/{FILE}": RENDERED},
    ),
    "uploaded": Case(
        uploaded=True,
        outcome=prepared(3, 2, ADDRESS),
        state=LetterState.READY,
        files={f"letters/2026-01-05/{FILE}": SANITISED, "originals/{id}.PDF": UPLOADED},
    ),
    "uploaded, with a test key": Case(
        uploaded=True,
        key_type=KeyType.TEST,
        outcome=prepared(3, 2, ADDRESS),
        state=LetterState.PRETENDED,
        files={f"test-letters/{FILE}": SANITISED, "originals/{id}.PDF": UPLOADED},
    ),
    "uploaded, invalid": Case(
        uploaded=True,
        fakes=lambda: Fakes(checked=INVALID),
        outcome=failed(
            NotificationStatus.VALIDATION_FAILED,
            "content-outside-printable-area",
            page_count=2,
            invalid_pages=(1, 2),
        ),
        state=LetterState.INVALID,
        files={"invalid/{id}.PDF": UPLOADED},
    ),
    "uploaded, with a virus": Case(
        uploaded=True,
        fakes=lambda: Fakes(scan_outcome=ScanOutcome.INFECTED),
        outcome=failed(NotificationStatus.VIRUS_SCAN_FAILED, "virus-scan-failed"),
        state=LetterState.INFECTED,
        files={},
    ),
}


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    """Each kind of letter."""
    found: Case = request.param
    return found


@pytest.fixture
def make_world(pool: Pool, tmp_path: Path) -> Callable[[Case], World]:
    """Makes a letter of its own, in a folder of its own, that is already in quarantine where it is an upload."""

    def make(case: Case) -> World:
        world = World(
            pool=pool,
            folder=tmp_path / str(uuid4()),
            fakes=case.fakes(),
            uploaded=case.uploaded,
            key_type=case.key_type,
        )
        world.take_in()
        return world

    return make


async def must_have_ended(world: World, case: Case, outcome: Outcome) -> None:
    """Row, files and what notifications were told are those of the case, and nothing else is left."""
    assert outcome == case.outcome
    letter = await world.store.get_letter(world.notification_id)
    assert letter is not None
    assert letter.state is case.state
    names = {name.format(id=world.notification_id): data for name, data in case.files.items()}
    assert world.stored() == names
    assert (letter.object_key is None) == (not names)
    if letter.object_key is not None:
        assert str(letter.object_key) in names
    assert (world.notification_id in world.fakes.pretended) == (case.state is LetterState.PRETENDED)


async def test_a_letter_is_prepared(case: Case, make_world: Callable[[Case], World]) -> None:
    world = make_world(case)
    await must_have_ended(world, case, (await world.prepare()).outcome)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_letter_ends_right_when_its_process_is_killed_at_any_step(
    case: Case, make_world: Callable[[Case], World], after: bool
) -> None:
    kills = 0
    for step in range(1, 30):
        world, fate = make_world(case), Fate(happens=dies, at=step, after=after)
        try:
            await world.prepare(fate)
        except Killed:
            kills += 1
        outcome = (await world.prepare()).outcome
        await must_have_ended(world, case, outcome)
        if fate.calls < step:
            break
    assert kills == fate.calls >= 3  # every step that there is


async def test_a_letter_waits_when_something_is_away_and_is_then_prepared(
    case: Case, make_world: Callable[[Case], World]
) -> None:
    for step in range(1, 30):
        world, fate = make_world(case), Fate(happens=is_away, at=step)
        outcome = (await world.prepare(fate)).outcome
        if fate.calls < step:
            break
        assert isinstance(outcome, RetryLater)
        # A worker that was lost counts: the letter may be what ended it. Nothing else does.
        assert outcome.no_provider is (fate.names[-1] not in {"render", "check_letter"})
        await must_have_ended(world, case, (await world.prepare()).outcome)
    assert step > 3


async def test_a_scanner_that_is_away_makes_an_upload_wait(make_world: Callable[[Case], World]) -> None:
    case = CASES["uploaded"]
    world = make_world(case)
    world.fakes.scan_outcome = ScanOutcome.ERROR
    outcome = (await world.prepare()).outcome
    assert isinstance(outcome, RetryLater)
    assert (outcome.error_code, outcome.no_provider) == ("scanner_away", True)
    assert await world.store.get_letter(world.notification_id) is None
    world.fakes.scan_outcome = ScanOutcome.CLEAN
    await must_have_ended(world, case, (await world.prepare()).outcome)


async def test_two_processes_may_prepare_the_same_letter(
    case: Case, make_world: Callable[[Case], World]
) -> None:
    world = make_world(case)
    first, second = await asyncio.gather(world.prepare(), world.prepare())
    assert first.outcome == second.outcome
    await must_have_ended(world, case, case.outcome)


@pytest.mark.parametrize("name", ["from a template", "uploaded"])
async def test_a_letter_that_is_cancelled_at_any_step_is_never_for_the_printer(
    name: str, make_world: Callable[[Case], World]
) -> None:
    for step in range(1, 30):
        world = make_world(CASES[name])
        found: dict[UUID, LetterState] = {}

        async def cancel(world: World = world, found: dict[UUID, LetterState] = found) -> None:
            found.update(
                await world.store.cancel({world.notification_id: world.service_id}, SystemClock().now())
            )

        fate = Fate(happens=cancel, at=step, after=True)
        await world.prepare(fate)
        if fate.calls < step:
            break
        assert found == {world.notification_id: LetterState.CANCELLED}
        letter = await world.store.get_letter(world.notification_id)
        assert letter is not None
        assert letter.state is LetterState.CANCELLED
        again = (await world.prepare()).outcome
        assert again == failed(NotificationStatus.CANCELLED, "cancelled")
        assert str(upload_key(Area.QUARANTINE, str(world.notification_id))) not in world.stored()


async def test_a_letter_cancelled_before_it_is_prepared_is_not_made(
    make_world: Callable[[Case], World],
) -> None:
    world = make_world(CASES["uploaded"])
    await world.store.cancel({world.notification_id: world.service_id}, SystemClock().now())
    fate = Fate()
    outcome = (await world.prepare(fate)).outcome
    assert outcome == failed(NotificationStatus.CANCELLED, "cancelled")
    assert "scan" not in fate.names
    assert world.stored() == {}


async def test_an_upload_that_is_gone_is_a_technical_failure(make_world: Callable[[Case], World]) -> None:
    world = make_world(replace(CASES["uploaded"], fakes=Fakes))
    world.files.delete(upload_key(Area.QUARANTINE, str(world.notification_id)))
    assert (await world.prepare()).outcome == Refused(error_code="file_missing")


async def test_an_address_abroad_changes_postage_and_file_name(make_world: Callable[[Case], World]) -> None:
    world = make_world(CASES["uploaded"])
    world.fakes.checked = replace(world.fakes.checked, postage=Postage.EUROPE)
    outcome = (await world.prepare()).outcome
    assert isinstance(outcome, LetterPrepared)
    assert outcome.postage is Postage.EUROPE
    assert any(".D.E.C." in name for name in world.stored())

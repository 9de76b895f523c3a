"""Reading letters that were prepared, and deleting them: with a real table and a real folder."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from filekit.antivirus import ScanOutcome
from filekit.object_store.keys import Area
from operationskit.tasks import TaskRun
from servicekit.clock import SystemClock
from servicekit.database import Pool
from servicekit.errors import NotFound, RuleBroken
from services.letters.forgetting import Forgetting
from services.letters.letter_files import upload_key
from services.letters.letters import LetterState
from services.letters.reading import LetterReader
from services.letters.rendering.images import NoSuchPage, Overlay
from services.letters.taking_in import Intake
from services.letters.uploads.worker_process import Picture
from tests.integration.letters.preparing_world import (
    INVALID,
    RENDERED,
    SANITISED,
    UPLOADED,
    Fakes,
    World,
)

Prepare = Callable[[Fakes, bool], Awaitable[World]]


class Pictures:
    """Draws nothing, and remembers over what it was asked to lay what."""

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, int, Overlay]] = []

    async def picture(self, data: bytes, page: int, overlay: Overlay) -> Picture:
        if page > 2:
            raise NoSuchPage(page)
        self.asked.append((data, page, overlay))
        return Picture(png=b"png", page_count=2)


@pytest.fixture
def prepare(pool: Pool, tmp_path: Path) -> Prepare:
    """Makes a letter that was prepared."""

    async def make(fakes: Fakes, uploaded: bool) -> World:
        world = World(pool=pool, folder=tmp_path, fakes=fakes, uploaded=uploaded)
        world.take_in()
        await world.prepare()
        return world

    return make


def reader_of(world: World, pictures: Pictures | None = None) -> LetterReader:
    return LetterReader(letters=world.store, files=world.files, pictures=pictures or Pictures())


@pytest.mark.parametrize(
    ("fakes", "uploaded", "pdf"),
    [
        (Fakes(), False, RENDERED),
        (Fakes(), True, SANITISED),
        (Fakes(checked=INVALID), True, UPLOADED),
    ],
    ids=["templated", "uploaded", "invalid"],
)
async def test_a_letter_can_be_read_by_its_own_service_alone(
    prepare: Prepare, fakes: Fakes, uploaded: bool, pdf: bytes
) -> None:
    world = await prepare(fakes, uploaded)
    reader = reader_of(world)
    assert await reader.pdf(world.service_id, world.notification_id) == pdf
    with pytest.raises(RuleBroken) as caught:
        await reader.pdf(uuid4(), world.notification_id)
    assert caught.value.reason == "PDF_NOT_READY"
    with pytest.raises(NotFound):
        await reader.letter(uuid4(), world.notification_id)


async def test_nobody_reads_a_letter_with_a_virus(prepare: Prepare) -> None:
    world = await prepare(Fakes(scan_outcome=ScanOutcome.INFECTED), True)
    with pytest.raises(RuleBroken, match="File did not pass the virus scan"):
        await reader_of(world).pdf(world.service_id, world.notification_id)


async def test_pages_show_what_is_wrong_with_them_and_hide_the_tag(prepare: Prepare) -> None:
    pictures = Pictures()
    for world in (await prepare(Fakes(), True), await prepare(Fakes(checked=INVALID), True)):
        reader = reader_of(world, pictures)
        for page in (1, 2):
            await reader.page(world.service_id, world.notification_id, page)
        with pytest.raises(RuleBroken) as caught:
            await reader.page(world.service_id, world.notification_id, 3)
        assert caught.value.reason == "NO_SUCH_PAGE"
    assert [overlay for _, _, overlay in pictures.asked] == [
        Overlay.TAG_COVER,
        Overlay.NONE,
        Overlay.NO_PRINT_AREAS_OF_FIRST_PAGE,
        Overlay.NO_PRINT_AREAS,
    ]


async def test_an_upload_is_replaced_until_it_is_prepared_and_not_after(pool: Pool, tmp_path: Path) -> None:
    world = World(pool=pool, folder=tmp_path, fakes=Fakes(), uploaded=True)
    intake = Intake(letters=world.store, files=world.files, scanner=world.fakes, checker=world.fakes)
    for content in (b"first", UPLOADED):
        await intake.take_letter(world.notification_id, content)
    await world.prepare()
    prepared = world.stored()
    await intake.take_letter(world.notification_id, b"too late")
    assert world.stored() == prepared


async def test_letters_are_forgotten_with_their_files_but_not_those_to_be_printed(prepare: Prepare) -> None:
    ready, invalid = await prepare(Fakes(), True), await prepare(Fakes(checked=INVALID), True)
    forgetting = Forgetting(
        letters=ready.store, files=ready.files, clock=SystemClock(), kept_for=timedelta(days=100)
    )
    ids = [ready.notification_id, invalid.notification_id]
    assert await forgetting.forget(ids) == 1
    assert await forgetting.forget(ids) == 0
    assert str(upload_key(Area.INVALID, str(invalid.notification_id))) not in ready.stored()
    assert len(ready.stored()) == 2
    kept = await ready.store.get_letter(ready.notification_id)
    assert kept is not None
    assert kept.state is LetterState.READY


async def test_what_nobody_asked_to_delete_goes_after_its_time(prepare: Prepare) -> None:
    world = await prepare(Fakes(checked=INVALID), True)
    now = SystemClock().now()

    class Later:
        def now(self) -> object:
            return now + timedelta(days=101)

    for clock, is_left in ((SystemClock(), True), (Later(), False)):
        forgetting = Forgetting(
            letters=world.store,
            files=world.files,
            clock=clock,  # type: ignore[arg-type]  # only its `now` is asked
            kept_for=timedelta(days=100),
        )
        await forgetting.sweep(TaskRun(id=1, scheduled_for=now))
        assert (await world.store.get_letter(world.notification_id) is not None) is is_left
        assert bool(world.stored()) is is_left

"""Real processes that make letters."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from servicekit.errors import Unavailable
from services.letters.letter_workers import RENDERING_LIMITS, LetterWorkers, NotRenderable, letter_workers
from services.letters.rendering.letter import LetterFault, LetterTexts, LetterToRender
from services.letters.rendering.renderer import LetterRenderer

VALUES = {"address_line_1": "Sam", "address_line_2": "1 Road", "postcode": "SW1A 1AA", "name": "Sam"}
LETTER = LetterToRender(
    texts=LetterTexts(subject="Hello ((name))", content="Dear ((name))", contact_block="The Office"),
    values=VALUES,
    made_at=datetime(2026, 1, 5, 12, 0, tzinfo=UTC),
)
MOST_BYTES = 300_000_000


@pytest.fixture
async def workers() -> AsyncIterator[LetterWorkers]:
    async with letter_workers(count=2) as started:
        yield started


async def test_the_same_letter_is_the_same_bytes_in_every_process(workers: LetterWorkers) -> None:
    made = await asyncio.gather(*(workers.render(LETTER) for _ in range(6)))
    assert {reply.pdf for reply in made} == {LetterRenderer().render(LETTER).pdf}
    assert len(workers.process_ids) == 2


async def test_a_letter_that_is_far_too_long_is_said_to_be_within_a_workers_memory(
    workers: LetterWorkers,
) -> None:
    long = replace(LETTER, texts=LetterTexts(subject="Hello", content="word " * 60_000))
    assert (await workers.render(long)).fault is LetterFault.TOO_LONG
    assert 0 < workers.memory_bytes < MOST_BYTES * len(workers.process_ids)


@pytest.mark.parametrize(
    ("change", "code", "is_lasting"),
    [
        ({"logo_svg": "no picture"}, "typesetting_failed", False),
        ({"attachment_pdf": b"no PDF"}, "attachment_unusable", True),
    ],
    ids=["logo", "attachment"],
)
async def test_a_letter_that_cannot_be_made_says_why(
    workers: LetterWorkers, change: dict[str, Any], code: str, is_lasting: bool
) -> None:
    with pytest.raises(NotRenderable) as caught:
        await workers.render(replace(LETTER, **change))
    assert (caught.value.code, caught.value.is_lasting) == (code, is_lasting)
    assert (await workers.render(LETTER)).page_count == 1


async def test_a_letter_whose_worker_is_killed_can_be_made_again(workers: LetterWorkers) -> None:
    (process_id,) = workers.process_ids
    os.kill(process_id, signal.SIGKILL)
    with pytest.raises(Unavailable):
        await workers.render(LETTER)
    assert (await workers.render(LETTER)).page_count == 1


async def test_a_letter_that_takes_too_long_costs_its_worker_and_no_other() -> None:
    limits = replace(RENDERING_LIMITS, time_s=0.05)
    slow = replace(LETTER, texts=LetterTexts(subject="Hello", content="* word\n\n" * 10_000))
    async with letter_workers(count=1, limits=limits) as workers:
        with pytest.raises(NotRenderable) as caught:
            await workers.render(slow)
        assert caught.value.code == "limits"

"""Telling other processes of changes, through a real Valkey, also one that goes away."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from servicekit.invalidation import ALL, Invalidations
from servicekit.valkey import make_valkey
from tests.valkey import Valkey, start_valkey


@pytest.fixture
def mortal_valkey() -> Iterator[Valkey]:
    """A server of this test's own, to be killed."""
    server = start_valkey()
    yield server
    server.stop()


class Process:
    """One process that tells and listens."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def next(self) -> tuple[str, str]:
        async with asyncio.timeout(20):
            return await self.heard.get()


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[tuple[Process, Invalidations]]:
    process = Process()
    async with make_valkey(url) as valkey, asyncio.TaskGroup() as group:
        invalidations = Invalidations(valkey, drop=lambda kind, key: process.heard.put_nowait((kind, key)))
        group.create_task(invalidations.run_listening())
        group.create_task(invalidations.run_telling())
        assert await process.next() == (ALL, ALL)  # it listens, and drops what it may have missed
        yield process, invalidations
        invalidations.stop()


async def test_every_process_hears_of_a_change(valkey_url: str) -> None:
    async with listening(valkey_url) as (first, invalidations), listening(valkey_url) as (second, _):
        invalidations.tell("services", "s-1")

        assert await first.next() == ("services", "s-1")
        assert await second.next() == ("services", "s-1")


async def test_whoever_asks_is_told_how_many_heard(valkey_url: str) -> None:
    async with listening(valkey_url) as (_, invalidations), listening(valkey_url):
        assert await invalidations.tell_now("services", ALL) == 2


async def test_after_an_outage_everything_is_dropped(mortal_valkey: Valkey) -> None:
    async with listening(mortal_valkey.url) as (process, invalidations):
        mortal_valkey.kill()
        assert await invalidations.tell_now("services", "s-1") == 0
        assert await process.next() == ("services", "s-1")  # here at once, all the same

        mortal_valkey.start()

        while await process.next() != (ALL, ALL):
            pass


async def test_without_a_store_a_change_shows_here(valkey_url: str) -> None:
    heard: list[tuple[str, str]] = []
    invalidations = Invalidations(None, drop=lambda kind, key: heard.append((kind, key)))

    invalidations.tell("services", "s-1")

    assert heard == [("services", "s-1")]

"""The client against a real Valkey, also one that is killed."""

from collections.abc import Iterator

import pytest

from servicekit.clock import monotonic
from servicekit.valkey import AWAY, FailOpen, make_valkey
from tests.valkey import Valkey, start_valkey


@pytest.fixture
def mortal_valkey() -> Iterator[Valkey]:
    """A server of this test's own, to be killed."""
    server = start_valkey()
    yield server
    server.stop()


async def test_values_come_back_as_bytes(valkey_url: str) -> None:
    async with make_valkey(valkey_url) as client:
        await client.set("test:key", "value")

        assert await client.get("test:key") == b"value"


async def test_a_server_that_is_away_is_told_at_once(mortal_valkey: Valkey) -> None:
    mortal_valkey.kill()
    started = monotonic()

    async with make_valkey(mortal_valkey.url) as client:
        with pytest.raises(AWAY):
            await client.get("key")

    assert monotonic() - started < 1


async def test_a_server_that_hangs_is_given_up_after_the_read_timeout(mortal_valkey: Valkey) -> None:
    async with make_valkey(mortal_valkey.url) as client:
        await client.ping()
        started = monotonic()
        with pytest.raises(AWAY):
            await client.blpop(["nothing"], timeout=2)

    assert monotonic() - started < 1.5


async def test_a_server_that_returns_is_used_again(mortal_valkey: Valkey) -> None:
    fail_open = FailOpen(pause_s=0.0)
    async with make_valkey(mortal_valkey.url) as client:
        await client.set("key", "value")
        mortal_valkey.kill()
        while_away = [await fail_open.call(client.ping, default=False) for _ in range(3)]
        mortal_valkey.start()
        after = await fail_open.call(client.ping, default=False)

    assert (while_away, after) == ([False] * 3, True)

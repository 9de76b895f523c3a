"""The limit of texts abroad, counted in a real Valkey."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from notifyrules.daily_limits import LimitKind, counter_name
from notifyrules.statuses import KeyType
from servicekit.counters import Counters
from servicekit.errors import QuotaExceeded, RuleBroken, ServiceError, Unavailable
from servicekit.valkey import make_valkey
from services.notifications.new_notifications import CreatedNotification
from services.notifications.sending_limits import SendingLimits
from tests.integration.notifications.conftest import System
from tests.integration.notifications.test_idempotency import keyed

ABROAD = "+33612345678"
TOO_LONG = '{"name": "' + "x" * 1_000 + '"}'


@pytest.fixture
async def valkey(valkey_url: str) -> AsyncIterator[Redis]:
    client = make_valkey(valkey_url)
    client.connection_pool.connection_kwargs |= {"socket_timeout": 10, "socket_connect_timeout": 10}
    yield client
    await client.aclose()


@pytest.fixture
async def limited(system: System, valkey: Redis) -> System:
    """The system with a count, and three texts abroad a day."""
    system.creating._limits = SendingLimits(Counters(valkey), system.clock)
    await set_limit(system, 3)
    return system


async def set_limit(system: System, limit: int) -> None:
    async with system.pool.connection() as connection:
        await connection.execute(b"update services set limit_international_sms = %s", (limit,))
    system.creating._services.forget(system.service_id)


async def outcomes(system: System, count: int, **changes: object) -> list[type]:
    items = [system.a_text(recipient=ABROAD, **changes) for _ in range(count)]  # type: ignore[arg-type]  # of one item
    return [type(result) for result in await system.creating.create(items)]


async def counted(system: System, valkey: Redis) -> int:
    name = counter_name(system.service_id, LimitKind.INTERNATIONAL_SMS, system.clock.now())
    return int(await valkey.get(name) or 0)


async def test_the_limit_is_exact_within_a_call_and_between_calls(limited: System, valkey: Redis) -> None:
    calls = await asyncio.gather(*(outcomes(limited, 2) for _ in range(5)))
    made = [outcome for call in calls for outcome in call]
    assert (made.count(CreatedNotification), made.count(QuotaExceeded)) == (3, 7)
    assert await limited.count("notifications") == 3


async def test_what_a_refusal_says(limited: System) -> None:
    await set_limit(limited, 0)
    (result,) = await limited.creating.create([limited.a_text(recipient=ABROAD)])
    assert isinstance(result, QuotaExceeded)
    assert (result.reason, result.message) == (
        "DAILY_LIMIT_REACHED",
        "Exceeded send limits (international_sms: 0) for today",
    )
    assert 0 < int(result.metadata["retry_after_s"]) <= 86_400


@pytest.mark.parametrize("recipient", ["07700900123", "+44 7797 700111"])
async def test_the_uk_and_crown_dependencies_are_not_abroad(
    limited: System, valkey: Redis, recipient: str
) -> None:
    await set_limit(limited, 0)
    (result,) = await limited.creating.create([limited.a_text(recipient=recipient)])
    assert isinstance(result, CreatedNotification)
    assert await counted(limited, valkey) == 0


async def test_test_keys_are_not_counted_and_a_limit_of_nought_refuses_them(
    limited: System, valkey: Redis
) -> None:
    assert set(await outcomes(limited, 5, key_type=KeyType.TEST)) == {CreatedNotification}
    assert await counted(limited, valkey) == 0
    await set_limit(limited, 0)
    assert await outcomes(limited, 1, key_type=KeyType.TEST) == [QuotaExceeded]


@pytest.mark.parametrize(("limit", "refusal"), [(0, QuotaExceeded), (1, RuleBroken)])
async def test_the_limit_comes_before_the_length(
    limited: System, valkey: Redis, limit: int, refusal: type
) -> None:
    await set_limit(limited, limit)
    assert await outcomes(limited, 1, personalisation=TOO_LONG) == [refusal]
    assert await counted(limited, valkey) == 0


async def test_the_limit_comes_after_the_template(limited: System) -> None:
    await set_limit(limited, 0)
    assert await outcomes(limited, 1, personalisation="{}") == [RuleBroken]


async def test_what_could_not_be_stored_gives_its_places_back(
    limited: System, valkey: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise Unavailable("no")

    monkeypatch.setattr("services.notifications.store._insert_parameters", fail)
    with pytest.raises(Unavailable):
        await outcomes(limited, 2)
    assert await counted(limited, valkey) == 0


async def test_a_repeat_takes_no_place(limited: System, valkey: Redis) -> None:
    item = limited.a_text(recipient=ABROAD)
    results: list[CreatedNotification | ServiceError] = []
    for _ in range(3):
        results += await limited.creating.create([keyed(item), keyed(item)])
    assert {result.id for result in results if isinstance(result, CreatedNotification)} != set()
    assert await counted(limited, valkey) == 1

"""The cache of services' keys: how often it asks, and what it does when nobody answers."""

import asyncio
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from servicekit.errors import ServiceError, Unavailable
from services.api_gateway import credentials
from services.api_gateway.credentials import Credentials, CredentialsCache
from tests.unit.api_gateway.fakes import SERVICE_ID, FakeAccounts, a_service

SERVICE = UUID(SERVICE_ID)


class Time:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


class HeldAccounts(FakeAccounts):
    """Answers when it is let."""

    def __init__(self, *services: Credentials) -> None:
        super().__init__(*services)
        self.asked = asyncio.Event()
        self.answer = asyncio.Event()

    async def credentials(self, service_id: UUID) -> Credentials:
        self.asked.set()
        await self.answer.wait()
        return await super().credentials(service_id)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def accounts() -> FakeAccounts:
    return FakeAccounts(a_service())


@pytest.fixture
def cache(accounts: FakeAccounts, time: Callable[[], float]) -> CredentialsCache:
    return CredentialsCache(accounts, life_s=2.0, stale_s=60.0, monotonic=time)


@pytest.mark.parametrize(("later_s", "lookups"), [(0.0, 1), (1.9, 1), (2.0, 2)])
async def test_an_entry_is_good_for_two_seconds(
    cache: CredentialsCache, accounts: FakeAccounts, time: Time, later_s: float, lookups: int
) -> None:
    await cache.get(SERVICE)
    time.now_s += later_s
    assert await cache.get(SERVICE) is accounts.services[SERVICE_ID]
    assert accounts.lookups == lookups


async def test_that_a_service_does_not_exist_is_remembered_as_long(
    cache: CredentialsCache, accounts: FakeAccounts, time: Time
) -> None:
    unknown = uuid4()
    assert await cache.get(unknown) is None
    assert await cache.get(unknown) is None
    assert accounts.lookups == 1
    time.now_s += 2
    accounts.services[str(unknown)] = a_service(str(unknown))
    assert await cache.get(unknown) is not None


async def test_many_at_once_ask_once(time: Time) -> None:
    accounts = HeldAccounts(a_service())
    cache = CredentialsCache(accounts, monotonic=time)
    asking = [asyncio.ensure_future(cache.get(SERVICE)) for _ in range(50)]
    await accounts.asked.wait()
    accounts.answer.set()
    found = await asyncio.gather(*asking)
    assert (len(set(map(id, found))), accounts.lookups) == (1, 1)


async def test_whoever_is_cancelled_while_asking_takes_nobody_along(time: Time) -> None:
    accounts = HeldAccounts(a_service())
    cache = CredentialsCache(accounts, monotonic=time)
    first, second = (asyncio.ensure_future(cache.get(SERVICE)) for _ in range(2))
    await accounts.asked.wait()
    first.cancel()
    accounts.answer.set()
    assert await second is not None


async def test_a_stale_entry_is_used_while_nobody_can_be_asked(
    cache: CredentialsCache, accounts: FakeAccounts, time: Time
) -> None:
    await cache.get(SERVICE)
    accounts.failure = Unavailable("away")
    time.now_s += 60
    assert await cache.get(SERVICE) is not None
    time.now_s += 1.1
    with pytest.raises(Unavailable):
        await cache.get(SERVICE)


async def test_a_service_that_was_never_seen_cannot_be_let_in(
    cache: CredentialsCache, accounts: FakeAccounts
) -> None:
    accounts.failure = Unavailable("away")
    with pytest.raises(Unavailable):
        await cache.get(SERVICE)


async def test_after_a_failure_nobody_waits_for_another_one_at_once(
    cache: CredentialsCache, accounts: FakeAccounts, time: Time
) -> None:
    accounts.failure = Unavailable("away")
    for _ in range(5):
        with pytest.raises(ServiceError):
            await cache.get(SERVICE)
    assert accounts.lookups == 1
    time.now_s += 1
    accounts.failure = None
    assert await cache.get(SERVICE) is not None


async def test_made_up_ids_do_not_grow_the_cache_nor_drive_out_real_services(
    cache: CredentialsCache, accounts: FakeAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "_MAX_UNKNOWN", 10)
    await cache.get(SERVICE)
    for _ in range(100):
        await cache.get(uuid4())
    before = accounts.lookups
    await cache.get(SERVICE)
    assert accounts.lookups == before
    assert len(cache._unknown) == 10

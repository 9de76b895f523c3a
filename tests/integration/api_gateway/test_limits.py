"""The rate limit and the daily limit, counted in a real Valkey."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from notifyrules.daily_limits import until_tomorrow
from notifyrules.statuses import KeyType, NotificationType
from servicekit.clock import FixedClock
from servicekit.errors import DeadlineExceeded, QuotaExceeded, RateLimited, RuleBroken
from servicekit.valkey import make_valkey
from services.api_gateway.auth import Caller
from services.api_gateway.credentials import Credentials
from services.api_gateway.limits import Limits, Place, rate_limited
from tests.unit.api_gateway.fakes import NOW, a_key, a_service
from tests.valkey import Valkey, start_valkey

SMS, EMAIL, LETTER = NotificationType.SMS, NotificationType.EMAIL, NotificationType.LETTER


@pytest.fixture
async def valkey(valkey_url: str) -> AsyncIterator[Redis]:
    client = a_patient_client(valkey_url)
    yield client
    await client.aclose()


def a_patient_client(url: str) -> Redis:
    """The gateway's client, but on a busy machine a slow answer is no reason to let everything pass."""
    client = make_valkey(url)
    client.connection_pool.connection_kwargs |= {"socket_timeout": 10, "socket_connect_timeout": 10}
    return client


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def limits(valkey: Redis, clock: FixedClock) -> Limits:
    return Limits(valkey, clock)


def a_fresh_service(**changes: object) -> Credentials:
    return a_service(str(uuid4()), **changes)


def a_caller(service: Credentials, key: str = "normal") -> Caller:
    return Caller(service, a_key(key))


async def passes(limits: Limits, caller: Caller, kind: NotificationType = SMS) -> bool:
    try:
        async with await limits.check(caller, kind):
            return True
    except (RateLimited, QuotaExceeded):
        return False


async def store(limits: Limits, caller: Caller, kind: NotificationType = SMS) -> None:
    """What a request does whose message is stored."""
    async with await limits.check(caller, kind) as place:
        place.keep()


async def passed_of(limits: Limits, caller: Caller, requests: int) -> int:
    return sum(await asyncio.gather(*(passes(limits, caller) for _ in range(requests))))


@pytest.mark.parametrize(
    ("rate", "passed"),
    [(0, 0), (1, 1), (3, 1), (4, 2), (60, 20), (2_994, 998), (3_000, 999), (1_000_000, 999)],
)
async def test_a_burst_of_one_less_than_the_capacity_passes(limits: Limits, rate: int, passed: int) -> None:
    caller = a_caller(a_fresh_service(rate_limit=rate, daily_limits=dict.fromkeys(NotificationType, 10**6)))
    measured = await passed_of(limits, caller, passed + 20)
    # Tokens come back while the burst goes on.
    assert passed <= measured <= passed + (20 if rate > 1_000 else 0)


async def set_bucket(valkey: Redis, service: Credentials, tokens: int, ago: timedelta) -> None:
    """Put a bucket where it would be some time after it was left with so many tokens."""
    seconds, micros = await valkey.time()
    since_us = int(seconds) * 1_000_000 + int(micros) - ago // timedelta(microseconds=1)
    await valkey.set(f"notify:rate:{service.service_id}:normal", f"{tokens} {since_us}")


@pytest.mark.parametrize(
    ("tokens", "ago_s", "passed"),
    [
        (0, 0, False),
        (0, 19, False),
        (0, 21, False),  # one token came back, and is taken: none is left
        (0, 41, True),
        (1, 21, True),
        (2, 0, True),
        (0, 10_000, True),
        (1_000, 0, True),  # the limit was lowered meanwhile
        (0, -10_000, False),  # a clock that went back
    ],
)
async def test_tokens_come_back_whole(
    limits: Limits, valkey: Redis, tokens: int, ago_s: int, passed: bool
) -> None:
    service = a_fresh_service(rate_limit=3)
    await set_bucket(valkey, service, tokens, timedelta(seconds=ago_s))
    assert await passes(limits, a_caller(service)) is passed


async def test_time_towards_the_next_token_is_kept(limits: Limits, valkey: Redis) -> None:
    service = a_fresh_service(rate_limit=60)
    await set_bucket(valkey, service, 1, timedelta(seconds=1.9))
    await limits.check(a_caller(service), SMS)
    left = await valkey.get(f"notify:rate:{service.service_id}:normal")
    seconds, micros = await valkey.time()
    assert isinstance(left, bytes)
    tokens, since_us = map(int, left.split())
    behind_s = (int(seconds) * 1_000_000 + int(micros) - since_us) / 1_000_000
    assert (tokens, 0.9 <= behind_s < 1.0) == (1, True)


async def test_what_a_client_is_told_when_it_comes_too_soon(limits: Limits) -> None:
    caller = a_caller(a_fresh_service(rate_limit=3), "team")
    await limits.check(caller, SMS)
    with pytest.raises(RateLimited) as refused:
        await limits.check(caller, SMS)
    assert refused.value.message == "Exceeded rate limit for key type TEAM of 3 requests per 60 seconds"
    assert timedelta(seconds=38) < refused.value.retry_after <= timedelta(seconds=40)


async def test_each_type_of_key_has_a_bucket_of_its_own(limits: Limits) -> None:
    service = a_fresh_service(rate_limit=3)
    assert [await passes(limits, a_caller(service, key)) for key in ("normal", "team", "test")] == [True] * 3
    assert [await passes(limits, a_caller(service, key)) for key in ("normal", "team", "test")] == [False] * 3


async def test_a_bucket_goes_when_it_would_be_full(limits: Limits, valkey: Redis) -> None:
    service = a_fresh_service(rate_limit=3)
    await limits.check(a_caller(service), SMS)
    life_ms = await valkey.pttl(f"notify:rate:{service.service_id}:normal")
    assert 39_000 < life_ms <= 41_000


async def test_the_daily_limit(limits: Limits) -> None:
    caller = a_caller(a_fresh_service(daily_limits={SMS: 3, EMAIL: 3, LETTER: 3}))
    for _ in range(3):
        await store(limits, caller)
    with pytest.raises(QuotaExceeded) as refused:
        await limits.check(caller, SMS)
    assert refused.value.message == "Exceeded send limits (sms: 3) for today"
    assert await passes(limits, caller, EMAIL)


async def test_no_more_pass_at_once_than_the_day_has_places(limits: Limits) -> None:
    caller = a_caller(a_fresh_service(daily_limits=dict.fromkeys(NotificationType, 7)))
    asked = await asyncio.gather(*(limits.check(caller, SMS) for _ in range(50)), return_exceptions=True)
    assert sum(isinstance(answer, Place) for answer in asked) == 7


async def test_what_two_gateways_let_pass_is_one_count(valkey: Redis, clock: FixedClock) -> None:
    gateways = [Limits(valkey, clock), Limits(valkey, clock)]
    caller = a_caller(a_fresh_service(daily_limits=dict.fromkeys(NotificationType, 5)))
    asked = await asyncio.gather(
        *(gateways[turn % 2].check(caller, SMS) for turn in range(20)), return_exceptions=True
    )
    assert sum(isinstance(answer, Place) for answer in asked) == 5


@pytest.mark.parametrize("failure", [RuleBroken("TEMPLATE_NOT_FOUND", "no"), asyncio.CancelledError()])
async def test_a_message_that_was_not_stored_gives_its_place_back(
    limits: Limits, failure: BaseException
) -> None:
    caller = a_caller(a_fresh_service(daily_limits=dict.fromkeys(NotificationType, 1)))
    with pytest.raises(type(failure)):
        async with await limits.check(caller, SMS):
            raise failure
    assert await passes(limits, caller)


async def test_a_message_whose_fate_is_not_known_is_counted(limits: Limits) -> None:
    caller = a_caller(a_fresh_service(daily_limits=dict.fromkeys(NotificationType, 1)))
    with pytest.raises(DeadlineExceeded):
        async with await limits.check(caller, SMS):
            raise DeadlineExceeded
    assert not await passes(limits, caller)


async def test_what_is_given_back_to_a_count_that_was_lost_changes_nothing(
    limits: Limits, valkey: Redis
) -> None:
    caller = a_caller(a_fresh_service())
    async with await limits.check(caller, SMS):
        await valkey.delete(f"notify:sent:{caller.service.service_id}:sms:2026-03-04")
    assert await valkey.get(f"notify:sent:{caller.service.service_id}:sms:2026-03-04") is None


async def test_a_request_that_comes_too_soon_takes_no_place(limits: Limits, valkey: Redis) -> None:
    caller = a_caller(a_fresh_service(rate_limit=3))
    await asyncio.gather(*(limits.check(caller, SMS) for _ in range(5)), return_exceptions=True)
    assert await valkey.get(f"notify:sent:{caller.service.service_id}:sms:2026-03-04") == b"1"


async def test_a_request_that_is_counted_elsewhere_takes_no_place(limits: Limits, valkey: Redis) -> None:
    caller = a_caller(a_fresh_service(rate_limit=3))
    await limits.check_rate(caller)
    with pytest.raises(RateLimited):
        await limits.check_rate(caller)
    assert await valkey.keys(f"notify:sent:{caller.service.service_id}:*") == []


async def test_live_and_team_keys_share_a_count_and_test_keys_have_none(limits: Limits) -> None:
    service = a_fresh_service(daily_limits={SMS: 2, EMAIL: 2, LETTER: 2})
    for key in ("normal", "team", "test", "test", "test"):
        await store(limits, a_caller(service, key))
    assert [await passes(limits, a_caller(service, key)) for key in ("normal", "team", "test")] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("restricted", "limit", "passed"), [(False, 0, False), (False, 1, True), (True, 0, True)]
)
async def test_a_test_keys_daily_limit(limits: Limits, restricted: bool, limit: int, passed: bool) -> None:
    service = a_fresh_service(restricted=restricted, daily_limits=dict.fromkeys(NotificationType, limit))
    assert await passes(limits, a_caller(service, "test")) is passed


async def test_a_refusal_for_the_day_tells_when_the_next_one_begins(limits: Limits) -> None:
    caller = a_caller(a_fresh_service(daily_limits=dict.fromkeys(NotificationType, 0)))
    with pytest.raises(QuotaExceeded) as refused:
        await limits.check(caller, LETTER)
    assert getattr(refused.value, "retry_after", None) == until_tomorrow(NOW)


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (datetime(2026, 3, 4, 23, 59, 59, tzinfo=UTC), timedelta(seconds=1)),
        (datetime(2026, 3, 4, tzinfo=UTC), timedelta(days=1)),
    ],
)
def test_how_long_a_day_lasts(now: datetime, left: timedelta) -> None:
    assert until_tomorrow(now) == left


async def test_a_new_day_begins_at_midnight_utc(limits: Limits, clock: FixedClock) -> None:
    caller = a_caller(a_fresh_service(daily_limits=dict.fromkeys(NotificationType, 1)))
    await store(limits, caller)
    clock.advance(until_tomorrow(NOW) - timedelta(seconds=1))
    assert not await passes(limits, caller)
    clock.advance(timedelta(seconds=1))
    assert await passes(limits, caller)


async def test_a_count_lives_for_a_day(limits: Limits, valkey: Redis) -> None:
    caller = a_caller(a_fresh_service())
    for _ in range(3):
        await store(limits, caller, EMAIL)
    key = f"notify:sent:{caller.service.service_id}:email:2026-03-04"
    assert await valkey.get(key) == b"3"
    assert 86_000 < await valkey.ttl(key) <= 86_400


async def test_many_services_in_one_call_keep_apart(limits: Limits) -> None:
    callers = [a_caller(a_fresh_service(rate_limit=3)) for _ in range(50)]
    passed = await asyncio.gather(*(passes(limits, caller) for caller in callers * 3))
    assert sum(passed) == 50


async def test_the_rate_comes_before_the_day(limits: Limits) -> None:
    caller = a_caller(a_fresh_service(rate_limit=0, daily_limits=dict.fromkeys(NotificationType, 0)))
    with pytest.raises(RateLimited):
        await limits.check(caller, SMS)


async def test_without_a_store_everything_passes() -> None:
    limits = Limits(None, FixedClock(NOW))
    caller = a_caller(a_fresh_service(rate_limit=0, daily_limits=dict.fromkeys(NotificationType, 0)))
    await store(limits, caller)


async def test_while_the_store_is_away_everything_passes_at_once_and_later_limits_hold_again() -> None:
    server: Valkey = start_valkey()
    client = a_patient_client(server.url)
    limits = Limits(client, FixedClock(NOW))
    limits._guard._pause_s = 3_600
    caller = a_caller(a_fresh_service(rate_limit=0))
    try:
        assert not await passes(limits, caller)
        server.kill()
        assert await passes(limits, caller)
        skipped = limits._guard.skipped
        assert await passed_of(limits, caller, 500) == 500
        assert limits._guard.skipped > skipped
        server.start()
        limits._guard._closed_until = 0
        assert not await passes(limits, caller)
    finally:
        await client.aclose()
        server.stop()


def test_key_types_are_shown_in_words() -> None:
    shown = {kind: str(rate_limited(kind, 3, timedelta())) for kind in KeyType}
    assert [text.split()[6] for text in shown.values()] == ["LIVE", "TEAM", "TEST"]

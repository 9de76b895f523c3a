"""How the providers' weights move by themselves: away from one that fails or is slow, and slowly back to
rest.

The rules are the public contract's: 10 points at a time, never two moves within the guard's time, none unless
two providers are active. A change by hand counts as a move, so what somebody set holds for as long. Rows are
locked while a move is decided, so several processes may find the same. The limits are documented at each
constant. What a weight does: `failover.py`. Times of delivery: `delivery_times.py`."""

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from redis.asyncio import Redis

from providerkit.providers import (
    MAX_WEIGHT,
    SYSTEM_USER,
    ChangeProviders,
    ChangeRecord,
    Provider,
    ProviderChange,
)
from servicekit.clock import Clock
from servicekit.logs import get_logger
from servicekit.valkey import FailOpen
from services.sms import metrics
from services.sms.clients.provider import ProviderName
from services.sms.delivery_times import SlowShare

STEP: Final = 10
ERROR_WINDOW_S: Final = 60
MOST_ERRORS: Final = 50
"""More failed requests than this in the window move the weight."""
GUARD_AFTER_ERRORS: Final = timedelta(minutes=1)
GUARD_AFTER_SLOWNESS: Final = timedelta(minutes=5)
GUARD_BEFORE_REST: Final = timedelta(minutes=15)
SLOW_SHARE: Final = 0.15
"""Of the texts of the last 15 minutes, so many took, or have taken, 5 minutes or more."""
_KEY_LIFE_S: Final = 2 * ERROR_WINDOW_S

_log = get_logger()


def reduced(providers: Sequence[Provider], name: str, *, unchanged_since: datetime) -> list[ProviderChange]:
    """10 points from one provider to the other, unless either changed after `unchanged_since`."""
    active = _two_active(providers, unchanged_since)
    if name not in {provider.name for provider in active}:
        return []
    changes = []
    for provider in active:
        step = -STEP if provider.name == name else STEP
        weight = min(MAX_WEIGHT, max(0, provider.weight + step))
        changes.append(ProviderChange(name=provider.name, weight=weight))
    return changes


def nearer_to_rest(providers: Sequence[Provider], *, unchanged_since: datetime) -> list[ProviderChange]:
    """10 points, or what is left, towards the resting weight of each, unless one changed meanwhile."""
    return [
        ProviderChange(name=provider.name, weight=_towards(provider.weight, provider.resting_weight))
        for provider in _two_active(providers, unchanged_since)
        if provider.weight != provider.resting_weight
    ]


def _two_active(providers: Sequence[Provider], unchanged_since: datetime) -> list[Provider]:
    """Both active providers; none when there are not two, or one of them changed."""
    active = [provider for provider in providers if provider.active]
    if len(active) != 2 or any(provider.updated_at > unchanged_since for provider in active):
        return []
    return active


def _towards(weight: int, goal: int) -> int:
    return max(goal, weight - STEP) if weight > goal else min(goal, weight + STEP)


class ErrorWindow:
    """Failed requests of the last 60 s, by provider: of all processes while Valkey answers, else of this one.

    One key for each provider and second. Failures are added up here and written once a second: a provider
    that is down can fail a thousand times in it."""

    def __init__(self, valkey: Redis | None, clock: Clock) -> None:
        self._valkey = valkey
        self._store = FailOpen("sms error window")
        self._clock = clock
        self._unwritten: Counter[tuple[ProviderName, int]] = Counter()
        self._local: deque[tuple[int, ProviderName]] = deque()

    def note(self, provider: ProviderName) -> None:
        """A request failed."""
        second = self._second()
        self._unwritten[provider, second] += 1
        self._local.append((second, provider))

    async def counts(self) -> Mapping[ProviderName, int]:
        """Failures of the last 60 s. Empty when this process saw none: those who did will look."""
        now = self._second()
        while self._local and self._local[0][0] <= now - ERROR_WINDOW_S:
            self._local.popleft()
        local = Counter(provider for _, provider in self._local)
        unwritten, self._unwritten = self._unwritten, Counter()
        if not local or self._valkey is None:
            return local
        valkey = self._valkey
        return await self._store.call(lambda: _exchange(valkey, unwritten, now), local)

    def _second(self) -> int:
        return int(self._clock.now().timestamp())


async def _exchange(
    valkey: Redis, unwritten: Mapping[tuple[ProviderName, int], int], now: int
) -> Mapping[ProviderName, int]:
    """Add what is unwritten, and read what all processes wrote."""
    pipeline = valkey.pipeline(transaction=False)
    for (provider, second), count in unwritten.items():
        pipeline.incrby(_key(provider, second), count)
        pipeline.expire(_key(provider, second), _KEY_LIFE_S)
    seconds = range(now - ERROR_WINDOW_S + 1, now + 1)
    for provider in ProviderName:
        pipeline.mget([_key(provider, second) for second in seconds])
    answers = await pipeline.execute()
    values = answers[-len(ProviderName) :]
    return {
        provider: sum(int(value) for value in found if value is not None)
        for provider, found in zip(ProviderName, values, strict=True)
    }


def _key(provider: ProviderName, second: int) -> str:
    return f"sms:failed:{provider}:{second}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Balancing:
    """The three rules, each one round; `__main__` repeats them."""

    change_providers: ChangeProviders
    slow_shares: Callable[[datetime], Awaitable[Mapping[ProviderName, SlowShare]]]
    """Of the last 15 minutes, at a time."""
    errors: ErrorWindow
    clock: Clock

    async def look_at_errors(self) -> None:
        """Every second, in every process: move weight away from a provider that fails much."""
        for provider, count in (await self.errors.counts()).items():
            if count > MOST_ERRORS:
                await self._reduce(
                    provider, GUARD_AFTER_ERRORS, f"{provider}: more than {MOST_ERRORS} errors"
                )

    async def look_at_slowness(self) -> None:
        """Every minute, once in the cluster: move weight away from a slow provider while the other is not
        slow."""
        shares = await self.slow_shares(self.clock.now())
        metrics.record_slow_shares({name: share.share for name, share in shares.items()})
        slow = [name for name in ProviderName if name in shares and shares[name].share >= SLOW_SHARE]
        if len(slow) == 1:
            await self._reduce(slow[0], GUARD_AFTER_SLOWNESS, f"{slow[0]}: slow delivery")

    async def tend_to_rest(self) -> None:
        """Every 5 minutes, once in the cluster: bring weights nearer to where they rest."""
        now = self.clock.now()
        record = _by_rule("back towards the resting weight", now)
        _log_moved(
            await self.change_providers(
                lambda providers: nearer_to_rest(providers, unchanged_since=now - GUARD_BEFORE_REST), record
            )
        )

    async def _reduce(self, name: ProviderName, guard: timedelta, reason: str) -> None:
        now = self.clock.now()
        record = _by_rule(reason, now)
        _log_moved(
            await self.change_providers(
                lambda providers: reduced(providers, name, unchanged_since=now - guard), record
            )
        )


def _by_rule(reason: str, now: datetime) -> ChangeRecord:
    return ChangeRecord(reason=reason, changed_by=SYSTEM_USER, at=now, is_automatic=True)


def _log_moved(changed: Sequence[Provider]) -> None:
    for provider in changed:
        _log.warning(
            "provider_weight_moved",
            provider=provider.name,
            weight=provider.weight,
            version=provider.version,
            reason=provider.update_reason,
        )

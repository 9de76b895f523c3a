"""How much a service may send: the rate limit and the daily limit (public contract, section 4), counted in
Valkey.

Requests that arrive together are checked by one script call, which takes each one's place in the day as well:
no more pass at once than may be sent, and a message that is stored costs no second call. A place is given back
when nothing was stored. While Valkey is away everything passes, at once. The limit of texts abroad is the
notifications service's, as the number is only known there (docs/adr/0006-daily-limits-are-reserved.md).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple

from redis.asyncio import Redis

from notifyrules.daily_limits import (
    RATE,
    LimitKind,
    counter_name,
    is_counted,
    limit_for,
    refusal,
    until_tomorrow,
    value_at,
)
from notifyrules.statuses import KeyType, NotificationType
from servicekit.batching import Batcher
from servicekit.clock import Clock
from servicekit.counters import RESERVE_LUA
from servicekit.errors import DeadlineExceeded, QuotaExceeded, RateLimited, ServiceError, Unavailable
from servicekit.valkey import FailOpen
from services.api_gateway import metrics
from services.api_gateway.auth import Caller
from services.api_gateway.credentials import Credentials

_SHOWN_KEY_TYPES: Final = {KeyType.NORMAL: "LIVE", KeyType.TEAM: "TEAM", KeyType.TEST: "TEST"}
_SCRIPT: Final = RESERVE_LUA + Path(__file__).with_name("limits.lua").read_text(encoding="utf-8")
_NOT_COUNTED: Final = -1
_GIVE_BACK: Final = -1
_PLAN_LIFE: Final = timedelta(seconds=1)
_MAX_PLANS: Final = 10_000


class _Question(NamedTuple):
    """One request's part of a script call."""

    bucket: str
    counter: str
    rate: int
    """Requests a minute; _GIVE_BACK gives a place back instead."""
    limit: int
    """Of the day; _NOT_COUNTED takes no place."""


class _Reply(NamedTuple):
    """What the script said of one request."""

    allowed: bool
    wait: timedelta
    placed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What a kind of message of a caller is held against, for a moment."""

    service: Credentials
    of_day: LimitKind
    rate: int
    limit: int
    is_counted: bool
    question: _Question
    since: datetime
    until: datetime


def _made_plan(caller: Caller, kind: NotificationType, now: datetime) -> _Plan:
    service, key = caller.service, caller.key
    of_day = LimitKind(kind.value)
    own = value_at(of_day.value, service.daily_limits[kind], service.temporary_limits, now)
    rate = value_at(RATE, service.rate_limit, service.temporary_limits, now)
    limit = limit_for(of_day, own, key.type, restricted=service.restricted)
    # A limit of nought needs no count: it refuses test keys too, and at a glance.
    takes_place = is_counted(key.type) and limit > 0
    ends = [each.ends_at for each in service.temporary_limits if each.ends_at > now]
    return _Plan(
        service=service,
        of_day=of_day,
        rate=rate,
        limit=limit,
        is_counted=takes_place,
        question=_Question(
            bucket=_bucket(caller),
            counter=counter_name(service.service_id, of_day, now),
            rate=max(rate, 0),
            limit=limit if takes_place else _NOT_COUNTED,
        ),
        since=now,
        until=min([now + _PLAN_LIFE, now + until_tomorrow(now), *ends]),
    )


class Place:
    """A message's place in its service's day: `async with` gives it back unless `keep` was called."""

    __slots__ = ("_counter", "_limits")

    def __init__(self, limits: "Limits", counter: str | None) -> None:
        self._limits = limits
        self._counter = counter

    def keep(self) -> None:
        """The message was stored."""
        self._counter = None

    async def __aenter__(self) -> "Place":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Whether a call that ran out of time stored its message is not known: better counted than sent free.
        if self._counter is not None and not isinstance(exc, DeadlineExceeded):
            await self._limits.give_back(self._counter)


class Limits:
    """Checks and counts. Without a client nothing is limited."""

    def __init__(self, valkey: Redis | None, clock: Clock) -> None:
        self._clock = clock
        self._script = None if valkey is None else valkey.register_script(_SCRIPT)
        self._guard = FailOpen("limits")
        self._batcher: Batcher[_Question, _Reply | None] = Batcher(
            self._ask, name="limit checks", max_items=256, max_in_flight=2
        )
        self._plans: dict[tuple[str, KeyType, NotificationType], _Plan] = {}

    async def check(self, caller: Caller, kind: NotificationType) -> Place:
        """Take one request of the caller into account, before its body is looked at; answers the place that
        its message has in the day.

        Raises RateLimited, or QuotaExceeded when the messages of today are used up.
        """
        now = self._clock.now()
        plan = self._plan(caller, kind, now)
        reply = await self._reply(plan.question)
        if reply is None:
            return Place(self, None)
        if not reply.allowed:
            raise rate_limited(caller.key.type, plan.rate, reply.wait)
        if plan.limit < 1 or not reply.placed:
            raise DailyLimitReached(plan.of_day, plan.limit, until_tomorrow(now))
        return Place(self, plan.question.counter if plan.is_counted else None)

    def _plan(self, caller: Caller, kind: NotificationType, now: datetime) -> "_Plan":
        """What a kind of message of a caller is held against; worked out once in a second for as long as what is known
        of the service stays the same.
        """
        name = (caller.service.service_id, caller.key.type, kind)
        plan = self._plans.get(name)
        if plan is None or plan.service is not caller.service or not plan.since <= now < plan.until:
            if len(self._plans) >= _MAX_PLANS:
                self._plans.clear()
            plan = self._plans[name] = _made_plan(caller, kind, now)
        return plan

    async def check_rate(self, caller: Caller) -> None:
        """Take one request into account whose messages are counted later, by who makes them. Raises
        RateLimited.
        """
        service = caller.service
        rate = value_at(RATE, service.rate_limit, service.temporary_limits, self._clock.now())
        bucket = _bucket(caller)
        reply = await self._reply(_Question(bucket, bucket, max(rate, 0), _NOT_COUNTED))
        if reply is not None and not reply.allowed:
            raise rate_limited(caller.key.type, rate, reply.wait)

    async def give_back(self, counter: str) -> None:
        """Give one place of a count back."""
        await self._reply(_Question(counter, counter, _GIVE_BACK, _NOT_COUNTED))

    async def close(self) -> None:
        """Finish what was begun."""
        await self._batcher.close()

    async def _reply(self, question: _Question) -> _Reply | None:
        """The script's answer; None when nobody can be asked."""
        if self._script is None:
            return None
        try:
            return await self._batcher.submit(question)
        except Unavailable:
            metrics.count_open_checks(1)
            return None

    async def _ask(self, questions: list[_Question]) -> Sequence[_Reply | None]:
        """Ask once for all that is the same: of a busy service's requests one part of the script's work is
        left.
        """
        groups = Counter(questions)
        numbers = await self._guard.call(lambda: self._run(groups), None)
        if numbers is None:
            metrics.count_open_checks(len(questions))
            return [None] * len(questions)
        left = {
            question: _Left(allowed, timedelta(milliseconds=wait_ms), placed)
            for question, allowed, wait_ms, placed in zip(
                groups, numbers[0::3], numbers[1::3], numbers[2::3], strict=True
            )
        }
        return [left[question].next_reply() for question in questions]

    async def _run(self, groups: Mapping[_Question, int]) -> list[int]:
        if self._script is None:
            raise Unavailable("no counter store is set")
        keys = [key for question in groups for key in (question.bucket, question.counter)]
        args = [
            number
            for question, requests in groups.items()
            for number in (requests, question.rate, question.limit)
        ]
        numbers: list[int] = await self._script(keys=keys, args=args)
        return numbers


@dataclass(slots=True)
class _Left:
    """What the script allows a group of equal requests, first come first served."""

    allowed: int
    wait: timedelta
    placed: int

    def next_reply(self) -> _Reply:
        self.allowed -= 1
        self.placed -= 1
        return _Reply(self.allowed >= 0, self.wait, self.placed >= 0)


class DailyLimitReached(QuotaExceeded):
    """QuotaExceeded that knows when the next day begins."""

    def __init__(self, kind: LimitKind, limit: int, retry_after: timedelta) -> None:
        super().__init__(
            kind.value, refusal(kind, limit), {"limit": str(limit)}, reason="DAILY_LIMIT_REACHED"
        )
        self.retry_after = retry_after


def rate_limited(key_type: KeyType, rate: int, wait: timedelta) -> ServiceError:
    """The refusal of a request that came too soon."""
    return RateLimited(
        f"Exceeded rate limit for key type {_SHOWN_KEY_TYPES[key_type]} of {rate} requests per 60 seconds",
        wait,
    )


def _bucket(caller: Caller) -> str:
    return f"notify:rate:{caller.service.service_id}:{caller.key.type}"

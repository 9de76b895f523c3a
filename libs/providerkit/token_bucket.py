"""A rate that all processes of a sender share: tokens come at equal intervals, and a request costs one.

In Valkey while it answers, by its own clock, so that no more requests are made in a second than the provider takes,
however many processes there are. While it is away each process has its even part of the rate (`processes`: how many
there are, as their database says).

A twentieth of the rate is kept back, and unused tokens pile up for 40 ms only: requests that the network moves
together must not look like more than was agreed, in whichever second the provider counts them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redis.asyncio import Redis

from servicekit.clock import monotonic
from servicekit.valkey import FailOpen

USED_SHARE: Final = 0.95
SAVED_S: Final = 0.04
_SCRIPT: Final = Path(__file__).with_name("token_bucket.lua").read_text(encoding="utf-8")
_MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Grant:
    """What was got of a rate."""

    tokens: int
    wait_s: float
    """In how many seconds there is the next one."""


class TokenBucket:
    """One provider's rate, as one process sees it."""

    def __init__(
        self,
        name: str,
        *,
        per_second: float,
        valkey: Redis | None,
        processes: Callable[[], int],
        now: Callable[[], float] = monotonic,
    ) -> None:
        """`per_second`: as agreed with the provider. `processes`: how many share it, this one included."""
        self._key = f"rate:{name}"
        self._per_second = per_second * USED_SHARE
        self._script = None if valkey is None else valkey.register_script(_SCRIPT)
        self._guard = FailOpen("provider rates")
        self._processes = processes
        self._now = now
        self._next_at = -math.inf

    @property
    def share_per_second(self) -> float:
        """This process's even part of the rate."""
        return self._per_second / max(self._processes(), 1)

    async def take(self, wanted: int) -> Grant:
        """Take up to `wanted` tokens that are there now. Raises nothing."""
        script = self._script
        if script is None:
            return self._take_own(wanted)
        interval = _MICROSECONDS / self._per_second
        arguments: list[str | int] = [f"{interval:.3f}", f"{SAVED_S * _MICROSECONDS:.0f}", wanted]
        answer = await self._guard.call(lambda: script(keys=[self._key], args=arguments), None)
        if answer is None:
            return self._take_own(wanted)
        taken, wait_us = answer
        return Grant(int(taken), int(wait_us) / _MICROSECONDS)

    def _take_own(self, wanted: int) -> Grant:
        """The same arithmetic on this process's part."""
        now, interval = self._now(), 1 / self.share_per_second
        next_at = max(self._next_at, now - SAVED_S)
        if next_at > now:
            return Grant(0, next_at - now)
        taken = min(wanted, int((now - next_at) / interval) + 1)
        self._next_at = next_at + taken * interval
        return Grant(taken, max(0.0, self._next_at - now))

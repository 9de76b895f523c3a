"""How much one provider is asked: requests under way at once, and requests a second.

A gate is in front of each provider, in each process. Whoever finds it closed asks another provider, or waits in line
for half a second at most, or hands the message back: nobody else's message waits for a slow or a full provider.
`capacity` tells leasing how much may be taken out of the queue, so that what can't be sent now stays where others may
overtake it.

    if await gate.enter(patience_s=0):
        try:
            ...  # one request
        finally:
            gate.leave()

Not here: which provider is asked (the sender's own), and what the rate is (`token_bucket`).
"""

import asyncio
import math
import random
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from deliverykit.types import PROVIDER_BUSY, RetryLater
from providerkit import metrics
from providerkit.token_bucket import TokenBucket
from servicekit.clock import monotonic

PATIENCE_S: Final = 0.5
"""How long a message waits in line before it is handed back."""
LINE_S: Final = 0.25
"""Of so many seconds' tokens the line may be: the shorter, the sooner a message of priority gets its turn."""
_COME_AGAIN_S: Final = (0.5, 1.5)
_LONGEST_DELAY_S: Final = 60.0
_SPARE_TOKENS_FOR_S: Final = 0.1
"""Tokens that were taken for messages that went away are not used later: they would come on top of the rate."""


class Gate:
    """One provider's gate in one process."""

    def __init__(self, provider: str, *, max_in_flight: int, bucket: TokenBucket | None = None) -> None:
        """`max_in_flight`: at least 1. `bucket`: the provider's rate; None without one."""
        self._provider = provider
        self._max_in_flight = max_in_flight
        self._places = asyncio.Semaphore(max_in_flight)
        self._through = 0
        self._bucket = bucket
        self._line = asyncio.Lock()
        self._in_line = 0
        self._spare = 0
        self._spare_until = 0.0
        self._empty_until = 0.0
        self._timetable = 0.0

    @property
    def capacity(self) -> int:
        """For how many messages there is a use just now: those under way, and those that get their turn soon."""
        if self._bucket is None:
            return self._max_in_flight
        line = math.ceil(self._bucket.share_per_second * LINE_S)
        return min(self._max_in_flight, self._through + line)

    async def enter(self, patience_s: float) -> bool:
        """Get through, at most after `patience_s`; whether that was possible. Who got through must `leave`."""
        if patience_s <= 0:
            entered = await self._enter_now()
        elif self._in_line >= self._longest_line(patience_s):
            entered = False
        else:
            self._in_line += 1
            try:
                async with asyncio.timeout(patience_s):
                    await self._enter_in_turn()
                entered = True
            except TimeoutError:
                entered = False
            finally:
                self._in_line -= 1
        if entered:
            self._through += 1
        else:
            metrics.record_passed_over(self._provider)
        return entered

    def leave(self) -> None:
        """The request ended."""
        self._through -= 1
        self._places.release()

    def hand_back(self) -> RetryLater:
        """What to report for a message that did not get through.

        It comes again when, by the provider's rate, its turn is: else a thousand messages for a full provider would be
        leased again and again.
        """
        if self._bucket is None:
            delay_s = random.uniform(*_COME_AGAIN_S)
        else:
            now = monotonic()
            begin = max(self._timetable, now + _COME_AGAIN_S[0])
            self._timetable = begin + 1 / self._bucket.share_per_second
            delay_s = min(begin - now, _LONGEST_DELAY_S)
        return RetryLater(error_code=PROVIDER_BUSY, delay=timedelta(seconds=delay_s), no_provider=True)

    def measure(self) -> None:
        """Tell the metrics how the gate stands."""
        metrics.record_gate(self._provider, in_flight=self._through, waiting=self._in_line)

    def _longest_line(self, patience_s: float) -> int:
        """Nobody behind so many would get a turn in time."""
        if self._bucket is None:
            return self._max_in_flight
        return math.ceil(self._bucket.share_per_second * patience_s)

    async def _enter_now(self) -> bool:
        if self._places.locked() or self._line.locked():
            return False
        await self._places.acquire()
        entered = False
        try:
            entered = self._bucket is None or await self._token_now(self._bucket)
        finally:
            if not entered:
                self._places.release()
        return entered

    async def _enter_in_turn(self) -> None:
        await self._places.acquire()
        if self._bucket is None:
            return
        try:
            async with self._line:
                while not await self._token_now(self._bucket):  # noqa: ASYNC110 -- no event tells of a token
                    await asyncio.sleep(max(self._empty_until - monotonic(), 0.001))
        except BaseException:
            self._places.release()
            raise

    async def _token_now(self, bucket: TokenBucket) -> bool:
        now = monotonic()
        if self._spare and now < self._spare_until:
            self._spare -= 1
            return True
        if now < self._empty_until:
            return False
        grant = await bucket.take(max(1, self._in_line))
        if grant.tokens:
            self._spare, self._spare_until = grant.tokens - 1, monotonic() + _SPARE_TOKENS_FOR_S
            return True
        self._empty_until = monotonic() + grant.wait_s
        return False


def capacity_of(gates: Iterable[Gate]) -> int:
    """For how many messages there is a use at any of the gates."""
    return sum(gate.capacity for gate in gates)

"""Admission: when more comes in than can be served, some requests are told so at once instead of all being late.

Nothing is configured: a door counts who is inside and how many leave in a second, and lets in as many as leave within
half a second. Requests that find it full are answered 503 with `Retry-After` before their token or body is looked at,
which costs a small part of what serving them would; those inside are served at full speed meanwhile. Looking at how
long the one at the head of the queue has waited instead tells too late: at five times the rate that can be served, two
and a half seconds' worth have come in by the time the head is half a second old (measured).

A pause of what is behind, such as a database that fails over, must not turn away the few requests of a quiet hour:
some are let in however slowly others leave. Receipts of providers, health checks and pages have no door. Called by the
application for each request of a route that has a door; made in `wiring`.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from servicekit.clock import monotonic
from servicekit.errors import Unavailable
from servicekit.logs import get_logger
from services.api_gateway.errors import Shape, error_answer
from services.api_gateway.http import Answer

LONGEST_STAY_S: Final = 0.5
"""What somebody is let in for. The promise is that no answer takes 2 s; a rate that falls is noticed late."""
ALWAYS_TAKEN: Final = 256
"""So many are inside at any rate: twice what travels to the notifications service at once, so that it is never idle."""
_BUSY: Final = 64
"""With fewer inside the rate tells what came in, not what can be served."""
_MEASURED_EVERY_S: Final = 0.2
_WEIGHT: Final = 0.4
_RETRY_AFTER_S: Final = range(1, 6)
"""Drawn at random, so that those who were turned away do not come back together."""

_log = get_logger()


class Door:
    """Lets requests in, or does not: `enter` before each one, and `leave` after each one that was let in."""

    def __init__(
        self,
        name: str,
        *,
        now: Callable[[], float] = monotonic,
        choose: Callable[[range], int] = random.choice,
    ) -> None:
        """`name`: sending or reading, for logs. `choose`: which of the times after which to come again."""
        self.name = name
        self._now = now
        self._choose = choose
        self._inside = 0
        self._room = ALWAYS_TAKEN
        self._rate: float | None = None
        self._left = 0
        self._measured_at = now()
        self._was_busy = False
        self._turned_away = 0
        self._told_at = 0.0
        self._answers = {seconds: _answer(seconds) for seconds in _RETRY_AFTER_S}

    @property
    def room(self) -> int:
        """How many may be inside."""
        return self._room

    def enter(self) -> Answer | None:
        """The answer for a request that cannot be served now; None for one that is let in."""
        if self._inside >= self._room:
            self._turned_away += 1
            return self._answers[self._choose(_RETRY_AFTER_S)]
        self._inside += 1
        return None

    def leave(self) -> None:
        """A request that was let in was answered."""
        self._inside -= 1
        self._left += 1
        if self._inside < _BUSY:
            self._was_busy = False
        now = self._now()
        if now - self._measured_at >= _MEASURED_EVERY_S:
            self._measure(now)

    def _measure(self, now: float) -> None:
        """Learn from the time since the last look, if there was enough to do all the while."""
        if self._was_busy:
            rate = self._left / (now - self._measured_at)
            self._rate = rate if self._rate is None else self._rate + (rate - self._rate) * _WEIGHT
            self._room = max(ALWAYS_TAKEN, round(self._rate * LONGEST_STAY_S))
        if self._turned_away and now - self._told_at >= 1.0:
            _log.warning("requests_turned_away", door=self.name, count=self._turned_away, room=self._room)
            self._told_at, self._turned_away = now, 0
        self._left, self._measured_at, self._was_busy = 0, now, self._inside >= _BUSY


def _answer(seconds: int) -> Answer:
    refused = Unavailable("Too much is being done", retry_after=timedelta(seconds=seconds))
    return error_answer(refused, Shape.V2)

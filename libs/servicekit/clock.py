"""The time: an injected clock for the wall, one function for durations.

Domain code takes a `Clock` and calls `now()`; it never reads the machine's clock itself, so tests choose
the time. Durations and deadlines use `monotonic()`, which never goes back. Called by every service.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

monotonic = time.monotonic
"""Seconds on a clock that never goes back; only differences mean anything."""


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    __slots__ = ()

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved: for tests."""

    __slots__ = ("_now",)

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware time")
        self._now = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move the clock; answers the new time."""
        self._now += by
        return self._now


def now() -> datetime:
    """The machine's time, aware, in UTC: for places that need no injected clock (logs, ids, tokens)."""
    return datetime.now(UTC)

"""When tasks run. Pure: no clock, no I/O. `tasks` asks for the next time and the latest one.

A time of a day is read in its zone: one that is said in London stays at that time there when clocks change.
A time that clocks skip is taken with the offset from before, one that they show twice is taken once, the
first time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final, Protocol

from notifyrules.london_time import LONDON, london_to_utc

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_LONGEST_WAIT_DAYS: Final = 366 * 8
"""The 29th of February may be eight years away."""
_NAMES_OF_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NAMES_OF_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip

MONDAY_TO_FRIDAY: Final = frozenset(range(5))
"""`weekdays` as `date.weekday` counts them: Monday is 0."""
_EVERY_WEEKDAY: Final = frozenset(range(7))
_EVERY_DAY: Final = frozenset(range(1, 32))
_EVERY_MONTH: Final = frozenset(range(1, 13))


class Zone(StrEnum):
    """Whose clocks a time is read from."""

    UTC = "UTC"
    LONDON = "London"


class Schedule(Protocol):
    """Tells when a task runs."""

    def next_after(self, moment: datetime) -> datetime:
        """The first time after a moment, in UTC."""
        ...

    def latest(self, moment: datetime) -> datetime:
        """The last time at or before a moment, in UTC."""
        ...

    def __str__(self) -> str:
        """In words, for people."""
        ...


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again: at whole multiples of the interval since 1970, in UTC."""

    interval: timedelta

    def __post_init__(self) -> None:
        if self.interval < timedelta(seconds=1):
            raise ValueError("an interval is a second at least")

    def next_after(self, moment: datetime) -> datetime:
        """See `Schedule`."""
        return self.latest(moment) + self.interval

    def latest(self, moment: datetime) -> datetime:
        """See `Schedule`."""
        return _EPOCH + (moment - _EPOCH) // self.interval * self.interval

    def __str__(self) -> str:
        for unit, length in (("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
            count, rest = divmod(self.interval, length)
            if not rest:
                return f"every {unit}" if count == 1 else f"every {count} {unit}s"
        return f"every {self.interval.total_seconds():g} seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """At times of the day, on every day or on some."""

    times: tuple[time, ...]
    zone: Zone = Zone.UTC
    weekdays: frozenset[int] = field(default=_EVERY_WEEKDAY)  # 0: Monday
    days: frozenset[int] = field(default=_EVERY_DAY)  # of the month
    months: frozenset[int] = field(default=_EVERY_MONTH)

    def __post_init__(self) -> None:
        if not self.times or any(each.tzinfo is not None for each in self.times):
            raise ValueError("times are wanted, without a zone of their own")

    def next_after(self, moment: datetime) -> datetime:
        """See `Schedule`. Raises ValueError where no such day exists."""
        # From the day before: a time that clocks skip belongs to a day that is over in UTC, or not begun.
        for when in self._days(moment.astimezone(self._tzinfo()).date() - _DAY, _DAY):
            times = [each for each in self._moments(when) if each > moment]
            if times:
                return min(times)
        raise ValueError(f"{self} never comes")

    def latest(self, moment: datetime) -> datetime:
        """See `Schedule`. Raises ValueError where no such day exists."""
        for when in self._days(moment.astimezone(self._tzinfo()).date() + _DAY, -_DAY):
            times = [each for each in self._moments(when) if each <= moment]
            if times:
                return max(times)
        raise ValueError(f"{self} never came")

    def _days(self, start: date, step: timedelta) -> Iterator[date]:
        for offset in range(_LONGEST_WAIT_DAYS):
            when = start + offset * step
            if when.weekday() in self.weekdays and when.day in self.days and when.month in self.months:
                yield when

    def _moments(self, when: date) -> list[datetime]:
        walls = [datetime.combine(when, each) for each in self.times]
        if self.zone is Zone.LONDON:
            return [london_to_utc(wall) for wall in walls]
        return [wall.replace(tzinfo=UTC) for wall in walls]

    def _tzinfo(self) -> tzinfo:
        return LONDON if self.zone is Zone.LONDON else UTC

    def __str__(self) -> str:
        times = " and ".join(each.strftime("%H:%M") for each in self.times)
        return f"{self._days_in_words()} at {times} {self.zone.value}"

    def _days_in_words(self) -> str:
        if self.weekdays == MONDAY_TO_FRIDAY:
            words = "Monday to Friday"
        elif self.weekdays == _EVERY_WEEKDAY:
            words = "every day"
        else:
            words = "every " + " and ".join(_NAMES_OF_DAYS[each] for each in sorted(self.weekdays))
        if self.days != _EVERY_DAY:
            first, last = min(self.days), max(self.days)
            words += f" on the {first}." if first == last else f" from the {first}. to the {last}."
        if self.months != _EVERY_MONTH:
            words += " of " + " and ".join(_NAMES_OF_MONTHS[each - 1] for each in sorted(self.months))
        return words

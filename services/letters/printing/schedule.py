"""When what is done: the daily print run in London's time, and the rotation of credentials. Pure.

Sources: the public contract, letters: days and deadlines (print run), and DVLA print API (rotation).
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from notifyrules.letter_timings import PRINT_DEADLINE
from notifyrules.london_time import london_date, london_to_utc, utc_to_london

PRINT_RUN_AT: Final = time(17, 50)
"""London time of day, from which on a day's run is due."""

_ROTATION_HOUR: Final = 9
"""UTC."""
_TUESDAY: Final = 1


def print_run_due(now: datetime) -> date | None:
    """The day in London whose scheduled print run should have begun at the aware `now`, if any.

    From 17:50 until the day ends: a service that was down at the time runs late. Letters of a day that was
    missed altogether go with the next day's.
    """
    return london_date(now) if utc_to_london(now).time() >= PRINT_RUN_AT else None


def letters_made_before(day: date) -> datetime:
    """The moment (UTC) before which letters are made that the print run of `day` takes."""
    return london_to_utc(datetime.combine(day, PRINT_DEADLINE))


def first_tuesday(month: date) -> date:
    """The first Tuesday of the month that a day is in."""
    first = month.replace(day=1)
    return first + timedelta(days=(_TUESDAY - first.weekday()) % 7)


def api_key_rotation_due(now: datetime) -> date | None:
    """The first Tuesday whose 09:00 UTC has passed on this very day; None at any other time."""
    return _due_on(first_tuesday(now.astimezone(UTC).date()), now)


def password_rotation_due(now: datetime) -> date | None:
    """The same for the Wednesday after it."""
    return _due_on(first_tuesday(now.astimezone(UTC).date()) + timedelta(days=1), now)


def _due_on(day: date, now: datetime) -> date | None:
    current = now.astimezone(UTC)
    return day if current.date() == day and current.hour >= _ROTATION_HOUR else None

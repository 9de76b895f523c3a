"""The days of print runs, in London's time. Pure. When tasks run is in `scheduled`.

Source: the public contract, letters: days and deadlines.
"""

from datetime import date, datetime, time
from typing import Final

from notifyrules.letter_timings import PRINT_DEADLINE
from notifyrules.london_time import london_date, london_to_utc, utc_to_london

PRINT_RUN_AT: Final = time(17, 50)
"""London time of day, from which on a day's run is due."""


def print_run_due(now: datetime) -> date | None:
    """The day in London whose scheduled print run should have begun at the aware `now`, if any.

    From 17:50 until the day ends: a service that was down at the time runs late. Letters of a day that was
    missed altogether go with the next day's.
    """
    return london_date(now) if utc_to_london(now).time() >= PRINT_RUN_AT else None


def letters_made_before(day: date) -> datetime:
    """The moment (UTC) before which letters are made that the print run of `day` takes."""
    return london_to_utc(datetime.combine(day, PRINT_DEADLINE))

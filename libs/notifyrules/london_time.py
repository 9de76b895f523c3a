"""UTC and London: days of billing, limits, printing and retention are London's.

Moments are aware and in UTC everywhere else. A London time without an offset is naive here, as people write
it.
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from dateutil import parser

LONDON = ZoneInfo("Europe/London")


def utc_to_london(moment: datetime) -> datetime:
    """Return the aware `moment` as an aware London time."""
    return moment.astimezone(LONDON)


def london_to_utc(wall_time: datetime) -> datetime:
    """Return the moment (UTC) at which clocks in London show `wall_time`, whose own offset is ignored.

    Of a time that clocks show twice, the first moment; one that they skip is read with the offset from
    before.
    """
    return wall_time.replace(tzinfo=LONDON, fold=0).astimezone(UTC)


def london_date(moment: datetime) -> date:
    """Return the day that it is in London at the aware `moment`."""
    return moment.astimezone(LONDON).date()


def london_midnight_utc(day: date) -> datetime:
    """Return the moment (UTC) at which `day` begins in London."""
    return london_to_utc(datetime.combine(day, time()))


def parse_utc_to_london(text: str) -> datetime:
    """Return a date and time in any readable form as an aware London time.

    It is taken as UTC, whatever offset it states. What is left out of the time is zero. Raises ValueError
    when it can't be read.
    """
    try:
        # There is no clock here to fill in a missing day from.
        parsed: datetime = parser.parse(text, default=datetime(1, 1, 1, tzinfo=UTC))
    except OverflowError as refused:
        raise ValueError("no date") from refused
    return utc_to_london(parsed.replace(tzinfo=UTC))

"""Letters and the calendar: when a letter is printed and arrives, and until when it can be cancelled.

Called by the letters service for the print run, and by the notifications service for what the public API
shows. `now` is always given: nothing here reads a clock. Days are London's; working days are those of England
and Wales.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from notifyrules.london_time import london_to_utc, utc_to_london
from notifyrules.postage import Postage
from notifyrules.reference import bank_holidays
from notifyrules.statuses import NotificationStatus

PRINT_DEADLINE = time(17, 30)
"""London time of day: a letter from this minute on is printed with those of the next day."""

MAX_PAGES = 10

_FROM_DEADLINE_TO_MIDNIGHT = timedelta(hours=6, minutes=30)
_ONE_DAY = timedelta(days=1)
_FRIDAY, _SATURDAY = 4, 5
_PRINTED_BY_HOUR = 15
_DELIVERED_BY_HOUR = 16

# Working days between the printer and the day of delivery: the fewest and the most.
_DAYS_IN_TRANSIT = {
    Postage.FIRST: (0, 0),
    Postage.SECOND: (3, 4),
    Postage.ECONOMY: (3, 6),
    Postage.EUROPE: (3, 5),
    Postage.REST_OF_WORLD: (5, 7),
}

_CANCELLABLE = frozenset({NotificationStatus.CREATED, NotificationStatus.PENDING_VIRUS_CHECK})


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterTimings:
    """When things happen to a letter, in UTC. The hours are London's; seconds are those of the upload."""

    printed_by: datetime
    earliest_delivery: datetime
    latest_delivery: datetime

    def is_printed(self, now: datetime) -> bool:
        """Return whether the letter has surely been printed at the aware `now`."""
        return now > self.printed_by


def letter_timings(upload_time: datetime, postage: Postage) -> LetterTimings:
    """Return when a letter that came at the aware `upload_time` is printed and delivered."""
    uploaded = utc_to_london(upload_time)
    print_day = next_print_day((uploaded + _FROM_DEADLINE_TO_MIDNIGHT).date())
    is_delivery_day = is_first_class_delivery_day if postage is Postage.FIRST else is_other_delivery_day
    fewest, most = _DAYS_IN_TRANSIT[postage]

    def at_hour(day: date, hour: int) -> datetime:
        return london_to_utc(datetime.combine(day, uploaded.time().replace(hour=hour, minute=0)))

    def delivered_after(days: int) -> datetime:
        return at_hour(_working_days_after(print_day, days, is_delivery_day), _DELIVERED_BY_HOUR)

    return LetterTimings(
        printed_by=at_hour(print_day, _PRINTED_BY_HOUR),
        earliest_delivery=delivered_after(fewest + 1),
        latest_delivery=delivered_after(most + 1),
    )


def is_print_day(day: date) -> bool:
    """Return whether letters are printed on `day`: Monday to Friday, but not on a bank holiday."""
    return day.weekday() <= _FRIDAY and day not in bank_holidays()


def is_first_class_delivery_day(day: date) -> bool:
    """Return whether first class letters arrive on `day`: Monday to Saturday, but not on a bank holiday."""
    return day.weekday() <= _SATURDAY and day not in bank_holidays()


def is_other_delivery_day(day: date) -> bool:
    """Return whether letters other than first class arrive on `day`: as printing days."""
    return is_print_day(day)


def next_print_day(day: date) -> date:
    """Return the first print day after `day`."""
    return _working_days_after(day, 1, is_print_day)


def previous_print_day(day: date) -> date:
    """Return the last print day before `day`."""
    day -= _ONE_DAY
    while not is_print_day(day):
        day -= _ONE_DAY
    return day


def letter_can_be_cancelled(status: NotificationStatus, created_at: datetime, now: datetime) -> bool:
    """Return whether a letter that was made at the aware `created_at` can still be cancelled at the aware
    `now`.

    It can until the deadline of the print run that takes it.
    """
    if status not in _CANCELLABLE:
        return False
    created, current = utc_to_london(created_at), utc_to_london(now)
    days_ago = (current.date() - created.date()).days
    if days_ago > 1:
        return False
    if current.time() >= PRINT_DEADLINE and created <= _deadline_on_day_of(current):
        return False
    return not (days_ago == 1 and created <= _deadline_on_day_of(created))


def is_letter_too_long(page_count: int | None) -> bool:
    """Return whether a letter has more pages than go into an envelope; one not counted yet has not."""
    return page_count is not None and page_count > MAX_PAGES


def _deadline_on_day_of(moment: datetime) -> datetime:
    """Return the print deadline of the day, to the minute: seconds are kept, as GOV.UK Notify does."""
    return moment.replace(hour=PRINT_DEADLINE.hour, minute=PRINT_DEADLINE.minute)


def _working_days_after(day: date, count: int, is_working_day: Callable[[date], bool]) -> date:
    for _ in range(count):
        day += _ONE_DAY
        while not is_working_day(day):
            day += _ONE_DAY
    return day

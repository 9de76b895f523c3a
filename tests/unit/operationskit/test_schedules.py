"""Schedules, by themselves."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operationskit.schedules import MONDAY_TO_FRIDAY, Daily, Every, Schedule, Zone


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NIGHTLY = Daily(times=(time(0, 5),))
PRINT_RUN = Daily(times=(time(17, 50),), zone=Zone.LONDON)
IN_THE_GAP = Daily(times=(time(1, 30),), zone=Zone.LONDON)
FIRST_TUESDAY = Daily(times=(time(9),), weekdays=frozenset({1}), days=frozenset(range(1, 8)))
FIRST_OF_APRIL = Daily(times=(time(2, 1),), days=frozenset({1}), months=frozenset({4}))


@pytest.mark.parametrize(
    ("schedule", "moment", "latest", "following"),
    [
        (Every(timedelta(minutes=15)), "2026-11-22T10:07", "2026-11-22T10:00", "2026-11-22T10:15"),
        (Every(timedelta(minutes=15)), "2026-11-22T10:15", "2026-11-22T10:15", "2026-11-22T10:30"),
        (NIGHTLY, "2026-11-22T00:05", "2026-11-22T00:05", "2026-11-23T00:05"),
        (NIGHTLY, "2026-11-22T00:04:59", "2026-11-21T00:05", "2026-11-22T00:05"),
        # The same hour in London, another in UTC.
        (PRINT_RUN, "2026-10-24T17:00", "2026-10-24T16:50", "2026-10-25T17:50"),
        (PRINT_RUN, "2026-03-28T18:00", "2026-03-28T17:50", "2026-03-29T16:50"),
        # Clocks in London went from 01:00 to 02:00 on the 29th of March 2026.
        (IN_THE_GAP, "2026-03-28T12:00", "2026-03-28T01:30", "2026-03-29T01:30"),
        (IN_THE_GAP, "2026-03-29T01:30", "2026-03-29T01:30", "2026-03-30T00:30"),
        # They showed 01:30 twice on the 25th of October: once, at the first.
        (IN_THE_GAP, "2026-10-25T00:00", "2026-10-24T00:30", "2026-10-25T00:30"),
        (IN_THE_GAP, "2026-10-25T01:30", "2026-10-25T00:30", "2026-10-26T01:30"),
        (FIRST_TUESDAY, "2026-11-22T00:00", "2026-11-03T09:00", "2026-12-01T09:00"),
        (FIRST_OF_APRIL, "2026-11-22T00:00", "2026-04-01T02:01", "2027-04-01T02:01"),
    ],
)
def test_times_around_a_moment(schedule: Schedule, moment: str, latest: str, following: str) -> None:
    assert (schedule.latest(at(moment)), schedule.next_after(at(moment))) == (at(latest), at(following))


@given(
    schedule=st.sampled_from([NIGHTLY, PRINT_RUN, IN_THE_GAP, FIRST_TUESDAY, Every(timedelta(minutes=63))]),
    moment=st.integers(0, 2 * 366 * 86_400).map(lambda s: at("2026-01-01T00:00") + timedelta(seconds=s)),
)
def test_no_time_is_between_the_latest_and_the_next(schedule: Schedule, moment: datetime) -> None:
    latest, following = schedule.latest(moment), schedule.next_after(moment)
    assert latest <= moment < following
    assert schedule.next_after(latest) == following
    assert schedule.latest(following) == following


def test_a_london_task_runs_once_on_each_day_of_two_years() -> None:
    moment, days = at("2026-01-01T00:00"), set()
    for _ in range(730):
        moment = IN_THE_GAP.next_after(moment)
        days.add(moment.date())
    assert len(days) == 730


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (Every(timedelta(minutes=1)), "every minute"),
        (Every(timedelta(minutes=63)), "every 63 minutes"),
        (Every(timedelta(hours=1)), "every hour"),
        (Every(timedelta(seconds=10)), "every 10 seconds"),
        (NIGHTLY, "every day at 00:05 UTC"),
        (Daily(times=(time(10, 30),), weekdays=MONDAY_TO_FRIDAY), "Monday to Friday at 10:30 UTC"),
        (Daily(times=(time(16, 50), time(17, 50))), "every day at 16:50 and 17:50 UTC"),
        (FIRST_TUESDAY, "every Tuesday from the 1. to the 7. at 09:00 UTC"),
        (FIRST_OF_APRIL, "every day on the 1. of April at 02:01 UTC"),
        (PRINT_RUN, "every day at 17:50 London"),
    ],
)
def test_a_schedule_in_words(schedule: Schedule, words: str) -> None:
    assert str(schedule) == words


@pytest.mark.parametrize("wrong", [lambda: Every(timedelta(0)), lambda: Daily(times=())])
def test_a_schedule_that_makes_no_sense_is_refused(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(ValueError, match=r"wanted|at least"):
        wrong()


def test_a_day_that_never_comes_is_told() -> None:
    with pytest.raises(ValueError, match="never comes"):
        Daily(times=(time(1),), days=frozenset({31}), months=frozenset({2})).next_after(
            at("2026-01-01T00:00")
        )

"""Which day a print run is for, and which letters it takes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.letters.printing.schedule import (
    letters_made_before,
    print_run_due,
)

CLOCKS_GO_FORWARD = date(2026, 3, 29)
CLOCKS_GO_BACK = date(2026, 10, 25)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]  # the parts are a date's and a time's


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (utc(2026, 1, 14, 17, 49, 59), None),
        (utc(2026, 1, 14, 17, 50), date(2026, 1, 14)),
        (utc(2026, 1, 14, 23, 59, 59), date(2026, 1, 14)),  # late is better than tomorrow
        (utc(2026, 1, 15, 0, 0), None),
        (utc(2026, 7, 14, 16, 49, 59), None),
        (utc(2026, 7, 14, 16, 50), date(2026, 7, 14)),
        (utc(2026, 7, 14, 22, 59, 59), date(2026, 7, 14)),
        (utc(2026, 7, 14, 23, 0), None),  # the next day in London
        (utc(2026, 3, 28, 17, 50), CLOCKS_GO_FORWARD - timedelta(days=1)),
        (utc(2026, 3, 29, 16, 50), CLOCKS_GO_FORWARD),
        (utc(2026, 10, 24, 16, 50), CLOCKS_GO_BACK - timedelta(days=1)),
        (utc(2026, 10, 25, 16, 50), None),
        (utc(2026, 10, 25, 17, 50), CLOCKS_GO_BACK),
    ],
)
def test_the_print_run_is_due_from_ten_to_six_in_london(now: datetime, due: date | None) -> None:
    assert print_run_due(now) == due


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2026, 1, 14), utc(2026, 1, 14, 17, 30)),
        (date(2026, 7, 14), utc(2026, 7, 14, 16, 30)),
        (CLOCKS_GO_FORWARD, utc(2026, 3, 29, 16, 30)),
        (CLOCKS_GO_BACK, utc(2026, 10, 25, 17, 30)),
    ],
)
def test_letters_are_taken_that_were_made_before_half_past_five_in_london(
    day: date, before: datetime
) -> None:
    assert letters_made_before(day) == before


@given(st.dates(date(2024, 1, 1), date(2035, 12, 31)))
def test_every_day_has_its_run_after_its_deadline(day: date) -> None:
    due = [
        moment
        for hour in range(48)
        if print_run_due(moment := _start(day) + timedelta(minutes=30 * hour)) == day
    ]

    assert due
    assert min(due) > letters_made_before(day)


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)

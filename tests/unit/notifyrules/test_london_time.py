"""UTC and London."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifyrules.london_time import (
    london_date,
    london_midnight_utc,
    london_to_utc,
    parse_utc_to_london,
    utc_to_london,
)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall_time", "expected"),
    [
        ("2026-07-01T12:00:00", "2026-07-01T11:00:00"),
        ("2026-10-25T01:30:00", "2026-10-25T00:30:00"),
        ("2026-03-29T01:30:00", "2026-03-29T01:30:00"),
        ("2026-01-01T12:00:00", "2026-01-01T12:00:00"),
    ],
)
def test_london_time_means_one_moment_even_when_clocks_change(wall_time: str, expected: str) -> None:
    assert london_to_utc(datetime.fromisoformat(wall_time)) == moment(expected)


@given(st.dates(date(1990, 1, 1), date(2037, 12, 31)))
def test_day_lasts_from_its_midnight_to_the_next(day: date) -> None:
    begins = london_midnight_utc(day)
    assert london_date(begins) == day
    assert london_date(begins - timedelta(microseconds=1)) == day - timedelta(days=1)
    assert utc_to_london(begins).hour == 0


def test_offset_of_a_moment_does_not_matter() -> None:
    there = datetime(2026, 6, 30, 19, 30, tzinfo=timezone(timedelta(hours=-4)))
    assert london_date(there) == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-01", "2026-07-01T01:00:00+01:00"),
        ("2026-07-01T23:30:00-05:00", "2026-07-02T00:30:00+01:00"),
        ("1 January 2026 11:30pm", "2026-01-01T23:30:00+00:00"),
    ],
)
def test_any_readable_time_is_taken_as_utc(text: str, expected: str) -> None:
    assert parse_utc_to_london(text).isoformat() == expected


@pytest.mark.parametrize("text", ["yesterday", "", "9" * 40])
def test_unreadable_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_utc_to_london(text)

"""The clocks."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from servicekit import clock
from servicekit.clock import FixedClock, SystemClock


def test_fixed_clock_stands_still_until_moved() -> None:
    fixed = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    before = fixed.now()

    fixed.advance(timedelta(seconds=90))

    assert (before, fixed.now()) == (
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, 0, 1, 30, tzinfo=UTC),
    )


def test_fixed_clock_tells_utc_whatever_zone_it_was_given() -> None:
    fixed = FixedClock(datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=1))))

    assert fixed.now().isoformat() == "2026-07-01T11:00:00+00:00"


def test_fixed_clock_refuses_a_naive_time() -> None:
    with pytest.raises(ValueError, match="aware"):
        FixedClock(datetime(2026, 1, 1))  # noqa: DTZ001 -- the point of the test


def test_system_clock_is_aware_utc() -> None:
    assert SystemClock().now().utcoffset() == clock.now().utcoffset() == timedelta(0)

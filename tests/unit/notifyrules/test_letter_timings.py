"""Letters and the calendar."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifyrules.letter_timings import (
    is_first_class_delivery_day,
    is_letter_too_long,
    is_other_delivery_day,
    is_print_day,
    letter_can_be_cancelled,
    letter_timings,
    next_print_day,
    previous_print_day,
)
from notifyrules.postage import Postage
from notifyrules.statuses import NotificationStatus


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MOMENTS = st.datetimes(
    datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2026-12-01"), timezones=st.just(UTC)
)


@pytest.mark.parametrize(
    ("upload_time", "postage", "printed_by", "earliest", "latest"),
    [
        (
            "2026-01-12T17:29:59",
            "second",
            "2026-01-13T15:00:59",
            "2026-01-19T16:00:59",
            "2026-01-20T16:00:59",
        ),
        (
            "2026-06-08T16:30:00",
            "second",
            "2026-06-10T14:00:00",
            "2026-06-16T15:00:00",
            "2026-06-17T15:00:00",
        ),
        ("2026-12-22T18:00:00", "first", "2026-12-24T15:00:00", "2026-12-26T16:00:00", "2026-12-26T16:00:00"),
        (
            "2026-01-16T18:00:00",
            "europe",
            "2026-01-19T15:00:00",
            "2026-01-23T16:00:00",
            "2026-01-27T16:00:00",
        ),
    ],
)
def test_letter_is_printed_and_delivered_on_working_days(
    upload_time: str, postage: str, printed_by: str, earliest: str, latest: str
) -> None:
    timings = letter_timings(moment(upload_time), Postage(postage))
    assert timings.printed_by == moment(printed_by)
    assert timings.earliest_delivery == moment(earliest)
    assert timings.latest_delivery == moment(latest)


@given(MOMENTS, st.sampled_from(Postage))
def test_letter_is_printed_after_it_came_and_delivered_after_that(
    upload_time: datetime, postage: Postage
) -> None:
    timings = letter_timings(upload_time, postage)
    assert upload_time < timings.printed_by < timings.earliest_delivery <= timings.latest_delivery
    assert not timings.is_printed(timings.printed_by)
    assert timings.is_printed(timings.earliest_delivery)


@given(st.dates(date(2018, 2, 1), date(2027, 11, 30)))
def test_print_days_follow_one_another(day: date) -> None:
    following = next_print_day(day)
    assert is_print_day(following)
    assert previous_print_day(following) <= day
    assert not any(
        is_print_day(date.fromordinal(n)) for n in range(day.toordinal() + 1, following.toordinal())
    )


@pytest.mark.parametrize(
    ("day", "is_first_class", "is_other"),
    [
        ("2026-04-04", True, False),
        ("2026-04-06", False, False),
        ("2026-12-26", True, False),
        ("2026-04-07", True, True),
    ],
)
def test_only_first_class_is_delivered_on_saturdays(day: str, is_first_class: bool, is_other: bool) -> None:
    assert is_first_class_delivery_day(date.fromisoformat(day)) is is_first_class
    assert is_other_delivery_day(date.fromisoformat(day)) is is_other


@pytest.mark.parametrize(
    ("created_at", "now", "expected"),
    [
        ("2026-01-12T12:00:00", "2026-01-12T17:29:59", True),
        ("2026-01-12T12:00:00", "2026-01-12T17:30:00", False),
        ("2026-01-12T17:31:00", "2026-01-12T20:00:00", True),
        ("2026-01-12T17:31:00", "2026-01-13T17:29:00", True),
        ("2026-01-12T17:31:00", "2026-01-13T17:31:00", False),
        ("2026-01-12T12:00:00", "2026-01-13T09:00:00", False),
        ("2026-01-16T18:00:00", "2026-01-18T09:00:00", False),
        ("2026-06-08T12:00:00", "2026-06-08T16:29:59", True),
        ("2026-06-08T12:00:00", "2026-06-08T16:30:00", False),
        ("2026-06-08T23:30:00", "2026-06-09T08:00:00", True),
    ],
)
def test_letter_can_be_cancelled_until_its_print_run(created_at: str, now: str, expected: bool) -> None:
    found = letter_can_be_cancelled(NotificationStatus.CREATED, moment(created_at), moment(now))
    assert found is expected


@pytest.mark.parametrize("status", NotificationStatus)
def test_only_waiting_letters_can_be_cancelled(status: NotificationStatus) -> None:
    waiting = {NotificationStatus.CREATED, NotificationStatus.PENDING_VIRUS_CHECK}
    found = letter_can_be_cancelled(status, moment("2026-01-12T12:00:00"), moment("2026-01-12T13:00:00"))
    assert found is (status in waiting)


@pytest.mark.parametrize(("page_count", "expected"), [(None, False), (0, False), (10, False), (11, True)])
def test_letter_has_ten_pages_at_most(page_count: int | None, expected: bool) -> None:
    assert is_letter_too_long(page_count) is expected

"""When callbacks are tried again, and how many calls an endpoint may have."""

from datetime import timedelta
from itertools import accumulate, pairwise

import pytest

from servicekit.ids import new_id
from services.notifications.callbacks_limits import Endpoint, EndpointLimits
from services.notifications.callbacks_policy import (
    DEFAULT_GAPS_S,
    KEPT_TRYING,
    CallbackPolicy,
    is_retried,
    parse_gaps,
)

GAPS = parse_gaps(DEFAULT_GAPS_S)


def a_policy(gaps: tuple[timedelta, ...] = GAPS) -> CallbackPolicy:
    return CallbackPolicy(gaps=gaps, paused_after=timedelta(minutes=30), probed_every=timedelta(minutes=1))


def an_endpoint() -> Endpoint:
    return Endpoint(new_id(), "delivery_status")


def limits(*, max_in_flight: int = 100, max_per_endpoint: int = 8) -> EndpointLimits:
    return EndpointLimits(max_in_flight=max_in_flight, max_per_endpoint=max_per_endpoint)


def test_the_first_five_retries_come_within_25_minutes() -> None:
    assert sum(GAPS[:5], timedelta()) <= timedelta(minutes=25)


def test_retries_go_on_for_nearly_24_hours_with_growing_gaps() -> None:
    assert timedelta(hours=23) < sum(GAPS, timedelta()) <= KEPT_TRYING
    assert all(first < second for first, second in pairwise(GAPS))


def test_the_schedule_is_the_one_that_is_written_down() -> None:
    minutes = [gap.total_seconds() / 60 for gap in accumulate(GAPS)]
    assert [round(each, 1) for each in minutes] == [0.2, 1, 4, 10, 24, 54, 114, 234, 474, 894, 1434]


@pytest.mark.parametrize("failures", range(1, len(GAPS) + 1))
def test_a_gap_is_up_to_a_tenth_shorter(failures: int) -> None:
    gap = a_policy().next_gap(failures)
    assert gap is not None
    assert GAPS[failures - 1] * 0.9 <= gap <= GAPS[failures - 1]


def test_after_the_last_gap_there_is_no_more_try() -> None:
    assert a_policy().next_gap(len(GAPS) + 1) is None


@pytest.mark.parametrize("text", ["", "0", "-1", "ten", "10,0"])
def test_gaps_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"above 0|could not convert"):
        parse_gaps(text)


@pytest.mark.parametrize(
    ("status", "retried"), [(200, False), (302, False), (404, False), (429, True), (500, True), (503, True)]
)
def test_which_answers_are_retried(status: int, retried: bool) -> None:
    assert is_retried(status) is retried


def test_every_answer_allows_one_call_more_up_to_a_limit() -> None:
    calls, endpoint = limits(max_per_endpoint=6), an_endpoint()
    for expected in (5, 6, 6):
        calls.begin(endpoint)
        calls.note(endpoint, answered=True)
        calls.end(endpoint)
        assert calls.allowances()[endpoint] == expected


def test_an_endpoint_that_does_not_answer_is_soon_called_once_at_a_time() -> None:
    calls, endpoint = limits(), an_endpoint()
    for expected in (2, 1, 1):
        calls.begin(endpoint)
        calls.note(endpoint, answered=False)
        calls.end(endpoint)
        assert calls.allowances()[endpoint] == expected


def test_calls_under_way_are_part_of_what_is_allowed() -> None:
    calls, endpoint = limits(), an_endpoint()
    for _ in range(calls.at_first):
        calls.begin(endpoint)
    assert (calls.allowances()[endpoint], calls.free) == (0, 96)


def test_endpoints_that_hang_hold_at_most_half_of_all_calls() -> None:
    calls = limits(max_in_flight=4, max_per_endpoint=1)
    hanging = [an_endpoint() for _ in range(3)]
    for endpoint in hanging:
        calls.begin(endpoint)
        calls.note(endpoint, answered=False)
    calls.end(hanging[2])
    assert calls.allowances()[hanging[2]] == 0
    calls.end(hanging[1])
    assert calls.allowances()[hanging[2]] == 1

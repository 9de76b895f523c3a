"""From where the queue is read: never past what may still be there."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.notifications.callbacks_limits import Endpoint
from services.notifications.low_water import (
    BEGINNING,
    CALLBACKS_EVERYTHING_EVERY,
    EVERYTHING,
    EVERYTHING_EVERY,
    LEASE_MARGIN,
    MARGIN,
    MOST_MARKS,
    WIDE,
    WIDE_EVERY,
    CallbackMarks,
    ClaimMarks,
    LeaseMark,
)

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
ONE, TWO = UUID(int=1), UUID(int=2)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Waited:
    """A delivery that was claimed."""

    service_id: UUID
    run_at: datetime
    lane: int = 2


def known(marks: ClaimMarks, now: datetime) -> dict[tuple[int, UUID], datetime]:
    found = marks.beginnings(now)
    return dict(zip(zip(found.lanes, found.service_ids, strict=True), found.sinces, strict=True))


def test_nothing_is_left_out_at_first() -> None:
    assert known(ClaimMarks(), NOW) == {}


def test_a_backlog_is_read_from_its_oldest_on() -> None:
    marks = ClaimMarks()
    marks.note([Waited(ONE, NOW - 5 * MINUTE), Waited(ONE, NOW - 4 * MINUTE)], is_all=False, now=NOW)
    assert known(marks, NOW) == {(2, ONE): NOW - 5 * MINUTE}


def test_a_queue_that_got_no_turn_keeps_its_place() -> None:
    marks = ClaimMarks()
    marks.note([Waited(ONE, NOW - 5 * MINUTE), Waited(TWO, NOW - 9 * MINUTE)], is_all=False, now=NOW)
    marks.note([Waited(ONE, NOW - 2 * MINUTE)], is_all=False, now=NOW)
    assert known(marks, NOW) == {(2, ONE): NOW - 2 * MINUTE, (2, TWO): NOW - 9 * MINUTE}


def test_where_nothing_was_left_all_are_read_from_just_now_on() -> None:
    marks = ClaimMarks()
    marks.note([Waited(ONE, NOW - 5 * MINUTE), Waited(TWO, NOW, lane=1)], is_all=True, now=NOW)
    assert known(marks, NOW) == {(1, TWO): NOW - MARGIN, (2, ONE): NOW - MARGIN}


def test_after_a_clock_was_set_back_everything_is_read() -> None:
    marks = ClaimMarks()
    marks.note([Waited(ONE, NOW)], is_all=True, now=NOW)
    known(marks, NOW)
    earlier = NOW - 5 * MINUTE
    assert marks.beginnings(earlier) == EVERYTHING
    assert known(marks, earlier)[2, ONE] <= earlier - MARGIN


def test_now_and_then_everything_is_read_whatever_was_marked() -> None:
    marks, leases = ClaimMarks(), LeaseMark()
    marks.note([Waited(ONE, NOW)], is_all=True, now=NOW)
    known(marks, NOW)
    leases.beginning(NOW)
    leases.note_all_returned(NOW)
    later = NOW + EVERYTHING_EVERY
    assert (marks.beginnings(later), leases.beginning(later)) == (EVERYTHING, BEGINNING)
    assert marks.beginnings(later) != EVERYTHING


def test_once_in_a_while_the_look_is_a_wide_one() -> None:
    marks = ClaimMarks()
    marks.note([Waited(ONE, NOW)], is_all=True, now=NOW)
    known(marks, NOW)
    later = NOW + WIDE_EVERY
    assert known(marks, later)[2, ONE] == NOW - WIDE
    assert known(marks, later)[2, ONE] == NOW


def test_the_busiest_are_remembered_in_the_indexs_order() -> None:
    marks = ClaimMarks()
    busy = UUID(int=10**9)
    marks.note([Waited(busy, NOW)] * 3, is_all=True, now=NOW)
    marks.note([Waited(UUID(int=number), NOW) for number in range(2 * MOST_MARKS)], is_all=True, now=NOW)
    found = marks.beginnings(NOW).service_ids
    assert len(found) == MOST_MARKS
    assert busy in found
    assert found == sorted(found, key=lambda service_id: service_id.int)


def test_endpoints_have_places_in_the_indexs_order() -> None:
    marks = CallbackMarks()
    ends = [Endpoint(TWO, "complaint"), Endpoint(ONE, "received_text"), Endpoint(ONE, "complaint")]
    marks.note_claimed([(end, NOW - 5 * MINUTE) for end in ends], is_all=False, now=NOW)
    assert marks.beginnings(NOW) == [(end, NOW - 5 * MINUTE) for end in reversed(ends)]


def test_what_waits_for_an_endpoint_is_read_from_its_start_once_the_place_is_forgotten() -> None:
    marks = CallbackMarks()
    ends = [Endpoint(ONE, "complaint"), Endpoint(TWO, "complaint")]
    marks.note_claimed([(end, NOW) for end in ends], is_all=True, now=NOW)
    marks.forget(ends[0])
    marks.forget(Endpoint(ONE, "received_text"))
    assert marks.beginnings(NOW) == [(ends[1], NOW - MARGIN)]
    marks.note_claimed([], is_all=True, now=NOW)
    assert marks.beginnings(NOW) == [(ends[1], NOW - MARGIN)]


def test_every_few_seconds_all_callbacks_are_read() -> None:
    marks = CallbackMarks()
    end = Endpoint(ONE, "complaint")
    marks.note_claimed([(end, NOW)], is_all=True, now=NOW)
    assert marks.beginnings(NOW) == [(end, NOW - MARGIN)]
    assert marks.beginnings(NOW + CALLBACKS_EVERYTHING_EVERY) == []
    assert marks.beginnings(NOW + CALLBACKS_EVERYTHING_EVERY) == [(end, NOW)]


def test_leases_are_looked_for_from_the_last_look_on_with_a_margin() -> None:
    mark = LeaseMark()
    assert mark.beginning(NOW) == BEGINNING
    mark.note_all_returned(NOW)
    assert mark.beginning(NOW + timedelta(seconds=1)) in {NOW, NOW + timedelta(seconds=1) - LEASE_MARGIN}
    assert mark.beginning(NOW + WIDE_EVERY * 2) <= NOW - WIDE + LEASE_MARGIN

"""What `notifyctl callbacks` makes of its arguments, and how it shows calls."""

from datetime import UTC, datetime, timedelta

import pytest

from clients.notifyctl.callbacks import KINDS, attempt_facts, attempts_table
from clients.notifyctl.output import CommandError
from clients.notifyctl.times import moment
from notify.notifications.v1 import accounts_pb2, callbacks_pb2

NOW = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("0s", NOW),
        ("45s", NOW - timedelta(seconds=45)),
        ("30m", NOW - timedelta(minutes=30)),
        ("2h", NOW - timedelta(hours=2)),
        ("7d", NOW - timedelta(days=7)),
        ("2026-03-04T10:00", datetime(2026, 3, 4, 10, tzinfo=UTC)),
        ("2026-03-04T10:00+01:00", datetime(2026, 3, 4, 9, tzinfo=UTC)),
    ],
)
def test_times_are_spans_before_now_or_written_out(text: str, at: datetime) -> None:
    assert moment(text, NOW) == at


@pytest.mark.parametrize("text", ["", "2 hours", "h", "yesterday"])
def test_other_times_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(CommandError, match="write 30m, 2h, 1d"):
        moment(text, NOW)


def an_attempt() -> callbacks_pb2.CallbackAttempt:
    attempt = callbacks_pb2.CallbackAttempt(
        callback_id="c1",
        attempt=2,
        service_id="s1",
        kind=accounts_pb2.CALLBACK_KIND_DELIVERY_STATUS,
        notification_id="n1",
        result="503",
        outcome=callbacks_pb2.CALLBACK_OUTCOME_RETRY,
    )
    attempt.attempt_time.FromDatetime(NOW)
    attempt.duration.FromTimedelta(timedelta(milliseconds=120))
    return attempt


def test_a_call_as_json() -> None:
    assert attempt_facts(an_attempt()) == {
        "callback_id": "c1",
        "attempt": 2,
        "service_id": "s1",
        "kind": "delivery_status",
        "about": "n1",
        "time": "2026-03-04T12:30:00+00:00",
        "duration_ms": 120,
        "result": "503",
        "outcome": "retry",
    }


def test_calls_as_a_table() -> None:
    table = attempts_table([an_attempt()])
    assert [list(column.cells) for column in table.columns] == [
        ["2026-03-04 12:30:00.000"],
        ["c1"],
        ["2"],
        ["delivery_status"],
        ["n1"],
        ["503"],
        ["120 ms"],
        ["retry"],
    ]


def test_every_kind_of_the_protocol_has_a_name() -> None:
    assert set(KINDS.values()) == {number for number in accounts_pb2.CallbackKind.values() if number}

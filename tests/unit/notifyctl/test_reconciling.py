"""What is read from logs after a restore."""

import json
from datetime import UTC, datetime
from uuid import UUID

from clients.notifyctl.reconciling import read_logs
from servicekit.ids import new_id

ONE, TWO = new_id(), new_id()


def line(event: str, id: UUID, **rest: object) -> str:
    return json.dumps({"event": event, "notification_id": str(id), "service_id": "s", **rest})


def test_accepted_and_sent_messages_are_told_apart() -> None:
    logged = read_logs(
        [
            line("request_answered", ONE, status=201),
            line("request_answered", TWO, status=201),
            line("delivery_finished", TWO, outcome="taken"),
        ]
    )
    assert {id: each.is_sent for id, each in logged.items()} == {ONE: False, TWO: True}


def test_a_failed_attempt_after_a_good_one_takes_nothing_back() -> None:
    logged = read_logs(
        [
            line("delivery_finished", ONE, outcome="handed_over"),
            line("delivery_finished", ONE, outcome="retry"),
        ]
    )
    assert logged[ONE].is_sent


def test_it_is_read_who_has_a_message_and_since_when() -> None:
    logged = read_logs(
        [
            line(
                "delivery_finished",
                ONE,
                outcome="taken",
                requests=[{"provider": "mmg", "error_code": "timeout"}, {"provider": "firetext"}],
                time="2026-03-04T12:30:00.250000Z",
            ),
            line(
                "delivery_finished", TWO, outcome="handed_over", provider="ses", time="2026-03-04T12:31:00Z"
            ),
        ]
    )
    assert {id: each.provider for id, each in logged.items()} == {ONE: "firetext", TWO: "ses"}
    assert logged[ONE].sent_at == datetime(2026, 3, 4, 12, 30, 0, 250_000, UTC)


def test_a_pretended_message_is_with_nobody() -> None:
    logged = read_logs([line("delivery_finished", ONE, outcome="pretended", requests=[])])
    assert (logged[ONE].is_sent, logged[ONE].provider, logged[ONE].sent_at) == (True, None, None)


def test_other_lines_are_passed_over() -> None:
    others = ["not json", "{", '{"notification_id": 1}', line("receipt_applied", ONE), "[]", ""]
    assert read_logs(others) == {}


def test_a_line_may_have_something_in_front() -> None:
    assert set(read_logs(["gateway-7f | " + line("request_answered", ONE)])) == {ONE}

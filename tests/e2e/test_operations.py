"""What people do about scheduled work, alerts, and messages left lying: each command, on a running system.

What no client can cause (a message without its delivery, one of last week) is put into the database first.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from notifications_python_client.errors import HTTPError
from typer.testing import CliRunner

from clients.notifyctl.__main__ import app
from clients.notifyctl.output import CommandError
from servicekit.ids import bucket_in, new_id
from tests.e2e.stack import System, final_status

TASKS = {
    "reconcile-notifications",
    "timeout-sending-notifications",
    "delete-notifications-older-than-retention",
    "generate-sms-delivery-stats",
}


class Operator:
    """Somebody with `notifyctl` and a runbook."""

    def __init__(self, system: System) -> None:
        self.system = system

    def run(self, *arguments: str) -> str:
        """What a command prints. Fails when the command does."""
        environment = {
            "NOTIFYCTL_HOME": str(self.system.stack.home),
            "COLUMNS": "250",
            "NOTIFYCTL_REASON": "",
        }
        outcome = CliRunner().invoke(app, arguments, env=environment, catch_exceptions=False)
        assert outcome.exit_code == 0, outcome.output
        return outcome.stdout

    def read(self, *arguments: str) -> Any:
        """What a command prints with --json."""
        return json.loads(self.run(*arguments, "--json"))

    def sql(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What nobody but a test does by SQL."""
        with psycopg.connect(
            self.system.stack.database_url, options="-c search_path=notifications", autocommit=True
        ) as connection:
            cursor = connection.execute(query.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def a_text(self) -> str:
        """A text that was delivered."""
        with self.system.client() as client:
            sent = client.send_sms_notification(
                "07700900321", self.system.demo.sms_template_id, {"name": "Ada"}
            )
            assert final_status(client, sent["id"]) == "delivered"
            return str(sent["id"])

    def another(self, like: str, age: timedelta, **changes: object) -> str:
        """A message like one that there is, made some time ago."""
        id = str(new_id(at=datetime.now(UTC) - age, bucket=bucket_in(UUID(like))))
        self.sql(
            "insert into notifications select (jsonb_populate_record(notifications, %s::jsonb)).* "
            "from notifications where id = %s",
            (json.dumps({"id": id, **changes}), like),
        )
        return id


@pytest.fixture
def operator(system: System) -> Operator:
    return Operator(system)


def test_every_service_lists_its_tasks(operator: Operator) -> None:
    tasks = operator.read("tasks", "list")["tasks"]
    assert {task["name"] for task in tasks} >= TASKS
    assert {task["service"] for task in tasks} >= {"notifications", "sms"}
    assert "every 5 minutes" in operator.run("tasks", "list", "--service", "notifications")


def test_a_task_is_run_by_hand_and_its_run_is_kept(operator: Operator) -> None:
    run = operator.read("tasks", "run", "check-jobs", "--reason", "to see")
    assert (run["state"], run["reason"], bool(run["requested_by"])) == ("succeeded", "to see", True)
    runs = operator.read("tasks", "runs", "check-jobs")["runs"]
    assert run["id"] in {each["id"] for each in runs}


def test_an_unknown_task_is_one_line_that_says_what_to_do(operator: Operator) -> None:
    with pytest.raises(CommandError, match="`notifyctl tasks list` shows them all"):
        operator.run("tasks", "run", "no-task")


def test_a_message_that_was_lost_is_found_sent_and_told_of(operator: Operator) -> None:
    lost = operator.another(operator.a_text(), timedelta(minutes=20), status="created", sent_at=None)
    run = operator.read("tasks", "run", "reconcile-notifications")
    assert run["counts"]["queued_again"] == 1
    with operator.system.client() as client:
        assert final_status(client, lost) == "delivered"
    alerts = operator.read("alerts", "list")["alerts"]
    assert ("deliveries-lost", "sms") in {(alert["name"], alert["about"]) for alert in alerts}
    seen = operator.read("alerts", "ack", "--name", "deliveries-lost", "--reason", "seen", "--yes")
    assert [alert["reason"] for alert in seen["acknowledged"]] == ["seen"]
    assert "deliveries-lost" not in operator.run("alerts", "list")
    assert "deliveries-lost" in operator.run("alerts", "list", "--all")


def test_what_is_open_for_long_is_listed_with_a_verdict(operator: Operator) -> None:
    sending = operator.another(operator.a_text(), timedelta(hours=1), status="sending")
    operator.run("tasks", "run", "timeout-sending-notifications")  # looks at everything, also behind the mark
    verdicts = {
        each["notification_id"]: each["verdict"]
        for each in operator.read("stuck", "--older-than", "30m", "--limit", "1000")["notifications"]
    }
    assert verdicts[sending] == "waits"
    assert sending in operator.run("stuck", "--limit", "1000")


def test_a_receipt_that_never_came_ends_a_message_after_three_days(operator: Operator) -> None:
    old = operator.another(operator.a_text(), timedelta(days=3, hours=1), status="sending")
    operator.run("tasks", "run", "timeout-sending-notifications")
    with operator.system.client() as client:
        assert client.get_notification_by_id(old)["status"] == "temporary-failure"


def test_a_message_past_retention_is_not_found_and_stays_in_history(operator: Operator) -> None:
    old = operator.another(operator.a_text(), timedelta(days=9))
    run = operator.read("tasks", "run", "delete-notifications-older-than-retention")
    assert run["counts"]["moved_to_history"] >= 1
    with operator.system.client() as client, pytest.raises(HTTPError) as refused:
        client.get_notification_by_id(old)
    assert refused.value.status_code == 404
    assert operator.sql("select status from notification_history where id = %s", (old,)) == [("delivered",)]
    explained = operator.read("explain", old)
    assert (explained["past_retention"], explained["status"]) == (True, "delivered")
    assert "past retention" in operator.run("explain", old)
    assert operator.read("describe", old)["kind"] == "notification"


def a_dead_one(operator: Operator) -> str:
    id = operator.another(operator.a_text(), timedelta(seconds=1), status="technical-failure", sent_at=None)
    operator.sql(
        "insert into dead_deliveries (notification_id, service_id, channel, lane, attempts, last_error, died_at) "
        "select id, service_id, 'sms', 2, 48, 'http_500', now() from notifications where id = %s",
        (id,),
    )
    return id


def test_dead_deliveries_are_listed_shown_and_queued_again(operator: Operator) -> None:
    dead = a_dead_one(operator)
    assert dead in operator.run("queue", "dead", "list")
    assert [
        each["last_error"] for each in operator.read("queue", "dead", "list", "--error", "http_500")["dead"]
    ]
    assert "http_500" in operator.run("queue", "dead", "show", dead)
    assert operator.read("queue", "dead", "replay", dead, "--reason", "mended") == {"replayed": 1}
    with operator.system.client() as client:
        assert final_status(client, dead) == "delivered"


def test_dropping_several_asks_first_and_wants_a_reason(operator: Operator) -> None:
    for _ in range(2):
        a_dead_one(operator)
    with pytest.raises(CommandError, match="--reason"):
        operator.run("queue", "dead", "drop", "--error", "http_500")
    with pytest.raises(CommandError, match="Forget 2 dead deliveries"):
        operator.run("queue", "dead", "drop", "--error", "http_500", "--reason", "old")
    dropped = operator.read("queue", "dead", "drop", "--error", "http_500", "--reason", "old", "--yes")
    assert dropped == {"dropped": 2}
    # Other tests of this system may have left some with other errors.
    assert "http_500" not in operator.run("queue", "dead", "list")


def test_queues_are_counted(operator: Operator) -> None:
    assert isinstance(operator.read("queue", "statistics")["queues"], list)

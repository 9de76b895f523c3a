"""What commands make of their arguments, and how they show answers."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clients.notifyctl.channels import Channel
from clients.notifyctl.connection import address
from clients.notifyctl.explaining import facts_of, headline, where_it_waits
from clients.notifyctl.output import CommandError
from clients.notifyctl.sending import new_notification, status_name
from notify.notifications.v1 import notifications_pb2, types_pb2
from notifyrules.statuses import NotificationStatus
from servicekit.identity import PersonToken


def test_values_become_personalisation() -> None:
    new = new_notification(Channel.SMS, "t", "07700900123", ["name=Ada", "sum=1=1", "empty="], None)
    assert json.loads(new.personalisation_json) == {"name": "Ada", "sum": "1=1", "empty": ""}
    assert not new.HasField("reference")


def test_value_without_equals_sign_is_refused() -> None:
    with pytest.raises(CommandError, match="name=value"):
        new_notification(Channel.EMAIL, "t", "ada@example.gov.uk", ["name"], None)


def test_every_status_of_the_protocol_is_a_stored_one() -> None:
    names = {status_name(number) for number in types_pb2.NotificationStatus.values() if number}
    assert names <= {status.value for status in NotificationStatus}


def an_answer() -> notifications_pb2.ExplainNotificationResponse:
    answer = notifications_pb2.ExplainNotificationResponse()
    answer.notification.id = "n1"
    answer.notification.type = types_pb2.NOTIFICATION_TYPE_SMS
    answer.notification.status = types_pb2.NOTIFICATION_STATUS_TEMPORARY_FAILURE
    answer.notification.provider = "mmg"
    event = answer.events.add(kind="receipt", party="mmg", detail="status 4")
    event.time.FromDatetime(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    return answer


def test_headline_says_what_it_is_and_where() -> None:
    assert headline(an_answer().notification) == "sms n1, temporary-failure, by mmg"


def test_explanation_as_json_has_times_and_parties() -> None:
    facts = facts_of(an_answer())
    assert facts["events"] == [
        {"time": "2026-01-02T03:04:05+00:00", "kind": "receipt", "party": "mmg", "detail": "status 4"}
    ]
    assert "delivery" not in facts


def test_given_up_delivery_says_why() -> None:
    delivery = notifications_pb2.QueuedDelivery(dead=True, attempts=5, last_error="HTTP 500")
    assert where_it_waits(delivery) == "given up after 5 attempts: HTTP 500"


def test_commands_need_a_running_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFYCTL_TARGET", raising=False)
    with pytest.raises(CommandError, match="no stack is running") as caught:
        address(tmp_path)
    assert caught.value.exit_code == 3


def test_commands_reach_another_system_by_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFYCTL_TARGET", "cluster:6021")
    monkeypatch.setenv("NOTIFY_CALLER_KEYS", "k" * 32)
    monkeypatch.setenv("NOTIFYCTL_TARGETS", "sms=cluster:6022,email=cluster:6023")
    found = address(tmp_path)
    assert found.targets == {"notifications": "cluster:6021", "sms": "cluster:6022", "email": "cluster:6023"}
    assert found.caller == "k" * 32


def test_a_person_is_known_by_the_token_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFYCTL_TARGET", "cluster:6021")
    monkeypatch.setenv("NOTIFYCTL_TOKEN", "a.b.c")
    caller = address(tmp_path).caller
    assert isinstance(caller, PersonToken)
    assert caller.header() == "Bearer a.b.c"

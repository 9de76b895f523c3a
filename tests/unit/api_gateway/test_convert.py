"""Protobuf to public JSON: the whole of a notification, its costs, and that no enum value is forgotten."""

from datetime import timedelta
from typing import Any

import grpc
import pytest

from notify.notifications.v1 import accounts_pb2, notifications_pb2, types_pb2
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.errors import InvalidRequest, RuleBroken, Violation
from services.api_gateway import convert
from services.api_gateway.convert import cost_of, credentials_from, item_result, notification_json
from tests.unit.api_gateway.fakes import NOTIFICATION_ID, NOW, TEMPLATE_ID, a_notification

ROOT = "https://api.example"
S = NotificationStatus


@pytest.mark.parametrize(
    ("table", "names", "prefix", "enum"),
    [
        (convert._TYPE_TO_PB, NotificationType, "NOTIFICATION_TYPE_", types_pb2.NotificationType),
        (convert.KEY_TYPE_TO_PB, KeyType, "KEY_TYPE_", types_pb2.KeyType),
        (convert._STATUS_TO_PB, set(S) - {S.FAILED}, "NOTIFICATION_STATUS_", types_pb2.NotificationStatus),
    ],
)
def test_every_value_of_an_enum_has_its_own(table: Any, names: Any, prefix: str, enum: Any) -> None:
    assert {member: enum.Value(prefix + member.name) for member in names} == table
    assert len(enum.values()) == len(table) + 1


def test_the_whole_of_a_text() -> None:
    assert notification_json(a_notification(), ROOT) == {
        "id": NOTIFICATION_ID,
        "reference": None,
        "email_address": None,
        "phone_number": "07700900123",
        **dict.fromkeys(["line_1", "line_2", "line_3", "line_4", "line_5", "line_6", "postcode"]),
        "type": "sms",
        "status": "created",
        "template": {"id": TEMPLATE_ID, "version": 2, "uri": f"{ROOT}/v2/template/{TEMPLATE_ID}/version/2"},
        "body": "Hello Ada",
        "subject": None,
        "created_at": "2026-03-04T12:30:15.250000Z",
        "created_by_name": None,
        "sent_at": None,
        "completed_at": None,
        "scheduled_for": None,
        "postage": None,
        "one_click_unsubscribe_url": None,
        "is_cost_data_ready": False,
        "cost_in_pounds": None,
        "cost_details": {},
    }


@pytest.mark.parametrize(
    ("status", "completed"),
    [
        (types_pb2.NOTIFICATION_STATUS_SENDING, None),
        (types_pb2.NOTIFICATION_STATUS_PENDING, None),
        (types_pb2.NOTIFICATION_STATUS_DELIVERED, "2026-03-04T12:30:16.250000Z"),
        (types_pb2.NOTIFICATION_STATUS_SENT, "2026-03-04T12:30:16.250000Z"),
    ],
)
def test_only_a_final_status_is_completed(status: Any, completed: str | None) -> None:
    notification = a_notification(status=status)
    notification.update_time.FromDatetime(NOW + timedelta(seconds=1))
    notification.send_time.FromDatetime(NOW + timedelta(seconds=2))
    shown = notification_json(notification, ROOT)
    assert (shown["completed_at"], shown["sent_at"]) == (completed, "2026-03-04T12:30:17.250000Z")


def test_a_letter_has_its_address_and_an_estimated_delivery() -> None:
    letter = a_notification(
        type=types_pb2.NOTIFICATION_TYPE_LETTER,
        status=types_pb2.NOTIFICATION_STATUS_SENDING,
        recipient="",
        postage="second",
        subject="A letter",
        address={"address_line_1": "A", "address_line_2": "B", "postcode": "SW1A 1AA"},
    )
    shown = notification_json(letter, ROOT)
    assert (shown["line_1"], shown["line_2"], shown["line_3"], shown["postcode"]) == (
        "A",
        "B",
        None,
        "SW1A 1AA",
    )
    assert (shown["status"], shown["postage"], shown["phone_number"]) == ("accepted", "second", None)
    assert str(shown["estimated_delivery"]) > str(shown["created_at"])


def test_a_time_before_1970_and_one_of_the_last_microsecond() -> None:
    pb = a_notification().create_time
    pb.seconds, pb.nanos = -1, 999_999_999
    assert convert.time_text(pb) == "1969-12-31T23:59:59.999999Z"


TEXT = {"billable_sms_fragments": 2, "international_rate_multiplier": 3, "sms_rate": 0.024}


@pytest.mark.parametrize(
    ("kind", "status", "units", "expected"),
    [
        (NotificationType.EMAIL, S.CREATED, 0, (True, 0.0, {})),
        (NotificationType.SMS, S.CREATED, 0, (False, None, {})),
        (NotificationType.SMS, S.CREATED, 2, (True, 0.144, TEXT)),
        (NotificationType.SMS, S.DELIVERED, 0, (True, 0.0, {**TEXT, "billable_sms_fragments": 0})),
        (NotificationType.LETTER, S.PENDING_VIRUS_CHECK, 2, (False, None, {})),
        (NotificationType.LETTER, S.CREATED, 0, (False, None, {})),
        (
            NotificationType.LETTER,
            S.CREATED,
            2,
            (True, 0.024, {"billable_sheets_of_paper": 2, "postage": "second"}),
        ),
        (
            NotificationType.LETTER,
            S.SENDING,
            0,
            (True, 0.0, {"billable_sheets_of_paper": 0, "postage": "second"}),
        ),
        (
            NotificationType.LETTER,
            S.CANCELLED,
            2,
            (True, 0.0, {"billable_sheets_of_paper": 0, "postage": "second"}),
        ),
    ],
)
def test_costs(kind: NotificationType, status: S, units: int, expected: object) -> None:
    pb = a_notification(billable_units=units, rate_multiplier=3, rate_ten_thousandths=240, postage="second")
    assert cost_of(pb, kind, status) == expected


def test_an_error_of_an_item_is_the_exception_that_a_call_would_have_raised() -> None:
    error = types_pb2.ItemError(
        code=grpc.StatusCode.FAILED_PRECONDITION.value[0],
        message="Template not found",
        reason="TEMPLATE_NOT_FOUND",
        metadata={"a": "b"},
    )
    raised = item_result(notifications_pb2.CreateNotificationsResult(error=error))
    assert isinstance(raised, RuleBroken)
    assert (raised.reason, raised.message, raised.metadata) == (
        "TEMPLATE_NOT_FOUND",
        "Template not found",
        {"a": "b"},
    )


def test_violations_of_an_item() -> None:
    error = types_pb2.ItemError(
        code=grpc.StatusCode.INVALID_ARGUMENT.value[0],
        reason="INVALID_REQUEST",
        violations=[types_pb2.FieldViolation(field="phone_number", message="phone_number Too many digits")],
    )
    raised = item_result(notifications_pb2.CreateNotificationsResult(error=error))
    assert isinstance(raised, InvalidRequest)
    assert raised.violations == (Violation("phone_number", "phone_number Too many digits"),)


def test_credentials() -> None:
    pb = accounts_pb2.GetServiceCredentialsResponse(
        service_id="2ebe4da8-17be-49fe-b02f-dff2760261a0",
        active=True,
        rate_limit=3_000,
        daily_limits=accounts_pb2.DailyLimits(email=1, sms=2, letter=3),
        keys=[accounts_pb2.ApiKeyCredential(id="k", type=types_pb2.KEY_TYPE_TEAM, secret="s", revoked=True)],
    )
    made = credentials_from(pb)
    assert made.daily_limits == {
        NotificationType.EMAIL: 1,
        NotificationType.SMS: 2,
        NotificationType.LETTER: 3,
    }
    (key,) = made.keys
    assert (key.id, key.type, key.secret, key.revoked) == ("k", KeyType.TEAM, b"s", True)

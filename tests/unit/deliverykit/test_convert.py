"""The border to protobuf: everything crosses, nothing is mixed up, and what must not come is refused."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from deliverykit import convert
from deliverykit.types import (
    DeliveryResult,
    EmailBranding,
    EmailContent,
    FailedRequest,
    HandedOver,
    LeaseRef,
    Outcome,
    Pretend,
    Refused,
    Released,
    ReportOutcome,
    RetryLater,
    StatusOverride,
    StatusReport,
    TextContent,
)
from notify.notifications.v1 import deliveries_pb2, types_pb2
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from services.notifications.convert.deliveries import delivery_result

NOTIFICATION_ID = UUID("0199a1b2-0000-7000-8000-000000000001")
SERVICE_ID = UUID("0199a1b2-0000-7000-8000-000000000002")
AT = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
TEXT = deliveries_pb2.TextContent(
    phone_number="447900900123", sender="Tests", body="hello", international=True
)


def a_pb_delivery(**changes: object) -> deliveries_pb2.Delivery:
    pb = deliveries_pb2.Delivery(
        notification_id=str(NOTIFICATION_ID),
        attempt=2,
        service_id=str(SERVICE_ID),
        key_type=types_pb2.KEY_TYPE_TEAM,
        possible_duplicate=True,
        failed_providers=["mmg", "firetext"],
    )
    convert.time_to_pb(AT, pb.create_time)
    convert.time_to_pb(AT + timedelta(seconds=60), pb.lease_expire_time)
    if "email" not in changes:
        pb.text.CopyFrom(TEXT)
    for name, value in changes.items():
        field = getattr(pb, name)
        field.CopyFrom(value) if hasattr(field, "CopyFrom") else setattr(pb, name, value)
    return pb


def test_delivery_of_a_text_is_read_whole() -> None:
    delivery = convert.delivery_from_pb(a_pb_delivery())

    assert (delivery.notification_id, delivery.service_id, delivery.attempt) == (
        NOTIFICATION_ID,
        SERVICE_ID,
        2,
    )
    assert (delivery.key_type, delivery.possible_duplicate) == (KeyType.TEAM, True)
    assert (delivery.created_at, delivery.lease.expires_at) == (AT, AT + timedelta(seconds=60))
    assert delivery.failed_providers == ("mmg", "firetext")
    assert delivery.content == TextContent(
        phone_number="447900900123", sender="Tests", body="hello", international=True
    )


def test_delivery_of_an_email_is_read_whole() -> None:
    email = deliveries_pb2.EmailContent(
        email_address="a@example.com",
        from_name="Tests",
        from_address="tests@notify.example",
        reply_to_address="reply@example.com",
        subject_template="Hello ((name))",
        body_template="# Hello",
        personalisation_json='{"name":"A"}',
        one_click_unsubscribe_url="https://example.com/u",
        show_unsubscribe_link=True,
        branding=deliveries_pb2.EmailBranding(
            text="T", colour="#112233", logo_url="https://example.com/l", alt_text="alt", banner=True
        ),
    )

    content = convert.delivery_from_pb(a_pb_delivery(email=email)).content

    assert content == EmailContent(
        email_address="a@example.com",
        from_name="Tests",
        from_address="tests@notify.example",
        reply_to_address="reply@example.com",
        subject_template="Hello ((name))",
        body_template="# Hello",
        personalisation_json='{"name":"A"}',
        one_click_unsubscribe_url="https://example.com/u",
        show_unsubscribe_link=True,
        branding=EmailBranding(
            text="T", colour="#112233", logo_url="https://example.com/l", alt_text="alt", banner=True
        ),
    )


def test_absent_parts_of_an_email_are_none() -> None:
    content = convert.delivery_from_pb(a_pb_delivery(email=deliveries_pb2.EmailContent())).content

    assert isinstance(content, EmailContent)
    assert (content.reply_to_address, content.one_click_unsubscribe_url, content.branding) == (
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    "changes", [{"notification_id": "x"}, {"service_id": ""}, {"key_type": types_pb2.KEY_TYPE_UNSPECIFIED}]
)
def test_delivery_with_a_bad_part_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the messages of uuid are not ours
        convert.delivery_from_pb(a_pb_delivery(**changes))


def test_delivery_without_content_is_refused() -> None:
    pb = a_pb_delivery()
    pb.ClearField("text")

    with pytest.raises(ValueError, match="no content"):
        convert.delivery_from_pb(pb)


def test_personal_data_is_not_in_a_representation() -> None:
    shown = repr(convert.delivery_from_pb(a_pb_delivery()))

    assert "447900900123" not in shown
    assert "hello" not in shown


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (HandedOver(), {"handed_over": {}}),
        (HandedOver(provider_reference="r"), {"handed_over": {"provider_reference": "r"}}),
        (RetryLater(error_code="timeout"), {"retry_later": {"error_code": "timeout"}}),
        (
            RetryLater(error_code="x", delay=timedelta(seconds=2.5), no_provider=True),
            {
                "retry_later": {
                    "error_code": "x",
                    "delay": Duration(seconds=2, nanos=500_000_000),
                    "no_provider": True,
                }
            },
        ),
        (
            RetryLater(error_code="timeout", may_be_out=True),
            {"retry_later": {"error_code": "timeout", "may_be_out": True}},
        ),
        (Refused(error_code="bad"), {"refused": {"error_code": "bad"}}),
        (
            Pretend(status=NotificationStatus.TEMPORARY_FAILURE),
            {"pretend": {"status": types_pb2.NOTIFICATION_STATUS_TEMPORARY_FAILURE}},
        ),
        (Released(), {"released": {}}),
    ],
)
def test_outcome_is_told(outcome: Outcome, expected: dict[str, object]) -> None:
    ref = LeaseRef(notification_id=NOTIFICATION_ID, attempt=7)

    request = convert.complete_request("w", [(ref, DeliveryResult(outcome=outcome))])

    assert request == deliveries_pb2.CompleteDeliveriesRequest(
        worker_id="w",
        results=[
            deliveries_pb2.DeliveryResult(notification_id=str(NOTIFICATION_ID), attempt=7, **expected)  # type: ignore[arg-type]  # the table's values are of many types
        ],
    )


def test_provider_and_times_of_a_result_are_told() -> None:
    result = DeliveryResult(
        outcome=HandedOver(), provider="mmg", started_at=AT, duration=timedelta(milliseconds=80)
    )

    [pb] = convert.complete_request(
        "w", [(LeaseRef(notification_id=NOTIFICATION_ID, attempt=1), result)]
    ).results

    assert pb.provider == "mmg"
    assert (convert.time_from_pb(pb.start_time), pb.duration.ToTimedelta()) == (
        AT,
        timedelta(milliseconds=80),
    )


def test_requests_that_failed_beside_are_told() -> None:
    failed = FailedRequest(
        provider="mmg",
        started_at=AT,
        duration=timedelta(milliseconds=1500),
        error_code="timeout",
        may_be_out=True,
    )
    result = DeliveryResult(outcome=HandedOver(), provider="firetext", failed_requests=(failed,))

    [pb] = convert.complete_request(
        "w", [(LeaseRef(notification_id=NOTIFICATION_ID, attempt=1), result)]
    ).results

    arrived = delivery_result(pb, "w")
    assert arrived.is_doubtful
    [request] = arrived.failed_requests
    assert {name: getattr(request, name) for name in FailedRequest.__slots__} == {
        name: getattr(failed, name) for name in FailedRequest.__slots__
    }


def test_nothing_is_told_of_a_provider_that_was_not_asked() -> None:
    ref = LeaseRef(notification_id=NOTIFICATION_ID, attempt=1)

    [pb] = convert.complete_request("w", [(ref, DeliveryResult(outcome=Released()))]).results

    assert not any(pb.HasField(name) for name in ("provider", "start_time", "duration"))


def test_report_is_told_whole() -> None:
    report = StatusReport(
        notification_id=NOTIFICATION_ID,
        provider="firetext",
        status=NotificationStatus.PERMANENT_FAILURE,
        received_at=AT,
        detail_code="1/101",
        overrides=(
            StatusOverride(
                given_to="firetext",
                current_status=NotificationStatus.PENDING,
                status=NotificationStatus.TEMPORARY_FAILURE,
            ),
            StatusOverride(
                given_to="firetext", current_status=None, status=NotificationStatus.PERMANENT_FAILURE
            ),
        ),
    )

    [pb] = convert.apply_request([report]).reports

    expected = deliveries_pb2.StatusReport(
        notification_id=str(NOTIFICATION_ID),
        provider="firetext",
        status=types_pb2.NOTIFICATION_STATUS_PERMANENT_FAILURE,
        detail_code="1/101",
        overrides=[
            deliveries_pb2.StatusOverride(
                given_to="firetext",
                current_status=types_pb2.NOTIFICATION_STATUS_PENDING,
                status=types_pb2.NOTIFICATION_STATUS_TEMPORARY_FAILURE,
            ),
            deliveries_pb2.StatusOverride(
                given_to="firetext", status=types_pb2.NOTIFICATION_STATUS_PERMANENT_FAILURE
            ),
        ],
    )
    convert.time_to_pb(AT, expected.receive_time)
    assert pb == expected


def test_result_of_a_report_is_read_whole() -> None:
    pb = deliveries_pb2.StatusReportResult(
        outcome=deliveries_pb2.REPORT_OUTCOME_APPLIED,
        given_to="mmg",
        status=types_pb2.NOTIFICATION_STATUS_DELIVERED,
        key_type=types_pb2.KEY_TYPE_NORMAL,
    )
    convert.time_to_pb(AT, pb.create_time)
    convert.time_to_pb(AT + timedelta(seconds=1), pb.send_time)

    result = convert.report_result_from_pb(pb)

    assert (result.outcome, result.given_to) == (ReportOutcome.APPLIED, "mmg")
    assert (result.created_at, result.sent_at) == (AT, AT + timedelta(seconds=1))
    assert (result.status, result.key_type) == (NotificationStatus.DELIVERED, KeyType.NORMAL)


def test_what_is_not_known_of_a_notification_is_none() -> None:
    pb = deliveries_pb2.StatusReportResult(outcome=deliveries_pb2.REPORT_OUTCOME_UNKNOWN_NOTIFICATION)

    result = convert.report_result_from_pb(pb)

    assert (result.given_to, result.created_at, result.sent_at) == (None, None, None)
    assert (result.status, result.key_type) == (None, None)


def test_result_without_an_outcome_is_refused() -> None:
    with pytest.raises(ValueError, match="no outcome"):
        convert.report_result_from_pb(deliveries_pb2.StatusReportResult())


def test_every_status_of_the_protocol_is_known() -> None:
    names = set(types_pb2.NotificationStatus.keys()) - {"NOTIFICATION_STATUS_UNSPECIFIED"}

    results = {
        convert.report_result_from_pb(
            deliveries_pb2.StatusReportResult(outcome=deliveries_pb2.REPORT_OUTCOME_APPLIED, status=name)
        ).status
        for name in names
    }

    assert results == set(NotificationStatus) - {NotificationStatus.FAILED}


def test_every_channel_can_be_asked_for() -> None:
    asked = {convert.lease_request(channel, "w", 1, timedelta(0)).channel for channel in NotificationType}

    assert asked == set(types_pb2.NotificationType.values()) - {0}


@given(at=st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001 -- hypothesis adds the timezone
def test_times_come_back_as_they_went(at: datetime) -> None:
    pb = Timestamp()
    convert.time_to_pb(at, pb)

    assert pb.ToDatetime(tzinfo=UTC) == at
    assert convert.time_from_pb(pb) == at


def test_time_of_another_zone_is_the_same_moment() -> None:
    pb = Timestamp()
    convert.time_to_pb(AT.astimezone(timezone(timedelta(hours=5))), pb)

    assert convert.time_from_pb(pb) == AT


def test_span_below_zero_counts_as_none() -> None:
    pb = Duration(seconds=5)
    convert.duration_to_pb(timedelta(seconds=-1.5), pb)

    assert pb == Duration()

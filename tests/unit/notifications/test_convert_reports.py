"""What requests for reports may say, and what the gateway may tell."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from pydantic import SecretStr

from notify.notifications.v1 import reports_pb2, requests_pb2, types_pb2
from notifyrules.statuses import KeyType, NotificationType
from servicekit.errors import InvalidRequest
from servicekit.ids import first_id_at, new_id
from services.notifications.__main__ import reports_pool
from services.notifications.config import NotificationsSettings
from services.notifications.convert import reports as convert
from services.notifications.convert import requests as convert_requests

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
SERVICE_ID = "0197c2f4-6a0e-7c4b-9d3e-5b8f21a60c77"


def stamp(moment: datetime) -> Timestamp:
    found = Timestamp()
    found.FromDatetime(moment)
    return found


def test_a_period_has_both_its_ends() -> None:
    given = reports_pb2.Period(first_london_date="2026-02-28", last_london_date="2026-03-01")
    assert convert.period(given).last - convert.period(given).first == date(2026, 3, 1) - date(2026, 2, 28)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("", ""),
        ("2026-03-01", ""),
        ("2026-02-30", "2026-03-01"),
        ("20260301", "2026-03-02"),
        ("2026-03-02", "2026-03-01"),
        ("2025-01-01", "2026-03-01"),
        ("0001-01-01", "0001-01-02"),
        ("9999-12-31", "9999-12-31"),
    ],
)
def test_a_period_that_is_none_is_refused(first: str, last: str) -> None:
    with pytest.raises(InvalidRequest):
        convert.period(reports_pb2.Period(first_london_date=first, last_london_date=last))


def a_report(**changes: Any) -> reports_pb2.ReadNotificationsReportRequest:
    values: dict[str, Any] = {
        "service_id": SERVICE_ID,
        "from_time": stamp(NOON),
        "until_time": stamp(NOON.replace(hour=13)),
    }
    return reports_pb2.ReadNotificationsReportRequest(**{**values, **changes})


def test_a_report_is_of_live_and_team_keys_and_all_channels() -> None:
    span = convert.report_span(a_report())
    assert (span.types, span.key_types) == (tuple(NotificationType), (KeyType.NORMAL, KeyType.TEAM))
    assert span.after < first_id_at(NOON) < span.before


def test_a_report_goes_on_after_its_token_and_never_before_its_beginning() -> None:
    early, late = UUID(int=0), new_id(at=NOON.replace(minute=30))
    assert convert.report_span(a_report(page_token=str(late))).after == late
    assert convert.report_span(a_report(page_token=str(early))).after > early


def test_a_report_may_begin_before_all_ids() -> None:
    span = convert.report_span(a_report(from_time=stamp(datetime(1900, 1, 1, tzinfo=UTC))))
    assert span.after < span.before


@pytest.mark.parametrize(
    "changes",
    [
        {"service_id": "x"},
        {"from_time": None},
        {"until_time": None},
        {"until_time": stamp(NOON)},
        {"page_token": "x"},
        {"types": [types_pb2.NOTIFICATION_TYPE_UNSPECIFIED]},
        {"from_time": Timestamp(seconds=10**18)},
    ],
)
def test_a_report_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        convert.report_span(a_report(**changes))


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_between_0_and_1(share: float) -> None:
    with pytest.raises(InvalidRequest):
        convert.min_share(reports_pb2.FindFailingServicesRequest(min_share=share))


@pytest.mark.parametrize("reference", ["", "x" * 1_001, "a\0b"])
def test_a_reference_is_one_that_can_be_stored(reference: str) -> None:
    with pytest.raises(InvalidRequest):
        convert.reference(reports_pb2.ListDeliveryRecordsRequest(reference=reference))


def a_refusal(**changes: Any) -> requests_pb2.RefusedRequests:
    values: dict[str, Any] = {
        "id": str(new_id()),
        "method": "POST",
        "route": "/v2/notifications/{id}",
        "status": 400,
        "error": "ValidationError",
        "reason": "INVALID_REQUEST",
        "fields": ["phone_number"],
        "count": 2,
        "last_time": stamp(NOON),
    }
    return requests_pb2.RefusedRequests(**{**values, **changes})


def recorded(*refused: requests_pb2.RefusedRequests) -> requests_pb2.RecordRequestsRequest:
    return requests_pb2.RecordRequestsRequest(process_id=SERVICE_ID, refused=refused)


def test_a_refusal_is_kept_as_it_was_told_and_once() -> None:
    refusal = a_refusal(service_id=SERVICE_ID)
    (kept,) = convert_requests.refused(recorded(refusal, refusal))
    assert (kept.service_id, kept.api_key_id, kept.fields, kept.count) == (
        UUID(SERVICE_ID),
        None,
        ("phone_number",),
        2,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "1b671a64-40d5-491e-99b0-da01ff1f3341"},  # version 4 tells no time
        {"service_id": "x"},
        {"api_key_id": "x"},
        {"route": "/v2/07700 900123"},
        {"reason": "ada@example.com"},
        {"fields": ["07700900123"]},
        {"fields": ["a"] * 21},
        {"status": 99},
        {"count": 0},
    ],
)
def test_what_could_be_personal_data_or_is_no_refusal_is_not_kept(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        convert_requests.refused(recorded(a_refusal(**changes)))


@pytest.mark.parametrize(
    "counts",
    [
        [requests_pb2.RequestCount(london_date="2026-03-04", requests=1, failed=2)],
        [requests_pb2.RequestCount(london_date="2026-03-04", requests=-1)],
        [requests_pb2.RequestCount(london_date="today", requests=1)],
        [requests_pb2.RequestCount(london_date="2026-03-04", requests=1)] * 11,
    ],
)
def test_counts_that_cannot_be_are_refused(counts: list[requests_pb2.RequestCount]) -> None:
    with pytest.raises(InvalidRequest):
        convert_requests.counts(requests_pb2.RecordRequestsRequest(counts=counts))


def test_reports_go_to_the_replica_where_there_is_one() -> None:
    def settings(**changes: Any) -> NotificationsSettings:
        values = {
            "environment": "development",
            "secret_keys": "k" * 32,
            "caller_keys": "k" * 32,
            "database_url": "postgresql://main/notify",
        }
        return NotificationsSettings(**{**values, **changes})

    replica = settings(replica_database_url=SecretStr("postgresql://replica/notify"))
    assert "host=main" in str(reports_pool(settings()).conninfo)
    assert "host=replica" in str(reports_pool(replica).conninfo)
    assert "default_transaction_read_only=on" in str(reports_pool(replica).conninfo)

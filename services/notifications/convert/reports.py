"""reports.proto ⇄ values."""

import re
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from notify.notifications.v1 import reports_pb2 as pb
from notify.notifications.v1 import types_pb2
from notifyrules.statuses import KeyType, NotificationType
from servicekit.ids import first_id_at, time_of
from services.notifications.convert.notifications import MAX_REFERENCE_CHARACTERS
from services.notifications.convert.values import (
    KEY_TYPE_NUMBERS,
    STATUS_NUMBERS,
    TYPE_NUMBERS,
    id_from,
    invalid,
    moment_from,
    optional_id_from,
    page_size,
    timestamp,
    type_from,
)
from services.notifications.reports import MAX_DAYS, Period, ProcessingTime
from services.notifications.reports_store import (
    DeliveryRecord,
    DramaService,
    FailingService,
    Measures,
    ReportedUser,
    ReportSpan,
    RequestsOfDay,
    StatusCount,
)

MAX_PAGE: Final = 1_000
PAGE: Final = 100
LAST_ID: Final = UUID(int=(1 << 128) - 1)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MIN_MESSAGES: Final = 1_000
_MIN_SHARE: Final = 0.25


def period(given: pb.Period) -> Period:
    """The days of a report. Raises InvalidRequest."""
    first = london_date_from(given.first_london_date, "period.first_london_date")
    last = london_date_from(given.last_london_date, "period.last_london_date")
    if last < first:
        raise invalid("period.last_london_date", "period.last_london_date is before period.first_london_date")
    if last - first >= timedelta(days=MAX_DAYS):
        raise invalid("period.last_london_date", f"a report can have at most {MAX_DAYS} days")
    return Period(first=first, last=last)


def london_date_from(text: str, field: str) -> date:
    """A day. Raises InvalidRequest."""
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        day = None
    # Neighbours of the ends of the calendar could not be told.
    if day is None or not 1971 <= day.year <= 9998:
        raise invalid(field, f"{field} must be a day, written YYYY-MM-DD")
    return day


def wanted_service(
    request: pb.ReadStatusSummaryRequest | pb.ReadDeliveryTimesRequest | pb.ReadProcessingTimesRequest,
) -> UUID | None:
    """The service that is asked about; None: all. Raises InvalidRequest."""
    return optional_id_from(request.service_id, "service_id", present=request.HasField("service_id"))


def wanted_type(request: pb.ReadStatusSummaryRequest) -> NotificationType | None:
    """The channel that is asked about; None: all. Raises InvalidRequest."""
    return type_from(request.type) if request.HasField("type") else None


def min_share(request: pb.FindFailingServicesRequest) -> float:
    """The least share of failures. Raises InvalidRequest."""
    if not 0 <= request.min_share <= 1:
        raise invalid("min_share", "min_share must be above 0 and at most 1")
    return request.min_share or _MIN_SHARE


def min_messages(given: int, field: str, default: int = _MIN_MESSAGES) -> int:
    """How many messages are enough. Raises InvalidRequest."""
    if given < 0:
        raise invalid(field, f"{field} must be 1 or more")
    return given or default


def max_services(given: int) -> int:
    """How many services at most. Raises InvalidRequest."""
    if not 0 <= given <= MAX_PAGE:
        raise invalid("max_services", f"max_services must be between 0 and {MAX_PAGE}")
    return given or PAGE


def report_span(request: pb.ReadNotificationsReportRequest) -> ReportSpan:
    """Which messages are wanted. Raises InvalidRequest."""
    start, end = moment_from(request.from_time, "from_time"), moment_from(request.until_time, "until_time")
    if not request.HasField("from_time") or not request.HasField("until_time") or end <= start:
        raise invalid("until_time", "from_time and until_time are both needed, and until_time is the later")
    after = UUID(int=first_id_at(start).int - 1)
    if request.HasField("page_token"):
        after = max(after, id_from(request.page_token, "page_token"))
    key_types = tuple(KeyType) if request.with_test_keys else (KeyType.NORMAL, KeyType.TEAM)
    return ReportSpan(
        service_id=id_from(request.service_id, "service_id"),
        after=after,
        before=first_id_at(end),
        types=tuple(type_from(number, "types") for number in request.types) or tuple(NotificationType),
        key_types=key_types,
    )


def reference(request: pb.ListDeliveryRecordsRequest) -> str:
    """A sender's reference. Raises InvalidRequest."""
    if not 1 <= len(request.reference) <= MAX_REFERENCE_CHARACTERS or "\0" in request.reference:
        raise invalid("reference", f"reference must have 1 to {MAX_REFERENCE_CHARACTERS} characters")
    return request.reference


def records_before(request: pb.ListDeliveryRecordsRequest) -> UUID:
    """Where a page begins. Raises InvalidRequest."""
    return id_from(request.page_token, "page_token") if request.HasField("page_token") else LAST_ID


def records_limit(given: int) -> int:
    """How many to list. Raises InvalidRequest."""
    return page_size(given, PAGE, MAX_PAGE)


def status_count(found: StatusCount) -> pb.TypeStatusCount:
    """Messages in a status. Old rows may hold `failed`, which has no number any more: it is a technical failure."""
    status = STATUS_NUMBERS.get(found.status, types_pb2.NOTIFICATION_STATUS_TECHNICAL_FAILURE)
    return pb.TypeStatusCount(type=TYPE_NUMBERS[found.type], status=status, count=found.count)


def delivery_times(found: Measures) -> pb.DeliveryTimes:
    """How long messages of a channel took."""
    return pb.DeliveryTimes(
        type=TYPE_NUMBERS[found.type],
        total=found.total,
        under_1_minute=found.under_1_min,
        from_1_to_5_minutes=found.under_5_min,
        from_5_to_10_minutes=found.under_10_min,
        from_10_to_30_minutes=found.under_30_min,
        over_30_minutes=found.over_30_min,
    )


def processing_time(found: ProcessingTime) -> pb.ProcessingTime:
    """How many messages of a day were handed over quickly."""
    return pb.ProcessingTime(
        london_date=found.day.isoformat(), total=found.total, within_10_seconds=found.within_10_s
    )


def failing_service(found: FailingService) -> pb.FailingService:
    """A service of which many messages failed."""
    return pb.FailingService(
        service_id=str(found.service_id),
        service_name=found.name,
        type=TYPE_NUMBERS[found.type],
        total=found.total,
        failed=found.failed,
    )


def drama_service(found: DramaService) -> pb.DramaService:
    """A service that texts numbers kept for television."""
    return pb.DramaService(
        service_id=str(found.service_id),
        service_name=found.name,
        texts=found.texts,
        to_drama_numbers=found.to_drama,
    )


def availability(found: RequestsOfDay) -> pb.AvailabilityOfDay:
    """Requests of a day."""
    return pb.AvailabilityOfDay(
        london_date=found.day.isoformat(), requests=found.requests, failed=found.failed
    )


def delivery_record(found: DeliveryRecord) -> pb.DeliveryRecord:
    """What is known of a message."""
    return pb.DeliveryRecord(
        notification_id=str(found.id),
        type=TYPE_NUMBERS[found.type],
        key_type=KEY_TYPE_NUMBERS[found.key_type],
        status=STATUS_NUMBERS.get(found.status, types_pb2.NOTIFICATION_STATUS_TECHNICAL_FAILURE),
        template_id=str(found.template_id),
        template_version=found.template_version,
        create_time=timestamp(time_of(found.id)),
        send_time=None if found.sent_at is None else timestamp(found.sent_at),
        update_time=None if found.updated_at is None else timestamp(found.updated_at),
        provider=found.provider,
        is_past_retention=found.is_past_retention,
    )


def user(found: ReportedUser) -> pb.ReportedUser:
    """A person with all services."""
    return pb.ReportedUser(
        user_id=str(found.id),
        name=found.name,
        email_address=found.email_address,
        create_time=timestamp(found.created_at),
        services=[
            pb.UserService(
                service_id=str(service.service_id),
                service_name=service.name,
                is_active=service.is_active,
                is_trial=service.is_trial,
                permissions=service.permissions,
            )
            for service in found.services
        ],
    )

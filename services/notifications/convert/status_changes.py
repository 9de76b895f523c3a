"""pb ⇄ domain for StatusChangesService."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from notify.notifications.v1 import status_changes_pb2 as pb
from notifyrules.statuses import NotificationStatus
from services.notifications.convert.values import (
    KEY_TYPE_NUMBERS,
    STATUS_NUMBERS,
    TYPE_NUMBERS,
    id_from,
    invalid,
    moment_from,
    optional_id_from,
    status_from,
    timestamp,
)
from services.notifications.feed import Page, Watched
from services.notifications.feed_store import Facts, FactsLot, FeedPosition, StatusChange

_POSITION: Final = re.compile(r"(\d{1,18})\.(\d{1,18})", re.ASCII)
_MAX_WATCHED: Final = 1_000
_MAX_SPAN: Final = timedelta(days=2)


def position_from(request: pb.ListStatusChangesRequest) -> FeedPosition | None:
    """Where to go on; None: from the oldest. Raises InvalidRequest."""
    if not request.HasField("page_token"):
        return None
    match = _POSITION.fullmatch(request.page_token)
    if match is None:
        raise invalid("page_token", "page_token is not one of an earlier answer")
    return FeedPosition(int(match[1]), int(match[2]))


def statuses_from(request: pb.ListStatusChangesRequest) -> tuple[NotificationStatus, ...]:
    """The statuses that are wanted: all where none is named. Raises InvalidRequest."""
    if not request.statuses:
        return tuple(NotificationStatus)
    return tuple(status_from(number, "statuses") for number in request.statuses)


def page(found: Page) -> pb.ListStatusChangesResponse:
    """A page of changes."""
    return pb.ListStatusChangesResponse(
        changes=changes(found.changes),
        next_page_token=f"{found.position.xid}.{found.position.seq}",
        has_more=found.has_more,
    )


def watched(request: pb.WatchNotificationsRequest) -> Watched:
    """What somebody watches. Raises InvalidRequest."""
    service_id = optional_id_from(request.service_id, "service_id", present=request.HasField("service_id"))
    if len(request.notification_ids) > _MAX_WATCHED:
        raise invalid("notification_ids", f"notification_ids must be at most {_MAX_WATCHED}")
    if service_id is None and not request.notification_ids:
        raise invalid("service_id", "service_id or notification_ids is required")
    ids = frozenset(id_from(text, "notification_ids") for text in request.notification_ids)
    return Watched(service_id=service_id, ids=ids)


def span(request: pb.ReadNotificationFactsRequest) -> tuple[datetime, datetime]:
    """From when until when. Raises InvalidRequest."""
    start = _moment(request.from_time, "from_time", present=request.HasField("from_time"))
    end = _moment(request.until_time, "until_time", present=request.HasField("until_time"))
    if not start < end <= start + _MAX_SPAN:
        raise invalid("until_time", "until_time must be after from_time, and at most 2 days after it")
    return start, end


def wanted_service(request: pb.ReadNotificationFactsRequest) -> UUID | None:
    """Whose notifications; None: everybody's. Raises InvalidRequest."""
    return optional_id_from(request.service_id, "service_id", present=request.HasField("service_id"))


def changes(found: Sequence[StatusChange]) -> list[pb.StatusChange]:
    """Changes on the wire."""
    return [
        pb.StatusChange(
            notification_id=str(change.id),
            version=change.version,
            status=STATUS_NUMBERS[change.status],
            change_time=timestamp(change.changed_at),
            facts=None if change.facts is None else facts(change.facts),
        )
        for change in found
    ]


def facts_lot(lot: FactsLot) -> pb.ReadNotificationFactsResponse:
    """A lot of facts on the wire."""
    return pb.ReadNotificationFactsResponse(
        groups=[
            pb.FactsGroup(facts=facts(group.facts), count=group.count, ids=group.ids, versions=group.versions)
            for group in lot.groups
        ],
        last_id=str(lot.last_id),
    )


def facts(found: Facts) -> pb.NotificationFacts:
    """What is billed of a notification, on the wire."""
    return pb.NotificationFacts(
        version=found.version,
        service_id=str(found.service_id),
        template_id=str(found.template_id),
        type=TYPE_NUMBERS[found.type],
        key_type=KEY_TYPE_NUMBERS[found.key_type],
        status=STATUS_NUMBERS[found.status],
        provider=found.provider,
        billable_units=found.billable_units,
        rate_multiplier=found.rate_multiplier,
        postage=found.postage,
    )


def _moment(stamp: Timestamp, field: str, *, present: bool) -> datetime:
    if not present:
        raise invalid(field, f"{field} is required")
    moment = moment_from(stamp, field)
    if moment.year < 2000:
        raise invalid(field, f"{field} is out of range")
    return moment

"""Every statement of reports (`reports.sql`). They run on a pool of their own that only reads: the replica's, where
there is one. Nothing that sends waits for its connections. Called by `reports`, `notifications_report` and servicers.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from notifyrules.notifications_report import STATUS_WORDS
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.database import Pool, load_queries

REPORT_QUERIES: Final = load_queries(Path(__file__).with_name("reports.sql"))

_WORDS: Final = [
    (type.value, status.value, word) for type, words in STATUS_WORDS.items() for status, word in words.items()
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Days of a report: some were counted at night, the rest is counted now, by a span of ids."""

    first: date
    last: date
    last_counted: date
    """Before `first` where no day was counted."""
    first_id: UUID
    end_id: UUID
    """Equal to `first_id` where all days were counted."""

    def parameters(self) -> dict[str, Any]:
        """For the statements."""
        return {
            "first_day": self.first,
            "last_counted_day": min(self.last, self.last_counted),
            "first_id": self.first_id,
            "end_id": self.end_id,
        }


@dataclass(frozen=True, slots=True)
class StatusCount:
    """Messages of a channel in a status; in the order of the query's columns."""

    type: NotificationType
    status: NotificationStatus
    count: int


@dataclass(frozen=True, slots=True)
class Measures:
    """Messages of a channel on a day; in the order of the query's columns."""

    day: date
    type: NotificationType
    total: int
    single: int
    within_10_s: int
    under_1_min: int
    under_5_min: int
    under_10_min: int
    under_30_min: int
    over_30_min: int


@dataclass(frozen=True, slots=True)
class FailingService:
    """A service and channel of which many messages failed; in the order of the query's columns."""

    service_id: UUID
    name: str
    type: NotificationType
    total: int
    failed: int


@dataclass(frozen=True, slots=True)
class DramaService:
    """A service that texts numbers kept for television; in the order of the query's columns."""

    service_id: UUID
    name: str
    texts: int
    to_drama: int


@dataclass(frozen=True, slots=True)
class RequestsOfDay:
    """Requests to the public API; in the order of the query's columns."""

    day: date
    requests: int
    failed: int


@dataclass(frozen=True, slots=True)
class ReportLot:
    """A stretch of a service's messages; in the order of the query's columns."""

    looked_at: int
    last_id: UUID | None
    row_count: int
    lines: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSpan:
    """Which messages of a service a report has."""

    service_id: UUID
    after: UUID
    before: UUID
    types: tuple[NotificationType, ...]
    key_types: tuple[KeyType, ...]


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """What is known of a message also when it is past retention; in the order of the query's columns."""

    id: UUID
    type: NotificationType
    key_type: KeyType
    status: NotificationStatus
    template_id: UUID
    template_version: int
    sent_at: datetime | None
    updated_at: datetime | None
    provider: str | None
    is_past_retention: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UserService:
    """A service of a person."""

    service_id: UUID
    name: str
    is_active: bool
    is_trial: bool
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedUser:
    """A person with all services, by name."""

    id: UUID
    name: str
    email_address: str
    created_at: datetime
    services: list[UserService]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """Refused requests that are alike; in the order of the query's columns."""

    id: UUID
    service_id: UUID | None
    api_key_id: UUID | None
    method: str
    route: str
    status: int
    error: str
    reason: str
    fields: list[str]
    count: int
    last_at: datetime


def reports_url(database_url: str) -> str:
    """The database's URL for a pool that only reads, and plans each statement for what it is asked."""
    given = str(conninfo_to_dict(database_url).get("options") or "")
    options = "-c default_transaction_read_only=on -c plan_cache_mode=force_custom_plan -c jit=off"
    return make_conninfo(database_url, options=f"{given} {options}".strip())


class ReportsStore:
    """Reports' statements on one pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def counted_until(self) -> tuple[date | None, date | None]:
        """The last days of which deliveries and statuses were counted."""
        ((deliveries, statuses),) = await self._pool.fetch(REPORT_QUERIES["counted_until"], {})
        return deliveries, statuses

    async def has_service(self, service_id: UUID) -> bool:
        """Whether there is such a service."""
        return bool(await self._pool.fetch(REPORT_QUERIES["find_service"], {"service_id": service_id}))

    async def status_counts(
        self, days: Days, service_id: UUID | None, type: NotificationType | None
    ) -> list[StatusCount]:
        """Messages by channel and status."""
        rows = await self._pool.fetch(
            REPORT_QUERIES["read_status_counts"],
            days.parameters() | {"service_id": service_id, "type": None if type is None else type.value},
        )
        return [
            StatusCount(NotificationType(type), NotificationStatus(status), count)
            for type, status, count in rows
        ]

    async def measures(self, days: Days, service_id: UUID | None) -> list[Measures]:
        """Texts and emails by day and channel."""
        rows = await self._pool.fetch(
            REPORT_QUERIES["read_measures"], days.parameters() | {"service_id": service_id}
        )
        return [Measures(day, NotificationType(type), *numbers) for day, type, *numbers in rows]

    async def failing_services(
        self,
        days: Days,
        failures: tuple[NotificationStatus, ...],
        *,
        min_messages: int,
        min_share: float,
        limit: int,
    ) -> list[FailingService]:
        """Services of whose messages many ended in one of some statuses, the worst first."""
        rows = await self._pool.fetch(
            REPORT_QUERIES["find_failing_services"],
            days.parameters()
            | {
                "failures": [status.value for status in failures],
                "min_messages": min_messages,
                "min_share": min_share,
                "max": limit,
            },
        )
        return [
            FailingService(id, name, NotificationType(type), total, failed)
            for id, name, type, total, failed in rows
        ]

    async def services_texting_drama_numbers(
        self, days: Days, min_texts: int, limit: int
    ) -> list[DramaService]:
        """Services that text numbers kept for television, the most first."""
        rows = await self._pool.fetch(
            REPORT_QUERIES["find_services_texting_drama_numbers"],
            days.parameters() | {"min_texts": min_texts, "max": limit},
        )
        return [DramaService(*row) for row in rows]

    async def availability(self, first: date, last: date) -> list[RequestsOfDay]:
        """Requests by day."""
        rows = await self._pool.fetch(
            REPORT_QUERIES["read_availability"], {"first_day": first, "last_day": last}
        )
        return [RequestsOfDay(*row) for row in rows]

    async def report_lot(self, span: ReportSpan, limit: int) -> ReportLot:
        """The next messages of a service as CSV."""
        ((looked_at, last_id, row_count, lines),) = await self._pool.fetch(
            REPORT_QUERIES["read_report_lot"],
            {
                "service_id": span.service_id,
                "after": span.after,
                "before": span.before,
                "types": [type.value for type in span.types],
                "key_types": [key_type.value for key_type in span.key_types],
                "word_types": [type for type, _, _ in _WORDS],
                "word_statuses": [status for _, status, _ in _WORDS],
                "words": [word for _, _, word in _WORDS],
                "max": limit,
            },
        )
        return ReportLot(looked_at, last_id, row_count, lines)

    async def delivery_records(
        self, service_id: UUID, reference: str, before: UUID, limit: int
    ) -> list[DeliveryRecord]:
        """Messages by their sender's reference, newest first."""
        rows = await self._pool.fetch(
            REPORT_QUERIES["list_delivery_records"],
            {"service_id": service_id, "reference": reference, "before": before, "max": limit},
        )
        return [
            DeliveryRecord(
                id, NotificationType(type), KeyType(key_type), NotificationStatus(status), *the_rest
            )
            for id, type, key_type, status, *the_rest in rows
        ]

    async def users(self, after: UUID, limit: int) -> list[ReportedUser]:
        """The next people by id, with their services."""
        users: dict[UUID, ReportedUser] = {}
        rows = await self._pool.fetch(REPORT_QUERIES["read_users"], {"after": after, "max": limit})
        for id, name, email, created_at, service_id, service_name, is_active, is_trial, permissions in rows:
            user = users.setdefault(
                id,
                ReportedUser(id=id, name=name, email_address=email, created_at=created_at, services=[]),
            )
            if service_id is not None:
                user.services.append(
                    UserService(
                        service_id=service_id,
                        name=service_name,
                        is_active=is_active,
                        is_trial=is_trial,
                        permissions=tuple(permissions),
                    )
                )
        return list(users.values())

    async def refused_requests(
        self, service_id: UUID | None, status: int | None, first_id: UUID, before: UUID, limit: int
    ) -> list[RefusedRow]:
        """Refused requests, newest first."""
        rows = await self._pool.fetch(
            REPORT_QUERIES["list_refused_requests"],
            {
                "service_id": service_id,
                "status": status,
                "first_id": first_id,
                "before": before,
                "max": limit,
            },
        )
        return [RefusedRow(*row) for row in rows]

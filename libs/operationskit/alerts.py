"""Alerts: a metric, a log event, and a row that people can list and say is seen to.

Called by tasks that found something. The same alert about the same subject stays one row until somebody
acknowledges it, or until `end_alert` says that it is over; raised after that, it is a new one. Rows hold no
personal data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from operationskit import metrics
from operationskit.audit import SYSTEM, Change, record_all
from servicekit.clock import Clock
from servicekit.database import Pool
from servicekit.ids import new_id
from servicekit.logs import is_forbidden

log = structlog.get_logger()

_COLUMNS: Final = (
    "id, name, subject, details, first_raised_at, last_raised_at, times, acknowledged_at, acknowledged_by, "
    "acknowledge_reason"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something that somebody should look at."""

    id: UUID
    name: str  # what kind, such as `sms-delivery-slow`
    subject: str  # what it is about: a provider, the id of a service, or nothing
    details: Mapping[str, Any]
    first_raised_at: datetime
    last_raised_at: datetime
    times: int
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledge_reason: str | None


class Alerts:
    """Raises and lists the alerts of one service."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def raise_alert(
        self, name: str, subject: str = "", details: Mapping[str, str | int | float] | None = None
    ) -> None:
        """Raise an alert, or raise an open one again, with its newest details.

        `name` comes from a closed set: it is a label of a metric. `subject` and `details` hold no personal
        data: ids, names of ours, and numbers. Raises ValueError for a detail that may not be logged.
        """
        facts = dict(details or {})
        if refused := [key for key in facts if is_forbidden(key)]:
            raise ValueError(f"an alert may not tell {', '.join(refused)}")
        async with self._pool.connection() as connection:
            await connection.execute(
                b"insert into alerts as kept (id, name, subject, details, first_raised_at, last_raised_at) "
                b"values (%(id)s, %(name)s, %(subject)s, %(details)s, %(now)s, %(now)s) "
                b"on conflict (name, subject) where acknowledged_at is null do update "
                b"set details = excluded.details, last_raised_at = excluded.last_raised_at, "
                b"times = kept.times + 1",
                {
                    "id": new_id(),
                    "name": name,
                    "subject": subject,
                    "details": Jsonb(facts),
                    "now": self._clock.now(),
                },
            )
        metrics.record_alert(name)
        log.error("alert_raised", alert=name, about=subject, details=facts)

    async def page(self, *, also_acknowledged: bool, before: UUID | None, limit: int) -> list[Alert]:
        """Alerts, the newest first, from before an id."""
        query = (
            f"select {_COLUMNS} from alerts where (%(all)s or acknowledged_at is null) "  # noqa: S608 -- constants only
            "and (%(before)s::uuid is null or id < %(before)s) order by id desc limit %(limit)s"
        )
        return await self._fetch(query, {"all": also_acknowledged, "before": before, "limit": limit})

    async def acknowledge(self, ids: Sequence[UUID], by: str, reason: str) -> list[Alert]:
        """Say that open alerts are seen to; gives those that were open."""
        query = (
            "update alerts set acknowledged_at = %(now)s, acknowledged_by = %(by)s, "  # noqa: S608 -- constants only
            f"acknowledge_reason = %(reason)s where id = any (%(ids)s) and acknowledged_at is null returning {_COLUMNS}"
        )
        now = self._clock.now()
        parameters = {"now": now, "by": by, "reason": reason, "ids": list(ids)}
        async with self._pool.connection() as connection, connection.transaction():
            async with connection.cursor(row_factory=class_row(Alert)) as cursor:
                await cursor.execute(query.encode(), parameters)
                acknowledged = await cursor.fetchall()
            await record_all(connection, map(_acknowledged, acknowledged), now)
        for alert in acknowledged:
            log.info("alert_acknowledged", alert=alert.name, about=alert.subject, by=by)
        return acknowledged

    async def end_alert(self, name: str, subject: str, why: str) -> bool:
        """End an open alert because what it was about is over; whether there was one.

        It stays in the list of those that are seen to, by the system itself.
        """
        query = (
            "update alerts set acknowledged_at = %(now)s, acknowledged_by = %(by)s, "  # noqa: S608 -- constants only
            "acknowledge_reason = %(reason)s where name = %(name)s and subject = %(subject)s "
            f"and acknowledged_at is null returning {_COLUMNS}"
        )
        parameters = {"now": self._clock.now(), "by": SYSTEM, "reason": why, "name": name, "subject": subject}
        ended = await self._fetch(query, parameters)
        for alert in ended:
            log.info("alert_ended", alert=alert.name, about=alert.subject, why=why)
        return bool(ended)

    async def delete_old(self, acknowledged_before: datetime) -> int:
        """Forget alerts that were seen to before a time."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                b"delete from alerts where acknowledged_at < %s", (acknowledged_before,)
            )
            return cursor.rowcount

    async def _fetch(self, query: str, parameters: dict[str, Any]) -> list[Alert]:
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=class_row(Alert)) as cursor,
        ):
            await cursor.execute(query.encode(), parameters)
            return await cursor.fetchall()


def _acknowledged(alert: Alert) -> Change:
    after = {"name": alert.name, "about": alert.subject, "times": alert.times}
    return Change(type="alert.acknowledged", subject=str(alert.id), after=after)

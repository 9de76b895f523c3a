"""Keeping what the gateway tells of requests (`requests.sql`): how many there were, and which were refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from servicekit.database import Pool, load_queries

REQUEST_QUERIES: Final = load_queries(Path(__file__).with_name("requests.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCount:
    """Requests that one process answered on one day in London, so far."""

    day: date
    requests: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRequests:
    """Refused requests that are alike, so far. The id tells when the first of them came."""

    id: UUID
    service_id: UUID | None
    api_key_id: UUID | None
    method: str
    route: str
    status: int
    error: str
    reason: str
    fields: tuple[str, ...]
    """Names of the public API's fields: letters and underscores."""
    count: int
    last_at: datetime


class RequestsStore:
    """See the module."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def record(
        self, process_id: UUID, counts: Sequence[RequestCount], refused: Sequence[RefusedRequests]
    ) -> None:
        """Keep counts in one transaction; what was kept before with a higher count stays."""
        async with self._pool.connection() as connection, connection.transaction():
            if counts:
                await connection.execute(
                    REQUEST_QUERIES.record_counts,
                    {
                        "process_id": process_id,
                        "days": [count.day for count in counts],
                        "requests": [count.requests for count in counts],
                        "failed": [count.failed for count in counts],
                    },
                )
            if refused:
                await connection.execute(
                    REQUEST_QUERIES.record_refused,
                    {
                        "ids": [each.id for each in refused],
                        "service_ids": [each.service_id for each in refused],
                        "api_key_ids": [each.api_key_id for each in refused],
                        "methods": [each.method for each in refused],
                        "routes": [each.route for each in refused],
                        "statuses": [each.status for each in refused],
                        "errors": [each.error for each in refused],
                        "reasons": [each.reason for each in refused],
                        "fields": ["{" + ",".join(each.fields) + "}" for each in refused],
                        "counts": [each.count for each in refused],
                        "last_ats": [each.last_at for each in refused],
                    },
                )

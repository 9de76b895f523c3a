"""The table kept_receipts: providers' reports that wait for the notifications service.

Each sender has one in its own schema; its migration runs `execute_sql(CREATE_KEPT_RECEIPTS)`. Rows hold no
personal data. A row is taken by moving its next try into the future, so no connection is held while a report
is applied, and what a crashed process had taken is taken again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from psycopg.types.json import Jsonb

from deliverykit.types import StatusOverride, StatusReport
from notifyrules.statuses import NotificationStatus
from servicekit.database import Pool

CREATE_KEPT_RECEIPTS: Final = """
CREATE TABLE kept_receipts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    notification_id uuid NOT NULL,
    provider text NOT NULL,
    status text NOT NULL,
    overrides jsonb NOT NULL,
    detail_code text NOT NULL,
    received_at timestamptz NOT NULL,
    -- How often more it is tried while its notification is unknown.
    unknown_tries_left smallint NOT NULL CHECK (unknown_tries_left >= 0),
    next_try_at timestamptz NOT NULL
);
CREATE INDEX kept_receipts_next_try_at ON kept_receipts (next_try_at);
"""
"""For a service's migration."""

_KEEP: Final = b"""
INSERT INTO kept_receipts (
    notification_id, provider, status, overrides, detail_code, received_at, unknown_tries_left, next_try_at
)
SELECT *
FROM unnest(
    %(notification_ids)s::uuid[], %(providers)s::text[], %(statuses)s::text[], %(overrides)s::jsonb[],
    %(detail_codes)s::text[], %(received_ats)s::timestamptz[], %(unknown_tries_left)s::smallint[],
    %(next_try_ats)s::timestamptz[]
)
"""
_TAKE: Final = b"""
UPDATE kept_receipts
SET next_try_at = %(hidden_until)s
WHERE id IN (
    SELECT id FROM kept_receipts WHERE next_try_at <= %(now)s
    ORDER BY next_try_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING
    id, notification_id, provider, status, overrides, detail_code, received_at, unknown_tries_left
"""
_FORGET: Final = b"DELETE FROM kept_receipts WHERE id = ANY(%(ids)s::bigint[])"
_PUT_BACK: Final = b"""
UPDATE kept_receipts
SET next_try_at = %(until)s, unknown_tries_left = greatest(0, unknown_tries_left - %(unknown_tries)s)
WHERE id = ANY(%(ids)s::bigint[])
"""
_COUNT: Final = b"SELECT count(*) FROM (SELECT 1 FROM kept_receipts LIMIT 10000) AS first_rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKeptReceipt:
    """A report to be kept."""

    report: StatusReport
    unknown_tries_left: int
    next_try_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReceipt:
    """A report that was kept."""

    id: int
    report: StatusReport
    unknown_tries_left: int


class KeptReceipts(Protocol):
    """Where reports wait. Every method raises servicekit errors."""

    async def keep(self, receipts: Sequence[NewKeptReceipt]) -> None:
        """Store reports."""
        ...

    async def take(self, limit: int, now: datetime, hidden_until: datetime) -> list[KeptReceipt]:
        """Take reports that are due, and hide them from others until `hidden_until`."""
        ...

    async def forget(self, ids: Sequence[int]) -> None:
        """Delete reports that were dealt with."""
        ...

    async def put_back(self, ids: Sequence[int], until: datetime, *, unknown_tries: int = 0) -> None:
        """Let reports wait until then; `unknown_tries` is taken off the tries that they have left."""
        ...

    async def count(self) -> int:
        """How many wait; counted up to 10,000."""
        ...


class KeptReceiptsStore:
    """`KeptReceipts` in the schema that is the pool's search path."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def keep(self, receipts: Sequence[NewKeptReceipt]) -> None:
        """As in `KeptReceipts`; one statement."""
        reports = [receipt.report for receipt in receipts]
        parameters = {
            "notification_ids": [report.notification_id for report in reports],
            "providers": [report.provider for report in reports],
            "statuses": [report.status.value for report in reports],
            "overrides": [Jsonb([_override_to_json(o) for o in report.overrides]) for report in reports],
            "detail_codes": [report.detail_code for report in reports],
            "received_ats": [report.received_at for report in reports],
            "unknown_tries_left": [receipt.unknown_tries_left for receipt in receipts],
            "next_try_ats": [receipt.next_try_at for receipt in receipts],
        }
        async with self._pool.connection() as connection:
            await connection.execute(_KEEP, parameters)

    async def take(self, limit: int, now: datetime, hidden_until: datetime) -> list[KeptReceipt]:
        """As in `KeptReceipts`; one statement, skips what others are taking."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                _TAKE, {"limit": limit, "now": now, "hidden_until": hidden_until}
            )
            kept = [_kept_from_row(row) for row in await cursor.fetchall()]
        # As they came: what a report means may depend on the one before (pending, then failed).
        return sorted(kept, key=lambda receipt: receipt.id)

    async def forget(self, ids: Sequence[int]) -> None:
        """As in `KeptReceipts`."""
        async with self._pool.connection() as connection:
            await connection.execute(_FORGET, {"ids": list(ids)})

    async def put_back(self, ids: Sequence[int], until: datetime, *, unknown_tries: int = 0) -> None:
        """As in `KeptReceipts`."""
        async with self._pool.connection() as connection:
            await connection.execute(
                _PUT_BACK, {"ids": list(ids), "until": until, "unknown_tries": unknown_tries}
            )

    async def count(self) -> int:
        """As in `KeptReceipts`."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_COUNT)
            row = await cursor.fetchone()
        return 0 if row is None else int(row[0])


def _override_to_json(override: StatusOverride) -> dict[str, str | None]:
    return {
        "given_to": override.given_to,
        "current_status": None if override.current_status is None else override.current_status.value,
        "status": override.status.value,
    }


def _override_from_json(value: dict[str, Any]) -> StatusOverride:
    current = value["current_status"]
    return StatusOverride(
        given_to=value["given_to"],
        current_status=None if current is None else NotificationStatus(current),
        status=NotificationStatus(value["status"]),
    )


def _kept_from_row(row: tuple[Any, ...]) -> KeptReceipt:
    notification_id: UUID = row[1]
    report = StatusReport(
        notification_id=notification_id,
        provider=row[2],
        status=NotificationStatus(row[3]),
        overrides=tuple(_override_from_json(value) for value in row[4]),
        detail_code=row[5],
        received_at=row[6],
    )
    return KeptReceipt(id=row[0], report=report, unknown_tries_left=row[7])

"""Every statement that reads the status feed or shortens it, and what comes out of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.database import Pool, load_queries

QUERIES: Final = load_queries(Path(__file__).with_name("feed.sql"))
_LOT_OF_ALL: Final = QUERIES["read_facts_lot"]
_LOT_OF_A_SERVICE: Final = _LOT_OF_ALL.replace(b"/* and of a service */", b"and service_id = %(service_id)s")


@dataclass(frozen=True, slots=True, order=True)
class FeedPosition:
    """A place in the feed: the transaction, and the row among its rows."""

    xid: int
    seq: int


BEGINNING: Final = FeedPosition(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is billed of a notification, or of many that are alike."""

    version: int  # 0: of many
    service_id: UUID
    template_id: UUID
    type: NotificationType
    key_type: KeyType
    status: NotificationStatus
    provider: str | None
    billable_units: int
    rate_multiplier: int
    postage: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """One change of one notification."""

    id: UUID
    version: int
    status: NotificationStatus
    changed_at: datetime
    facts: Facts | None  # as they are now; None: no longer kept


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsGroup:
    """Notifications that are alike: ids of 16 bytes, versions of 4, both empty when only counts are wanted."""

    facts: Facts
    count: int
    ids: bytes
    versions: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsLot:
    """The next notifications in order of ids."""

    groups: tuple[FactsGroup, ...]
    last_id: UUID


class FeedStore:
    """The feed on one pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def list_changes(
        self, after: FeedPosition, statuses: Collection[NotificationStatus], limit: int
    ) -> tuple[tuple[StatusChange, ...], FeedPosition, bool]:
        """About `limit` changes after a position, where to go on, and whether there may be more."""
        rows = await self._pool.fetch(
            QUERIES["list_status_changes"],
            {
                "xid": str(after.xid),
                "seq": after.seq,
                "statuses": [status.value for status in statuses],
                "max_rows": limit,
                "max": limit,
            },
        )
        if not rows:
            return (), after, False
        changes = tuple(_change(row) for row in rows if row[4] is not None)
        position = FeedPosition(int(rows[-1][0]), rows[-1][1])
        feed_rows = len({(row[0], row[1]) for row in rows})
        return changes, position, feed_rows >= limit or len(changes) >= limit // 2

    async def is_lost(self, position: FeedPosition) -> bool:
        """Whether rows after a position were dropped, or the position is not of this database."""
        rows = await self._pool.fetch(QUERIES["feed_bounds"], {"xid": str(position.xid), "seq": position.seq})
        return bool(rows[0][0] or rows[0][1])

    async def newest_position(self) -> FeedPosition:
        """Behind everything that can be read now."""
        rows = await self._pool.fetch(QUERIES["newest_position"], {})
        return FeedPosition(int(rows[0][0]), rows[0][1])

    async def drop_old(self, before: datetime, limit: int) -> int:
        """Drop up to `limit` of the oldest rows, where they are from before a time; gives how many."""
        rows = await self._pool.fetch(QUERIES["drop_old_changes"], {"before": before, "max": limit})
        return int(rows[0][0])

    async def read_facts_lot(
        self, after: UUID, until: UUID, service_id: UUID | None, limit: int, *, with_ids: bool
    ) -> FactsLot | None:
        """The next notifications by id; None where there are none left."""
        parameters = {"after": after, "until": until, "max": limit, "with_ids": with_ids}
        if service_id is None:
            rows = await self._pool.fetch(_LOT_OF_ALL, parameters)
        else:
            rows = await self._pool.fetch(_LOT_OF_A_SERVICE, parameters | {"service_id": service_id})
        if not rows:
            return None
        return FactsLot(groups=tuple(_group(row) for row in rows), last_id=rows[0][0])


def _change(row: tuple[Any, ...]) -> StatusChange:
    return StatusChange(
        id=row[4],
        version=row[5],
        status=NotificationStatus(row[2]),
        changed_at=row[3],
        facts=_facts(row[6:]) if row[6] is not None else None,
    )


def _group(row: tuple[Any, ...]) -> FactsGroup:
    return FactsGroup(
        facts=_facts((0, *row[1:10])), count=row[10], ids=row[11] or b"", versions=row[12] or b""
    )


def _facts(row: tuple[Any, ...]) -> Facts:
    version, service_id, template_id, type, key_type, status, provider, units, multiplier, postage = row
    return Facts(
        version=version,
        service_id=service_id,
        template_id=template_id,
        type=NotificationType(type),
        key_type=KeyType(key_type),
        status=NotificationStatus(status),
        provider=provider,
        billable_units=units,
        rate_multiplier=multiplier,
        postage=postage,
    )

"""The statements that keep facts. What is asked of them is in `usage_store`, figures in `rates_store`.

One method is one statement or one transaction. Whatever changes facts takes the lock first, so that counts
and what they count change together.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from notifyrules.statuses import KeyType, NotificationType
from servicekit.database import Pool, load_queries
from services.billing.facts import FactKey, FactsLot, State, distinct_keys, fact_key

SCHEMA: Final = "billing"
QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far the feed was read: its position (None: not at all), and how many pages so far."""

    position: str | None
    batch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What a rebuild is about: a London day and its range of ids, of one service or of all."""

    day: date
    first_id: UUID
    until_id: UUID
    service_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What a rebuild put right: notifications counted wrongly or not at all, and counted without being there."""

    corrected: int
    removed: int


class Store:
    """Facts on one pool, whose planner trusts indexes (`servicekit.database.trusting_indexes`)."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def cursor(self) -> Cursor:
        """How far the feed was read."""
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(QUERIES.read_cursor)).fetchall()
        position, batch = rows[0]
        return Cursor(position=position, batch=batch)

    async def apply_page(
        self, states: Sequence[State], from_position: str | None, position: str, now: datetime
    ) -> bool:
        """Take a page of the feed into the books and move on, in one transaction. False where another reader
        did so first; then nothing changes.
        """
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(QUERIES.lock_facts)
            moved = await connection.execute(
                QUERIES.move_cursor, {"position": position, "from_position": from_position, "now": now}
            )
            row = await moved.fetchone()
            if row is None:
                return False
            await _apply(connection, states, row[0])
        return True

    async def forget_position(self, from_position: str | None, now: datetime) -> bool:
        """Begin the feed again from its oldest; False where another reader moved on meanwhile."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                QUERIES.move_cursor, {"position": None, "from_position": from_position, "now": now}
            )
            return await cursor.fetchone() is not None

    async def rebuild_lot(self, lot: FactsLot, after: UUID, span: Span, batch: int) -> Repaired:
        """Make the books say of the ids after `after`, up to the lot's last, what the lot says.

        `batch`: pages that had been read when the rebuild began; what was read since is newer than the lot.
        """
        keys = [fact_key(group.facts, span.day) for group in lot.groups]
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(QUERIES.lock_facts)
            fact_ids = await _fact_ids(connection, distinct_keys(keys))
            packed = b"".join(group.versions for group in lot.groups)
            # A plan for lots of any size is ten times slower than one for this lot, which takes 10 ms to make.
            await connection.execute(b"set local plan_cache_mode = force_custom_plan")
            cursor = await connection.execute(
                QUERIES.rebuild_lot,
                {
                    "fact_ids": [None if key is None else fact_ids[key] for key in keys],
                    "counts": [group.count for group in lot.groups],
                    "ids": b"".join(group.ids for group in lot.groups),
                    "versions": list(struct.unpack(f">{len(packed) // 4}i", packed)),
                    "after": after,
                    "last": lot.last_id,
                    "service_id": span.service_id,
                    "batch": batch,
                },
            )
            rows = await cursor.fetchall()
        corrected, removed = rows[0]
        return Repaired(corrected=corrected, removed=removed)

    async def recount(self, span: Span) -> int:
        """Count a day's facts again from what they are made of; gives how many were wrong."""
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(QUERIES.lock_facts)
            # Two lists of a day's facts are joined here, neither of which has an index.
            await connection.execute(b"set local enable_hashjoin = on")
            cursor = await connection.execute(
                QUERIES.recount_facts,
                {
                    "first_id": span.first_id,
                    "until_id": span.until_id,
                    "day": span.day,
                    "service_id": span.service_id,
                },
            )
            return cursor.rowcount

    async def read_day(self, day: date, service_id: UUID | None) -> dict[FactKey, int]:
        """The facts of a day."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(QUERIES.read_day, {"day": day, "service_id": service_id})
            return {_key(row): row[9] for row in await cursor.fetchall()}

    async def forget_old(self, before: UUID, limit: int) -> int:
        """Forget up to `limit` of the notifications in the books with ids before one; their facts stay."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(QUERIES.forget_old_billed, {"before": before, "max": limit})
            return cursor.rowcount

    async def end_run(self, name: str, day: date, now: datetime, differences: int) -> None:
        """Record how a run ended."""
        async with self._pool.connection() as connection:
            await connection.execute(
                b"insert into runs (name, london_date, began_at, ended_at, differences) "
                b"values (%(name)s, %(day)s, %(now)s, %(now)s, %(differences)s) on conflict (name, london_date) "
                b"do update set ended_at = excluded.ended_at, differences = excluded.differences",
                {"name": name, "day": day, "now": now, "differences": differences},
            )


async def _apply(connection: AsyncConnection[Any], states: Sequence[State], batch: int) -> None:
    if not states:
        return
    fact_ids = await _fact_ids(connection, distinct_keys(state.key for state in states))
    await connection.execute(
        QUERIES.apply_states,
        {
            "ids": [state.id for state in states],
            "versions": [state.version for state in states],
            "fact_ids": [None if state.key is None else fact_ids[state.key] for state in states],
            "batch": batch,
        },
    )


async def _fact_ids(connection: AsyncConnection[Any], keys: Sequence[FactKey]) -> Mapping[FactKey, int]:
    """The rows of facts, made where they are missing."""
    if not keys:
        return {}
    parameters = {
        "service_ids": [key.service_id for key in keys],
        "london_dates": [key.london_date for key in keys],
        "channels": [key.channel.value for key in keys],
        "template_ids": [key.template_id for key in keys],
        "key_types": [key.key_type.value for key in keys],
        "providers": [key.provider for key in keys],
        "postages": [key.postage for key in keys],
        "units": [key.units for key in keys],
        "rate_multipliers": [key.rate_multiplier for key in keys],
    }
    found = await _find(connection, keys, parameters)
    if len(found) < len(keys):
        await connection.execute(QUERIES.add_facts, parameters)
        found = await _find(connection, keys, parameters)
    return found


async def _find(
    connection: AsyncConnection[Any], keys: Sequence[FactKey], parameters: Mapping[str, Any]
) -> Mapping[FactKey, int]:
    cursor = await connection.execute(QUERIES.find_facts, parameters)
    return {keys[place - 1]: id for place, id in await cursor.fetchall()}


def _key(row: tuple[Any, ...]) -> FactKey:
    return FactKey(
        service_id=row[0],
        london_date=row[1],
        channel=NotificationType(row[2]),
        template_id=row[3],
        key_type=KeyType(row[4]),
        provider=row[5],
        postage=row[6],
        units=row[7],
        rate_multiplier=row[8],
    )

"""The statements about figures: prices, multipliers and allowances, with their history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from notifyrules.rates import Rate, RateKind, Rates
from operationskit.audit import Change, record
from servicekit.database import Pool
from services.billing.store import QUERIES

_PUBLISHED_BY: Final = "published"
_REPRICED: Final = {RateKind.TEXT: "sms", RateKind.LETTER: "letter"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RateChange:
    """A change of a figure."""

    id: UUID
    rate: Rate
    before: int | None  # None: it is new
    changed_at: datetime
    changed_by: str
    reason: str


class RatesStore:
    """Figures on one pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add_published(self, rates: Iterable[Rate], now: datetime) -> int:
        """Store figures as they were published; those that are there stay as they are."""
        found = list(rates)
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(QUERIES.lock_facts)
            cursor = await connection.execute(
                b"insert into rates (kind, key, from_date, value, set_at, set_by, reason) "
                b"select kind, key, from_date, value, %(now)s, %(by)s, 'as published' "
                b"from unnest(%(kinds)s::text[], %(keys)s::text[], %(dates)s::date[], %(values)s::int[]) "
                b"as rate (kind, key, from_date, value) on conflict do nothing",
                {
                    "now": now,
                    "by": _PUBLISHED_BY,
                    "kinds": [rate.kind.value for rate in found],
                    "keys": [rate.key for rate in found],
                    "dates": [rate.from_date for rate in found],
                    "values": [rate.value for rate in found],
                },
            )
            return cursor.rowcount

    async def load(self) -> Rates:
        """All figures."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(b"select kind, key, from_date, value from rates")
            return Rates(
                Rate(kind=RateKind(kind), key=key, from_date=from_date, value=value)
                for kind, key, from_date, value in await cursor.fetchall()
            )

    async def set(self, change: RateChange) -> tuple[RateChange, int]:
        """Set a figure, record it, and price anew what it changes, in one transaction.

        Gives the change with what the figure was before, and how many facts have another price.
        """
        rate = change.rate
        parameters = {
            "id": change.id,
            "kind": rate.kind.value,
            "key": rate.key,
            "from_date": rate.from_date,
            "value": rate.value,
            "now": change.changed_at,
            "by": change.changed_by,
            "reason": change.reason,
        }
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(QUERIES.lock_facts)
            cursor = await connection.execute(
                b"with before as (select value from rates "
                b"where kind = %(kind)s and key = %(key)s and from_date = %(from_date)s), "
                b"kept as (insert into rates (kind, key, from_date, value, set_at, set_by, reason) "
                b"values (%(kind)s, %(key)s, %(from_date)s, %(value)s, %(now)s, %(by)s, %(reason)s) "
                b"on conflict (kind, key, from_date) do update set value = excluded.value, "
                b"set_at = excluded.set_at, set_by = excluded.set_by, reason = excluded.reason) "
                b"insert into rate_changes (id, kind, key, from_date, before, after, changed_at, changed_by, reason) "
                b"select %(id)s, %(kind)s, %(key)s, %(from_date)s, (select value from before), %(value)s, %(now)s, "
                b"%(by)s, %(reason)s returning before",
                parameters,
            )
            row = await cursor.fetchone()
            repriced = 0
            if rate.kind in _REPRICED:
                priced = await connection.execute(QUERIES.rerate_facts, {"channel": _REPRICED[rate.kind]})
                repriced = priced.rowcount
            recorded = _with_before(change, row[0] if row else None)
            await record(connection, _audited(recorded, repriced), change.changed_at)
        return recorded, repriced

    async def changes(self, before: UUID | None, limit: int) -> list[RateChange]:
        """Changes, newest first."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                b"select id, kind, key, from_date, before, after, changed_at, changed_by, reason from rate_changes "
                b"where %(before)s::uuid is null or id < %(before)s order by id desc limit %(limit)s",
                {"before": before, "limit": limit},
            )
            return [_change(row) for row in await cursor.fetchall()]


def _audited(change: RateChange, repriced: int) -> Change:
    rate = change.rate
    about = {"kind": rate.kind.value, "key": rate.key, "from_date": rate.from_date.isoformat()}
    return Change(
        type="rate.set",
        subject=" ".join(part for part in (rate.kind.value, rate.key) if part),
        before=None if change.before is None else {**about, "value": change.before},
        after={**about, "value": rate.value, "repriced_facts": repriced},
    )


def _with_before(change: RateChange, before: int | None) -> RateChange:
    return RateChange(
        id=change.id,
        rate=change.rate,
        before=before,
        changed_at=change.changed_at,
        changed_by=change.changed_by,
        reason=change.reason,
    )


def _change(row: tuple[Any, ...]) -> RateChange:
    id, kind, key, from_date, before, after, changed_at, changed_by, reason = row
    return RateChange(
        id=id,
        rate=Rate(kind=RateKind(kind), key=key, from_date=from_date, value=after),
        before=before,
        changed_at=changed_at,
        changed_by=changed_by,
        reason=reason,
    )

"""Every statement about providers, in the schema of the sender whose pool this is.

One method is one statement or one transaction. All raise Unavailable, DeadlineExceeded or Conflict while the
database can't do it now (see `servicekit.database`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from operationskit import audit
from providerkit.measuring import AnswerKind, Counts
from providerkit.providers import ChangeRecord, Decide, PastChange, Provider
from servicekit.database import Pool, load_queries

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))
_LAST: Final = (datetime(9999, 1, 1, tzinfo=UTC), "", 0)


@dataclass(frozen=True, slots=True, order=True)
class ChangePosition:
    """Where a page of changes ends."""

    changed_at: datetime
    name: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """A sum of counters of one provider and day."""

    provider: str
    day: date
    """Of London time."""
    measure: str
    bucket: int
    count: int


class ProviderStore:
    """See the module."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def list_providers(self) -> list[Provider]:
        """Every provider, by name."""
        return [_provider_from_row(row) for row in await self._rows("list_providers", {})]

    async def change_providers(self, decide: Decide, record: ChangeRecord) -> list[Provider]:
        """Lock all providers, change what `decide` says, write history and events; answers those changed, as they are
        now. What `decide` raises comes out, and nothing is changed."""
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(QUERIES.lock_providers)
            locked = [_provider_from_row(row) for row in await cursor.fetchall()]
            changed = []
            for change in decide(locked):
                parameters = {
                    "name": change.name,
                    "weight": change.weight,
                    "resting_weight": change.resting_weight,
                    "active": change.active,
                    "at": record.at,
                    "reason": record.reason,
                    "changed_by": record.changed_by,
                    "is_automatic": record.is_automatic,
                }
                cursor = await connection.execute(QUERIES.change_provider, parameters)
                changed += [_provider_from_row(row) for row in await cursor.fetchall()]
            if not record.is_automatic:  # what rules change is in the providers' history
                before = {provider.name: provider for provider in locked}
                for provider in changed:
                    await audit.record(connection, _audited(before[provider.name], provider), record.at)
        return changed

    async def list_changes(
        self, name: str | None, before: ChangePosition | None, limit: int
    ) -> list[PastChange]:
        """Changes of one provider or of all, newest first, those before a position."""
        before_at, before_name, before_version = (
            _LAST if before is None else (before.changed_at, before.name, before.version)
        )
        parameters = {
            "name": name,
            "before_at": before_at,
            "before_name": before_name,
            "before_version": before_version,
            "limit": limit,
        }
        return [_change_from_row(row) for row in await self._rows("list_changes", parameters)]

    async def add_counts(self, rows: Sequence[Counts]) -> None:
        """Raise counters; each at most once in `rows`, which are sorted."""
        await self._rows_changed(
            "add_counts",
            {
                "providers": [row.key.provider for row in rows],
                "hours": [row.key.hour for row in rows],
                "measures": [row.key.measure for row in rows],
                "buckets": [row.key.bucket for row in rows],
                "counts": [row.count for row in rows],
            },
        )

    async def counts_by_day(self, name: str | None, since: datetime, until: datetime) -> list[DayCount]:
        """Sums by day of London time, of one provider or of all; `since` and `until` are midnights there."""
        parameters = {"name": name, "since": since, "until": until}
        return [
            DayCount(provider=row[0], day=row[1], measure=row[2], bucket=row[3], count=row[4])
            for row in await self._rows("counts_by_day", parameters)
        ]

    async def counts_since(self, since: datetime) -> list[tuple[str, str, int, int]]:
        """Sums since the begin of an hour: provider, measure, bucket, count."""
        return [
            (row[0], row[1], row[2], row[3]) for row in await self._rows("counts_since", {"since": since})
        ]

    async def volumes_since(self, since: datetime) -> dict[str, int]:
        """How many messages each provider took since the begin of an hour; one that took none is left out."""
        parameters = {"since": since, "accepted": AnswerKind.ACCEPTED.value}
        return dict(await self._rows("volumes_since", parameters))

    async def delete_counts(self, before: datetime, max_rows: int) -> int:
        """Forget up to `max_rows` counters of hours before a time; answers how many."""
        return await self._rows_changed("delete_counts", {"before": before, "max": max_rows})

    async def note_process(self, name: str, now: datetime, dead_after: timedelta) -> int:
        """Say that this process is there; answers how many are."""
        parameters = {"name": name, "now": now, "dead_before": now - dead_after}
        return int((await self._rows("note_process", parameters))[0][0])

    async def forget_process(self, name: str) -> None:
        """Say that this process ends."""
        await self._rows_changed("forget_process", {"name": name})

    async def _rows(self, name: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as connection:
            return await (await connection.execute(QUERIES[name], parameters)).fetchall()

    async def _rows_changed(self, name: str, parameters: Mapping[str, object]) -> int:
        async with self._pool.connection() as connection:
            return (await connection.execute(QUERIES[name], parameters)).rowcount


def _audited(before: Provider, after: Provider) -> audit.Change:
    was, is_now = audit.differences(_facts(before), _facts(after))
    return audit.Change(type="provider.updated", subject=after.name, before=was, after=is_now)


def _facts(provider: Provider) -> audit.Values:
    return {
        "weight": provider.weight,
        "resting_weight": provider.resting_weight,
        "active": provider.active,
    }


def _provider_from_row(row: tuple[Any, ...]) -> Provider:
    return Provider(
        name=row[0],
        weight=row[1],
        resting_weight=row[2],
        active=row[3],
        supports_international=row[4],
        version=row[5],
        updated_at=row[6],
        update_reason=row[7],
        updated_by=row[8],
        is_automatic=row[9],
    )


def _change_from_row(row: tuple[Any, ...]) -> PastChange:
    return PastChange(
        name=row[0],
        version=row[1],
        weight=row[2],
        resting_weight=row[3],
        active=row[4],
        changed_at=row[5],
        reason=row[6],
        changed_by=row[7],
        is_automatic=row[8],
    )

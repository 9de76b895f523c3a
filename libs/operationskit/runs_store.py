"""The records of tasks' runs: tables `task_runs` and `scheduled_tasks`. Called by `tasks` alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from servicekit.database import Pool


class RunState(StrEnum):
    """How a run is."""

    WAITING = "waiting"  # in the queue; it has no row yet
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # its process stopped; another one takes it up again


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What a run was asked for with."""

    id: int  # of the job in the queue
    task: str
    scheduled_for: datetime | None  # None: somebody asked for it
    requested_by: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run of a task."""

    id: int
    task: str
    state: RunState
    scheduled_for: datetime | None = None
    requested_by: str | None = None
    reason: str | None = None
    tries: int = 0  # how often it was begun
    started_at: datetime | None = None
    ended_at: datetime | None = None
    done: int | None = None
    total: int | None = None
    counts: Mapping[str, int]
    error: str | None = None


_COLUMNS: Final = ", ".join(field.name for field in fields(RunRecord))


class RunsStore:
    """See the module."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def note_tasks(self, names: Sequence[str], now: datetime) -> dict[str, datetime]:
        """Remember tasks that are new; gives since when each is known."""
        async with self._pool.connection() as connection:
            await connection.execute(
                b"insert into scheduled_tasks (name, known_since) select name, %(now)s "
                b"from unnest(%(names)s::text[]) as name on conflict (name) do nothing",
                {"names": list(names), "now": now},
            )
            cursor = await connection.execute(b"select name, known_since from scheduled_tasks")
            return {row[0]: row[1] for row in await cursor.fetchall()}

    async def begin(self, run: RunRequest, now: datetime) -> int:
        """Record that a run begins, or begins again; gives how often it has."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                b"insert into task_runs as kept (id, task, scheduled_for, requested_by, reason, state, started_at) "
                b"values (%(id)s, %(task)s, %(scheduled_for)s, %(requested_by)s, %(reason)s, 'running', %(now)s) "
                b"on conflict (id) do update set state = 'running', tries = kept.tries + 1, ended_at = null, "
                b"error = null returning tries",
                {
                    "id": run.id,
                    "task": run.task,
                    "scheduled_for": run.scheduled_for,
                    "requested_by": run.requested_by,
                    "reason": run.reason,
                    "now": now,
                },
            )
            row = await cursor.fetchone()
        return int(row[0]) if row is not None else 1

    async def note_progress(
        self, run_id: int, done: int | None, total: int | None, counts: Mapping[str, int]
    ) -> None:
        """Record how far a run is."""
        async with self._pool.connection() as connection:
            await connection.execute(
                b"update task_runs set done = %s, total = %s, counts = %s where id = %s",
                (done, total, Jsonb(dict(counts)), run_id),
            )

    async def end(
        self, run_id: int, state: RunState, now: datetime, counts: Mapping[str, int], error: str | None
    ) -> None:
        """Record how a run ended."""
        async with self._pool.connection() as connection:
            await connection.execute(
                b"update task_runs set state = %s, ended_at = %s, counts = %s, error = %s where id = %s",
                (state.value, now, Jsonb(dict(counts)), error, run_id),
            )

    async def find(self, run_id: int) -> RunRecord | None:
        """A run that has begun."""
        found = await self._fetch("where id = %(id)s", {"id": run_id})
        return found[0] if found else None

    async def last_runs(self) -> dict[str, RunRecord]:
        """The newest run of each task that ran."""
        found = await self._fetch(
            "where id in (select newest.id from scheduled_tasks cross join lateral ("
            "select id from task_runs where task = scheduled_tasks.name order by id desc limit 1) as newest)",
            {},
        )
        return {run.task: run for run in found}

    async def page(self, task: str, before: int | None, limit: int) -> list[RunRecord]:
        """Runs of a task, newest first."""
        return await self._fetch(
            "where task = %(task)s and (%(before)s::bigint is null or id < %(before)s) "
            "order by id desc limit %(limit)s",
            {"task": task, "before": before, "limit": limit},
        )

    async def delete_old(self, before: datetime) -> int:
        """Forget runs that ended before a time, but for each task's newest."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                b"delete from task_runs as old where ended_at < %s and exists ("
                b"select 1 from task_runs as newer where newer.task = old.task and newer.id > old.id)",
                (before,),
            )
            return cursor.rowcount

    async def _fetch(self, condition: str, parameters: dict[str, Any]) -> list[RunRecord]:
        query = f"select {_COLUMNS} from task_runs {condition}"  # noqa: S608 -- only constants are put together
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(query.encode(), parameters)
            return [RunRecord(**row | {"state": RunState(row["state"])}) for row in await cursor.fetchall()]

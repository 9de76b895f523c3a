"""The record of what was done to a schema: a row for each run of `migrations.migrate` that had something to do.

The table stands in the schema itself, beside Alembic's own, and is made by the first run. It is read by `notifyctl
migrate status` and by every process of the service, which shows a failed run as a metric. A run that was killed is
closed by the next one. Who runs what, and the lock around it, are `migrations`' matter. Synchronous.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, text

TABLE: Final = "migration_runs"


class Outcome(StrEnum):
    """How a run ended."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationRun:
    """One run."""

    phase: str
    """What was asked for: `all`, `pre` or `post`."""
    from_revision: str | None
    to_revision: str | None
    """The revision that it was to reach."""
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome
    failure: str | None
    """The kind of error and its SQLSTATE, never its text: that may hold values of rows."""


def begin(connection: Connection, schema: str, *, phase: str, at: str | None, target: str) -> int:
    """Note that a run begins; answers its number. What an earlier run left open was interrupted: one may run at a
    time, and this one holds the lock. Commits."""
    connection.execute(text(f'CREATE TABLE IF NOT EXISTS "{schema}".{TABLE} ({_COLUMNS})'))
    connection.execute(
        text(
            f'UPDATE "{schema}".{TABLE} SET outcome = :failed, ended_at = clock_timestamp(), '  # noqa: S608 -- ours
            "failure = 'interrupted' WHERE outcome = :running"
        ),
        {"failed": Outcome.FAILED, "running": Outcome.RUNNING},
    )
    number = connection.scalar(
        text(
            f'INSERT INTO "{schema}".{TABLE} (phase, from_revision, to_revision, outcome) '  # noqa: S608 -- ours
            "VALUES (:phase, :at, :target, :running) RETURNING id"
        ),
        {"phase": phase, "at": at, "target": target, "running": Outcome.RUNNING},
    )
    connection.commit()
    return int(number or 0)


def end(connection: Connection, schema: str, number: int, failure: BaseException | None = None) -> None:
    """Note how a run ended. Commits; whatever was open before is given up."""
    connection.rollback()
    connection.execute(
        text(
            f'UPDATE "{schema}".{TABLE} SET outcome = :outcome, failure = :failure, '  # noqa: S608 -- ours
            "ended_at = clock_timestamp() WHERE id = :number"
        ),
        {
            "outcome": Outcome.DONE if failure is None else Outcome.FAILED,
            "failure": None if failure is None else kind_of(failure),
            "number": number,
        },
    )
    connection.commit()


def last_run(connection: Connection, schema: str) -> MigrationRun | None:
    """The newest run; None before the first."""
    if connection.scalar(text("SELECT to_regclass(:name)"), {"name": f'"{schema}".{TABLE}'}) is None:
        return None
    row = connection.execute(
        text(
            "SELECT phase, from_revision, to_revision, started_at, ended_at, outcome, failure "  # noqa: S608 -- ours
            f'FROM "{schema}".{TABLE} ORDER BY id DESC LIMIT 1'
        )
    ).one_or_none()
    if row is None:
        return None
    return MigrationRun(
        phase=row.phase,
        from_revision=row.from_revision,
        to_revision=row.to_revision,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=Outcome(row.outcome),
        failure=row.failure,
    )


def kind_of(failure: BaseException) -> str:
    """The kind of an error, with the database's code where it has one."""
    original = getattr(failure, "orig", None) or failure
    code = getattr(original, "sqlstate", None)
    return f"{type(original).__name__} ({code})" if code else type(original).__name__


_COLUMNS: Final = """
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    phase text NOT NULL,
    from_revision text,
    to_revision text,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    outcome text NOT NULL,
    failure text
"""

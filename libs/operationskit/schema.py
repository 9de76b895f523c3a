"""The tables of tasks and alerts, which each service has in its own schema, for its migration:

    execute_sql(CREATE_TASKS_AND_ALERTS)

The queue's own tables are made by the library's SQL as it is installed: its version is fixed to one minor
release, and a test knows the SQL's fingerprint. Another release comes with the library's own migrations,
which then go into a revision of each service.
"""

from typing import Final

from procrastinate.schema import SchemaManager

QUEUE_SCHEMA_SHA256: Final = "c70ec4b400a60ad9592787653aae5ae77ae41bf801d56b5bd2712751a07f2009"
"""Of the library's SQL. When this changes, existing schemas need its migrations before the code."""

_OURS: Final = """
-- When a task became known here: times before that are not made up for.
create table scheduled_tasks (
    name text primary key,
    known_since timestamptz not null
);

create table task_runs (
    -- Of the job in the queue.
    id bigint primary key,
    task text not null,
    -- Null: somebody asked for it.
    scheduled_for timestamptz,
    requested_by text,
    reason text,
    state text not null check (state in ('running', 'succeeded', 'failed', 'interrupted')),
    tries smallint not null default 1,
    started_at timestamptz not null,
    ended_at timestamptz,
    done bigint,
    total bigint,
    counts jsonb not null default '{}',
    -- The kind of failure, without data.
    error text,
    check ((ended_at is null) = (state = 'running'))
);
create index task_runs_of_task on task_runs (task, id desc);

create table alerts (
    id uuid primary key,
    name text not null,
    subject text not null,
    details jsonb not null,
    first_raised_at timestamptz not null,
    last_raised_at timestamptz not null,
    times integer not null default 1,
    acknowledged_at timestamptz,
    acknowledged_by text,
    acknowledge_reason text,
    check ((acknowledged_at is null) = (acknowledged_by is null))
);
-- Raised again while it is open, an alert stays the same one.
create unique index alerts_open on alerts (name, subject) where acknowledged_at is null;
"""


def queue_schema() -> str:
    """The queue's tables, types and functions, as the installed library makes them."""
    return SchemaManager.get_schema()


# The linter is told nothing about the library's SQL: it makes new tables only.
CREATE_TASKS_AND_ALERTS: Final = f"{queue_schema()}\n{_OURS}"
"""For a service's migration."""

"""The record of changes: who changed what, from what to what, why, and by which request.

An event is written on the connection, and so in the transaction, of the change itself: neither is there without the
other. Stores call `record`; `audit_service` reads. `before` and `after` never hold personal data (recipients,
addresses, contents, secrets): whoever makes them leaves those out, and says "set" or a count instead.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from servicekit.database import Pool
from servicekit.ids import new_id
from servicekit.request_context import current_caller, current_reason, request_id

AUDIT_EVENTS_DDL: Final = """
create table audit_events (
    -- Version 7: made when the change was, so it is the order too.
    id uuid primary key,
    happened_at timestamptz not null,
    type text not null check (type ~ '^[a-z_]+[.][a-z_]+$'),
    actor text not null,
    actor_is_person boolean not null,
    service_id uuid,
    subject text not null,
    reason text not null,
    request_id text not null,
    before jsonb,
    after jsonb
);
create index audit_events_by_time on audit_events (happened_at);
create index audit_events_by_type on audit_events (type text_pattern_ops, id desc);
create index audit_events_by_actor on audit_events (actor, id desc);
create index audit_events_by_service on audit_events (service_id, id desc) where service_id is not null;
create index audit_events_by_subject on audit_events (subject, id desc);
create index audit_events_before on audit_events using gin (before jsonb_path_ops);
create index audit_events_after on audit_events using gin (after jsonb_path_ops);
"""
"""For the migration of a service that begins to record. Never changed: a later revision changes the table."""

SYSTEM: Final = "system"
"""Who changes things by rule, outside any request."""

TOOLS: Final = "notifyctl"
"""The name of internal tools that hold the callers' key."""

Values = Mapping[str, Any]
"""A JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is recorded of a change."""

    type: str
    """`<thing>.<what happened>`, such as `service.archived`."""
    subject: str
    """What was changed: its id, or its name where it has none."""
    service_id: UUID | None = None
    """The sending service that it is about."""
    before: Values | None = None
    after: Values | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """A recorded change."""

    id: UUID
    happened_at: datetime
    type: str
    actor: str
    actor_is_person: bool
    service_id: UUID | None
    subject: str
    reason: str
    request_id: str
    before: Values | None
    after: Values | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events are wanted; None asks for nothing."""

    type: str | None = None
    """One that ends with a dot means all that begin with it."""
    actor: str | None = None
    service_id: UUID | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    fields: Sequence[Values] = ()
    """Objects that `before` or `after` must contain, each of them."""
    older_than: UUID | None = None
    limit: int = 50


def differences(before: Values, after: Values) -> tuple[Values, Values]:
    """The fields that are not the same in both."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return (
        {name: before[name] for name in names if name in before},
        {name: after[name] for name in names if name in after},
    )


_INSERT: Final = (
    b"insert into audit_events (id, happened_at, type, actor, actor_is_person, service_id, subject, reason, "
    b"request_id, before, after) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


def made_by_hand() -> bool:
    """Whether a person or an internal tool asks, and not one of our services on behalf of a sending service.

    For what sending services do themselves all day, such as making jobs: only what people do of that is recorded.
    """
    caller = current_caller()
    return caller is not None and (caller.is_person or caller.name == TOOLS)


async def record(connection: psycopg.AsyncConnection[Any], change: Change, now: datetime) -> None:
    """Write an event in the transaction of its change. Who and why are those of the request being served."""
    await connection.execute(_INSERT, _row(change, now))


async def record_all(
    connection: psycopg.AsyncConnection[Any], changes: Iterable[Change], now: datetime
) -> None:
    """Write an event for each of several changes, in their order."""
    async with connection.cursor() as cursor:
        await cursor.executemany(_INSERT, [_row(change, now) for change in changes])


async def record_alone(pool: Pool, change: Change, now: datetime) -> None:
    """Write an event of something that is no one transaction of ours: a long piece of work, or one elsewhere.

    Before such work begins, so that what was asked for is there whatever becomes of the process.
    """
    async with pool.connection() as connection:
        await record(connection, change, now)


def _row(change: Change, now: datetime) -> tuple[object, ...]:
    caller = current_caller()
    return (
        new_id(),
        now,
        change.type,
        SYSTEM if caller is None else caller.name,
        caller is not None and caller.is_person,
        change.service_id,
        change.subject,
        current_reason(),
        request_id(),
        None if change.before is None else Jsonb(dict(change.before)),
        None if change.after is None else Jsonb(dict(change.after)),
    )


class AuditStore:
    """Reads the record on one pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def search(self, wanted: EventFilter) -> list[AuditEvent]:
        """Events, newest first. Each condition is in the statement only where it is asked for: one plan for all
        of them would use no index.
        """
        conditions, parameters = _conditions(wanted)
        where = " and ".join(conditions) or "true"
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=class_row(AuditEvent)) as cursor,
        ):
            await cursor.execute(
                f"select * from audit_events where {where} order by id desc limit %s".encode(),  # noqa: S608 -- made of the constants below
                (*parameters, wanted.limit),
            )
            return await cursor.fetchall()


def _conditions(wanted: EventFilter) -> tuple[list[str], list[object]]:
    found: list[tuple[str, list[object]]] = []
    if wanted.type is not None and wanted.type.endswith("."):
        found.append(("type like %s", [wanted.type.replace("_", r"\_").replace("%", r"\%") + "%"]))
    elif wanted.type is not None:
        found.append(("type = %s", [wanted.type]))
    if wanted.actor is not None:
        found.append(("actor = %s", [wanted.actor]))
    if wanted.service_id is not None:
        found.append(("service_id = %s", [wanted.service_id]))
    if wanted.subject is not None:
        found.append(("subject = %s", [wanted.subject]))
    if wanted.since is not None:
        found.append(("happened_at >= %s", [wanted.since]))
    if wanted.until is not None:
        found.append(("happened_at < %s", [wanted.until]))
    found += [
        ("(before @> %s or after @> %s)", [Jsonb(dict(values)), Jsonb(dict(values))])
        for values in wanted.fields
    ]
    if wanted.older_than is not None:
        found.append(("id < %s", [wanted.older_than]))
    return [condition for condition, _ in found], [value for _, values in found for value in values]

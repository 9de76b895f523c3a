"""Statements about limits. One method is one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from operationskit.audit import Change, record
from servicekit.errors import NotFound
from servicekit.ids import new_id
from servicekit.request_context import current_caller, current_reason
from services.notifications.accounts_store import lock_service
from services.notifications.changes import check_version
from services.notifications.limits import Limit, LimitName, NewLimit, ServiceLimits, Totals, default_limits
from services.notifications.transactions import AccountTransactions

_COLUMNS: Final[Mapping[LimitName, str]] = {
    LimitName.RATE: "rate_limit",
    **{name: f"limit_{name.value}" for name in LimitName if name is not LimitName.RATE},
}

# One row for each service and limit, with the last change of it and the temporary one that is in force.
_LIMITS: Final = """
select s.id as service_id, s.name as service_name, s.version as service_version, s.restricted, l.kind,
    l.lasting_value, latest.old_value, latest.changed_by, latest.reason, latest.changed_at,
    temporary.value as temporary_value, temporary.ends_at
from services s
cross join lateral (values
    ('rate', s.rate_limit), ('email', s.limit_email), ('sms', s.limit_sms), ('letter', s.limit_letter),
    ('international_sms', s.limit_international_sms)) as l (kind, lasting_value)
left join lateral (
    select c.id, c.value, c.ends_at from limit_changes c
    where c.service_id = s.id and c.kind = l.kind and c.ends_at > %(now)s and c.ends_at is not null
        and c.ended_at is null
    order by c.id desc limit 1) as temporary on true
left join lateral (
    select c.old_value, c.changed_by, c.reason, c.changed_at from limit_changes c
    where c.service_id = s.id and c.kind = l.kind
        -- What holds now was set by the temporary change, else by the last one for good.
        and (c.id = temporary.id or temporary.id is null and c.ends_at is null)
    order by c.id desc limit 1) as latest on true
"""
_DEFAULTS: Final = """
case l.kind when 'rate' then %(rate)s when 'email' then %(email)s when 'sms' then %(sms)s
    when 'letter' then %(letter)s else %(international_sms)s end
"""


class LimitsStore:
    """Limits of all services."""

    def __init__(self, transactions: AccountTransactions) -> None:
        self._transactions = transactions

    async def load(self, service_id: UUID) -> ServiceLimits:
        """A service's limits. Raises NotFound."""
        now = self._transactions.clock.now()
        async with self._transactions.pool.connection() as connection:
            return await _load(connection, service_id, now)

    async def set(self, service_id: UUID, based_on_version: int, new: NewLimit) -> Limit:
        """Set a limit, for good or for a time. Raises NotFound and Conflict."""
        now = self._transactions.clock.now()
        async with self._transactions.begin(service_id) as connection:
            await lock_service(connection, service_id, based_on_version)
            before = (await _load(connection, service_id, now)).limits[new.name]
            if new.ends_at is not None:
                await _end_temporary(connection, service_id, new.name, now)
            else:  # leaves a temporary one in force
                await connection.execute(
                    f"update services set {_COLUMNS[new.name]} = %s where id = %s".encode(),  # noqa: S608 -- a name of the table above
                    (new.value, service_id),
                )
            await _insert_change(connection, service_id, new, before, now)
            await _bump(connection, service_id)
            change = Change(
                type="limit.set",
                subject=str(service_id),
                service_id=service_id,
                before=_facts(before.name, before.value, before.ends_at),
                after=_facts(new.name, new.value, new.ends_at),
            )
            await record(connection, change, now)
            return (await _load(connection, service_id, now)).limits[new.name]

    async def end_temporary(self, service_id: UUID, based_on_version: int, name: LimitName) -> Limit:
        """End a temporary limit now; again changes nothing. Raises NotFound and Conflict."""
        now = self._transactions.clock.now()
        async with self._transactions.begin(service_id) as connection:
            service = await lock_service(connection, service_id, 0)
            before = (await _load(connection, service_id, now)).limits[name]
            if before.temporary_value is None:
                return before
            check_version("service", based_on_version, service.version)
            await _end_temporary(connection, service_id, name, now)
            await _bump(connection, service_id)
            after = (await _load(connection, service_id, now)).limits[name]
            change = Change(
                type="limit.ended",
                subject=str(service_id),
                service_id=service_id,
                before=_facts(name, before.value, before.ends_at),
                after=_facts(name, after.value, None),
            )
            await record(connection, change, now)
            return after

    async def list_raised(
        self, after: tuple[str, str] | None, limit: int
    ) -> list[tuple[ServiceLimits, Limit]]:
        """Limits of active services above what those begin with, by the service's name and the kind."""
        name, kind = after or ("", "")
        query = (
            f"select * from ({_LIMITS} where s.active) as l "  # noqa: S608 -- constants
            f"where coalesce(l.temporary_value, l.lasting_value) > case when l.restricted "
            f"then {_defaults('trial')} else {_defaults('live')} end "
            "and (l.service_name, l.kind) > (%(name)s, %(kind)s) order by l.service_name, l.kind limit %(limit)s"
        )
        parameters = {
            "now": self._transactions.clock.now(),
            "name": name,
            "kind": kind,
            "limit": limit,
            **_default_parameters(),
        }
        rows = await self._rows(query, parameters)
        return [(_service_limits([row]), _limit(row)) for row in rows]

    async def totals(self, *, except_service: UUID | None = None) -> dict[LimitName, Totals]:
        """What active live services may send in a day, by channel."""
        query = (
            "select l.kind, coalesce(sum(value), 0)::bigint as everything, "  # noqa: S608 -- constants
            f"coalesce(sum(value) filter (where value > {_defaults('live')}), 0)::bigint as raised "
            f"from (select *, coalesce(temporary_value, lasting_value) as value from ({_LIMITS} "
            "where s.active and not s.restricted and s.id is distinct from %(service_id)s) as each_limit) as l "
            "group by l.kind"
        )
        parameters = {
            "now": self._transactions.clock.now(),
            "service_id": except_service,
            **_default_parameters(),
        }
        rows = await self._rows(query, parameters)
        return {LimitName(row["kind"]): Totals(raised=row["raised"], all=row["everything"]) for row in rows}

    async def _rows(self, query: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
        async with (
            self._transactions.pool.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(query.encode(), parameters)
            return await cursor.fetchall()


def _defaults(prefix: str) -> str:
    return _DEFAULTS.replace("%(", f"%({prefix}_")


def _default_parameters() -> dict[str, int]:
    return {
        f"{prefix}_{name.value}": value
        for prefix, restricted in (("trial", True), ("live", False))
        for name, value in default_limits(restricted=restricted).items()
    }


async def _load(connection: psycopg.AsyncConnection[Any], service_id: UUID, now: datetime) -> ServiceLimits:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"{_LIMITS} where s.id = %(service_id)s".encode(), {"now": now, "service_id": service_id}
        )
        rows = await cursor.fetchall()
    if not rows:
        raise NotFound("service")
    return _service_limits(rows)


def _service_limits(rows: list[dict[str, Any]]) -> ServiceLimits:
    return ServiceLimits(
        service_id=rows[0]["service_id"],
        service_name=rows[0]["service_name"],
        service_version=rows[0]["service_version"],
        limits={LimitName(row["kind"]): _limit(row) for row in rows},
    )


def _limit(row: dict[str, Any]) -> Limit:
    name = LimitName(row["kind"])
    return Limit(
        name=name,
        lasting_value=row["lasting_value"],
        default_value=default_limits(restricted=row["restricted"])[name],
        temporary_value=row["temporary_value"],
        ends_at=row["ends_at"],
        old_value=row["old_value"],
        set_by=row["changed_by"] or "",
        reason=row["reason"] or "",
        set_at=row["changed_at"],
    )


async def _end_temporary(
    connection: psycopg.AsyncConnection[Any], service_id: UUID, name: LimitName, now: datetime
) -> None:
    await connection.execute(
        "update limit_changes set ended_at = %s where service_id = %s and kind = %s and ends_at > %s "
        "and ends_at is not null and ended_at is null",
        (now, service_id, name.value, now),
    )


async def _insert_change(
    connection: psycopg.AsyncConnection[Any], service_id: UUID, new: NewLimit, before: Limit, now: datetime
) -> None:
    caller = current_caller()
    await connection.execute(
        "insert into limit_changes (id, service_id, kind, old_value, value, ends_at, changed_by, reason, changed_at) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            new_id(),
            service_id,
            new.name.value,
            before.lasting_value if new.ends_at is None else before.value,
            new.value,
            new.ends_at,
            "system" if caller is None else caller.name,
            current_reason(),
            now,
        ),
    )


async def _bump(connection: psycopg.AsyncConnection[Any], service_id: UUID) -> None:
    await connection.execute("update services set version = version + 1 where id = %s", (service_id,))


def _facts(name: LimitName, value: int, ends_at: datetime | None) -> dict[str, object]:
    return {f"{name.value}_limit": value, "until": None if ends_at is None else ends_at.isoformat()}

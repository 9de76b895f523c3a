"""Statements about the numbers that people can text to. One method is one transaction."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import args_row

from operationskit.audit import Change, record
from servicekit.errors import Conflict, NotFound, RuleBroken
from servicekit.ids import new_id
from services.notifications.received_texts_store import InboundNumber, NumberStock
from services.notifications.transactions import AccountTransactions

_COLUMNS = "number, provider, service_id, first_used_at"


class NumbersStore:
    """Inbound numbers."""

    def __init__(self, transactions: AccountTransactions) -> None:
        self._transactions = transactions

    async def insert(self, number: str, provider: str, service_id: UUID | None) -> InboundNumber:
        """Store a number; one that the same service has already stays. Raises NotFound and Conflict."""
        async with self._transactions.begin(service_id) as connection:
            known = await _find(connection, number)
            if known is not None:
                if known.service_id != service_id:
                    raise Conflict("The number is there already, and is not this service's")
                return known
            await self._insert(connection, [number], provider, service_id)
            change = Change(
                type="number.added",
                subject=number,
                service_id=service_id,
                after={"provider": provider, "service_id": None if service_id is None else str(service_id)},
            )
            await record(connection, change, self._transactions.clock.now())
        return InboundNumber(number=number, provider=provider, service_id=service_id)

    async def insert_many(self, numbers: Sequence[str], provider: str, *, dry_run: bool) -> int:
        """Store free numbers, all at once; gives how many were not there yet."""
        async with self._transactions.begin() as connection:
            cursor = await connection.execute(
                "select number from inbound_numbers where number = any (%s)", (list(numbers),)
            )
            known = {row[0] for row in await cursor.fetchall()}
            new = [number for number in dict.fromkeys(numbers) if number not in known]
            if new and not dry_run:
                await self._insert(connection, new, provider, None)
                change = Change(
                    type="number.imported", subject=provider, after={"provider": provider, "numbers": new}
                )
                await record(connection, change, self._transactions.clock.now())
        return len(new)

    async def assign(self, number: str, service_id: UUID | None) -> InboundNumber:
        """Give a free number to a service, or take an unused one away. Raises NotFound, Conflict and RuleBroken."""
        async with self._transactions.begin(service_id) as connection:
            before = await _find(connection, number)
            if before is None:
                raise NotFound("inbound_number")
            if before.service_id == service_id:
                return before
            if before.service_id is not None and service_id is not None:
                raise Conflict("Another service has the number: take it away from it first")
            if before.first_used_at is not None:
                raise _used()
            await connection.execute(
                "update inbound_numbers set service_id = %s where number = %s", (service_id, number)
            )
            change = Change(
                type="number.assigned" if service_id else "number.taken_away",
                subject=number,
                service_id=service_id or before.service_id,
                before={"service_id": _text(before.service_id)},
                after={"service_id": _text(service_id)},
            )
            await record(connection, change, self._transactions.clock.now())
        return InboundNumber(number=number, provider=before.provider, service_id=service_id)

    async def release(self, number: str) -> None:
        """Forget a number that no text has come to. Raises NotFound and RuleBroken."""
        async with self._transactions.begin() as connection:
            before = await _find(connection, number)
            if before is None:
                raise NotFound("inbound_number")
            if before.first_used_at is not None:
                raise _used()
            await connection.execute("delete from inbound_numbers where number = %s", (number,))
            change = Change(
                type="number.released",
                subject=number,
                service_id=before.service_id,
                before={"provider": before.provider, "service_id": _text(before.service_id)},
            )
            await record(connection, change, self._transactions.clock.now())

    async def list(
        self, *, service_id: UUID | None, free_only: bool, after: str, limit: int
    ) -> Sequence[InboundNumber]:
        """Numbers in order."""
        async with (
            self._transactions.pool.connection() as connection,
            connection.cursor(row_factory=args_row(InboundNumber)) as cursor,
        ):
            await cursor.execute(
                f"select {_COLUMNS} from inbound_numbers where number > %(after)s "  # noqa: S608 -- a constant
                "and (%(service_id)s::uuid is null or service_id = %(service_id)s) "
                "and (not %(free_only)s or service_id is null) order by number limit %(limit)s".encode(),
                {"after": after, "service_id": service_id, "free_only": free_only, "limit": limit},
            )
            return await cursor.fetchall()

    async def stock(self) -> NumberStock:
        """How many numbers are free, and how many services have."""
        async with self._transactions.pool.connection() as connection:
            cursor = await connection.execute(
                "select count(*) filter (where service_id is null and first_used_at is null and active), "
                "count(*) filter (where service_id is not null) from inbound_numbers"
            )
            row = await cursor.fetchone()
        return NumberStock(free=row[0], assigned=row[1]) if row else NumberStock(free=0, assigned=0)

    async def _insert(
        self,
        connection: psycopg.AsyncConnection[Any],
        numbers: Sequence[str],
        provider: str,
        service_id: UUID | None,
    ) -> None:
        now = self._transactions.clock.now()
        await connection.execute(
            "insert into inbound_numbers (id, number, provider, service_id, created_at) "
            "select id, number, %s, %s, %s from unnest(%s::uuid[], %s::text[]) as new (id, number)",
            (provider, service_id, now, [new_id() for _ in numbers], list(numbers)),
        )


async def _find(connection: psycopg.AsyncConnection[Any], number: str) -> InboundNumber | None:
    async with connection.cursor(row_factory=args_row(InboundNumber)) as cursor:
        await cursor.execute(
            f"select {_COLUMNS} from inbound_numbers where number = %s for update".encode(),  # noqa: S608 -- a constant
            (number,),
        )
        return await cursor.fetchone()


def _used() -> RuleBroken:
    return RuleBroken(
        "CONFLICT", "Texts have come to the number: what people still send to it must not reach anybody else"
    )


def _text(id: UUID | None) -> str | None:
    return None if id is None else str(id)

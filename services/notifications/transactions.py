"""The transactions in which accounts change: broken constraints are told in our own words, and whoever keeps a copy
of the service hears of it once the change is there. Used by the stores of accounts.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg

from servicekit.clock import Clock, SystemClock
from servicekit.database import Pool
from servicekit.errors import Conflict, NotFound


def nobody_keeps_copies(_: UUID) -> None:
    """For stores whose services nobody keeps in memory."""


class AccountTransactions:
    """Transactions on one pool."""

    def __init__(
        self,
        pool: Pool,
        *,
        clock: Clock | None = None,
        changed: Callable[[UUID], None] = nobody_keeps_copies,
    ) -> None:
        """`changed` is told of each service that was changed, and must not wait."""
        self.pool = pool
        self.clock = clock or SystemClock()
        self._changed = changed

    @asynccontextmanager
    async def begin(self, service_id: UUID | None = None) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """A transaction about a service, or about none. Raises NotFound and Conflict for broken constraints."""
        try:
            async with self.pool.connection() as connection, connection.transaction():
                yield connection
        except psycopg.errors.ForeignKeyViolation as err:
            raise NotFound(err.diag.constraint_name or "row") from err
        except psycopg.errors.UniqueViolation as err:
            raise Conflict("There is already one with this name") from err
        if service_id is not None:
            self._changed(service_id)

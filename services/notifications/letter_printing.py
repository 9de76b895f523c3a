"""What the letters service asks about letters that it is about to print. Read straight from the database: a
letter that was cancelled a moment ago must not be printed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from notifyrules.statuses import NotificationStatus
from servicekit.database import Pool

_PRINT_FACTS: Final = """
    select notifications.id, notifications.status, services.active, services.organisation_id
    from notifications
    join services on services.id = notifications.service_id
    where notifications.id = any(%(ids)s::uuid[]) and notifications.type = 'letter'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintFacts:
    """How a letter stands."""

    notification_id: UUID
    status: NotificationStatus
    service_is_active: bool
    organisation_id: UUID | None


class LetterPrinting:
    """Reads them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def print_facts(self, ids: Sequence[UUID]) -> list[PrintFacts]:
        """The facts of those letters that are known."""
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(_PRINT_FACTS, {"ids": list(ids)})).fetchall()
        return [
            PrintFacts(
                notification_id=row[0],
                status=NotificationStatus(row[1]),
                service_is_active=row[2],
                organisation_id=row[3],
            )
            for row in rows
        ]

"""Every statement of the letters service but those of the print run (`printing`) and of kept receipts.

One method is one statement or one transaction. All raise Unavailable, DeadlineExceeded or Conflict while the
database can't do it now (see `servicekit.database`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from psycopg.rows import DictRow, dict_row

from filekit.object_store.keys import ObjectKey
from notifyrules.postage import Postage
from notifyrules.statuses import KeyType
from servicekit.database import Pool, load_queries
from servicekit.errors import Conflict
from services.letters.letters import Letter, LetterState

_QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))


class Store:
    """See the module."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def record_prepared(self, letter: Letter, now: datetime) -> Letter:
        """Store what was prepared, unless that was done before; answers the letter as it is now stored."""
        parameters = {
            "notification_id": letter.notification_id,
            "service_id": letter.service_id,
            "state": letter.state.value,
            "now": now,
            "created_at": letter.created_at,
            "key_type": _value(letter.key_type),
            "is_uploaded": letter.is_uploaded,
            "reference": letter.reference,
            "postage": _value(letter.postage),
            "page_count": letter.page_count,
            "sheets": letter.sheets,
            "address_lines": _list(letter.address_lines),
            "object_key": None if letter.object_key is None else str(letter.object_key),
            "fault": letter.fault,
            "invalid_pages": list(letter.invalid_pages),
        }
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(_QUERIES.record_letter, parameters)
            stored = await _rows(connection, "get_letter", {"notification_id": letter.notification_id})
        if not stored:
            raise Conflict("A letter was deleted while it was stored")
        return _letter(stored[0])

    async def get_letter(self, notification_id: UUID) -> Letter | None:
        """What is known of a letter; None when nothing is."""
        async with self._pool.connection() as connection:
            rows = await _rows(connection, "get_letter", {"notification_id": notification_id})
        return _letter(rows[0]) if rows else None

    async def cancel(self, letters: Mapping[UUID, UUID], now: datetime) -> dict[UUID, LetterState]:
        """Cancel what is not on its way to the printer; answers the state of each.

        `letters`: notification ids with their services'.
        """
        ids = list(letters)
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(
                _QUERIES.cancel_letters,
                {"notification_ids": ids, "service_ids": list(letters.values()), "now": now},
            )
            rows = await _rows(connection, "states_of_letters", {"notification_ids": ids})
        return {row["notification_id"]: LetterState(row["state"]) for row in rows}

    async def deletable(self, notification_ids: Sequence[UUID]) -> dict[UUID, ObjectKey | None]:
        """Those of the letters that need not be printed any more, with where their files are."""
        async with self._pool.connection() as connection:
            rows = await _rows(connection, "deletable_letters", {"notification_ids": list(notification_ids)})
        return {row["notification_id"]: _key(row["object_key"]) for row in rows}

    async def old_letters(self, before: datetime, limit: int) -> list[UUID]:
        """Letters, done with, to which nothing has happened since `before`; oldest first."""
        async with self._pool.connection() as connection:
            rows = await _rows(connection, "old_letters", {"before": before, "limit": limit})
        return [row["notification_id"] for row in rows]

    async def delete(self, notification_ids: Sequence[UUID]) -> int:
        """Forget letters, but those that are to be printed; answers how many there were."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                _QUERIES.delete_letters, {"notification_ids": list(notification_ids)}
            )
            return cursor.rowcount


async def _rows(connection: Any, name: str, parameters: Mapping[str, object]) -> list[DictRow]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_QUERIES[name], parameters)
        rows: list[DictRow] = await cursor.fetchall()
        return rows


def _letter(row: DictRow) -> Letter:
    return Letter(
        notification_id=row["notification_id"],
        service_id=row["service_id"],
        state=LetterState(row["state"]),
        state_changed_at=row["state_changed_at"],
        created_at=row["created_at"],
        prepared_at=row["prepared_at"],
        key_type=None if row["key_type"] is None else KeyType(row["key_type"]),
        is_uploaded=row["is_uploaded"],
        reference=row["reference"],
        postage=None if row["postage"] is None else Postage(row["postage"]),
        page_count=row["page_count"],
        sheets=row["sheets"],
        address_lines=None if row["address_lines"] is None else tuple(row["address_lines"]),
        object_key=_key(row["object_key"]),
        fault=row["fault"],
        invalid_pages=tuple(row["invalid_pages"] or ()),
    )


def _key(text: str | None) -> ObjectKey | None:
    return None if text is None else ObjectKey.parse(text)


def _value(member: KeyType | Postage | None) -> str | None:
    return None if member is None else member.value


def _list(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)

"""Every statement of the documents service, and nothing else. One method is one statement.

All raise Unavailable, DeadlineExceeded or Conflict while the database can't do it now (see
`servicekit.database`).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from notifyrules.london_time import london_midnight_utc
from operationskit.audit import Change, record
from servicekit.database import Pool, load_queries
from servicekit.errors import NotFound
from services.documents.values import Action, Document, DocumentIds, Selection

SCHEMA: Final = "documents"
QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))
_EVER: Final = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


class Store:
    """See the module."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def insert(self, document: Document) -> None:
        """Insert a document."""
        await self._pool.run(
            QUERIES["insert_document"],
            {
                **_ids(document.ids),
                "mime_type": document.mime_type,
                "size_bytes": document.size_bytes,
                "created_at": document.created_at,
                "expires_at": document.expires_at,
                "sealed_name": document.sealed_name,
                "confirmation": document.confirmation,
                "pass_secret": document.pass_secret,
            },
        )

    async def get(self, ids: DocumentIds) -> Document:
        """A document of a service. Raises NotFound."""
        return _only(await self._pool.fetch(QUERIES["get_document"], _ids(ids)))

    async def find(self, document_id: UUID) -> Document:
        """A document of any service. Raises NotFound."""
        return _only(await self._pool.fetch(QUERIES["find_document"], {"id": document_id}))

    async def page(
        self, service_id: UUID, london_day: date | None, before_id: UUID | None, limit: int
    ) -> list[Document]:
        """A service's documents, of a London day or of all days, newest first, older than `before_id`."""
        from_time, until_time = _span(london_day)
        values = {
            "service_id": service_id,
            "from_time": from_time,
            "until_time": until_time,
            "before_id": before_id,
            "max": limit,
        }
        return [_document(row) for row in await self._pool.fetch(QUERIES["list_documents"], values)]

    async def delete(self, ids: DocumentIds) -> bool:
        """Delete a document; answers whether there was one."""
        return await self._pool.run(QUERIES["delete_document"], _ids(ids)) > 0

    async def take_try(
        self, ids: DocumentIds, *, now: datetime, most: int, locked_until: datetime
    ) -> datetime | None:
        """Count a try to confirm the address; with the last of `most` the document is locked.

        None when the try counts; else until when the document is locked. Raises NotFound.
        """
        values = {**_ids(ids), "now": now, "most": most, "locked_until": locked_until}
        if await self._pool.run(QUERIES["take_try"], values):
            return None
        return (await self.get(ids)).locked_until or now

    async def forgive_tries(self, ids: DocumentIds) -> None:
        """Forget wrong tries: the right address was given."""
        await self._pool.run(QUERIES["forgive_tries"], _ids(ids))

    async def count_download(self, ids: DocumentIds, now: datetime) -> bool:
        """Count a download; answers whether the document may be downloaded at this moment."""
        return await self._pool.run(QUERIES["count_download"], {**_ids(ids), "now": now}) > 0

    async def block(self, selection: Selection, *, caller: str, reason: str, now: datetime) -> int:
        """Block documents and note who did it; answers how many were not blocked before."""
        return await self._act("block", selection, _chosen(selection, caller, reason, now), now)

    async def unblock(self, selection: Selection, *, caller: str, reason: str, now: datetime) -> int:
        """Unblock documents and note who did it; answers how many were blocked before."""
        return await self._act("unblock", selection, _chosen(selection, caller, reason, now), now)

    async def actions(self, document_id: UUID) -> list[Action]:
        """What operators did to a document, oldest first."""
        return [
            Action(at=at, caller=caller, blocked=blocked, reason=reason)
            for at, caller, blocked, reason in await self._pool.fetch(
                QUERIES["list_actions"], {"id": document_id}
            )
        ]

    async def find_expired(self, now: datetime, after: UUID, limit: int) -> list[Document]:
        """Expired documents whose files are there, with ids after `after`, in order of ids."""
        values = {"now": now, "after": after, "max": limit}
        return [_document(row) for row in await self._pool.fetch(QUERIES["find_expired"], values)]

    async def mark_removed(self, document_ids: Sequence[UUID], now: datetime) -> None:
        """Note that files left the object store."""
        await self._pool.run(QUERIES["mark_removed"], {"ids": list(document_ids), "now": now})

    async def find_known(self, document_ids: Sequence[UUID]) -> set[UUID]:
        """Which of these ids have a row."""
        return {row[0] for row in await self._pool.fetch(QUERIES["find_known"], {"ids": list(document_ids)})}

    async def forget(self, before: datetime, limit: int) -> int:
        """Delete up to `limit` rows of removed documents that expired before a time; answers how many."""
        return await self._pool.run(QUERIES["forget"], {"before": before, "max": limit})

    async def _act(
        self, name: str, selection: Selection, parameters: Mapping[str, object], now: datetime
    ) -> int:
        """Change documents and record it; answers how many were changed."""
        async with self._pool.connection() as connection, connection.transaction():
            changed = (await connection.execute(QUERIES[name], parameters)).rowcount
            if changed:
                await record(connection, _audited(name, selection, changed), now)
        return changed


def _ids(ids: DocumentIds) -> dict[str, UUID]:
    return {"id": ids.document_id, "service_id": ids.service_id}


def _span(london_day: date | None) -> tuple[datetime, datetime]:
    if london_day is None:
        return _EVER
    return london_midnight_utc(london_day), london_midnight_utc(london_day + timedelta(days=1))


def _chosen(selection: Selection, caller: str, reason: str, now: datetime) -> dict[str, object]:
    from_time, until_time = _span(selection.london_day)
    return {
        "ids": list(selection.document_ids),
        "service_id": selection.service_id,
        "from_time": from_time,
        "until_time": until_time,
        "caller": caller,
        "reason": reason,
        "now": now,
    }


def _audited(name: str, selection: Selection, changed: int) -> Change:
    """One event for all that was chosen together; each document's own are in `actions`."""
    ids, day = selection.document_ids, selection.london_day
    return Change(
        type=f"document.{name}ed",
        subject=str(ids[0]) if len(ids) == 1 else "documents",
        service_id=selection.service_id,
        after={"documents": changed, "london_date": None if day is None else day.isoformat()},
    )


def _only(rows: list[tuple[Any, ...]]) -> Document:
    if not rows:
        raise NotFound("document")
    return _document(rows[0])


def _document(row: tuple[Any, ...]) -> Document:
    (
        document_id, service_id, mime_type, size_bytes, created_at, expires_at, sealed_name, confirmation,
        pass_secret, locked_until, downloads, blocked_at, removed_at,
    ) = row  # fmt: skip
    return Document(
        ids=DocumentIds(service_id=service_id, document_id=document_id),
        mime_type=mime_type,
        size_bytes=size_bytes,
        created_at=created_at,
        expires_at=expires_at,
        sealed_name=sealed_name,
        confirmation=confirmation,
        pass_secret=pass_secret,
        locked_until=locked_until,
        downloads=downloads,
        blocked_at=blocked_at,
        removed_at=removed_at,
    )

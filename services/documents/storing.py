"""Taking a file in: limits, kind, viruses, encryption, then the object store, then the row.

The row comes last, so that a document whose row is there can be read. A process that is killed in between
leaves a file that nobody has the key of; the nightly removal finds it. A call that was lost after its row was
written leaves a document whose link nobody was given; it expires. Called by `service`.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from filekit.antivirus import ScanOutcome, ScanResult
from filekit.object_store.store import ObjectStore
from notifyrules.file_types import extension_of_mime_type
from notifyrules.ids import bytes_to_base64, uuid_to_base64
from servicekit.clock import Clock
from servicekit.errors import RuleBroken, Unavailable
from servicekit.ids import bucket_of, new_id
from services.documents import metrics
from services.documents.file_contents import mime_type_of
from services.documents.sealing import Sealer, new_key
from services.documents.store import Store
from services.documents.values import MAX_FILE_NAME_CHARACTERS, Document, DocumentIds, DocumentSpec

_PASS_SECRET_BYTES: Final = 32


class Scanner(Protocol):
    """Looks for viruses."""

    async def scan(self, data: bytes) -> ScanResult:
        """Scan a file; never raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDocument:
    """A document that was just stored, with its link."""

    ids: DocumentIds
    url: str
    mime_type: str
    expires_at: datetime


class Storing:
    """Takes files in. Each is wholly in memory while it is checked, so only a few are at a time."""

    def __init__(
        self,
        *,
        store: Store,
        objects: ObjectStore,
        scanner: Scanner,
        clock: Clock,
        max_bytes: int,
        at_once: int,
        download_host: str,
    ) -> None:
        self._store = store
        self._objects = objects
        self._scanner = scanner
        self._clock = clock
        self._max_bytes = max_bytes
        self._places = asyncio.Semaphore(at_once)
        self._download_host = download_host.rstrip("/")

    async def store(self, spec: DocumentSpec, chunks: AsyncIterator[bytes]) -> StoredDocument:
        """Check and store a file. Raises RuleBroken with the contract's wording; Unavailable."""
        try:
            _check_name(spec.file_name)
            async with self._places:
                content = await self._read(chunks)
                return await self._store_content(spec, content)
        except RuleBroken as refusal:
            metrics.count_refused(refusal.reason)
            raise

    async def _read(self, chunks: AsyncIterator[bytes]) -> bytes:
        content = bytearray()
        async for chunk in chunks:
            if len(content) + len(chunk) > self._max_bytes:
                raise RuleBroken("FILE_TOO_LARGE", "Uploaded file exceeds file size limit")
            content += chunk
        if not content:
            raise RuleBroken("FILE_EMPTY", "Document must not be empty")
        return bytes(content)

    async def _store_content(self, spec: DocumentSpec, content: bytes) -> StoredDocument:
        mime_type = await asyncio.to_thread(mime_type_of, content, spec.file_name, is_csv=spec.is_csv)
        await self._scan(content)
        now = self._clock.now()
        document_id = new_id(at=now, bucket=bucket_of(spec.service_id))
        ids = DocumentIds(service_id=spec.service_id, document_id=document_id)
        key = new_key()
        sealer = Sealer(ids, key)
        await asyncio.to_thread(self._put, ids, sealer, content)
        name = spec.file_name or f"{ids.document_id}.{extension_of_mime_type(mime_type)}"
        document = Document(
            ids=ids,
            mime_type=mime_type,
            size_bytes=len(content),
            created_at=now,
            expires_at=now + spec.retention,
            sealed_name=sealer.seal_name(name),
            confirmation=(
                None if spec.confirmation_email is None else sealer.address_digest(spec.confirmation_email)
            ),
            pass_secret=secrets.token_bytes(_PASS_SECRET_BYTES),
            locked_until=None,
            downloads=0,
            blocked_at=None,
            removed_at=None,
        )
        await self._store.insert(document)
        metrics.count_stored(len(content))
        return StoredDocument(
            ids=ids, url=self._link(ids, key), mime_type=mime_type, expires_at=document.expires_at
        )

    async def _scan(self, content: bytes) -> None:
        result = await self._scanner.scan(content)
        if result.outcome is ScanOutcome.INFECTED:
            raise RuleBroken("FILE_INFECTED", "File did not pass the virus scan")
        if not result.may_be_opened:
            raise Unavailable(f"The file can't be scanned now: {result.detail}")

    def _put(self, ids: DocumentIds, sealer: Sealer, content: bytes) -> None:
        self._objects.put(ids.object_key, b"".join(sealer.seal_content(content)))

    def _link(self, ids: DocumentIds, key: bytes) -> str:
        service, document = uuid_to_base64(ids.service_id), uuid_to_base64(ids.document_id)
        return f"{self._download_host}/d/{service}/{document}?key={bytes_to_base64(key)}"


def _check_name(file_name: str | None) -> None:
    if file_name is not None and len(file_name) > MAX_FILE_NAME_CHARACTERS:
        raise RuleBroken(
            "FILE_NAME_TOO_LONG", f"`filename` cannot be longer than {MAX_FILE_NAME_CHARACTERS} characters"
        )

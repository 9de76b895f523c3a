"""What recipients do with a link: look where it leads, confirm their address, download.

Each looks at the row anew, so a block counts at once. Called by `service`.
"""

import asyncio
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from filekit.object_store.store import ObjectMissing, ObjectStore
from servicekit.clock import Clock
from servicekit.errors import NotFound, Unavailable
from servicekit.logs import get_logger
from services.documents import metrics
from services.documents.sealing import (
    CHUNK_BYTES,
    SEALED_CHUNK_BYTES,
    Sealer,
    WrongKey,
    is_pass,
    make_pass,
    sealed_size,
)
from services.documents.store import Store
from services.documents.values import ConfirmOutcome, Document, DocumentLink, DocumentState

_CHUNKS_A_READ: Final = 8
"""Half a megabyte: what a download holds in memory."""

_log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedDocument:
    """A document whose key was right."""

    document: Document
    state: DocumentState
    file_name: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What became of a try to confirm an address."""

    outcome: ConfirmOutcome
    passed: str = field(default="", repr=False)
    locked_until: datetime | None = None


class Opening:
    """Opens documents for whoever has their link."""

    def __init__(
        self, *, store: Store, objects: ObjectStore, clock: Clock, wrong_tries: int, locked_for: timedelta
    ) -> None:
        self._store = store
        self._objects = objects
        self._clock = clock
        self._wrong_tries = wrong_tries
        self._locked_for = locked_for

    async def describe(self, link: DocumentLink) -> OpenedDocument:
        """What the link leads to. Raises NotFound, also where the key is another one."""
        document, sealer = await self._find(link)
        return self._opened(document, sealer)

    async def confirm(self, link: DocumentLink, email_address: str) -> Confirmation:
        """Take a try to confirm the address. Raises NotFound as `describe`.

        A try is counted before it is looked at, in one statement, so that many at once are no more than the
        limit.
        """
        document, sealer = await self._find(link)
        now = self._clock.now()
        if document.confirmation is None or document.state(now) is not DocumentState.AVAILABLE:
            return _counted(Confirmation(outcome=ConfirmOutcome.NOT_ASKED_FOR))
        locked_until = await self._store.take_try(
            link.ids, now=now, most=self._wrong_tries, locked_until=now + self._locked_for
        )
        if locked_until is not None:
            return _counted(Confirmation(outcome=ConfirmOutcome.LOCKED, locked_until=locked_until))
        if not hmac.compare_digest(document.confirmation, sealer.address_digest(email_address)):
            return _counted(Confirmation(outcome=ConfirmOutcome.WRONG))
        await self._store.forgive_tries(link.ids)
        passed = make_pass(document.pass_secret, link.ids, now)
        return _counted(Confirmation(outcome=ConfirmOutcome.CONFIRMED, passed=passed))

    async def begin_download(self, link: DocumentLink, passed: str) -> "Download":
        """Begin a download, and count it when it may go on. Raises NotFound as `describe`; Unavailable."""
        document, sealer = await self._find(link)
        opened = self._opened(document, sealer)
        now = self._clock.now()
        if opened.state is not DocumentState.AVAILABLE:
            return Download(opened, sealer, self._objects)
        if document.confirmation is not None and not is_pass(passed, document.pass_secret, link.ids, now):
            needed = DocumentState.CONFIRMATION_NEEDED
            return Download(
                OpenedDocument(document=document, state=needed, file_name=opened.file_name),
                sealer,
                self._objects,
            )
        download = Download(opened, sealer, self._objects)
        await download.read_first()
        if not await self._store.count_download(link.ids, now):
            # Blocked, expired or deleted since it was looked up.
            return await self.begin_download(link, passed)
        metrics.count_download()
        return download

    async def _find(self, link: DocumentLink) -> tuple[Document, Sealer]:
        document = await self._store.get(link.ids)
        try:
            sealer = Sealer(link.ids, link.key)
            sealer.open_name(document.sealed_name)
        except WrongKey:
            raise NotFound("document") from None
        return document, sealer

    def _opened(self, document: Document, sealer: Sealer) -> OpenedDocument:
        return OpenedDocument(
            document=document,
            state=document.state(self._clock.now()),
            file_name=sealer.open_name(document.sealed_name),
        )


class Download:
    """A download under way: a head, and pieces where its state is available."""

    def __init__(self, opened: OpenedDocument, sealer: Sealer, objects: ObjectStore) -> None:
        self.opened = opened
        self._sealer = sealer
        self._objects = objects
        self._first: list[bytes] = []

    async def read_first(self) -> None:
        """Read the first pieces: a file that is missing or broken is found before anybody was told that it
        comes. Raises Unavailable.
        """
        self._first = await self._read(0)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The file, decrypted, piece by piece. Raises Unavailable."""
        count = -(-self.opened.document.size_bytes // CHUNK_BYTES)
        for piece in self._first:
            yield piece
        for number in range(_CHUNKS_A_READ, count, _CHUNKS_A_READ):
            for piece in await self._read(number):
                yield piece

    async def _read(self, number: int) -> list[bytes]:
        """Some pieces from piece `number` on."""
        try:
            return await asyncio.to_thread(self._read_pieces, number)
        except (ObjectMissing, WrongKey) as err:
            metrics.count_broken()
            _log.error(
                "document_broken",
                document_id=str(self.opened.document.ids.document_id),
                problem="missing" if isinstance(err, ObjectMissing) else "changed",
            )
            raise Unavailable("The file can't be read") from None

    def _read_pieces(self, number: int) -> list[bytes]:
        document = self.opened.document
        size = sealed_size(document.size_bytes)
        start = number * SEALED_CHUNK_BYTES
        wanted = min(_CHUNKS_A_READ * SEALED_CHUNK_BYTES, size - start)
        data = memoryview(self._objects.get_part(document.ids.object_key, start, wanted))
        if len(data) != wanted:
            raise WrongKey
        return [
            self._sealer.open_chunk(
                data[at : at + SEALED_CHUNK_BYTES],
                number + at // SEALED_CHUNK_BYTES,
                is_last=start + at + SEALED_CHUNK_BYTES >= size,
            )
            for at in range(0, wanted, SEALED_CHUNK_BYTES)
        ]


def _counted(confirmation: Confirmation) -> Confirmation:
    metrics.count_confirmation(confirmation.outcome)
    return confirmation

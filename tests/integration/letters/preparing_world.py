"""Preparing letters with a real table and a real folder, between ports that can be told to die or be away at any
call; what they do themselves is made up."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from deliverykit.types import (
    Delivery,
    DeliveryResult,
    Lease,
    LetterContent,
    PrecompiledLetter,
    TemplatedLetter,
)
from filekit.antivirus import ScanOutcome, ScanResult
from filekit.object_store.keys import Area
from filekit.object_store.local_folder import LocalFolder
from notifyrules.postage import Postage
from notifyrules.statuses import KeyType
from servicekit.clock import SystemClock
from servicekit.database import Pool
from servicekit.errors import Unavailable
from services.letters.letter_files import upload_key
from services.letters.preparing import Preparer
from services.letters.rendering.letter import LetterFault, LetterToRender
from services.letters.rendering.worker_process import RenderReply
from services.letters.store import Store
from services.letters.uploads.outcomes import UploadProblem, UploadResult

MADE_AT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
UPLOADED, SANITISED, RENDERED = b"%PDF as it came", b"%PDF made fit", b"%PDF made of a template"
ADDRESS = ("Sam Example", "1 Test Street", "SW1A 1AA")
VALUES = '{"address_line_1": "Sam Example", "address_line_2": "1 Test Street", "postcode": "SW1A 1AA"}'


class Killed(BaseException):
    """The process ended here."""


@dataclass(slots=True)
class Fate:
    """What happens at the n-th call of any port (from 1), before it has its effect or after."""

    happens: Callable[[], Awaitable[None]] | None = None
    at: int = 0
    after: bool = False
    calls: int = 0
    names: list[str] = field(default_factory=list)

    async def around(self, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        self.calls += 1
        self.names.append(name)
        is_now = self.calls == self.at and self.happens is not None
        if is_now and not self.after and self.happens is not None:
            await self.happens()
        result = await call()
        if is_now and self.after and self.happens is not None:
            await self.happens()
        return result


@dataclass(slots=True)
class Port:
    """Any port with asynchronous methods, at the mercy of fate."""

    inner: Any
    fate: Fate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.inner, name)

        async def call(*arguments: Any, **named: Any) -> Any:
            return await self.fate.around(name, lambda: method(*arguments, **named))

        return call


@dataclass(slots=True)
class Fakes:
    """The ports that are made up, and what they answer."""

    scan_outcome: ScanOutcome = ScanOutcome.CLEAN
    checked: UploadResult = field(
        default_factory=lambda: UploadResult(page_count=3, address_lines=ADDRESS, sanitised=SANITISED)
    )
    fault: LetterFault | None = None
    pretended: set[UUID] = field(default_factory=set)

    async def scan(self, data: bytes) -> ScanResult:
        assert data == UPLOADED
        return ScanResult(outcome=self.scan_outcome)

    async def check_letter(self, data: bytes, *, allow_international: bool) -> UploadResult:
        return self.checked

    async def check_attachment(self, data: bytes) -> UploadResult:
        return self.checked

    async def render(self, letter: LetterToRender) -> RenderReply:
        return RenderReply(pdf=RENDERED, page_count=11 if self.fault else 2, fault=self.fault)

    async def want(self, notification_id: UUID) -> None:
        self.pretended.add(notification_id)


INVALID = UploadResult(problem=UploadProblem.OUTSIDE_PRINTABLE_AREA, page_count=2, invalid_pages=(1, 2))


@dataclass(slots=True)
class World:
    """A letter, and everything around it."""

    pool: Pool
    folder: Path
    fakes: Fakes
    uploaded: bool
    key_type: KeyType = KeyType.NORMAL
    notification_id: UUID = field(default_factory=uuid4)
    service_id: UUID = field(default_factory=uuid4)

    @property
    def store(self) -> Store:
        return Store(self.pool)

    @property
    def files(self) -> LocalFolder:
        return LocalFolder(self.folder)

    def take_in(self) -> None:
        """The upload is in quarantine, before anything else is known of the letter."""
        if self.uploaded:
            self.files.put(upload_key(Area.QUARANTINE, str(self.notification_id)), UPLOADED)

    def delivery(self, attempt: int = 1) -> Delivery:
        letter = (
            PrecompiledLetter()
            if self.uploaded
            else TemplatedLetter(
                subject_template="Subject",
                body_template="Body",
                contact_block="",
                welsh_subject_template=None,
                welsh_body_template=None,
                logo_svg=None,
                attachment_id=None,
                personalisation_json=VALUES,
            )
        )
        return Delivery(
            notification_id=self.notification_id,
            attempt=attempt,
            service_id=self.service_id,
            key_type=self.key_type,
            lease=Lease(MADE_AT + timedelta(minutes=1)),
            possible_duplicate=attempt > 1,
            created_at=MADE_AT,
            failed_providers=(),
            content=LetterContent(
                reference="ABCDEFGHIJKLMNOP",
                postage=Postage.SECOND,
                allow_international=False,
                wants_pretend_receipt=self.key_type is KeyType.TEST,
                letter=letter,
            ),
        )

    async def prepare(self, fate: Fate | None = None) -> DeliveryResult:
        """Prepare the letter as a process would that meets this fate."""
        fate = fate or Fate()
        preparer = Preparer(
            letters=Port(self.store, fate),
            pretend_reports=Port(self.fakes, fate),
            files=FatefulFolder(self.files, fate),
            scanner=FatefulScanner(self.fakes, fate),
            renderer=Port(self.fakes, fate),
            checker=Port(self.fakes, fate),
            clock=SystemClock(),
        )
        return await preparer.deliver(self.delivery())

    def stored(self) -> dict[str, bytes]:
        """Every file of this world, by its key."""
        return {
            str(info.key): self.files.get(info.key).data for area in Area for info in self.files.list(area)
        }


class FatefulScanner:
    """The scanner, at the mercy of fate; it never raises."""

    def __init__(self, fakes: Fakes, fate: Fate) -> None:
        self._scan = Port(fakes, fate).scan

    async def scan(self, data: bytes) -> ScanResult:
        try:
            result: ScanResult = await self._scan(data)
        except Unavailable:
            return ScanResult(outcome=ScanOutcome.ERROR, detail="away")
        return result


class FatefulFolder:
    """The folder, whose calls come from threads, at the mercy of fate."""

    def __init__(self, inner: LocalFolder, fate: Fate) -> None:
        self._inner, self._fate, self._loop = inner, fate, asyncio.get_running_loop()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        async def result_of(arguments: tuple[Any, ...]) -> Any:
            return await asyncio.to_thread(method, *arguments)

        def call(*arguments: Any) -> Any:
            around = self._fate.around(name, lambda: result_of(arguments))
            return asyncio.run_coroutine_threadsafe(around, self._loop).result()

        return call


async def dies() -> None:
    """The process is killed."""
    raise Killed


async def is_away() -> None:
    """What is asked is away."""
    raise Unavailable("away")

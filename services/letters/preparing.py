"""One delivery from its lease to its result: a letter's PDF is made, or checked, and stored.

Called by `deliverykit.leasing`, many side by side. The order of steps makes every crash harmless: the PDF is
stored under a name that follows from the letter, then its row is written, then the upload is put away, then
notifications are told. Whoever does it again finds what is done: a row is never changed by a second preparation,
and a file is replaced by the same one. No database connection is held while anything else is asked.

Not here: how a letter looks (`rendering`), what makes a PDF good (`uploads`), what is stored and told of each
outcome (`prepared`), printing (`printing`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

import msgspec

from deliverykit.types import (
    Delivery,
    DeliveryResult,
    LetterContent,
    LetterFailed,
    Outcome,
    PrecompiledLetter,
    Refused,
    TemplatedLetter,
)
from filekit.antivirus import ScanOutcome, ScanResult
from filekit.object_store.keys import Area, ObjectKey
from filekit.object_store.store import ObjectMissing, ObjectStore
from notifyrules.postal_addresses import postal_address_from_personalisation
from servicekit.clock import Clock, monotonic
from servicekit.errors import ServiceError, Unavailable
from servicekit.logs import get_logger
from services.letters import metrics
from services.letters.letter_files import attachment_key, upload_key
from services.letters.letter_workers import NotRenderable
from services.letters.letters import Letter, LetterState
from services.letters.prepared import (
    NeverReady,
    NotReady,
    infected_letter,
    metadata_of,
    outcome_of,
    retry,
    templated_letter,
    uploaded_letter,
)
from services.letters.rendering.letter import LetterTexts, LetterToRender
from services.letters.rendering.worker_process import RenderReply
from services.letters.uploads.outcomes import UploadResult

T = TypeVar("T")

_DATABASE: Final = NotReady.DATABASE

_log = get_logger()


class Letters(Protocol):
    """`store.Store`."""

    async def get_letter(self, notification_id: UUID) -> Letter | None:
        """What is known of a letter."""
        ...

    async def record_prepared(self, letter: Letter, now: datetime) -> Letter:
        """Store what was prepared, unless that was done before; answers what is stored."""
        ...


class PretendReports(Protocol):
    """`printing.pretending.Pretending`."""

    async def want(self, notification_id: UUID) -> None:
        """Have a report of the printer pretended; again changes nothing. Raises servicekit errors."""
        ...


class Scanner(Protocol):
    """`antivirus.make_scanner` makes one."""

    async def scan(self, data: bytes) -> ScanResult:
        """Scan a file; never raises."""
        ...


class Renders(Protocol):
    """`letter_workers.LetterWorkers`."""

    async def render(self, letter: LetterToRender) -> RenderReply:
        """Make a letter's PDF. Raises NotRenderable, Unavailable."""
        ...


class Checks(Protocol):
    """`workers.PdfWorkers`."""

    async def check_letter(self, data: bytes, *, allow_international: bool) -> UploadResult:
        """Check an uploaded letter. Raises Unavailable."""
        ...


class _Again(Exception):  # noqa: N818 -- says what follows
    """The letter can't be prepared now."""

    def __init__(self, why: NotReady) -> None:
        super().__init__(why)
        self.why = why


class _Never(Exception):  # noqa: N818 -- says what follows
    """The letter can't be prepared, for no fault of its sender."""

    def __init__(self, why: NeverReady) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparer:
    """What preparing needs."""

    letters: Letters
    pretend_reports: PretendReports
    files: ObjectStore
    scanner: Scanner
    renderer: Renders
    checker: Checks
    clock: Clock

    async def deliver(self, delivery: Delivery) -> DeliveryResult:
        """Prepare one letter. Raises nothing but for bugs."""
        content = delivery.content
        if not isinstance(content, LetterContent):
            raise TypeError("the queue of letters brought something else")
        started = monotonic()
        outcome: Outcome
        try:
            letter = await self._prepared(delivery, content)
            outcome, told = outcome_of(letter), letter.state.value
        except _Again as err:
            outcome, told = retry(err.why), err.why.value
        except _Never as err:
            outcome, told = Refused(error_code=err.why.value), err.why.value
        _tell(delivery, content, outcome, told, monotonic() - started)
        return DeliveryResult(outcome=outcome)

    async def _prepared(self, delivery: Delivery, content: LetterContent) -> Letter:
        """The letter as it is stored, whoever prepared it."""
        letter = await _asked(self.letters.get_letter(delivery.notification_id), _DATABASE)
        is_settled = letter is not None and (letter.is_prepared or letter.state is LetterState.CANCELLED)
        if letter is None or not is_settled:
            match content.letter:
                case TemplatedLetter() as template:
                    letter = await self._make(delivery, content, template)
                case PrecompiledLetter():
                    letter = await self._check(delivery, content)
        if isinstance(content.letter, PrecompiledLetter):
            await self._put_away(letter)
        if content.wants_pretend_receipt and letter.state is LetterState.PRETENDED:
            await _asked(self.pretend_reports.want(letter.notification_id), _DATABASE)
        return letter

    async def _make(self, delivery: Delivery, content: LetterContent, template: TemplatedLetter) -> Letter:
        values = _values(template.personalisation_json)
        rendered = await self._rendered(delivery, template, values)
        # Whether letters may go abroad was decided when this one was accepted.
        address = postal_address_from_personalisation(values, allow_international=True)
        letter = templated_letter(delivery, content, rendered, address.normalised_lines)
        if letter.object_key is not None:
            await self._in_store(self.files.put, letter.object_key, rendered.pdf, metadata_of(letter))
        return await self._record(letter)

    async def _rendered(
        self, delivery: Delivery, template: TemplatedLetter, values: Mapping[str, Any]
    ) -> RenderReply:
        letter = LetterToRender(
            texts=LetterTexts(
                subject=template.subject_template,
                content=template.body_template,
                contact_block=template.contact_block,
                welsh_subject=template.welsh_subject_template,
                welsh_content=template.welsh_body_template,
            ),
            values=values,
            made_at=delivery.created_at,
            logo_svg=template.logo_svg,
            attachment_pdf=await self._attachment(template.attachment_id),
        )
        try:
            rendered = await _asked(self.renderer.render(letter), NotReady.WORKER)
        except NotRenderable as err:
            _log.error(
                "letter_not_renderable", notification_id=str(delivery.notification_id), error_code=err.code
            )
            raise (_Never(NeverReady.ATTACHMENT) if err.is_lasting else _Again(NotReady.RENDERING)) from None
        if rendered.missing_characters:
            _log.warning(
                "letter_characters_missing",
                notification_id=str(delivery.notification_id),
                count=rendered.missing_characters,
            )
        return rendered

    async def _attachment(self, attachment_id: UUID | None) -> bytes | None:
        if attachment_id is None:
            return None
        try:
            return (await self._in_store(self.files.get, attachment_key(str(attachment_id)))).data
        except ObjectMissing:
            raise _Never(NeverReady.ATTACHMENT) from None

    async def _check(self, delivery: Delivery, content: LetterContent) -> Letter:
        try:
            data = (await self._in_store(self.files.get, _quarantined(delivery.notification_id))).data
        except ObjectMissing:
            return await self._prepared_meanwhile(delivery.notification_id)
        scan = await self.scanner.scan(data)
        metrics.record_scan(scan.outcome.value)
        match scan.outcome:
            case ScanOutcome.INFECTED:
                _log.warning("virus_found", notification_id=str(delivery.notification_id), virus=scan.detail)
                return await self._record(infected_letter(delivery, content))
            case ScanOutcome.ERROR:
                _log.warning("scan_failed", notification_id=str(delivery.notification_id), detail=scan.detail)
                raise _Again(NotReady.SCANNER)
            case ScanOutcome.TOO_LARGE:
                raise _Never(NeverReady.FILE_TOO_LARGE)
        result = await _asked(
            self.checker.check_letter(data, allow_international=content.allow_international), NotReady.WORKER
        )
        _tell_of_check(delivery.notification_id, result)
        letter = uploaded_letter(delivery, content, result)
        if result.sanitised is not None and letter.object_key is not None:
            await self._in_store(self.files.put, letter.object_key, result.sanitised)
        return await self._record(letter)

    async def _prepared_meanwhile(self, notification_id: UUID) -> Letter:
        """The letter as another process, whose lease was lost, prepared it since we looked. Raises _Never."""
        letter = await _asked(self.letters.get_letter(notification_id), _DATABASE)
        if letter is None or not letter.is_prepared:
            raise _Never(NeverReady.FILE_MISSING)
        return letter

    async def _record(self, letter: Letter) -> Letter:
        return await _asked(self.letters.record_prepared(letter, self.clock.now()), _DATABASE)

    async def _put_away(self, letter: Letter) -> None:
        """Take an upload out of quarantine, once it is known what it is. Again changes nothing."""
        quarantined = _quarantined(letter.notification_id)
        if letter.state is LetterState.INFECTED or not letter.is_prepared:
            await self._in_store(self.files.delete, quarantined)
            return
        area = Area.ORIGINALS if letter.fault is None else Area.INVALID
        target = upload_key(area, str(letter.notification_id))
        try:
            await self._in_store(self.files.move, quarantined, target, metadata_of(letter) or None)
        except ObjectMissing:  # put away before, and past its time since
            return

    async def _in_store(self, call: Callable[..., T], *arguments: object) -> T:
        """Have the object store do something, in a thread. Raises what it raises but for Unavailable."""
        return await _asked(asyncio.to_thread(call, *arguments), NotReady.OBJECT_STORE)


async def _asked(call: Awaitable[T], away: NotReady) -> T:
    """The answer of something that may be away for a while."""
    try:
        return await call
    except Unavailable:
        raise _Again(away) from None
    except ServiceError:
        if away is _DATABASE:  # a lost race, a statement that took too long
            raise _Again(away) from None
        raise


def _quarantined(notification_id: UUID) -> ObjectKey:
    return upload_key(Area.QUARANTINE, str(notification_id))


def _values(personalisation_json: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(personalisation_json, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _Never(NeverReady.VALUES) from None


def _tell(delivery: Delivery, content: LetterContent, outcome: Outcome, told: str, duration_s: float) -> None:
    """The one line and the measurement of a letter."""
    uploaded = isinstance(content.letter, PrecompiledLetter)
    kind = metrics.Kind.UPLOADED if uploaded else metrics.Kind.TEMPLATED
    metrics.record_prepared(kind, told, duration_s)
    _log.info(
        "letter_prepared",
        notification_id=str(delivery.notification_id),
        kind=kind.value,
        attempt=delivery.attempt,
        outcome=told,
        fault=outcome.reason_code if isinstance(outcome, LetterFailed) else None,
        duration_ms=round(duration_s * 1000, 1),
    )


def _tell_of_check(notification_id: UUID, result: UploadResult) -> None:
    """Tell what someone may have to look at."""
    if result.fault is not None:
        _log.warning("upload_broke_check", notification_id=str(notification_id), fault=result.fault)
    if result.fonts_not_embedded:
        _log.warning(
            "upload_fonts_missing",
            notification_id=str(notification_id),
            count=len(result.fonts_not_embedded),
        )

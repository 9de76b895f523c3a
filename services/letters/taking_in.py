"""Taking in PDFs from outside: letters into quarantine, attachments once they were checked.

Called by the servicer. What becomes of a letter in quarantine is in `preparing`. One that never gets a
notification goes with its area's retention.
"""

import asyncio
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from filekit.antivirus import ScanOutcome
from filekit.object_store.keys import Area
from filekit.object_store.store import ObjectStore
from servicekit.errors import RuleBroken, Unavailable
from servicekit.logs import get_logger
from services.letters.letter_files import attachment_key, upload_key
from services.letters.preparing import Letters, Scanner
from services.letters.uploads.outcomes import UploadResult

VIRUS_SCAN_FAILED: Final = "VIRUS_SCAN_FAILED"
VIRUS_MESSAGE: Final = "File did not pass the virus scan"

_log = get_logger()


class ChecksAttachments(Protocol):
    """`workers.PdfWorkers`."""

    async def check_attachment(self, data: bytes) -> UploadResult:
        """Check pages that go behind a letter. Raises Unavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What taking in needs."""

    letters: Letters
    files: ObjectStore
    scanner: Scanner
    checker: ChecksAttachments

    async def take_letter(self, notification_id: UUID, content: bytes) -> None:
        """Put an uploaded letter in quarantine, unless it was prepared already. Raises Unavailable."""
        known = await self.letters.get_letter(notification_id)
        if known is None or not known.is_prepared:
            key = upload_key(Area.QUARANTINE, str(notification_id))
            await asyncio.to_thread(self.files.put, key, content)

    async def take_attachment(self, attachment_id: UUID, content: bytes) -> UploadResult:
        """Scan and check an attachment, and keep it when it is fine; it is replaced by a second one of its id.

        Raises RuleBroken (VIRUS_SCAN_FAILED) and Unavailable.
        """
        scan = await self.scanner.scan(content)
        if scan.outcome is ScanOutcome.INFECTED:
            _log.warning("virus_found", attachment_id=str(attachment_id), virus=scan.detail)
            raise RuleBroken(VIRUS_SCAN_FAILED, VIRUS_MESSAGE)
        if not scan.may_be_opened:
            raise Unavailable("The file can't be scanned for viruses now")
        result = await self.checker.check_attachment(content)
        if result.sanitised is not None:
            await asyncio.to_thread(self.files.put, attachment_key(str(attachment_id)), result.sanitised)
        return result

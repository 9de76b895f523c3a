"""Keeping letters that another system made and had printed, so that their PDFs can be read and the printer's reports
find them.

Called by the servicer. The notification of such a letter is the notifications service's, and is put in place there.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from filekit.object_store.store import ObjectStore
from servicekit.clock import Clock
from servicekit.errors import InvalidRequest, Violation
from services.letters.letter_files import letter_key
from services.letters.letters import Letter, LetterState
from services.letters.preparing import Letters

HANDED_OVER_STATES: Final = frozenset({LetterState.HANDED_OVER, LetterState.DESPATCHED, LetterState.REJECTED})
"""What a letter may be imported as: nothing that a print run would take."""

_PDF_BEGINS: Final = b"%PDF-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Importing:
    """What importing needs."""

    letters: Letters
    files: ObjectStore
    clock: Clock

    async def keep(self, letter: Letter, pdf: bytes) -> None:
        """Store the PDF, then the row; a letter that is known already stays as it is.

        Raises InvalidRequest, Unavailable.
        """
        if letter.state not in HANDED_OVER_STATES:
            raise InvalidRequest([Violation("state", "state must be one of a letter that was handed over")])
        if not pdf.startswith(_PDF_BEGINS):
            raise InvalidRequest([Violation("pdf", "pdf is not a PDF")])
        if letter.reference is None or letter.postage is None or letter.created_at is None:
            raise ValueError("a letter that was handed over has all that the printer was told")
        if await self.letters.get_letter(letter.notification_id) is not None:
            return
        key = letter_key(letter.reference, letter.postage, letter.created_at)
        await asyncio.to_thread(self.files.put, key, pdf)
        await self.letters.record_prepared(replace(letter, object_key=key), self.clock.now())

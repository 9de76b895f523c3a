"""Reading letters: what is known of one, its PDF, a picture of one of its pages.

Called by the servicer. A letter that is somebody else's is one that there isn't.
"""

import asyncio
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from filekit.object_store.store import ObjectMissing, ObjectStore
from servicekit.errors import NotFound, RuleBroken
from services.letters.letters import Letter, LetterState
from services.letters.preparing import Letters
from services.letters.rendering.images import NoSuchPage, Overlay, UnreadablePdf
from services.letters.taking_in import VIRUS_MESSAGE, VIRUS_SCAN_FAILED
from services.letters.uploads.outcomes import UploadProblem
from services.letters.uploads.worker_process import Picture

_FIRST_PAGE: Final = 1


class Draws(Protocol):
    """`workers.PdfWorkers`."""

    async def picture(self, data: bytes, page: int, overlay: Overlay) -> Picture:
        """Draw a page of any PDF. Raises NoSuchPage, UnreadablePdf, Unavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterReader:
    """What reading needs."""

    letters: Letters
    files: ObjectStore
    pictures: Draws

    async def letter(self, service_id: UUID, notification_id: UUID) -> Letter:
        """What is known of a letter. Raises NotFound."""
        letter = await self._of_service(service_id, notification_id)
        if letter is None:
            raise NotFound("letter")
        return letter

    async def pdf(self, service_id: UUID, notification_id: UUID) -> bytes:
        """The letter's PDF; of an upload that failed a check, the file as it came.

        Raises RuleBroken (PDF_NOT_READY, VIRUS_SCAN_FAILED) and Unavailable.
        """
        return (await self._with_pdf(service_id, notification_id))[1]

    async def page(self, service_id: UUID, notification_id: UUID, number: int) -> Picture:
        """A picture of a page, from 1. Raises as `pdf`, and RuleBroken (NO_SUCH_PAGE, NOT_RENDERABLE)."""
        letter, pdf = await self._with_pdf(service_id, notification_id)
        return await draw(self.pictures, pdf, number, _overlay(letter, number))

    async def _with_pdf(self, service_id: UUID, notification_id: UUID) -> tuple[Letter, bytes]:
        letter = await self._of_service(service_id, notification_id)
        if letter is not None and letter.state is LetterState.INFECTED:
            raise RuleBroken(VIRUS_SCAN_FAILED, VIRUS_MESSAGE)
        if letter is None or letter.object_key is None:
            raise _not_ready()
        try:
            return letter, (await asyncio.to_thread(self.files.get, letter.object_key)).data
        except ObjectMissing:  # an upload that failed a check and is about to be put away
            raise _not_ready() from None

    async def _of_service(self, service_id: UUID, notification_id: UUID) -> Letter | None:
        letter = await self.letters.get_letter(notification_id)
        return letter if letter is not None and letter.service_id == service_id else None


async def draw(pictures: Draws, pdf: bytes, number: int, overlay: Overlay) -> Picture:
    """Draw a page. Raises RuleBroken (NO_SUCH_PAGE, NOT_RENDERABLE) and Unavailable."""
    try:
        return await pictures.picture(pdf, number, overlay)
    except NoSuchPage as err:
        raise RuleBroken("NO_SUCH_PAGE", str(err)) from None
    except UnreadablePdf:
        raise RuleBroken("NOT_RENDERABLE", "The PDF can't be read") from None


def _overlay(letter: Letter, number: int) -> Overlay:
    if letter.fault == UploadProblem.OUTSIDE_PRINTABLE_AREA:
        return Overlay.NO_PRINT_AREAS_OF_FIRST_PAGE if number == _FIRST_PAGE else Overlay.NO_PRINT_AREAS
    has_tag = letter.is_uploaded and letter.fault is None and number == _FIRST_PAGE
    return Overlay.TAG_COVER if has_tag else Overlay.NONE


def _not_ready() -> RuleBroken:
    return RuleBroken("PDF_NOT_READY", "PDF not available yet, try again later")

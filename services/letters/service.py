"""`LettersService`: what other services and operators may ask. A method is: pb → domain, one call, domain → pb.
Printing has a servicer of its own (`printing`)."""

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from notify.letters.v1 import letters_pb2 as pb
from notify.letters.v1 import letters_pb2_grpc
from operationskit.audit import Change, record_alone
from servicekit.clock import Clock
from servicekit.database import Pool
from services.letters import convert
from services.letters.forgetting import Forgetting
from services.letters.importing import Importing
from services.letters.letters import cancel_outcome
from services.letters.previews import Previewer
from services.letters.reading import LetterReader
from services.letters.store import Store
from services.letters.taking_in import Intake


class TakesReports(Protocol):
    """The printer's reports: see `printing`."""

    async def handle(self, body: bytes, token: str) -> None:
        """Take a report as it came. Raises NotAuthenticated, InvalidRequest, Unavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterParts:
    """What the servicer hands calls on to."""

    store: Store
    intake: Intake
    reader: LetterReader
    previewer: Previewer
    forgetting: Forgetting
    importing: Importing
    reports: TakesReports
    clock: Clock
    pool: Pool  # of the record of changes


class LettersServicer(letters_pb2_grpc.LettersServiceServicer):
    """See the proto."""

    def __init__(self, parts: LetterParts) -> None:
        self._parts = parts

    async def UploadLetter(  # noqa: N802 -- the proto's name
        self, request: pb.UploadLetterRequest, context: Any
    ) -> pb.UploadLetterResponse:
        """Take an upload into quarantine."""
        convert.id_from_pb(request.service_id, "service_id")
        await self._parts.intake.take_letter(
            convert.id_from_pb(request.notification_id, "notification_id"),
            convert.content_from_pb(request.content),
        )
        return pb.UploadLetterResponse()

    async def UploadAttachment(  # noqa: N802 -- the proto's name
        self, request: pb.UploadAttachmentRequest, context: Any
    ) -> pb.UploadAttachmentResponse:
        """Check an attachment, and keep it."""
        service_id = convert.id_from_pb(request.service_id, "service_id")
        attachment_id = convert.id_from_pb(request.attachment_id, "attachment_id")
        result = await self._parts.intake.take_attachment(
            attachment_id, convert.content_from_pb(request.content)
        )
        await self._record("attachment.uploaded", attachment_id, service_id)
        return convert.attachment_to_pb(result)

    async def PreviewLetter(  # noqa: N802 -- the proto's name
        self, request: pb.PreviewLetterRequest, context: Any
    ) -> pb.PreviewLetterResponse:
        """Make a PDF without storing it."""
        made = await self._parts.previewer.pdf(convert.preview_from_pb(request))
        return convert.preview_to_pb(made)

    async def PreviewLetterPage(  # noqa: N802 -- the proto's name
        self, request: pb.PreviewLetterPageRequest, context: Any
    ) -> pb.PreviewLetterPageResponse:
        """Draw a page of a preview."""
        wanted, page = convert.preview_from_pb(request.letter), convert.page_from_pb(request.page)
        picture = await self._parts.previewer.page(wanted, page)
        return pb.PreviewLetterPageResponse(png=picture.png, page_count=picture.page_count)

    async def GetLetter(  # noqa: N802 -- the proto's name
        self, request: pb.GetLetterRequest, context: Any
    ) -> pb.GetLetterResponse:
        """Read what is known of a letter."""
        letter = await self._parts.reader.letter(*convert.letter_id_from_pb(request))
        return pb.GetLetterResponse(letter=convert.letter_to_pb(letter))

    async def GetLetterPdf(  # noqa: N802 -- the proto's name
        self, request: pb.GetLetterPdfRequest, context: Any
    ) -> pb.GetLetterPdfResponse:
        """Read the PDF of a letter."""
        pdf = await self._parts.reader.pdf(*convert.letter_id_from_pb(request))
        return pb.GetLetterPdfResponse(pdf=pdf)

    async def GetLetterPage(  # noqa: N802 -- the proto's name
        self, request: pb.GetLetterPageRequest, context: Any
    ) -> pb.GetLetterPageResponse:
        """Draw a page of a letter."""
        page = convert.page_from_pb(request.page)
        picture = await self._parts.reader.page(*convert.letter_id_from_pb(request), page)
        return pb.GetLetterPageResponse(png=picture.png, page_count=picture.page_count)

    async def CancelLetters(  # noqa: N802 -- the proto's name
        self, request: pb.CancelLettersRequest, context: Any
    ) -> pb.CancelLettersResponse:
        """See to it that letters are not printed."""
        wanted = convert.to_cancel_from_pb(request)
        states = await self._parts.store.cancel(wanted, self._parts.clock.now())
        return convert.outcomes_to_pb(request, {key: cancel_outcome(state) for key, state in states.items()})

    async def DeleteLetters(  # noqa: N802 -- the proto's name
        self, request: pb.DeleteLettersRequest, context: Any
    ) -> pb.DeleteLettersResponse:
        """Forget letters with their files."""
        count = await self._parts.forgetting.forget(convert.to_delete_from_pb(request))
        return pb.DeleteLettersResponse(deleted_count=count)

    async def ImportLetter(  # noqa: N802 -- the proto's name
        self, request: pb.ImportLetterRequest, context: Any
    ) -> pb.ImportLetterResponse:
        """Keep a letter that another system printed."""
        letter = convert.imported_letter_from_pb(request)
        await self._parts.importing.keep(letter, convert.content_from_pb(request.pdf))
        await self._record("letter.imported", letter.notification_id, None)
        return pb.ImportLetterResponse()

    async def HandleReceipt(  # noqa: N802 -- the proto's name
        self, request: pb.HandleReceiptRequest, context: Any
    ) -> pb.HandleReceiptResponse:
        """Take a report of the printer."""
        await self._parts.reports.handle(request.body, request.token)
        return pb.HandleReceiptResponse()

    async def _record(self, type: str, subject: UUID, service_id: UUID | None) -> None:
        """A file is no part of a transaction. Again, the call changes nothing and is recorded again."""
        change = Change(type=type, subject=str(subject), service_id=service_id)
        await record_alone(self._parts.pool, change, self._parts.clock.now())

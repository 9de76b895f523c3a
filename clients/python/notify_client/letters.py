"""Clients of the letters service, asynchronous and not: previews, pages, PDFs, attachments, and where a letter is.

Sending and cancelling are calls of the notifications service: `NotifyClient`.
"""

import json
from collections.abc import Coroutine, Mapping
from datetime import UTC, date
from typing import Any, Final, Self, TypeVar

from clients.python.notify_client.async_client import DEFAULT_CALLER
from clients.python.notify_client.letter_values import (
    Attachment,
    Fault,
    Letter,
    LetterPage,
    LetterPreview,
    LetterState,
)
from clients.python.notify_client.loop_thread import LoopThread
from clients.python.notify_client.requests import LetterTexts
from notify.letters.v1 import letters_pb2 as pb
from notify.letters.v1 import letters_pb2_grpc
from notifyrules.postage import Postage
from servicekit.grpc_client import make_channel
from servicekit.identity import CallerTokens

T = TypeVar("T")

_STATES: Final[dict[pb.LetterState, LetterState]] = {
    getattr(pb, f"LETTER_STATE_{state.name}"): state for state in LetterState
}


class AsyncLettersClient:
    """Calls of the letters service. Make it inside a running event loop, and close it or use `async with`.

    All methods raise the `ServiceError` that the service raised, `Unavailable` when it cannot be reached, and
    `DeadlineExceeded` when it took too long.
    """

    def __init__(
        self, target: str, *, caller_keys: str, caller: str = DEFAULT_CALLER, timeout_s: float = 30.0
    ) -> None:
        """As `AsyncNotifyClient`; `target` is the letters service's."""
        self._channel = make_channel(
            target, caller=CallerTokens(caller, caller_keys), default_timeout_s=timeout_s
        )
        self._letters = letters_pb2_grpc.LettersServiceStub(self._channel.grpc)

    async def close(self) -> None:
        """Cancel what is under way and disconnect."""
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def preview(
        self, service_id: str, template: str | LetterTexts, personalisation: Mapping[str, Any]
    ) -> LetterPreview:
        """What a letter would look like, from a template's id or from texts. Raises NotFound, RuleBroken."""
        request = _preview_request(service_id, template, personalisation)
        answer = await self._channel.call(self._letters.PreviewLetter, request, idempotent=True)
        return LetterPreview(
            pdf=answer.pdf,
            page_count=answer.page_count,
            welsh_page_count=answer.welsh_page_count,
            attachment_page_count=answer.attachment_page_count,
            fault=_fault(answer),
        )

    async def preview_page(
        self, service_id: str, template: str | LetterTexts, personalisation: Mapping[str, Any], page: int = 1
    ) -> LetterPage:
        """A picture of a page of that. Raises RuleBroken NO_SUCH_PAGE."""
        request = pb.PreviewLetterPageRequest(
            letter=_preview_request(service_id, template, personalisation), page=page
        )
        answer = await self._channel.call(self._letters.PreviewLetterPage, request, idempotent=True)
        return LetterPage(png=answer.png, page_count=answer.page_count)

    async def get_letter(self, service_id: str, notification_id: str) -> Letter:
        """A letter, and where it is. Raises NotFound when it was not prepared yet."""
        request = pb.GetLetterRequest(service_id=service_id, notification_id=notification_id)
        answer = await self._channel.call(self._letters.GetLetter, request, idempotent=True)
        return _letter(answer.letter)

    async def get_pdf(self, service_id: str, notification_id: str) -> bytes:
        """The letter's PDF. Raises RuleBroken PDF_NOT_READY, VIRUS_SCAN_FAILED."""
        request = pb.GetLetterPdfRequest(service_id=service_id, notification_id=notification_id)
        return (await self._channel.call(self._letters.GetLetterPdf, request, idempotent=True)).pdf

    async def get_page(self, service_id: str, notification_id: str, page: int = 1) -> LetterPage:
        """A picture of one of its pages. Raises as `get_pdf`, and RuleBroken NO_SUCH_PAGE."""
        request = pb.GetLetterPageRequest(service_id=service_id, notification_id=notification_id, page=page)
        answer = await self._channel.call(self._letters.GetLetterPage, request, idempotent=True)
        return LetterPage(png=answer.png, page_count=answer.page_count)

    async def upload_attachment(self, service_id: str, attachment_id: str, pdf: bytes) -> Attachment:
        """Check a PDF whose pages shall go behind letters of a template, and store it when it is fine.

        `attachment_id` is a UUID of yours; a second upload replaces the first. Raises RuleBroken
        VIRUS_SCAN_FAILED.
        """
        request = pb.UploadAttachmentRequest(service_id=service_id, attachment_id=attachment_id, content=pdf)
        answer = await self._channel.call(self._letters.UploadAttachment, request, idempotent=True)
        page_count = answer.page_count if answer.HasField("page_count") else None
        return Attachment(page_count=page_count, fault=_fault(answer))


class LettersClient:
    """The same for code that is not asynchronous; may be used from several threads. Close it, or use `with`."""

    def __init__(
        self, target: str, *, caller_keys: str, caller: str = DEFAULT_CALLER, timeout_s: float = 30.0
    ) -> None:
        """Takes the same as `AsyncLettersClient`."""
        self._loop = LoopThread()

        async def make() -> AsyncLettersClient:
            return AsyncLettersClient(target, caller_keys=caller_keys, caller=caller, timeout_s=timeout_s)

        try:
            self._client = self._wait(make())
        except BaseException:
            self._loop.close()
            raise

    def close(self) -> None:
        """Disconnect. Again changes nothing."""
        if not self._loop.is_closed:
            self._wait(self._client.close())
            self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def preview(
        self, service_id: str, template: str | LetterTexts, personalisation: Mapping[str, Any]
    ) -> LetterPreview:
        """What a letter would look like."""
        return self._wait(self._client.preview(service_id, template, personalisation))

    def preview_page(
        self, service_id: str, template: str | LetterTexts, personalisation: Mapping[str, Any], page: int = 1
    ) -> LetterPage:
        """A picture of a page of that."""
        return self._wait(self._client.preview_page(service_id, template, personalisation, page))

    def get_letter(self, service_id: str, notification_id: str) -> Letter:
        """A letter, and where it is."""
        return self._wait(self._client.get_letter(service_id, notification_id))

    def get_pdf(self, service_id: str, notification_id: str) -> bytes:
        """The letter's PDF."""
        return self._wait(self._client.get_pdf(service_id, notification_id))

    def get_page(self, service_id: str, notification_id: str, page: int = 1) -> LetterPage:
        """A picture of one of its pages."""
        return self._wait(self._client.get_page(service_id, notification_id, page))

    def upload_attachment(self, service_id: str, attachment_id: str, pdf: bytes) -> Attachment:
        """Check pages that shall go behind letters, and store them when they are fine."""
        return self._wait(self._client.upload_attachment(service_id, attachment_id, pdf))

    def _wait(self, call: Coroutine[Any, Any, T]) -> T:
        return self._loop.wait(call)


def _preview_request(
    service_id: str, template: str | LetterTexts, personalisation: Mapping[str, Any]
) -> pb.PreviewLetterRequest:
    request = pb.PreviewLetterRequest(
        service_id=service_id, personalisation_json=json.dumps(dict(personalisation), ensure_ascii=False)
    )
    if isinstance(template, str):
        request.template_id = template
    else:
        request.texts.CopyFrom(
            pb.LetterTexts(
                subject=template.subject,
                body=template.body,
                contact_block=template.contact_block,
                welsh_subject=template.welsh_subject,
                welsh_body=template.welsh_body,
                logo_svg=template.logo_svg,
                attachment_id=template.attachment_id,
            )
        )
    return request


def _letter(letter: pb.Letter) -> Letter:
    return Letter(
        notification_id=letter.notification_id,
        service_id=letter.service_id,
        state=_STATES[letter.state],
        state_changed_at=letter.state_change_time.ToDatetime(tzinfo=UTC),
        created_at=letter.create_time.ToDatetime(tzinfo=UTC) if letter.HasField("create_time") else None,
        reference=letter.reference if letter.HasField("reference") else None,
        postage=Postage(letter.postage) if letter.HasField("postage") else None,
        page_count=letter.page_count if letter.HasField("page_count") else None,
        sheets=letter.sheets,
        is_uploaded=letter.is_uploaded,
        fault=_fault(letter),
        print_run_day=date.fromisoformat(letter.print_run_day) if letter.HasField("print_run_day") else None,
    )


def _fault(answer: pb.Letter | pb.PreviewLetterResponse | pb.UploadAttachmentResponse) -> Fault | None:
    if not answer.HasField("fault"):
        return None
    fault = answer.fault
    return Fault(
        code=fault.code,
        invalid_pages=tuple(fault.invalid_pages),
        title=fault.title,
        detail=fault.detail,
    )

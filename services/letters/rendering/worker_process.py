"""A process that makes the PDFs of templated letters: `python -m services.letters.rendering.worker_process`.

Started, fed and ended by `services.letters.letter_workers`. Texts and values are data to the typesetter; what the
process guards against is a letter that takes long, and memory that is never given back.
"""

import sys
from datetime import datetime
from typing import Any, Final

import msgspec

from services.letters.rendering.letter import (
    LetterFault,
    LetterTexts,
    LetterToRender,
    Purpose,
    RenderedLetter,
)
from services.letters.rendering.pages import AttachmentUnusable
from services.letters.rendering.renderer import LetterRenderer
from services.letters.rendering.typesetting import RenderingFailed
from services.letters.worker_protocol import Done, limit, most_memory_bytes, own_streams, serve

_SPENT_BYTES: Final = 240_000_000
"""In use; a worker that ever had more is replaced."""


class RenderJob(msgspec.Struct, frozen=True, kw_only=True):
    """One letter to make: the fields of `LetterToRender`."""

    subject: str
    content: str
    contact_block: str
    welsh_subject: str | None
    welsh_content: str | None
    values: dict[str, Any]
    made_at: datetime
    purpose: Purpose
    logo_svg: str | None
    attachment_pdf: bytes | None


class RenderReply(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: with an `error` nothing else is of use."""

    pdf: bytes = b""
    page_count: int = 0
    welsh_page_count: int = 0
    attachment_page_count: int = 0
    fault: LetterFault | None = None
    missing_characters: int = 0
    error: str | None = None
    """A fixed code: see `letter_workers.NotRenderable`."""


ATTACHMENT_UNUSABLE: Final = "attachment_unusable"
TYPESETTING_FAILED: Final = "typesetting_failed"


def render(renderer: LetterRenderer, job: RenderJob) -> RenderReply:
    """Make a letter."""
    letter = LetterToRender(
        texts=LetterTexts(
            subject=job.subject,
            content=job.content,
            contact_block=job.contact_block,
            welsh_subject=job.welsh_subject,
            welsh_content=job.welsh_content,
        ),
        values=job.values,
        made_at=job.made_at,
        purpose=job.purpose,
        logo_svg=job.logo_svg,
        attachment_pdf=job.attachment_pdf,
    )
    try:
        return _reply(renderer.render(letter))
    except AttachmentUnusable:
        return RenderReply(error=ATTACHMENT_UNUSABLE)
    except RenderingFailed:
        return RenderReply(error=TYPESETTING_FAILED)


def main(memory_limit_bytes: int, time_limit_s: int) -> None:
    """Do jobs until standard input ends."""
    jobs, replies = own_streams()
    renderer = LetterRenderer()
    limit(memory_limit_bytes)
    render(renderer, _FIRST_LETTER)  # loads the fonts, before somebody waits
    spent_at = max(most_memory_bytes(), _SPENT_BYTES)
    decoder, encoder = msgspec.msgpack.Decoder(RenderJob), msgspec.msgpack.Encoder()

    def do(message: bytes) -> Done:
        reply = render(renderer, decoder.decode(message))
        return Done(encoder.encode(reply), most_memory_bytes() > spent_at)

    serve(do, jobs=jobs, replies=replies, time_limit_s=time_limit_s)


_FIRST_LETTER: Final = RenderJob(
    subject="Subject",
    content="Text",
    contact_block="",
    welsh_subject=None,
    welsh_content=None,
    values={},
    made_at=datetime.fromisoformat("2026-01-05T12:00:00Z"),
    purpose=Purpose.PRINT,
    logo_svg=None,
    attachment_pdf=None,
)


def _reply(rendered: RenderedLetter) -> RenderReply:
    return RenderReply(
        pdf=rendered.pdf,
        page_count=rendered.page_count,
        welsh_page_count=rendered.welsh_page_count,
        attachment_page_count=rendered.attachment_page_count,
        fault=rendered.fault,
        missing_characters=len(rendered.missing_characters),
    )


if __name__ == "__main__":
    main(memory_limit_bytes=int(sys.argv[1]), time_limit_s=int(sys.argv[2]))

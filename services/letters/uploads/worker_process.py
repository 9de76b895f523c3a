"""A process that works on PDFs from outside, and can be lost: `python -m services.letters.uploads.worker_process`.

Started, fed and ended by `services.letters.workers`; it holds no secret, opens no file for writing, and lives
within the limits that its arguments name. Its loop is `worker_protocol.serve`.
"""

import sys
from enum import StrEnum
from typing import Final

import msgspec
import pikepdf

from services.letters.rendering.images import NoSuchPage, Overlay, UnreadablePdf, page_count, page_png
from services.letters.uploads.checking import check_attachment, check_letter
from services.letters.uploads.documents import save_pdf
from services.letters.uploads.geometry import A4_HEIGHT_MM, A4_WIDTH_MM, POINTS_PER_MM
from services.letters.uploads.outcomes import UploadProblem, UploadResult
from services.letters.uploads.printing import write_tag
from services.letters.worker_protocol import Done, limit, most_memory_bytes, own_streams, serve

_SPENT_SHARE: Final = 0.6  # of the memory allowed: what was taken once is rarely given back


class JobKind(StrEnum):
    """What can be asked of a worker."""

    LETTER = "letter"
    LETTER_ABROAD = "letter-abroad"
    """The service may send letters abroad."""
    ATTACHMENT = "attachment"
    PICTURE = "picture"
    """A picture of a page."""


class Job(msgspec.Struct, frozen=True):
    """One PDF to work on."""

    kind: JobKind
    data: bytes
    page: int = 1
    """PICTURE: which, from 1."""
    overlay: Overlay = Overlay.NONE


class Picture(msgspec.Struct, frozen=True):
    """A page as a picture. Without one there is no such page, or the PDF can't be read."""

    png: bytes | None
    page_count: int | None
    """None: it can't be read."""


class Reply(msgspec.Struct, frozen=True):
    """What came of a job: one of the two."""

    result: UploadResult | None = None
    picture: Picture | None = None


def run_job(job: Job) -> Reply:
    """Do what the job asks."""
    match job.kind:
        case JobKind.LETTER:
            return Reply(result=check_letter(job.data, allow_international=False))
        case JobKind.LETTER_ABROAD:
            return Reply(result=check_letter(job.data, allow_international=True))
        case JobKind.ATTACHMENT:
            return Reply(result=check_attachment(job.data))
        case JobKind.PICTURE:
            return Reply(picture=_picture(job))


def main(memory_limit_bytes: int, time_limit_s: int) -> None:
    """Do jobs until standard input ends."""
    jobs, replies = own_streams()
    limit(memory_limit_bytes)
    # At the start the number is that of the process that started this one.
    usual = max(most_memory_bytes(), int(_SPENT_SHARE * memory_limit_bytes))
    if not _is_able():
        sys.exit(1)
    decoder, encoder = msgspec.msgpack.Decoder(Job), msgspec.msgpack.Encoder()

    def do(message: bytes) -> Done:
        reply = run_job(decoder.decode(message))
        # Whatever broke on a PDF, memory above all, must not break on the next one for that reason.
        broke = reply.result is not None and reply.result.fault is not None
        return Done(encoder.encode(reply), broke or most_memory_bytes() > usual)

    serve(do, jobs=jobs, replies=replies, time_limit_s=time_limit_s)


def _picture(job: Job) -> Picture:
    try:
        count = page_count(job.data)
        return Picture(png=page_png(job.data, job.page, job.overlay), page_count=count)
    except NoSuchPage:
        return Picture(png=None, page_count=count)
    except UnreadablePdf:
        return Picture(png=None, page_count=None)


def _is_able() -> bool:
    """Try everything once within the limits: a worker that can do nothing would call every letter unreadable."""
    with pikepdf.Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(A4_WIDTH_MM * POINTS_PER_MM, A4_HEIGHT_MM * POINTS_PER_MM))
        write_tag(pdf, pdf.pages[0])
        result = check_letter(save_pdf(pdf), allow_international=False)
    return result.problem is UploadProblem.ADDRESS_EMPTY


if __name__ == "__main__":
    main(memory_limit_bytes=int(sys.argv[1]), time_limit_s=int(sys.argv[2]))

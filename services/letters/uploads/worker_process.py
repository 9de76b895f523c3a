"""A process that checks PDFs one after the other, and can be lost: `python -m services.letters.uploads.worker_process`.

Reads jobs from standard input, writes replies to standard output, each a length of four bytes and that many
bytes of MessagePack. Started, fed and ended by `services.letters.workers`; it holds no secret, opens no file for
writing, and lives within the limits that its arguments name.
"""

import logging
import os
import resource
import signal
import sys
from enum import StrEnum
from typing import BinaryIO

import msgspec
import pikepdf

from services.letters.uploads.checking import check_attachment, check_letter
from services.letters.uploads.documents import save_pdf
from services.letters.uploads.geometry import A4_HEIGHT_MM, A4_WIDTH_MM, POINTS_PER_MM
from services.letters.uploads.outcomes import UploadProblem, UploadResult
from services.letters.uploads.printing import write_tag

LENGTH_BYTES = 4
READY = b"ready"

_NULL = "/dev/null"
_MAX_OPEN_FILES = 64
_SPENT_SHARE = 0.6  # of the memory allowed: what was taken once is rarely given back


class JobKind(StrEnum):
    """What can be asked of a worker."""

    LETTER = "letter"
    LETTER_ABROAD = "letter-abroad"
    """The service may send letters abroad."""
    ATTACHMENT = "attachment"


class Job(msgspec.Struct, frozen=True):
    """One PDF to check."""

    kind: JobKind
    data: bytes


class Reply(msgspec.Struct, frozen=True):
    """What came of a job."""

    result: UploadResult
    is_spent: bool
    """The worker has grown large, or something broke in it, and ends now."""


def run_job(job: Job) -> UploadResult:
    """Do what the job asks."""
    match job.kind:
        case JobKind.LETTER:
            return check_letter(job.data, allow_international=False)
        case JobKind.LETTER_ABROAD:
            return check_letter(job.data, allow_international=True)
        case JobKind.ATTACHMENT:
            return check_attachment(job.data)


def main(memory_limit_bytes: int, time_limit_s: int) -> None:
    """Do jobs until standard input ends."""
    jobs, replies = _own_streams()
    _limit(memory_limit_bytes)
    # At the start the number is that of the process that started this one.
    usual = max(_most_memory_bytes(), int(_SPENT_SHARE * memory_limit_bytes))
    if not _is_able():
        sys.exit(1)
    decoder, encoder = msgspec.msgpack.Decoder(Job), msgspec.msgpack.Encoder()
    _write(replies, READY)
    while (message := _read(jobs)) is not None:
        # Whoever started this process may be gone when a job never ends.
        signal.alarm(time_limit_s)
        result = run_job(decoder.decode(message))
        signal.alarm(0)
        # Whatever broke on a PDF, memory above all, must not break on the next one for that reason.
        is_spent = result.fault is not None or _most_memory_bytes() > usual
        _write(replies, encoder.encode(Reply(result=result, is_spent=is_spent)))
        if is_spent:
            return


def _is_able() -> bool:
    """Try everything once within the limits: a worker that can do nothing would call every letter unreadable."""
    with pikepdf.Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(A4_WIDTH_MM * POINTS_PER_MM, A4_HEIGHT_MM * POINTS_PER_MM))
        write_tag(pdf, pdf.pages[0])
        result = check_letter(save_pdf(pdf), allow_international=False)
    return result.problem is UploadProblem.ADDRESS_EMPTY


def _own_streams() -> tuple[BinaryIO, BinaryIO]:
    """Take standard input and output away from everything else, and silence what libraries say of content."""
    logging.disable(logging.CRITICAL)
    jobs, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(_NULL, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    return jobs, replies


def _limit(memory_limit_bytes: int) -> None:
    for limit, value in (
        (resource.RLIMIT_AS, memory_limit_bytes),
        (resource.RLIMIT_CORE, 0),  # a dump would hold letters
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _MAX_OPEN_FILES),
    ):
        resource.setrlimit(limit, (value, value))


def _most_memory_bytes() -> int:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _read(stream: BinaryIO) -> bytes | None:
    length = stream.read(LENGTH_BYTES)
    return stream.read(int.from_bytes(length)) if len(length) == LENGTH_BYTES else None


def _write(stream: BinaryIO, message: bytes) -> None:
    stream.write(len(message).to_bytes(LENGTH_BYTES) + message)
    stream.flush()


if __name__ == "__main__":
    main(memory_limit_bytes=int(sys.argv[1]), time_limit_s=int(sys.argv[2]))

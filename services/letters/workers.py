"""Worker processes for PDFs that come from outside: each works on one at a time, within limits of memory and time.

A PDF that takes all memory, never ends or crashes the library costs its worker, which is replaced, and comes out
as a file that cannot be read. What is done with a PDF is in `uploads`; the loop of the process in
`uploads.worker_process`. For the parts of the letters service that take in uploaded letters and attachments, and
that draw pages.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Final

import msgspec

from services.letters.rendering.images import NoSuchPage, Overlay, UnreadablePdf
from services.letters.uploads.outcomes import UploadProblem, UploadResult
from services.letters.uploads.worker_process import Job, JobKind, Picture, Reply
from services.letters.worker_pool import JobBroke, WorkerKind, WorkerLimits, WorkerPool

__all__ = ["PdfWorkers", "WorkerLimits", "pdf_workers"]

_KIND: Final = WorkerKind(module="services.letters.uploads.worker_process")


class PdfWorkers:
    """A fixed number of workers. Make it with `pdf_workers`. Calls beyond the number wait for a free one."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool
        self._replies = msgspec.msgpack.Decoder(Reply)

    async def check_letter(self, data: bytes, *, allow_international: bool) -> UploadResult:
        """Check a PDF that is a whole letter: see `uploads.checking.check_letter`.

        Raises Unavailable when the worker was ended from outside, or none can be started: try again later.
        """
        return await self._check(JobKind.LETTER_ABROAD if allow_international else JobKind.LETTER, data)

    async def check_attachment(self, data: bytes) -> UploadResult:
        """Check a PDF whose pages go behind a templated letter. Raises as `check_letter` does."""
        return await self._check(JobKind.ATTACHMENT, data)

    async def picture(self, data: bytes, page: int, overlay: Overlay) -> Picture:
        """Draw a page (from 1) of any PDF; the picture is there.

        Raises NoSuchPage, UnreadablePdf, and Unavailable as `check_letter` does.
        """
        try:
            picture = (
                await self._run(Job(kind=JobKind.PICTURE, data=data, page=page, overlay=overlay))
            ).picture
        except JobBroke as err:
            raise UnreadablePdf(str(err)) from None
        if picture is None or picture.page_count is None:
            raise UnreadablePdf("The PDF can't be read")
        if picture.png is None:
            raise NoSuchPage(page)
        return picture

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The processes that there are now: for tests."""
        return self._pool.process_ids

    @property
    def memory_bytes(self) -> int:
        """Memory in use by all of them."""
        return self._pool.memory_bytes

    async def _check(self, kind: JobKind, data: bytes) -> UploadResult:
        try:
            result = (await self._run(Job(kind=kind, data=data))).result
        except JobBroke as err:
            return UploadResult(problem=UploadProblem.UNREADABLE, fault=str(err))
        return result or UploadResult(problem=UploadProblem.UNREADABLE, fault="no result")

    async def _run(self, job: Job) -> Reply:
        reply = await self._pool.run(msgspec.msgpack.encode(job))
        try:
            return self._replies.decode(reply)
        except msgspec.DecodeError:
            raise JobBroke("a reply that can't be read") from None


@contextlib.asynccontextmanager
async def pdf_workers(*, count: int, limits: WorkerLimits | None = None) -> AsyncIterator[PdfWorkers]:
    """Start workers, and end them when the block is left. One is started at once, to see that it can be."""
    pool = WorkerPool(_KIND, count=count, limits=limits or WorkerLimits())
    try:
        await pool.start_one()
        yield PdfWorkers(pool)
    finally:
        await pool.close()

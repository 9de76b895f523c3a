"""Worker processes that make the PDFs of templated letters. The loop of the process is
`rendering.worker_process`; how a letter looks is in `rendering`.

For `preparing` and `previews`. Processes and not threads, because half of the work holds the interpreter's lock.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Final

import msgspec

from services.letters.rendering.letter import LetterToRender
from services.letters.rendering.worker_process import ATTACHMENT_UNUSABLE, RenderJob, RenderReply
from services.letters.worker_pool import JobBroke, WorkerKind, WorkerLimits, WorkerPool

# Address space, most of it never touched; a worker with more than 240 MB in use is replaced.
RENDERING_LIMITS: Final = WorkerLimits(memory_bytes=1_500_000_000, jobs=5_000)

_KIND: Final = WorkerKind(
    module="services.letters.rendering.worker_process",
    # One letter at a time, in one thread: there are as many workers as cores.
    environment={"RAYON_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"},
)


class NotRenderable(ValueError):  # noqa: N818 -- says what is wrong; no content is in its text
    """The letter can't be made: its logo or attachment is broken, or it took more than a worker's limits."""

    def __init__(self, code: str) -> None:
        """`code`: `attachment_unusable`, `typesetting_failed` or `limits`."""
        super().__init__(f"The letter can't be made: {code}")
        self.code = code

    @property
    def is_lasting(self) -> bool:
        """Trying again changes nothing."""
        return self.code == ATTACHMENT_UNUSABLE


class LetterWorkers:
    """A fixed number of workers. Make it with `letter_workers`. Calls beyond the number wait for a free one."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool
        self._replies = msgspec.msgpack.Decoder(RenderReply)

    async def render(self, letter: LetterToRender) -> RenderReply:
        """Make a letter's PDF: the same letter gives the same bytes. `letter.mark` is the usual one.

        Raises NotRenderable; Unavailable when the worker was ended from outside: try again later.
        """
        try:
            message = await self._pool.run(msgspec.msgpack.encode(_job(letter)))
            reply = self._replies.decode(message)
        except (JobBroke, msgspec.DecodeError):
            raise NotRenderable("limits") from None
        if reply.error is not None:
            raise NotRenderable(reply.error)
        return reply

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The processes that there are now: for tests."""
        return self._pool.process_ids

    @property
    def memory_bytes(self) -> int:
        """Memory in use by all of them."""
        return self._pool.memory_bytes


@contextlib.asynccontextmanager
async def letter_workers(
    *, count: int, limits: WorkerLimits = RENDERING_LIMITS
) -> AsyncIterator[LetterWorkers]:
    """Start workers, and end them when the block is left. One is started at once, to see that it can be."""
    pool = WorkerPool(_KIND, count=count, limits=limits)
    try:
        await pool.start_one()
        yield LetterWorkers(pool)
    finally:
        await pool.close()


def _job(letter: LetterToRender) -> RenderJob:
    texts = letter.texts
    return RenderJob(
        subject=texts.subject,
        content=texts.content,
        contact_block=texts.contact_block,
        welsh_subject=texts.welsh_subject,
        welsh_content=texts.welsh_content,
        values=dict(letter.values),
        made_at=letter.made_at,
        purpose=letter.purpose,
        logo_svg=letter.logo_svg,
        attachment_pdf=letter.attachment_pdf,
    )

"""Worker processes for PDFs that come from outside: each checks one at a time, within limits of memory and time.

A PDF that takes all memory, never ends or crashes the library costs its worker, which is replaced, and comes out
as a file that cannot be read. What is done with a PDF is in `uploads`; the loop of the process in
`uploads.worker_process`. For the parts of the letters service that take in uploaded letters and attachments.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

import msgspec

from servicekit.errors import Unavailable
from services.letters.uploads.outcomes import UploadProblem, UploadResult
from services.letters.uploads.worker_process import LENGTH_BYTES, READY, Job, JobKind, Reply

_MODULE = "services.letters.uploads.worker_process"
_START_LIMIT_S = 60
_SELF_LIMIT_MARGIN_S = 5  # a worker that outlives us ends itself this much later

# How processes are ended from outside: by an operator, by us at the end, by a system out of memory. That says
# nothing of the PDF. A worker's own limits end it in other ways.
_OUTSIDE_SIGNALS = {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLimits:
    """What a worker may take."""

    memory_bytes: int = 300_000_000
    """Address space, which is somewhat more than the memory in use."""
    time_s: float = 30.0
    """For one PDF."""
    jobs: int = 500
    """After so many PDFs a worker is replaced, whatever its state."""


class PdfWorkers:
    """A fixed number of workers. Make it with `pdf_workers`. Calls beyond the number wait for a free one."""

    def __init__(self, *, count: int, limits: WorkerLimits) -> None:
        self._limits = limits
        self._free = asyncio.Semaphore(count)
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()

    async def check_letter(self, data: bytes, *, allow_international: bool) -> UploadResult:
        """Check a PDF that is a whole letter: see `uploads.checking.check_letter`.

        Raises Unavailable when the worker was ended from outside, or none can be started: try again later.
        """
        return await self._run(JobKind.LETTER_ABROAD if allow_international else JobKind.LETTER, data)

    async def check_attachment(self, data: bytes) -> UploadResult:
        """Check a PDF whose pages go behind a templated letter. Raises as `check_letter` does."""
        return await self._run(JobKind.ATTACHMENT, data)

    async def start_one(self) -> None:
        """Start a worker ahead of the first job. Raises Unavailable when that fails."""
        self._idle.append(await _Worker.started(self._limits))

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The processes that there are now: for metrics of memory and for tests."""
        return tuple(worker.process_id for worker in (*self._idle, *self._busy))

    async def close(self) -> None:
        """End all workers, at once."""
        for worker in (*self._idle, *self._busy):
            await worker.end()
        self._idle.clear()

    async def _run(self, kind: JobKind, data: bytes) -> UploadResult:
        message = msgspec.msgpack.encode(Job(kind=kind, data=data))
        async with self._free:
            worker = self._idle.pop() if self._idle else await _Worker.started(self._limits)
            self._busy.add(worker)
            try:
                result = await worker.run(message)
            except BaseException:
                # Also when nobody waits any more: the reply would be taken for that of the next job.
                await worker.end()
                raise
            finally:
                self._busy.discard(worker)
            if worker.is_usable:
                self._idle.append(worker)
            else:
                await worker.end()
            return result


@contextlib.asynccontextmanager
async def pdf_workers(*, count: int, limits: WorkerLimits | None = None) -> AsyncIterator[PdfWorkers]:
    """Start workers, and end them when the block is left. One is started at once, to see that it can be."""
    workers = PdfWorkers(count=count, limits=limits or WorkerLimits())
    try:
        await workers.start_one()
        yield workers
    finally:
        await workers.close()


class _Worker:
    def __init__(self, process: asyncio.subprocess.Process, limits: WorkerLimits) -> None:
        self._process = process
        self._limits = limits
        self._jobs_left = limits.jobs
        self._replies = msgspec.msgpack.Decoder(Reply)

    @classmethod
    async def started(cls, limits: WorkerLimits) -> "_Worker":
        """Return a worker that waits for a job."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _MODULE,
            str(limits.memory_bytes),
            str(int(limits.time_s) + _SELF_LIMIT_MARGIN_S),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # No setting and no secret of the service goes to where PDFs are read.
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            start_new_session=True,
        )
        worker = cls(process, limits)
        try:
            async with asyncio.timeout(_START_LIMIT_S):
                is_ready = await worker._read() == READY
        except (TimeoutError, asyncio.IncompleteReadError):
            is_ready = False
        except BaseException:
            await worker.end()
            raise
        if not is_ready:
            await worker.end()
            raise Unavailable("No process for checking PDFs can be started")
        return worker

    @property
    def process_id(self) -> int:
        """The process's number in the system."""
        return self._process.pid

    @property
    def is_usable(self) -> bool:
        """It can take another job."""
        return self._jobs_left > 0 and self._process.returncode is None

    async def run(self, message: bytes) -> UploadResult:
        """Have one job done. Raises Unavailable when the worker was ended from outside."""
        self._jobs_left -= 1
        try:
            async with asyncio.timeout(self._limits.time_s):
                await self._write(message)
                reply = self._replies.decode(await self._read())
        except TimeoutError:
            await self.end()
            return _unreadable("the time limit")
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.DecodeError):
            self._jobs_left = 0
            return await self._lost()
        if reply.is_spent:
            self._jobs_left = 0
        return reply.result

    async def end(self) -> None:
        """End the process, whatever it does, and wait until it is gone."""
        self._jobs_left = 0
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def _lost(self) -> UploadResult:
        """Return the outcome for the PDF that the worker had when it went."""
        code = await self._exit_code()
        if code < 0 and -code in _OUTSIDE_SIGNALS:
            raise Unavailable("A process that checked a PDF was ended")
        cause = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        return _unreadable(cause)

    async def _exit_code(self) -> int:
        try:
            async with asyncio.timeout(_SELF_LIMIT_MARGIN_S):
                return await self._process.wait()
        except TimeoutError:
            await self.end()
            return 0

    async def _write(self, message: bytes) -> None:
        stream = self._process.stdin
        if stream is None:
            raise ConnectionError
        stream.write(len(message).to_bytes(LENGTH_BYTES) + message)
        await stream.drain()

    async def _read(self) -> bytes:
        stream = self._process.stdout
        if stream is None:
            raise ConnectionError
        length = int.from_bytes(await stream.readexactly(LENGTH_BYTES))
        return await stream.readexactly(length)


def _unreadable(cause: str) -> UploadResult:
    return UploadResult(problem=UploadProblem.UNREADABLE, fault=f"worker ended by {cause}")

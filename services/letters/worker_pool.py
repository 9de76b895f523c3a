"""Worker processes that do one job at a time, within limits of memory and time, and can be lost.

What the jobs are is theirs: `workers` (PDFs from outside) and `letter_workers` (letters of our own) give a module
to run, and bytes to hand to it. Its protocol: a length of four bytes and that many bytes, each way; `READY` first.
"""

import asyncio
import contextlib
import os
import resource
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from servicekit.errors import Unavailable
from services.letters.worker_protocol import LENGTH_BYTES, READY

_START_LIMIT_S: Final = 60
_SELF_LIMIT_MARGIN_S: Final = 5  # a worker that outlives us ends itself this much later

# How processes are ended from outside: by an operator, by us at the end, by a system out of memory. That says
# nothing of the job. A worker's own limits end it in other ways.
_OUTSIDE_SIGNALS: Final = {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


class JobBroke(RuntimeError):  # noqa: N818 -- says what happened
    """The job took more than its limits, or broke the worker: doing it again would end the same way."""

    def __init__(self, cause: str) -> None:
        """`cause`: how the worker ended; nothing of the job's content."""
        super().__init__(f"worker ended by {cause}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLimits:
    """What a worker may take."""

    memory_bytes: int = 300_000_000
    """Address space, which is somewhat more than the memory in use."""
    time_s: float = 30.0
    """For one job."""
    jobs: int = 500
    """After so many jobs a worker is replaced, whatever its state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerKind:
    """What a pool's workers run."""

    module: str
    """Run with `python -m`; its arguments are the limits: bytes of memory, seconds for a job."""
    environment: Mapping[str, str] = field(default_factory=dict)


class WorkerPool:
    """A fixed number of workers. Calls beyond the number wait for a free one."""

    def __init__(self, kind: WorkerKind, *, count: int, limits: WorkerLimits) -> None:
        self._kind = kind
        self._limits = limits
        self._free = asyncio.Semaphore(count)
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The processes that there are now: for metrics of memory and for tests."""
        return tuple(worker.process_id for worker in (*self._idle, *self._busy))

    @property
    def memory_bytes(self) -> int:
        """Memory in use by all of them; 0 where the system does not tell (it is no Linux)."""
        return sum(_resident_bytes(process_id) for process_id in self.process_ids)

    async def start_one(self) -> None:
        """Start a worker ahead of the first job. Raises Unavailable when that fails."""
        self._idle.append(await _Worker.started(self._kind, self._limits))

    async def run(self, message: bytes) -> bytes:
        """Have a job done and return the reply.

        Raises JobBroke when the worker could not do it, Unavailable when the worker was ended from outside or
        none can be started: then try again later.
        """
        async with self._free:
            worker = self._idle.pop() if self._idle else await _Worker.started(self._kind, self._limits)
            self._busy.add(worker)
            try:
                reply = await worker.run(message)
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
            return reply

    async def close(self) -> None:
        """End all workers, at once."""
        for worker in (*self._idle, *self._busy):
            await worker.end()
        self._idle.clear()


def _resident_bytes(process_id: int) -> int:
    try:
        fields = Path(f"/proc/{process_id}/statm").read_text(encoding="ascii").split()
        return int(fields[1]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0


class _Worker:
    def __init__(self, process: asyncio.subprocess.Process, limits: WorkerLimits) -> None:
        self._process = process
        self._limits = limits
        self._jobs_left = limits.jobs

    @classmethod
    async def started(cls, kind: WorkerKind, limits: WorkerLimits) -> "_Worker":
        """Return a worker that waits for a job."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            kind.module,
            str(limits.memory_bytes),
            str(int(limits.time_s) + _SELF_LIMIT_MARGIN_S),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # No setting and no secret of the service goes to where PDFs are read.
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), **kind.environment},
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
            raise Unavailable("No process for PDFs can be started")
        return worker

    @property
    def process_id(self) -> int:
        """The process's number in the system."""
        return self._process.pid

    @property
    def is_usable(self) -> bool:
        """It can take another job."""
        return self._jobs_left > 0 and self._process.returncode is None

    async def run(self, message: bytes) -> bytes:
        """Have one job done; what follows the byte of the reply that tells whether the worker is spent."""
        self._jobs_left -= 1
        try:
            async with asyncio.timeout(self._limits.time_s):
                await self._write(message)
                reply = await self._read()
        except TimeoutError:
            await self.end()
            raise JobBroke("the time limit") from None
        except (asyncio.IncompleteReadError, ConnectionError):
            self._jobs_left = 0
            raise await self._lost() from None
        is_spent, body = reply[:1] != b"\0", reply[1:]
        if is_spent:
            self._jobs_left = 0
        return body

    async def end(self) -> None:
        """End the process, whatever it does, and wait until it is gone."""
        self._jobs_left = 0
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def _lost(self) -> JobBroke | Unavailable:
        """Return what it means that the worker went while it had a job."""
        code = await self._exit_code()
        if code < 0 and -code in _OUTSIDE_SIGNALS:
            return Unavailable("A process that worked on a PDF was ended")
        return JobBroke(signal.Signals(-code).name if code < 0 else f"exit status {code}")

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

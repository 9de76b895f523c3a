"""What a worker process does besides its jobs: its streams, its limits, its loop.

For the modules that `worker_pool` runs. Reads jobs from standard input and writes replies to standard output, each
a length of four bytes and that many bytes; a reply begins with a byte that is 1 when the worker ends now.
"""

import logging
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO, Final, NamedTuple

LENGTH_BYTES: Final = 4
READY: Final = b"ready"

_NULL: Final = "/dev/null"
_MAX_OPEN_FILES: Final = 64


class Done(NamedTuple):
    """What came of a job."""

    reply: bytes
    is_spent: bool
    """The worker has grown large, or something broke in it, and ends now."""


def serve(do: Callable[[bytes], Done], *, jobs: BinaryIO, replies: BinaryIO, time_limit_s: int) -> None:
    """Do jobs until standard input ends, or the worker is spent."""
    _write(replies, READY)
    while (message := _read(jobs)) is not None:
        # Whoever started this process may be gone when a job never ends.
        signal.alarm(time_limit_s)
        done = do(message)
        signal.alarm(0)
        _write(replies, bytes([done.is_spent]) + done.reply)
        if done.is_spent:
            return


def own_streams() -> tuple[BinaryIO, BinaryIO]:
    """Take standard input and output away from everything else, and silence what libraries say of content."""
    logging.disable(logging.CRITICAL)
    jobs, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(_NULL, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    return jobs, replies


def limit(memory_bytes: int) -> None:
    """Take no more than this much address space from now on, write no file, leave no dump."""
    for kind, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CORE, 0),  # a dump would hold letters
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _MAX_OPEN_FILES),
    ):
        resource.setrlimit(kind, (value, value))


def most_memory_bytes() -> int:
    """Return the most memory that this process has had in use."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _read(stream: BinaryIO) -> bytes | None:
    length = stream.read(LENGTH_BYTES)
    return stream.read(int.from_bytes(length)) if len(length) == LENGTH_BYTES else None


def _write(stream: BinaryIO, message: bytes) -> None:
    stream.write(len(message).to_bytes(LENGTH_BYTES) + message)
    stream.flush()

"""Checks tables without holding up anything else: small ones in a thread, others in a process of their own.

A long table is seconds of pure Python, which would take half of every moment from the messages that are being
accepted meanwhile. A process for each also gives its memory back, and ends with whoever asked for it. Called by
`jobs`.
"""

import asyncio
import contextlib
import sys
from typing import Final

import msgspec
import structlog

from servicekit.errors import Unavailable
from services.notifications.jobs_checking import CheckedTable, CheckTask, check_table

log = structlog.get_logger()

SMALL_BYTES: Final = 20_000
"""A table of that length is checked in some 15 ms."""
_COMMAND: Final = (sys.executable, "-m", "services.notifications.jobs_worker")
_TIMEOUT_S: Final = 60.0
_TRIES: Final = 3
"""A process may be killed, or not survive its start, for reasons that have nothing to do with its table."""


class TableChecker:
    """Checks tables, at most `most_at_once` long ones side by side; others wait."""

    def __init__(self, *, most_at_once: int = 2, small_bytes: int = SMALL_BYTES) -> None:
        self._turn = asyncio.Semaphore(most_at_once)
        self._small_bytes = small_bytes

    async def check(self, task: CheckTask) -> CheckedTable:
        """What `jobs_checking.check_table` says. Raises Unavailable when no process could say it."""
        if len(task.content) <= self._small_bytes:
            return await asyncio.to_thread(check_table, task)
        async with self._turn:
            for _ in range(_TRIES):
                with contextlib.suppress(_Ended):
                    return await _in_process(task)
        raise Unavailable("The table could not be checked")


class _Ended(Exception):  # noqa: N818 -- says what happened
    """The process ended without an answer."""


async def _in_process(task: CheckTask) -> CheckedTable:
    process = await asyncio.create_subprocess_exec(
        *_COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # what Python says of a failure may repeat a cell
    )
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            said, _ = await process.communicate(msgspec.msgpack.encode(task))
    except TimeoutError as err:
        raise Unavailable("The table took too long to check") from err
    except RuntimeError as err:  # uvloop's, where the process was gone before anything was written to it
        log.warning("table_check_ended_at_once")
        raise _Ended from err
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode != 0:
        log.error("table_check_failed", exit_code=process.returncode)
        raise _Ended
    return msgspec.msgpack.decode(said, type=CheckedTable)

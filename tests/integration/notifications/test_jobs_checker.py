"""Long tables are checked in a process of their own."""

import asyncio
import sys
from asyncio.subprocess import Process
from pathlib import Path

import pytest

from servicekit.errors import Unavailable
from services.notifications import jobs_checker
from services.notifications.jobs_checker import TableChecker
from services.notifications.jobs_checking import check_table
from tests.unit.notifications.test_jobs_checking import a_task

TASK = a_task("phone number,name\n" + "07700900123,Ada\n0770,Bob\n" * 1_000)


async def test_a_process_says_what_we_would_have_said() -> None:
    assert await TableChecker(small_bytes=0).check(TASK) == check_table(TASK)


async def test_a_small_table_is_checked_here() -> None:
    assert await TableChecker(small_bytes=10**6).check(TASK) == check_table(TASK)


async def test_tables_wait_for_their_turn() -> None:
    checker = TableChecker(most_at_once=1, small_bytes=0)
    results = await asyncio.gather(*(checker.check(TASK) for _ in range(3)))
    assert [table.row_count for table in results] == [2_000] * 3


async def test_a_process_that_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_checker, "_COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    with pytest.raises(Unavailable):
        await TableChecker(small_bytes=0).check(TASK)


async def test_a_process_that_takes_too_long_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_checker, "_TIMEOUT_S", 0.1)
    monkeypatch.setattr(jobs_checker, "_COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    with pytest.raises(Unavailable):
        await TableChecker(small_bytes=0).check(TASK)


async def test_a_process_that_dies_is_followed_by_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dies_twice = (
        "import os, sys; tries = os.listdir(sys.argv[1]); open(f'{sys.argv[1]}/{len(tries)}', 'w').close(); "
        "len(tries) < 2 and sys.exit(3); os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
    )
    worker = jobs_checker._COMMAND[1:]
    monkeypatch.setattr(jobs_checker, "_COMMAND", (sys.executable, "-c", dies_twice, str(tmp_path), *worker))
    assert await TableChecker(small_bytes=0).check(TASK) == check_table(TASK)
    assert len(list(tmp_path.iterdir())) == 3


async def test_a_process_that_is_gone_before_it_is_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(process: Process, table: bytes | None = None) -> tuple[bytes, bytes]:
        raise RuntimeError("unable to perform operation; the handler is closed")  # as uvloop says it

    monkeypatch.setattr(Process, "communicate", gone)
    with pytest.raises(Unavailable):
        await TableChecker(small_bytes=0).check(TASK)

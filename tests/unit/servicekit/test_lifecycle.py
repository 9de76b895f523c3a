"""The life of a process, in this process: order of the end, exit codes, loops."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from servicekit.lifecycle import Lifecycle, run


@contextlib.asynccontextmanager
async def resource(name: str, journal: list[str]) -> AsyncIterator[str]:
    journal.append(f"open {name}")
    try:
        yield name
    finally:
        journal.append(f"close {name}")


def test_a_process_told_to_stop_ends_well() -> None:
    async def main(lifecycle: Lifecycle) -> None:
        lifecycle.stop()

    assert run(main) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_process(number: signal.Signals) -> None:
    async def main(lifecycle: Lifecycle) -> None:
        os.kill(os.getpid(), number)

    assert run(main) == 0


def test_everything_ends_in_order() -> None:
    journal: list[str] = []

    async def main(lifecycle: Lifecycle) -> None:
        await lifecycle.enter(resource("pool", journal))
        await lifecycle.enter(resource("client", journal))

        async def work() -> None:
            await lifecycle.stopping.wait()
            journal.append("loop ends")

        async def stop_leasing() -> None:
            journal.append("stop leasing")

        lifecycle.start_loop("work", work)
        lifecycle.on_stopping(lambda: journal.append("stopping"))
        lifecycle.on_stopping(stop_leasing)
        await asyncio.sleep(0)
        lifecycle.stop()

    assert run(main) == 0
    assert sorted(journal[2:5]) == ["loop ends", "stop leasing", "stopping"]
    assert journal[:2] + journal[5:] == ["open pool", "open client", "close client", "close pool"]


def test_a_failed_start_closes_what_was_opened_and_fails() -> None:
    journal: list[str] = []

    async def main(lifecycle: Lifecycle) -> None:
        await lifecycle.enter(resource("pool", journal))
        raise ValueError("no such host")

    with capture_logs() as lines:
        assert run(main) == 1

    assert journal == ["open pool", "close pool"]
    assert [line["event"] for line in lines] == ["start_failed", "process_stopped"]


def test_what_fails_to_close_is_told_and_the_rest_is_closed() -> None:
    journal: list[str] = []

    async def main(lifecycle: Lifecycle) -> None:
        async def fail() -> None:
            raise KeyError("bug")

        await lifecycle.enter(resource("pool", journal))
        lifecycle.on_close(fail)
        lifecycle.stop()

    assert (run(main), journal) == (1, ["open pool", "close pool"])


def test_a_stop_during_the_start_interrupts_it() -> None:
    async def main(lifecycle: Lifecycle) -> None:
        lifecycle.stop()
        await asyncio.Event().wait()

    assert run(main) == 0


def test_a_loop_that_fails_stops_the_process_loudly() -> None:
    closed: list[str] = []

    async def main(lifecycle: Lifecycle) -> None:
        async def work() -> None:
            raise KeyError("bug")

        await lifecycle.enter(resource("pool", closed))
        lifecycle.start_loop("sending", work)

    with capture_logs() as lines:
        assert run(main) == 1

    assert closed[-1] == "close pool"
    assert (lines[0]["event"], lines[0]["loop"]) == ("loop_failed", "sending")


def test_a_loop_that_just_ends_stops_the_process_loudly() -> None:
    async def main(lifecycle: Lifecycle) -> None:
        async def work() -> None: ...

        lifecycle.start_loop("sending", work)

    with capture_logs() as lines:
        assert run(main) == 1

    assert lines[0]["event"] == "loop_ended"


def test_a_loop_that_does_not_end_in_time_is_cut_off() -> None:
    cancelled: list[bool] = []

    async def main(lifecycle: Lifecycle) -> None:
        async def work() -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(True)
                raise

        lifecycle.start_loop("stubborn", work)
        await asyncio.sleep(0)
        lifecycle.stop()

    with capture_logs() as lines:
        assert run(main, grace_s=0.05) == 0

    assert cancelled == [True]
    assert lines[-1]["cut_off"] == ["stubborn"]


def test_a_loop_that_fails_while_stopping_is_told_and_fails_the_process() -> None:
    async def main(lifecycle: Lifecycle) -> None:
        async def work() -> None:
            await lifecycle.stopping.wait()
            raise KeyError("bug")

        lifecycle.start_loop("sending", work)
        lifecycle.stop()

    assert run(main) == 1


def test_periodic_work_goes_on_after_an_exception() -> None:
    rounds: list[int] = []

    async def main(lifecycle: Lifecycle) -> None:
        async def work() -> None:
            rounds.append(len(rounds))
            if len(rounds) >= 3:
                lifecycle.stop()
            raise ValueError("this round failed")

        lifecycle.start_periodic("refresh", 0.001, work)

    assert run(main) == 0
    assert rounds[:3] == [0, 1, 2]  # one more may begin before the end does


def test_periodic_work_that_waits_does_not_delay_the_end() -> None:
    done = asyncio.Event()

    async def main(lifecycle: Lifecycle) -> None:
        async def work() -> None:
            done.set()

        lifecycle.start_periodic("refresh", 3600, work)
        await done.wait()
        lifecycle.stop()

    assert run(main) == 0


def test_sleep_tells_whether_to_go_on() -> None:
    answers: list[bool] = []

    async def main(lifecycle: Lifecycle) -> None:
        async def work() -> None:
            answers.append(await lifecycle.sleep(0.001))
            lifecycle.stop()
            answers.append(await lifecycle.sleep(3600))

        lifecycle.start_loop("work", work)

    assert run(main) == 0
    assert answers == [True, False]


def test_a_failed_hook_does_not_keep_the_others_from_running() -> None:
    called: list[str] = []

    async def main(lifecycle: Lifecycle) -> None:
        def fail() -> None:
            raise KeyError("bug")

        lifecycle.on_stopping(fail)
        lifecycle.on_stopping(lambda: called.append("second"))
        lifecycle.stop()

    assert run(main) == 0
    assert called == ["second"]


def test_a_process_is_not_healthy_before_its_start_is_over() -> None:
    seen: list[bool] = []

    async def main(lifecycle: Lifecycle) -> None:
        seen.append(lifecycle.is_serving)
        lifecycle.note_up()
        seen.append(lifecycle.is_serving)
        lifecycle.stop()
        seen.append(lifecycle.is_serving)

    assert run(main) == 0
    assert seen == [False, True, False]

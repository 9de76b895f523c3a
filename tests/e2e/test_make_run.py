"""What a new user does: start everything, paste the lines that are printed, end it, start it again."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from clients.notifyctl.stack.services import ROOT
from clients.notifyctl.stack.state import StackState, read_state
from tests.e2e.stack import wait_for
from tests.homes import prepared

START_S = 90.0
END_S = 30.0
NOTIFYCTL = [sys.executable, "-m", "clients.notifyctl"]
StartRun = Callable[[], "Run"]


class Run:
    """`make run`, as a person has it in a terminal."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.said = home.parent / "said.txt"
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [*NOTIFYCTL, "up", "--home", str(home), "--rest-port", "0"],
                cwd=ROOT,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        assert wait_for(lambda: "Ctrl-C" in self.text or self.process.poll() is not None, START_S)
        assert self.process.poll() is None, self.text

    @property
    def text(self) -> str:
        """What it has printed."""
        return self.said.read_text()

    @property
    def state(self) -> StackState:
        """What runs."""
        state = read_state(self.home)
        assert state is not None
        return state

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Press Ctrl-C, or worse; answers the exit code."""
        os.kill(self.process.pid, number)
        return self.process.wait(END_S)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartRun]:
    """Starts a run in always the same home; whatever is still there at the end is killed."""
    runs: list[Run] = []

    def begin() -> Run:
        runs.append(Run(tmp_path / "home"))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()


def alive(state: StackState) -> list[str]:
    """The processes of a stack that are still there."""
    return [
        name
        for name, process in state.processes.items()
        if psutil.pid_exists(process.pid) and psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE
    ]


def line_of(text: str, beginning: str) -> str:
    found = re.search(rf"^{re.escape(beginning)}.*$", text, re.MULTILINE)
    assert found is not None, text
    return found[0]


def paste(lines: str) -> str:
    """What a shell answers to pasted lines."""
    return subprocess.run(
        ["bash", "-c", lines], capture_output=True, text=True, check=True, timeout=30
    ).stdout


def test_first_run_second_run_and_the_lines_to_paste(start: StartRun) -> None:
    first = start()
    assert len(re.findall(r"delivered after", first.text)) == 2, first.text
    curl = line_of(first.text, "curl ").replace("bin/notifyctl", "bin/python -m clients.notifyctl")
    if shutil.which("curl"):  # a fresh Debian has none
        assert '"id"' in paste(f"cd {ROOT}; {curl}")
    snippet = first.text[first.text.index(" <<'END'\n") : first.text.index("\nEND\n") + 5]
    assert paste(f"cd {ROOT}; {sys.executable}{snippet}").strip() in {"created", "sending", "delivered"}
    key = line_of(first.text, "  API key")
    ran = first.state
    assert first.end() == 0
    assert alive(ran) == []
    assert read_state(first.home) is None

    second = start()
    assert line_of(second.text, "  API key") == key
    assert len(re.findall(r"delivered after", second.text)) == 2, second.text
    assert second.end(signal.SIGTERM) == 0


def test_killed_run_leaves_no_process_behind(start: StartRun, tmp_path: Path) -> None:
    prepared(tmp_path / "home")
    run = start()
    ran = run.state
    assert run.end(signal.SIGKILL) == -signal.SIGKILL
    assert wait_for(lambda: not alive(ran), END_S), alive(ran)


def test_second_stack_in_the_same_home_is_refused(start: StartRun, tmp_path: Path) -> None:
    prepared(tmp_path / "home")
    run = start()
    refused = subprocess.run(
        [*NOTIFYCTL, "up", "--home", str(run.home), "--rest-port", "0"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert refused.returncode == 1
    assert "already running" in refused.stderr
    assert run.end() == 0

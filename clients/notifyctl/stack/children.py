"""One child process of a stack: starting it, watching it, ending it, and starting it again when it fails.

Which children there are is in `services.py`, `postgres.py` and `valkey.py`; in which order they start and
stop is in `stack.py`. Each child leads a process group of its own, so that Ctrl-C in a terminal reaches the
stack alone, which then ends its children in order; the watchdog ends them when the stack itself is gone.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import psutil

from clients.notifyctl.stack import watchdog
from clients.notifyctl.stack.logfiles import open_log, rotate, tail

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 10.0
_WELL_AFTER_S = 30.0
"""A child that ran so long is well again: the next pause is a short one."""
STOP_PATIENCE_S = 10.0
"""How long a child may take to end before it is killed; longer than the services' own grace."""
_LINES_TOLD = 6


class StackError(Exception):
    """The stack cannot do what was asked; the text is for the person at the terminal."""


class Stage(IntEnum):
    """When a child is ended: from the edge of the system to its middle."""

    EDGE = 0
    SENDERS = 1
    CORE = 2
    GROUND = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """What a child is."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    """Its whole environment."""
    folder: Path
    """Where it runs."""
    log: Path
    """Gets its standard output and error."""
    is_healthy: Callable[[], bool]
    health_url: str | None = None
    """For people and `notifyctl status`."""
    stage: Stage
    stop_signal: signal.Signals = signal.SIGTERM


class Watchdog:
    """The process that ends the children when this one is gone."""

    def __init__(self) -> None:
        self._process = self._start()
        self._lines: dict[int, str] = {}

    def add(self, pid: int, stop_signal: int, stage: int) -> None:
        """From now on this process is to be ended."""
        self._lines[pid] = f"add {pid} {stop_signal} {stage}\n"
        self._tell(self._lines[pid])

    def remove(self, pid: int) -> None:
        """This process has ended."""
        self._lines.pop(pid, None)
        self._tell(f"remove {pid}\n")

    def look(self) -> None:
        """Start it again if somebody ended it."""
        if self._process.poll() is not None:
            self._process = self._start()
            for line in self._lines.values():
                self._tell(line)

    def close(self) -> None:
        """Let it go; it ends whatever was not removed."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()

    def _start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-I", "-S", watchdog.__file__]
        return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, text=True)

    def _tell(self, line: str) -> None:
        if self._process.stdin:
            try:
                self._process.stdin.write(line)
                self._process.stdin.flush()
            except BrokenPipeError:
                pass  # `look` starts another, which is told everything


class Child:
    """A process that should run. All methods are for one thread at a time; the stack holds its lock."""

    def __init__(self, spec: ChildSpec, guard: Watchdog) -> None:
        self.spec = spec
        self.restarts = 0
        self.started = 0.0
        """When the running process began, as the system tells it; see `state.ProcessState`."""
        self._guard = guard
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = False
        self._began = 0.0
        self._pause_s = _FIRST_PAUSE_S
        self._again_at: float | None = None

    @property
    def pid(self) -> int:
        """Of the process that runs now, or ran last. Raises StackError before the first start."""
        if self._process is None:
            raise StackError(f"{self.spec.name} was not started")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether there is a process."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How the last process ended; negative for a signal; None while it runs."""
        return None if self._process is None else self._process.poll()

    @property
    def age_s(self) -> float:
        """Seconds since the process was started."""
        return time.monotonic() - self._began

    def start(self) -> None:
        """Start a process, unless one runs."""
        if self.is_running:
            return
        spec = self.spec
        with open_log(spec.log) as log:
            self._process = subprocess.Popen(
                spec.command,
                env=dict(spec.environment),
                cwd=spec.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._guard.add(self._process.pid, spec.stop_signal, spec.stage)
        self.started = created(self._process.pid)
        self._began = time.monotonic()
        self._wanted, self._again_at = True, None

    def look(self) -> str | None:
        """Keep the process running; says what was done about it, if anything was."""
        if not self._wanted or self.is_running or self._process is None:
            rotate(self.spec.log)
            return None
        now = time.monotonic()
        if self._again_at is None:
            self._guard.remove(self._process.pid)
            if now - self._began > _WELL_AFTER_S:
                self._pause_s = _FIRST_PAUSE_S
            self._again_at = now + self._pause_s
            pause_s, self._pause_s = self._pause_s, min(self._pause_s * 2, _LONGEST_PAUSE_S)
            return f"{self.spec.name} stopped ({self._how_it_ended()}); starting it again in {pause_s:.1f} s"
        if now < self._again_at:
            return None
        self.start()
        self.restarts += 1
        return f"{self.spec.name} was started again (process {self.pid})"

    def ask_to_stop(self) -> None:
        """Send the stop signal; do not start it again."""
        self._wanted = False
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(self.spec.stop_signal)

    def wait_stopped(self, deadline: float) -> None:
        """Wait for the end until a moment of `time.monotonic()`, then kill."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._guard.remove(self._process.pid)

    def kill(self) -> None:
        """End the process at once, as a crash would; it is started again like after a crash."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def problem(self) -> str:
        """Why it does not run, with the end of its log: for an error message."""
        lines = "".join(f"\n    {line[:300]}" for line in tail(self.spec.log, _LINES_TOLD))
        return f"{self.spec.name} did not start ({self._how_it_ended()}); the end of {self.spec.log}:{lines}"

    def _how_it_ended(self) -> str:
        code = self.exit_code
        if code is None:
            return "it runs, but does not answer"
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def created(pid: int) -> float:
    """When a process began, in seconds since the epoch; 0 for one that is gone."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return 0.0

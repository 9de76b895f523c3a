"""What the test databases share: free ports, and children that die with the test run."""

import ctypes
import importlib.util
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_START_TIMEOUT_S = 30.0


def package_folder(name: str) -> Path:
    """Where an installed package is, without importing it: some wheels with servers warn when imported."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(name)
    return Path(spec.origin).parent


def start_child(
    command: Sequence[str | Path], *, log: Path, death_signal: signal.Signals
) -> "subprocess.Popen[bytes]":
    """Start a server that gets `death_signal` when the test run is killed (Linux)."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=_dies_with_parent(death_signal) if sys.platform == "linux" else None,
        )


def wait_until(is_ready: Callable[[], bool], child: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait for a server's first answer. Raises RuntimeError with the end of its log."""
    give_up_at = time.monotonic() + _START_TIMEOUT_S
    while not is_ready():
        if child.poll() is not None or time.monotonic() > give_up_at:
            raise RuntimeError(f"{child.args!r} did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


def _dies_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    libc = ctypes.CDLL(None)

    def set_death_signal() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(death_signal))

    return set_death_signal

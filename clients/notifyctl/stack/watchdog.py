"""Ends a stack's processes when the one that started them is gone, however it went.

Its standard input is a pipe from that process: lines say what to end (`add PID SIGNAL STAGE`, `remove PID`),
and the pipe's end says when. Works the same on Linux and macOS, and does not mind which thread started what,
as the kernel's own death signal does. Started by `children.py`; standard library only, so that it stays
small.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import TextIO

PATIENCE_S = 8.0
"""How long the processes of one stage may take to end before they are killed."""
_LOOK_EVERY_S = 0.05


def main() -> None:
    """Listen until the pipe ends, then end what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end_all(read_charges(sys.stdin))


def read_charges(lines: TextIO) -> dict[int, tuple[int, int]]:
    """Signal and stage by process id, of those that were added and not removed when the lines end."""
    charges: dict[int, tuple[int, int]] = {}
    for line in lines:
        match line.split():
            case ["add", pid, number, stage]:
                charges[int(pid)] = (int(number), int(stage))
            case ["remove", pid]:
                charges.pop(int(pid), None)
    return charges


def end_all(charges: dict[int, tuple[int, int]]) -> None:
    """End the processes, lowest stage first: politely, then by force."""
    for stage in sorted({stage for _, stage in charges.values()}):
        pids = {pid: number for pid, (number, of_stage) in charges.items() if of_stage == stage}
        for pid, number in pids.items():
            send(pid, number)
        deadline = time.monotonic() + PATIENCE_S
        while any(is_alive(pid) for pid in pids) and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY_S)
        for pid in pids:
            if is_alive(pid):
                send(pid, signal.SIGKILL)


def send(pid: int, number: int) -> None:
    """Send a signal to a process that may be gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits for its parent to take note does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[-1].split()[0] != "Z"
    except OSError:
        return True


if __name__ == "__main__":
    main()

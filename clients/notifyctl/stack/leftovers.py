"""Ends what an earlier stack in the same home left running: its own process and its watchdog were both
killed.
"""

import signal

import psutil

from clients.notifyctl.stack import watchdog
from clients.notifyctl.stack.state import ProcessState, StackState

_SAME_WITHIN_S = 1.0
"""A process id is used again some day; a process that began at another time is another one."""


def end_leftovers(state: StackState) -> list[str]:
    """End the processes of a state file whose stack is gone; answers their names."""
    left = {name: process for name, process in state.processes.items() if _still_runs(process)}
    charges = {process.pid: (_signal_for(name), _stage_for(name)) for name, process in left.items()}
    watchdog.end_all(charges)
    return sorted(left)


def _still_runs(process: ProcessState) -> bool:
    try:
        return abs(psutil.Process(process.pid).create_time() - process.started) < _SAME_WITHIN_S
    except psutil.Error:
        return False


def _signal_for(name: str) -> int:
    return signal.SIGINT if name == "postgres" else signal.SIGTERM


def _stage_for(name: str) -> int:
    return 1 if name in {"postgres", "valkey"} else 0

"""The state file of a stack, `HOME/state.json`: who runs where. Written by `stack.py`, read by every other
command.

It is there while a stack runs. One that was left behind by a crash tells the next start what to clean up.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from clients.notifyctl.stack.ports import HOST, REST
from clients.notifyctl.stack.secrets import write_private

FILE_NAME = "state.json"


class Phase(StrEnum):
    """What the stack as a whole is doing."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessState:
    """One process of the stack."""

    pid: int
    started: float
    """When, in seconds since the epoch as the system tells it: with the pid it names the process for certain.
    """
    health_url: str | None
    """Answers 200 while it is well; None for one that has no such page."""
    restarts: int = 0
    """How often it was started again after it stopped by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackState:
    """Everything that is written down about a running stack."""

    phase: Phase
    pid: int
    """Of the process that watches over the others."""
    ports: Mapping[str, int]
    database_url: str
    redis_url: str
    processes: Mapping[str, ProcessState] = field(default_factory=dict)

    @property
    def rest_url(self) -> str:
        """Where the public API is."""
        return f"http://{HOST}:{self.ports[REST]}"

    @property
    def simulators_url(self) -> str:
        """Where the providers' simulators and the outbox page are."""
        return f"http://{HOST}:{self.ports['simulators']}"

    def target(self, service: str) -> str:
        """`host:port` of a service's gRPC server."""
        return f"{HOST}:{self.ports[service]}"


def read_state(home: Path) -> StackState | None:
    """What was last written; None when nothing runs (or ran and crashed without a trace)."""
    try:
        raw: dict[str, Any] = json.loads((home / FILE_NAME).read_text())
        processes = {name: ProcessState(**process) for name, process in raw.pop("processes").items()}
        return StackState(**{**raw, "phase": Phase(raw["phase"]), "processes": processes})
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def write_state(home: Path, state: StackState) -> None:
    """Replace the state file. It names a database with its password, so only its owner can read it."""
    write_private(home / FILE_NAME, json.dumps(asdict(state), indent=2))


def remove_state(home: Path) -> None:
    """Forget the state: nothing runs any more."""
    (home / FILE_NAME).unlink(missing_ok=True)

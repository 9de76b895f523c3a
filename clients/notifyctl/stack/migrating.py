"""Bringing the schemas of all services up to date before they start: all at once, and only where something is new."""

import contextlib
import hashlib
import json
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from clients.notifyctl.stack.children import StackError
from clients.notifyctl.stack.logfiles import open_log, tail
from clients.notifyctl.stack.secrets import write_private
from clients.notifyctl.stack.services import (
    ROOT,
    Facts,
    ServiceKind,
    migration_command,
    service_environment,
)

NOTES_FILE = "migrated.json"
_LOOK_EVERY_S = 0.03
_LINES_TOLD = 6


def migrate_all(
    kinds: Iterable[ServiceKind], facts: Facts, home: Path, *, trust_notes: bool, check: Callable[[], None]
) -> None:
    """Migrate every schema that is not known to be up to date. Raises StackError.

    What was done is noted in `home`, as a hash of each service's migrations; with `trust_notes`, it is not done again.
    `check` is called while waiting and may raise, to give up.
    """
    notes = home / NOTES_FILE
    known: dict[str, str] = {}
    if trust_notes:
        with contextlib.suppress(FileNotFoundError, ValueError):
            known = json.loads(notes.read_text())
    wanted = {kind.name: fingerprint(kind) for kind in kinds if kind.schema}
    stale = [kind for kind in kinds if kind.schema and known.get(kind.name) != wanted[kind.name]]
    running = {kind.name: _start(kind, facts) for kind in stale}
    try:
        for name, process in running.items():
            _wait(name, process, facts.log_folder / f"{name}.log", check)
    finally:
        for process in running.values():
            process.kill()  # changes nothing where it has ended
            process.wait()
    write_private(notes, json.dumps(wanted))


def fingerprint(kind: ServiceKind) -> str:
    """What the migrations of a service are, as one hash."""
    folder = ROOT / "services" / kind.name / "migrations"
    files = sorted(path for path in folder.rglob("*") if path.suffix in {".py", ".sql"})
    parts = [part for path in files for part in (path.name.encode(), path.read_bytes())]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _start(kind: ServiceKind, facts: Facts) -> "subprocess.Popen[bytes]":
    with open_log(facts.log_folder / f"{kind.name}.log") as log:
        return subprocess.Popen(
            migration_command(kind),
            env=service_environment(kind, kind.name, facts),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _wait(name: str, process: "subprocess.Popen[bytes]", log: Path, check: Callable[[], None]) -> None:
    while process.poll() is None:
        check()
        time.sleep(_LOOK_EVERY_S)
    if process.returncode:
        lines = "".join(f"\n    {line[:300]}" for line in tail(log, _LINES_TOLD))
        raise StackError(f"the schema of {name} could not be migrated; the end of {log}:{lines}")

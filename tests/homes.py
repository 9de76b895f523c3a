"""Homes for stacks of tests: each begins with a copy of a database that has every schema already.

Making one takes most of a stack's start (initdb and every migration: 7 of 12 s), and always gives the same. The copy
is taken from `.venv/prepared-homes`, where one is made for each state of the migrations and of what makes the database.
The first test of `make run` and those of migrations begin with nothing.
"""

import fcntl
import hashlib
import inspect
import shutil
import subprocess
from pathlib import Path
from typing import Final

from clients.notifyctl.stack import Stack, postgres, secrets
from clients.notifyctl.stack.migrating import NOTES_FILE, fingerprint
from clients.notifyctl.stack.services import ROOT, built_kinds

_FOLDER: Final = ROOT / ".venv" / "prepared-homes"
_COPIED: Final = ("postgres", "secrets", NOTES_FILE)


def prepared(home: Path) -> Path:
    """Make a home at this path, which is not there yet; answers it."""
    home.mkdir(mode=0o700, parents=True)
    template = _template()
    subprocess.run(["cp", "-a", *(template / name for name in _COPIED), home], check=True)
    return home


def _template() -> Path:
    """The home that copies are taken from; the first process that asks makes it."""
    _FOLDER.mkdir(mode=0o755, exist_ok=True)
    made = _FOLDER / _state()
    with (_FOLDER / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            for stale in _FOLDER.glob("*/"):
                shutil.rmtree(stale)
            being_made = _FOLDER / "being-made"
            Stack(being_made).prepare()
            being_made.rename(made)
    return made


def _state() -> str:
    """What decides what the database looks like, as one hash."""
    server = postgres.program("postgres")
    parts = [
        inspect.getsource(postgres),
        inspect.getsource(secrets),
        f"{server} {server.stat().st_mtime_ns}",
        *(fingerprint(kind) for kind in built_kinds()),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]

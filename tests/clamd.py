"""A virus scanner for tests: a real clamd where one is installed (Debian: `apt-get install clamav-daemon`), else a
small server of its protocol. Both know one signature of our own, for the text that all scanners take for a virus,
because none can be downloaded.
"""

import shutil
import signal
import socketserver
import struct
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Final

from clients.notifyctl.stack.ports import free_port
from tests.processes import start_child, wait_until

# In two pieces, so that no scanner takes this file for one.
EICAR: Final = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").encode()
CLAMD: Final = shutil.which(
    "clamd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/sbin"
)


def write_config(folder: Path, listen: str) -> Path:
    """The configuration of a clamd that knows our signature and takes files of up to a megabyte."""
    (folder / "own.ndb").write_text(f"Own.Eicar:0:*:{EICAR.hex()}\n")
    config = folder / "clamd.conf"
    config.write_text(f"Foreground yes\nDatabaseDirectory {folder}\nStreamMaxLength 1M\n{listen}\n")
    return config


class Clamd:
    """A running scanner, which can go away and come back at its port."""

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="notify-clamd-"))
        self._child: subprocess.Popen[bytes] | None = None
        self._server: _Server | None = None
        self.start()

    @property
    def url(self) -> str:
        """What the setting says for it."""
        return f"tcp://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it (again)."""
        if CLAMD is None:
            self._server = _Server(("127.0.0.1", self.port), _Handler)
            threading.Thread(target=self._server.serve_forever, daemon=True).start()
            return
        config = write_config(self._folder, f"TCPAddr 127.0.0.1\nTCPSocket {self.port}")
        log = self._folder / "log"
        log.write_bytes(b"")
        self._child = start_child([CLAMD, "-c", config], log=log, death_signal=signal.SIGKILL)
        wait_until(lambda: b"Self checking" in log.read_bytes(), self._child, log)

    def stop(self) -> None:
        """End it; `start` brings it back."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        if self._child is not None:
            self._child.kill()
            self._child.wait(10)
            self._child = None

    def close(self) -> None:
        """End it for good."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class _Handler(socketserver.StreamRequestHandler):
    """One command: a ping, or a file in pieces."""

    def handle(self) -> None:
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        if command == b"zPING\0":
            self.wfile.write(b"PONG\0")
            return
        data = b""
        while size := struct.unpack(">L", self.rfile.read(4))[0]:
            data += self.rfile.read(size)
        self.wfile.write(b"stream: Own.Eicar.UNOFFICIAL FOUND\0" if EICAR in data else b"stream: OK\0")

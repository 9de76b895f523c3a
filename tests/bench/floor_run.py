"""Starts the floor (see `floor`), sends it the same load as the system, and stops it."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from clients.notifyctl.stack.ports import free_port
from tests.bench import load as loads
from tests.bench.system import System

_PATIENCE_S = 10.0


def measure_floor(system: System, *, connections: int = 64, duration_s: float) -> loads.Outcome:
    """The rate of a POST that only checks the token, reads the JSON and answers JSON."""
    with _running(system) as url:
        load = system.texts(connections=connections, duration_s=duration_s)
        loads.run(replace(load, url=url, duration_s=1.0))
        return loads.run(replace(load, url=url))


@contextmanager
def _running(system: System) -> Iterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "tests.bench.floor", str(port), system.service.id, system.service.secret]
    process = subprocess.Popen(command)
    try:
        _wait_until_up(port)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_up(port: int) -> None:
    give_up_at = time.monotonic() + _PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.05)
        else:
            return

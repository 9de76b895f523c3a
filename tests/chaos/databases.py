"""Faults of the database that need one of their own: a failover to a replica, and a full disk.

`python -m tests.chaos.databases`, also part of `make chaos`. The failover: two servers with streaming replication that
waits for the replica (`synchronous_commit`), services that know both (`target_session_attrs=read-write`); the first is
killed, the second promoted. The full disk: the data move to a small file system of their own, which is filled up and
emptied again; that needs the right to mount one.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psycopg

from clients.notifyctl.stack import postgres
from clients.notifyctl.stack.stack import Stack
from tests.bench.system import System, make_service
from tests.chaos.running import Report, Scenario, run
from tests.chaos.world import LEASE_S, World, set_callback
from tests.homes import prepared
from tests.processes import start_child, wait_until

_PASSWORD: Final = "chaos"
_DISK_MB: Final = 700
_FULL_S: Final = 8.0
_HOST: Final = "127.0.0.1"
SETTINGS: Final = {
    "notifications": {"LEASE_S": str(LEASE_S), "CALLBACK_RETRY_GAPS_S": "1,1,2,2,5,5,10,10,30,60,60"}
}


@dataclass(slots=True)
class Server:
    """One of two PostgreSQL servers."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """With every right, to the database that all servers have."""
        return postgres.url(self.port, _PASSWORD, database="postgres")

    def start(self, *settings: str) -> None:
        """Start it and wait for its first answer."""
        flags = [part for setting in settings for part in ("-c", setting)]
        log = self.folder.with_suffix(".log")
        self.process = start_child(
            [
                *postgres.as_other_user(), postgres.program("postgres"), "-D", self.folder,
                "-c", f"port={self.port}", "-c", f"listen_addresses={_HOST}", "-c", "unix_socket_directories=",
                "-c", "max_connections=150", "-c", "wal_level=replica", *flags,
            ],
            log=log, death_signal=signal.SIGQUIT,
        )  # fmt: skip
        wait_until(self._answers, self.process, log)

    def kill(self) -> None:
        """SIGKILL, to the server and all its children."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def two_servers(folder: Path) -> Iterator[tuple[Server, Server]]:
    """A server and its replica, which has every commit before its client hears of it."""
    password = folder / "password"
    password.write_text(_PASSWORD)
    first, second = (Server(folder / name, _free_port()) for name in ("first", "second"))
    try:
        postgres.make_data(first.folder, password)
        with (first.folder / "pg_hba.conf").open("a") as access:
            access.write(f"host replication all {_HOST}/32 scram-sha-256\n")
        first.start()
        _copy(first, second)
        second.start("hot_standby=on", "hot_standby_feedback=on")
        with psycopg.connect(first.url, autocommit=True) as connection:
            connection.execute("create database notify")
            connection.execute("alter system set synchronous_standby_names = '*'")
            connection.execute("select pg_reload_conf()")
        yield first, second
    finally:
        for server in (first, second):
            server.kill()


def _copy(first: Server, second: Server) -> None:
    second.folder.mkdir(mode=0o700)
    postgres.give_away(second.folder)
    connection = f"host={_HOST} port={first.port} user={postgres.SUPERUSER} password={_PASSWORD}"
    subprocess.run(
        [
            *postgres.as_other_user(), postgres.program("pg_basebackup"), "-D", second.folder, "-d", connection,
            "-R", "-X", "stream", "-c", "fast",
        ],
        check=True, capture_output=True, cwd="/",
    )  # fmt: skip


def _free_port() -> int:
    from clients.notifyctl.stack.ports import free_port

    return free_port()


def failover() -> Report:
    """The first server is killed under load, the second takes over."""
    with TemporaryDirectory(prefix="notify-failover-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with two_servers(folder) as (first, second):
            url = (
                f"postgresql://{postgres.SUPERUSER}:{_PASSWORD}@{_HOST}:{first.port},{_HOST}:{second.port}/notify"
                "?target_session_attrs=read-write"
            )

            def take_over(_world: World) -> None:
                first.kill()
                time.sleep(2)
                with psycopg.connect(second.url, autocommit=True) as connection:
                    connection.execute("select pg_promote()")

            scenario = Scenario(name="failover to a replica", lasts_s=10, fault=take_over, doubles=True)
            environ = {"NOTIFY_DATABASE_URL": url}
            with Stack(folder / "home", settings=SETTINGS, environ=environ) as stack:
                return _run(stack, scenario)


def full_disk() -> Report:
    """No space is left for the database for a while."""
    with (
        TemporaryDirectory(prefix="notify-disk-") as name,
        Stack(prepared(Path(name) / "home"), settings=SETTINGS) as stack,
    ):
        data = stack.home / "postgres"
        stack.process("postgres").stop()
        kept = data.with_name("kept")
        data.rename(kept)
        data.mkdir(mode=0o700)
        _mount(data)
        try:
            subprocess.run(["cp", "-a", f"{kept}/.", data], check=True)
            postgres.give_away(data)
            data.chmod(0o700)
            shutil.rmtree(kept)
            stack.process("postgres").start()
            for name in stack.process_names:
                stack.wait_healthy(name)

            def fill(_world: World) -> None:
                filler = data / "filler"
                with filler.open("wb") as file:
                    try:
                        while True:
                            file.write(b"\0" * 65_536)
                            file.flush()
                    except OSError:
                        pass  # full
                time.sleep(_FULL_S)
                filler.unlink(missing_ok=True)

            return _run(stack, Scenario(name="disk full", lasts_s=_FULL_S + 6, fault=fill, doubles=True))
        finally:
            stack.process("postgres").stop()
            subprocess.run(["umount", "--lazy", data], check=False)


def _mount(folder: Path) -> None:
    """A small file system. Raises PermissionError where that is not allowed."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MB}m,mode=700", "none", folder],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise PermissionError("a file system cannot be mounted here; the full disk needs root")


def _run(stack: Stack, scenario: Scenario) -> Report:
    system = System(stack=stack, service=make_service(stack))
    set_callback(stack, system.service.id)
    return run(World(system=system, ways={}), scenario, number=0)


def run_databases(only: str | None = None) -> list[Report]:
    """Run both, or the one that is named, and tell of them."""
    reports = []
    for name, scenario in {"failover": failover, "disk": full_disk}.items():
        if only not in (None, name):
            continue
        if name == "disk" and os.geteuid() != 0:
            print("disk full: not run, as it needs root")
            continue
        reports.append(scenario())
        print(reports[-1].summary(), flush=True)
    return reports


def main() -> None:
    """Run and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.databases")
    parser.add_argument("--only", choices=("failover", "disk"))
    reports = run_databases(parser.parse_args().only)
    sys.exit(any(report.faults() for report in reports))


if __name__ == "__main__":
    main()

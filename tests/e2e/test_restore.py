"""Backup and restore, as docs/deploy/backup.md says: a base backup, the WAL, a moment in time, and what was lost."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from notifications_python_client.errors import HTTPError
from typer.testing import CliRunner

from clients.notifyctl.__main__ import app
from clients.notifyctl.demo import Demo, make_demo
from clients.notifyctl.stack import Stack, postgres
from clients.notifyctl.stack.ports import free_port
from clients.notifyctl.stack.services import GATEWAY
from simulators.client import SimulatorsClient
from tests.e2e.stack import final_status, official_client, wait_for
from tests.homes import prepared

pytestmark = [pytest.mark.kill, pytest.mark.timeout(600)]

MOMENT = "before_the_mistake"


def run_tool(name: str, *arguments: str, password: str) -> None:
    subprocess.run(
        [*postgres.as_other_user(), str(postgres.program(name)), *arguments],
        env={**os.environ, "PGPASSWORD": password},
        check=True,
        cwd="/",
        capture_output=True,
    )


@contextmanager
def receiving_wal(port: int, archive: Path, password: str) -> Iterator[None]:
    """The WAL, streamed to another place as it is written."""
    process = subprocess.Popen(
        [
            *postgres.as_other_user(), str(postgres.program("pg_receivewal")),
            "--host=127.0.0.1", f"--port={port}", "--username=postgres", f"--directory={archive}",
        ],
        env={**os.environ, "PGPASSWORD": password},
        cwd="/",
    )  # fmt: skip
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def send(stack: Stack, demo: Demo) -> str:
    """A text, delivered."""
    with official_client(stack.rest_url, demo.api_key) as client:
        id = client.send_sms_notification("07700900123", demo.sms_template_id, {"name": "Ada"})["id"]
        assert final_status(client, id) == "delivered"
    return str(id)


def recover(data: Path, archive: Path) -> None:
    """Bring a base backup to the moment, and let it be a server that writes."""
    settings = {
        "restore_command": f"cp {archive}/%f %p",
        "recovery_target_name": MOMENT,
        "recovery_target_action": "promote",
    }
    with (data / "postgresql.auto.conf").open("a") as config:
        config.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    (data / "recovery.signal").touch()
    flags = [f"--port={free_port()}", "--listen_addresses=127.0.0.1", "--unix_socket_directories="]
    command = [*postgres.as_other_user(), str(postgres.program("postgres")), "-D", str(data), *flags]
    log = data.parent / "recovery.log"
    with log.open("wb") as output:
        # As many connections as the server had whose WAL it reads.
        process = subprocess.Popen([*command, "--max_connections=120"], stderr=output, cwd="/")
    try:
        assert wait_for(lambda: not (data / "recovery.signal").exists() or process.poll(), 60)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    assert f'restore point "{MOMENT}"' in log.read_text(), log.read_text()[-2000:]


def test_a_restore_to_a_moment_and_what_it_lost(tmp_path: Path) -> None:
    home, other_home = tmp_path / "home", tmp_path / "restored"
    base, archive = tmp_path / "base", tmp_path / "wal"
    for folder in (tmp_path.parent, tmp_path):
        folder.chmod(0o755)
    for folder in (base, archive):
        folder.mkdir(mode=0o700)
        postgres.give_away(folder)
    with Stack(prepared(home)) as stack:
        demo = make_demo(home)
        password = (home / "secrets" / "postgres").read_text().strip()
        port = stack.state.ports["postgres"]
        with receiving_wal(port, archive, password):
            run_tool(
                "pg_basebackup", "--host=127.0.0.1", f"--port={port}", "--username=postgres",
                f"--pgdata={base}", "--wal-method=none", "--checkpoint=fast", password=password,
            )  # fmt: skip
            kept = send(stack, demo)
            with psycopg.connect(stack.database_url, autocommit=True) as connection:
                connection.execute("SELECT pg_create_restore_point(%s)", [MOMENT])
                lost = send(stack, demo)
                row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
            logs = [home / "logs" / f"{name}.log" for name in (GATEWAY, "sms")]
            assert wait_for(lambda: all(lost in log.read_text() for log in logs))
            assert row is not None
            assert wait_for(lambda: (archive / row[0]).exists(), 30)

    recover(base, archive)
    other_home.mkdir(mode=0o700)
    shutil.copytree(home / "secrets", other_home / "secrets")
    base.rename(other_home / "postgres")
    with Stack(other_home) as restored:
        with official_client(restored.rest_url, demo.api_key) as client:
            assert client.get_notification_by_id(kept)["status"] == "delivered"
            with pytest.raises(HTTPError) as unknown:
                client.get_notification_by_id(lost)
            assert unknown.value.status_code == 404
        told = CliRunner().invoke(app, ["reconcile", *map(str, logs), "--home", str(other_home), "--json"])
        facts = json.loads(told.stdout)
        assert [each["notification_id"] for each in facts["lost"]] == [lost], facts
        assert [each["sent"] for each in facts["lost"]] == [True]
        assert send(restored, demo)
        marks_what_was_sent(restored, demo, tmp_path / "sms.jsonl")


def marks_what_was_sent(stack: Stack, demo: Demo, log: Path) -> None:
    """A message that waits, and of which a log says that MMG has it, does not go out when senders start."""
    stack.process("sms").stop()
    with official_client(stack.rest_url, demo.api_key) as client:
        ids = [
            client.send_sms_notification("07700900123", demo.sms_template_id, {"name": "Ada"})["id"]
            for _ in range(2)
        ]
        line = {
            "event": "delivery_finished",
            "notification_id": ids[0],
            "service_id": demo.service_id,
            "outcome": "taken",
            "requests": [{"provider": "mmg"}],
            "time": datetime.now(UTC).isoformat(),
        }
        log.write_text(json.dumps(line) + "\n")
        command = ["reconcile", str(log), "--home", str(stack.home), "--json", "--mark-sent"]
        refused = CliRunner().invoke(app, command, env={"NOTIFYCTL_REASON": None})
        assert "--reason" in str(refused.exception)
        told = json.loads(CliRunner().invoke(app, [*command, "--reason", "restored"]).stdout)
        assert [each["notification_id"] for each in told["sent_again"]] == ids[:1], told
        assert (told["lost"], told["marked_sent"]) == ([], 1)
        stack.process("sms").start()
        assert final_status(client, ids[1]) == "delivered"
        assert client.get_notification_by_id(ids[0])["status"] == "sending"
    with SimulatorsClient(stack.simulators_url) as simulators:
        references = {row.reference for row in simulators.references()}
    assert ids[1] in references
    assert ids[0] not in references

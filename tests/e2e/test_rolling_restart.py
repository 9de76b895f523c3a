"""A release: every process is told to stop and started again in turn, under load, and nobody outside notices.

As in a cluster there are two of what serves, and the edge in front sees by health checks which one to leave alone.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from clients.notifyctl.stack.health import http_ok
from clients.notifyctl.stack.ports import HOST
from clients.notifyctl.stack.services import ROOT
from tests.bench import load as loads
from tests.bench.system import System, fresh_system
from tests.e2e.edge import running_edge
from tests.e2e.stack import wait_for

pytestmark = [pytest.mark.kill, pytest.mark.timeout(180)]

START_S = 60.0
DRAIN_S = 3
"""Of the gateway: longer than the edge takes to notice (two checks, one each second here)."""
RATE = 80.0
DURATION_S = 26.0
PROCESSES = ("api_gateway", "notifications", "notifications-2", "sms", "email")
ONE = "[{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]"
TWO = (
    "[{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}},"
    " {endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]"
)


@contextmanager
def second_gateway(system: System, log: Path) -> Iterator[int]:
    """Another gateway with the settings of the system's own and ports of its own; gives its port."""
    environment = psutil.Process(system.stack.process("api_gateway").pid).environ()
    port, metrics = (_free_port() for _ in range(2))
    environment |= {
        "NOTIFY_GATEWAY_HTTP_LISTEN": f"{HOST}:{port}",
        "NOTIFY_GATEWAY_METRICS_LISTEN": f"{HOST}:{metrics}",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.api_gateway"],
            env=environment,
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
        try:
            assert wait_for(lambda: http_ok(f"http://{HOST}:{metrics}/healthz"), START_S)
            yield port
        finally:
            os.kill(process.pid, signal.SIGTERM)
            process.wait(20)


def test_a_release_under_load_fails_no_request_and_doubles_no_message(tmp_path: Path) -> None:
    settings = {"api_gateway": {"DRAIN_S": str(DRAIN_S)}}
    with (
        fresh_system(workers=2, settings=settings) as system,
        second_gateway(system, tmp_path / "second") as other,
    ):
        system.stack.process(
            "api_gateway-2"
        ).stop()  # it listens on the first one's port; `other` has its own
        first = system.stack.state.ports["rest"]
        changes = {ONE % first: TWO % (first, other), "          interval: 2s\n": "          interval: 1s\n"}
        with running_edge(tmp_path, {"api_gateway": first}, changes) as edge:
            load = system.texts(
                url=edge.url, ca=edge.ca, connections=8, rate=RATE, duration_s=DURATION_S, keep_ids=True
            )
            sending = loads.start(load)
            for name in PROCESSES:
                system.stack.process(name).restart()
                system.stack.wait_healthy(name)
            assert sending.poll() is None, "the load ended before the last restart"
            outcome = loads.finish(sending)
        system.wait_settled(timeout_s=60)
        assert (outcome.broken, outcome.statuses) == (0, {"201": int(RATE * DURATION_S)})
        assert _copies(system, [id for id, _ in outcome.accepted]) == {1}
        assert _marked(system) == 0


def _copies(system: System, accepted: list[str]) -> set[int]:
    """How often providers took each message that was accepted."""
    with system.simulators as simulators:
        counts = {row.reference: row.count for row in simulators.references()}
    return {counts.get(id, 0) for id in accepted}


def _marked(system: System) -> int:
    with psycopg.connect(system.stack.database_url) as connection:
        row = connection.execute(
            "select count(*) from notifications.notifications where possible_duplicate"
        ).fetchone()
    assert row is not None
    return int(row[0])


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as found:
        return int(found.getsockname()[1])

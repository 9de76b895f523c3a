"""A release as Kubernetes makes one: every process is told to stop and started again in turn, under load.

There are two of what serves, and the edge in front sees by health checks which one to leave alone. Used by the short
test of it and by the long run of `make bench`.
"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from clients.notifyctl.stack.health import http_ok
from clients.notifyctl.stack.ports import HOST
from clients.notifyctl.stack.services import ROOT
from services.api_gateway.config import GatewaySettings
from tests.bench import load as loads
from tests.bench.system import System, fresh_system
from tests.e2e.edge import running_edge
from tests.e2e.stack import wait_for

START_S = 60.0
ONE = "[{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]"
TWO = (
    "[{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}},"
    " {endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]"
)


@contextmanager
def _second_gateway(system: System, log: Path) -> Iterator[int]:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What came of a release."""

    broken: int
    """Requests whose connection broke."""
    statuses: dict[str, int]
    refusals: list[str]
    """The first answers that were not 201, whole, and what the edge wrote of them: to see who refused."""
    copies: set[int]
    """How often providers took each message that was accepted; {1} when all is well."""
    marked: int
    """Messages marked as possibly sent twice."""
    ended_early: bool
    """The load was over before the last restart."""
    restarts: int
    p99_ms: float


def release(
    folder: Path, *, rate: float, duration_s: float, processes: Sequence[str], connections: int = 8
) -> Released:
    """Restart processes one after the other under load, and tell what came of it."""
    # As it is delivered; a stack on a laptop has nobody in front of it, and does not wait.
    drain_s = GatewaySettings.model_fields["drain_s"].default
    settings = {"api_gateway": {"DRAIN_S": str(drain_s)}}
    with (
        fresh_system(workers=2, settings=settings) as system,
        _second_gateway(system, folder / "second") as other,
    ):
        # It listens on the first one's port; `other` has its own.
        system.stack.process("api_gateway-2").stop()
        first = system.stack.state.ports["rest"]
        with running_edge(folder, {"api_gateway": first}, {ONE % first: TWO % (first, other)}) as edge:
            load = system.texts(
                url=edge.url,
                ca=edge.ca,
                connections=connections,
                rate=rate,
                duration_s=duration_s,
                keep_ids=True,
            )
            sending = loads.start(load)
            for name in processes:
                system.stack.process(name).restart()
                system.stack.wait_healthy(name)
            ended_early = sending.poll() is not None
            outcome = loads.finish(sending)
        system.wait_settled(timeout_s=120)
        return Released(
            broken=outcome.broken,
            statuses=outcome.statuses,
            refusals=outcome.refusals + _refusals(edge.log),
            copies=_copies(system, [id for id, _ in outcome.accepted]),
            marked=_marked(system),
            ended_early=ended_early,
            restarts=len(processes),
            p99_ms=sorted(outcome.latencies_ms)[int(len(outcome.latencies_ms) * 0.99)],
        )


def _refusals(log: str) -> list[str]:
    """Lines of the edge's access log that tell of an answer of 500 or above."""
    return [line for line in log.splitlines() if re.search(r'"status": ?5', line)]


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

"""Who waits for whom: single texts behind another service's bulk job, and how many services share the lane.

`python -m tests.bench.fairness --rows 1000000 --services 100 --drain` for the whole thing; without arguments a look.
First one service's job drains while single texts of another service are sent, half of them with a priority template:
how long each takes from the client to the provider. Then jobs of many services, of very different lengths, drain
together: how many of each the providers had by the time the shortest one is nearly through. Providers answer after
50 ms.
"""

import argparse
import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import psycopg
import requests

from clients.notifyctl.connection import Clients, with_clients
from clients.notifyctl.tokens import FullKey, mint
from notify.notifications.v1 import templates_pb2, types_pb2
from simulators.control import Change
from tests.bench.machine import machine_facts
from tests.bench.system import TEXT, BenchService, System, fresh_system, make_service

ANSWER_MS: Final = 50
_SINGLES_EVERY_S: Final = 0.1
_PATIENCE_S: Final = 120.0
_DRAIN_PATIENCE_S: Final = 3_600.0
_LONGEST_TO_SHORTEST: Final = 10


@dataclass(frozen=True, slots=True)
class Sent:
    """One single text."""

    id: str
    at: float


def measure_waiting(system: System, rows: int, seconds: float) -> dict[str, Any]:
    """Single texts of other services while a job drains."""
    small = make_service(system.stack, "A small one")
    priority = with_clients(
        system.stack.home, lambda clients: _priority_template(clients, small.id), reason="fairness"
    )
    job = _post_job(system, system.service, rows)
    time.sleep(1)
    kinds = {"priority": priority, "normal": small.sms_template_id}
    with system.simulators as simulators:
        sent: dict[str, list[Sent]] = {kind: [] for kind in kinds}
        threads = [
            threading.Thread(target=_send_singles, args=(system, small, template, seconds, sent[kind]))
            for kind, template in kinds.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        left = _waiting_of(system, system.service.id)
        wanted = {one.id for several in sent.values() for one in several}
        give_up_at = time.monotonic() + _PATIENCE_S
        arrived: dict[str, float] = {}
        while len(arrived) < len(wanted) and time.monotonic() < give_up_at:
            time.sleep(0.5)
            arrived = {
                row.reference: row.first_received_at_us / 1e6
                for row in simulators.references()
                if row.reference in wanted
            }
    return {
        "job": job,
        "rows": rows,
        "rows_still_waiting_at_the_end": left,
        **{
            kind: _spread([arrived.get(one.id, float("inf")) - one.at for one in of])
            for kind, of in sent.items()
        },
    }


def measure_shares(system: System, services: int, rows: int) -> dict[str, Any]:
    """Jobs of many services at once, the longest ten times as long as the shortest; who had how much when the shortest
    is nearly through."""
    system.stack.process("sms").stop()
    senders = [make_service(system.stack, f"Service {number}") for number in range(services)]
    for number, sender in enumerate(senders):
        _post_job(system, sender, rows * (1 + number % _LONGEST_TO_SHORTEST))
    total = sum(rows * (1 + number % _LONGEST_TO_SHORTEST) for number in range(services))
    give_up_at = time.monotonic() + _PATIENCE_S
    while system.waiting() < total and time.monotonic() < give_up_at:
        time.sleep(0.5)
    with system.simulators as simulators:
        simulators.clear()
        system.stack.process("sms").start()
        wanted = int(services * rows * 0.8)
        while len(references := simulators.references()) < wanted and time.monotonic() < give_up_at:
            time.sleep(0.1)
    owners = _owners(system, [row.reference for row in references])
    counts = Counter(owners.values())
    shares = sorted(counts.get(sender.id, 0) for sender in senders)
    even = sum(shares) / services
    return {
        "services": services,
        "delivered": sum(shares),
        "least_share": round(shares[0] / even, 2),
        "greatest_share": round(shares[-1] / even, 2),
    }


async def _priority_template(clients: Clients, service_id: str) -> str:
    request = templates_pb2.CreateTemplateRequest(
        service_id=service_id,
        type=types_pb2.NOTIFICATION_TYPE_SMS,
        name="A code",
        body=TEXT,
        is_priority=True,
    )
    return (await clients.channel.call(clients.templates.CreateTemplate, request)).template.id


def _headers(service: BenchService) -> dict[str, str]:
    return {"Authorization": f"Bearer {mint(FullKey(service_id=service.id, secret=service.secret))}"}


def _post_job(system: System, service: BenchService, rows: int) -> list[str]:
    """A job's ids; long ones are cut into jobs of 100,000 rows."""
    ids = []
    for first in range(0, rows, 100_000):
        numbers = range(first, min(first + 100_000, rows))
        table = [["phone number", "name", "code"], *([f"0740{n % 10**7:07}", "Ada", str(n)] for n in numbers)]
        body = {"template_id": service.sms_template_id, "name": "fairness", "rows": table}
        answer = requests.post(
            f"{system.stack.rest_url}/v2/notifications/bulk",
            json=body,
            headers=_headers(service),
            timeout=120,
        )
        answer.raise_for_status()
        ids.append(str(answer.json()["id"]))
    return ids


def _send_singles(
    system: System, service: BenchService, template: str, seconds: float, sent: list[Sent]
) -> None:
    body = {
        "phone_number": "07400000001", "template_id": template,
        "personalisation": {"name": "Ada", "code": "1"},
    }  # fmt: skip
    ends_at = time.monotonic() + seconds
    with requests.Session() as session:
        while time.monotonic() < ends_at:
            at = time.time()
            answer = session.post(
                f"{system.stack.rest_url}/v2/notifications/sms",
                json=body,
                headers=_headers(service),
                timeout=30,
            )
            answer.raise_for_status()
            sent.append(Sent(answer.json()["id"], at))
            time.sleep(_SINGLES_EVERY_S)


def _waiting_of(system: System, service_id: str) -> int:
    with psycopg.connect(system.stack.database_url) as connection:
        row = connection.execute(
            "select count(*) from notifications.deliveries where service_id = %s", [UUID(service_id)]
        ).fetchone()
    return int(row[0]) if row else 0


def _owners(system: System, ids: Sequence[str]) -> dict[str, str]:
    with psycopg.connect(system.stack.database_url) as connection:
        rows = connection.execute(
            "select id::text, service_id::text from notifications.notifications where id = any (%s::uuid[])",
            [list(ids)],
        ).fetchall()
    return dict(rows)


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 3)

    return {
        "sent": len(ordered),
        "p50_s": at(0.5),
        "p95_s": at(0.95),
        "p99_s": at(0.99),
        "longest_s": at(1.0),
    }


def measure_drain(system: System, rows: int, posted_at: float) -> dict[str, Any]:
    """The whole job through the providers and their receipts."""
    system.wait_settled(timeout_s=_DRAIN_PATIENCE_S)
    took_s = time.monotonic() - posted_at
    return {
        "statuses": system.statuses(),
        "minutes": round(took_s / 60, 1),
        "texts_per_s": round(rows / took_s),
    }


def measure(
    system: System, *, rows: int, seconds: float, services: int, rows_each: int, drain: bool
) -> dict[str, Any]:
    """All of it."""
    with system.simulators as simulators:
        for provider in ("mmg", "firetext"):
            simulators.change(provider, Change(latency_ms=ANSWER_MS))
    posted_at = time.monotonic()
    found = {"waiting": measure_waiting(system, rows, seconds)}
    if drain:
        found["drain"] = measure_drain(system, rows, posted_at)
    with psycopg.connect(system.stack.database_url, autocommit=True) as connection:  # the rest of the job
        connection.execute("delete from notifications.deliveries")
    return found | {"shares": measure_shares(system, services, rows_each)}


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fairness")
    parser.add_argument("--rows", type=int, default=20_000, help="of the job that others wait behind")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--services", type=int, default=20)
    parser.add_argument(
        "--rows-each", type=int, default=100, help="of the shortest; the longest has ten times as many"
    )
    parser.add_argument(
        "--drain", action="store_true", help="wait until the job is through, and tell how long"
    )
    options = parser.parse_args()
    with fresh_system() as system:
        found = measure(
            system,
            rows=options.rows,
            seconds=options.seconds,
            services=options.services,
            rows_each=options.rows_each,
            drain=options.drain,
        )
    print(json.dumps({"machine": machine_facts()} | found, indent=2))


if __name__ == "__main__":
    main()

"""Sending many at once: how long 100,000 rows take to accept, and how fast notifications are made of them.

`python -m tests.bench.bulk [rows]` starts a fresh system with its senders stopped, so that what is made waits,
and prints JSON. A few single texts are sent all the while: nobody may wait for somebody else's batch.
"""

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from clients.notifyctl.tokens import FullKey, mint
from tests.bench.machine import usage
from tests.bench.system import System, fresh_system

ROWS = 100_000
SENDERS = ("sms", "email")
PROCESSES = ("api_gateway", "notifications", "postgres")
_ASK_EVERY_S = 0.5
_TEXT_EVERY_S = 0.05


def measure(system: System, row_count: int) -> dict[str, Any]:
    """Send one batch as `rows` and one as `csv`."""
    for name in SENDERS:
        system.stack.process(name).stop()
    results: dict[str, Any] = {"rows": row_count}
    for form in ("rows", "csv"):
        results[form] = one_batch(system, row_count, form)
    return results


def one_batch(system: System, row_count: int, form: str) -> dict[str, Any]:
    """Times of one batch, and of single texts meanwhile."""
    body = json.dumps(
        {"template_id": system.service.sms_template_id, "name": form, form: table(row_count, form)}
    )
    with single_texts(system) as texts:
        cpu = cpu_s(system)
        started = time.monotonic()
        answer = call(system, "POST", "/v2/notifications/bulk", body)
        accepted = time.monotonic()
        job = wait_for_end(system, answer["id"])
        ended = time.monotonic()
    return {
        "body_mb": round(len(body) / 1e6, 1),
        "accepted_in_s": round(accepted - started, 2),
        "made": job["made_count"],
        "made_per_s": round(row_count / (ended - accepted)),
        "cpu_s": {name: round(used - cpu[name], 1) for name, used in cpu_s(system).items()},
        "single_texts_ms": {
            "while accepting": spread([ms for at, ms in texts if at < accepted]),
            "while making": spread([ms for at, ms in texts if at >= accepted]),
        },
    }


def cpu_s(system: System) -> dict[str, float]:
    """CPU seconds of each process that works on batches, so far."""
    names = [name for name in system.names() if name.startswith(PROCESSES)]
    return {name: usage(system.stack.process(name).pid).cpu_s for name in names}


def table(row_count: int, form: str) -> object:
    """Rows of numbers, names and codes."""
    rows = [["phone number", "name", "code"]]
    rows += [[f"0740{number:07}", f"Ada Lovelace {number}", str(number)] for number in range(row_count)]
    return rows if form == "rows" else "\n".join(",".join(row) for row in rows)


def call(system: System, method: str, path: str, body: str | None = None) -> dict[str, Any]:
    """One request. Raises when it is refused."""
    key = FullKey(service_id=system.service.id, secret=system.service.secret)
    headers = {"Authorization": f"Bearer {mint(key)}"}
    response = requests.request(method, system.stack.rest_url + path, data=body, headers=headers, timeout=120)
    response.raise_for_status()
    answer: dict[str, Any] = response.json()
    return answer


def wait_for_end(system: System, job_id: str) -> dict[str, Any]:
    """The job, once all its notifications are made."""
    while True:
        job = call(system, "GET", f"/v2/jobs/{job_id}")
        if job["completed_at"] is not None:
            return job
        time.sleep(_ASK_EVERY_S)


@contextmanager
def single_texts(system: System) -> Iterator[list[tuple[float, float]]]:
    """Sends texts one after the other; gives when each began, and how many milliseconds it took."""
    taken: list[tuple[float, float]] = []
    ended = threading.Event()
    body = json.dumps(
        {
            "template_id": system.service.sms_template_id,
            "phone_number": "07700900123",
            "personalisation": {"name": "Ada", "code": "1"},
        }
    )

    def send() -> None:
        while not ended.wait(_TEXT_EVERY_S):
            started = time.monotonic()
            call(system, "POST", "/v2/notifications/sms", body)
            taken.append((started, (time.monotonic() - started) * 1_000))

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield taken
    finally:
        ended.set()
        sender.join()


def spread(values: list[float]) -> dict[str, float]:
    """Median, 95th hundredth and longest."""
    ordered = sorted(values)
    return {
        "p50": round(ordered[len(ordered) // 2], 1),
        "p95": round(ordered[int(len(ordered) * 0.95)], 1),
        "max": round(ordered[-1], 1),
    }


if __name__ == "__main__":
    with fresh_system() as fresh:
        print(json.dumps(measure(fresh, int(sys.argv[1]) if len(sys.argv) > 1 else ROWS), indent=2))

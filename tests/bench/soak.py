"""A steady load for minutes or hours: `python -m tests.bench.soak --minutes 5 --rate 1000 [--channel emails]`.

REST to `delivered`, with receipts. Printed for each period: how many were accepted and delivered a second, the 99th
hundredth of accepting, CPU a message; memory, open files, threads and tasks of every process; at the end what they grew
by since the first period (caches fill in it), and whether everything that was accepted was delivered.
"""

import argparse
import json
import threading
import time
from typing import Any, Final

from tests.bench import load as loads
from tests.bench.holding import Holds, grown, held
from tests.bench.machine import machine_facts
from tests.bench.system import System, fresh_system

_PATIENCE_S: Final = 900.0


def measure(system: System, *, channel: str, rate: float, minutes: float, period_s: float) -> dict[str, Any]:
    """Load, look in every period, wait until all is settled, and compare."""
    make = system.texts if channel == "texts" else system.emails
    loads.run(make(connections=16, duration_s=5))  # the first plans, caches and pages
    system.wait_settled(timeout_s=_PATIENCE_S)
    delivered_before, cpu_before = delivered(system), sum(system.cpu_s().values())
    outcomes: list[loads.Outcome] = []
    load = make(connections=64, duration_s=60 * minutes, rate=rate)
    sender = threading.Thread(
        target=lambda: outcomes.append(loads.run(load, timeout_s=60 * minutes + _PATIENCE_S))
    )
    began = time.monotonic()
    sender.start()
    first: dict[str, Holds] = {}
    while sender.is_alive():
        sender.join(period_s)
        elapsed_s, holds = time.monotonic() - began, held(system)
        first = first or holds
        rate_now = round((delivered(system) - delivered_before) / elapsed_s, 1)
        told = {"after_s": round(elapsed_s), "delivered_per_s": rate_now, "processes": holds}
        print(json.dumps(told), flush=True)
    (outcome,) = outcomes
    waiting = system.waiting()
    settled_s = system.wait_settled(timeout_s=_PATIENCE_S)
    came = delivered(system) - delivered_before
    return {
        "asked_per_s": rate,
        "accepted": outcome.wanted_status,
        "accepted_per_s": round(outcome.per_second, 1),
        "answers": outcome.statuses,
        "accept_p99_ms": round(outcome.percentile_ms(0.99), 1),
        "delivered": came,
        "delivered_per_s": round(came / (outcome.duration_s + settled_s), 1),
        "waiting_at_the_end": waiting,
        "settled_after_s": round(settled_s, 1),
        "cpu_ms_per_message": round(1000 * (sum(system.cpu_s().values()) - cpu_before) / max(1, came), 2),
        "grown": grown(first, held(system)),
    }


def delivered(system: System) -> int:
    """Messages in that status."""
    return system.statuses().get("delivered", 0)


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--rate", type=float, default=1_000.0, help="messages a second")
    parser.add_argument("--channel", choices=("texts", "emails"), default="texts")
    parser.add_argument("--period-s", type=float, default=30.0)
    options = parser.parse_args()
    with fresh_system() as system:
        found = measure(
            system,
            channel=options.channel,
            rate=options.rate,
            minutes=options.minutes,
            period_s=options.period_s,
        )
    print(json.dumps({"machine": machine_facts()} | found, indent=2))


if __name__ == "__main__":
    main()

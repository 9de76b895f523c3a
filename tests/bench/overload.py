"""What the gateway does with far more than it can take: `python -m tests.bench.overload`.

First the best rate, by few connections that wait for their answers. Then five times as much, on time whatever the
answers do; then the best rate's half, to see how soon all is normal again. As a load generator at five times the
rate of a whole system needs more machine than the system, `--latency-ms` (the default) makes the way from the gateway
to notifications long, which lowers what can be taken; with `--latency-ms 0` nothing is held back.
"""

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from tests.bench import load as loads
from tests.bench.load import Outcome
from tests.bench.machine import machine_facts
from tests.bench.system import System, fresh_system
from tests.chaos.proxy import Proxy

TIMES = 5.0
_CONNECTIONS_A_LATENCY = 1.5
"""Connections of the overload, as a multiple of what is under way when each answer takes a second."""
_MOST_CONNECTIONS = 6_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One load."""

    offered_per_s: float | None
    accepted_per_s: float
    turned_away: int
    other_answers: dict[str, int]
    broken: int
    p50_ms: float
    p99_ms: float
    longest_ms: float


@contextmanager
def system_behind(latency_s: float) -> Iterator[System]:
    """A fresh system whose gateway reaches notifications over a long way."""
    running: list[System] = []

    def upstream() -> tuple[str, int]:
        return "127.0.0.1", running[0].stack.state.ports["notifications"] if running else 1

    if latency_s <= 0:
        with fresh_system() as system:
            yield system
        return
    with Proxy(upstream) as proxy:
        settings = {"api_gateway": {"NOTIFICATIONS_TARGET": f"127.0.0.1:{proxy.port}"}}
        with fresh_system(settings=settings) as system:
            running.append(system)
            proxy.latency_s = latency_s
            yield system


def measure(system: System, seconds: float) -> dict[str, object]:
    """The three loads, and what became of everything that was answered 201."""
    normal = loads.run(system.texts(connections=256, duration_s=seconds))
    best = normal.per_second
    system.wait_settled(timeout_s=120)
    offered = TIMES * best
    over = loads.run(
        system.texts(
            connections=min(_MOST_CONNECTIONS, int(offered * _CONNECTIONS_A_LATENCY)),
            duration_s=seconds,
            rate=offered,
            keep_ids=True,
            first_number=1_000_000,
        )
    )
    began = time.monotonic()
    again_s = None
    while again_s is None and time.monotonic() - began < 30:
        look = loads.run(system.texts(connections=32, duration_s=0.5, rate=best / 2, first_number=2_000_000))
        if look.statuses.keys() == {"201"} and look.percentile_ms(0.99) < 2 * normal.percentile_ms(0.99):
            again_s = time.monotonic() - began
    system.wait_settled(timeout_s=240)
    return {
        "best": asdict(phase(None, normal)),
        "overload": asdict(phase(offered, over)),
        "share_of_best": round(over.per_second / best, 2),
        "normal_again_within_s": None if again_s is None else round(again_s, 1),
        "accepted_and_lost": len(lost(system, [id for id, _ in over.accepted])),
    }


def phase(offered: float | None, outcome: Outcome) -> Phase:
    """What there is to tell of a load."""
    others = {status: n for status, n in outcome.statuses.items() if status not in {"201", "503"}}
    return Phase(
        offered_per_s=None if offered is None else round(offered),
        accepted_per_s=round(outcome.per_second),
        turned_away=outcome.statuses.get("503", 0),
        other_answers=others,
        broken=outcome.broken,
        p50_ms=round(outcome.percentile_ms(0.5), 1),
        p99_ms=round(outcome.percentile_ms(0.99), 1),
        longest_ms=round(outcome.percentile_ms(1.0), 1),
    )


def lost(system: System, accepted: list[str]) -> set[str]:
    """Which of those that were accepted no provider got."""
    with system.simulators as simulators:
        return set(accepted) - {row.reference for row in simulators.references()}


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.overload")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--latency-ms", type=float, default=100.0)
    options = parser.parse_args()
    with system_behind(options.latency_ms / 1000) as system:
        results = {"machine": machine_facts()} | measure(system, options.seconds)
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()

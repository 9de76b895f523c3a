"""One provider that is slow, or takes only so many texts a second: how the texts of the other one fare. And what it
costs to count how providers do.

`python -m tests.bench.providers [--rate 150] [--seconds 15]`. Each case is a system of its own; a text goes from a
client's POST to the simulated provider. Firetext always answers in 50 ms and takes any number.
"""

import argparse
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from providerkit.measuring import Counts, Measurements
from simulators.control import Change
from tests.bench import load as loads
from tests.bench.__main__ import percentiles
from tests.bench.machine import machine_facts
from tests.bench.system import System, fresh_system

MMG_TAKES: Final = 50
_FIRETEXT: Final = Change(latency_ms=50)
CASES: Final[dict[str, tuple[Change, dict[str, str]]]] = {
    "both in 50 ms": (Change(latency_ms=50), {}),
    "mmg in 1.9 s": (Change(latency_ms=1_900), {}),
    "mmg in 1.9 s, places for everybody": (
        Change(latency_ms=1_900),
        {"PROVIDER_MAX_IN_FLIGHT": "200"},
    ),
    "mmg takes 50/s": (
        Change(latency_ms=50, max_per_second=MMG_TAKES),
        {"MMG_MAX_PER_SECOND": str(MMG_TAKES)},
    ),
}
"""What MMG does, and the sms service's settings."""


def measure(system: System, mmg: Change, rate: float, seconds: float) -> dict[str, object]:
    """Texts at a steady rate, to their arrival by provider."""
    simulators = system.simulators
    simulators.change("mmg", mmg)
    simulators.change("firetext", _FIRETEXT)
    outcome = loads.run(system.texts(connections=32, duration_s=seconds, rate=rate, keep_ids=True))
    settled_s = system.wait_settled(timeout_s=120)
    sent_at = dict(outcome.accepted)
    arrivals: dict[str, list[float]] = {"mmg": [], "firetext": []}
    for row in simulators.references():
        if row.reference in sent_at:
            took_s = row.first_received_at_us / 1e6 - sent_at[row.reference]
            arrivals[row.provider].append(took_s * 1000)
    stats = simulators.stats().providers
    return {
        "accepted": len(sent_at),
        "arrived": {name: len(times) for name, times in arrivals.items()},
        "refused_by_mmg": stats["mmg"].refused,
        "sent_twice": stats["mmg"].duplicates + stats["firetext"].duplicates,
        "client_to_provider_ms": {name: percentiles(times) for name, times in arrivals.items()},
        "settled_after_s": round(settled_s, 1),
    }


def cost_of_counting() -> float:
    """CPU µs for a text's answer, its time of sending, and its share of a write."""

    async def add(_: Sequence[Counts]) -> None:
        return None

    measurements, now, texts = Measurements(add), datetime.now(UTC), 100_000
    began = time.process_time()
    for n in range(texts):
        measurements.note_answer("mmg", None, 0.05 + n / 1e6, now)
        measurements.note_sent("mmg", now, now)
    return round((time.process_time() - began) / texts * 1e6, 2)


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.providers")
    parser.add_argument("--rate", type=float, default=150.0, help="texts a second")
    parser.add_argument("--seconds", type=float, default=15.0)
    options = parser.parse_args()
    results: dict[str, object] = {"machine": machine_facts(), "us_per_text_to_count": cost_of_counting()}
    for name, (mmg, settings) in CASES.items():
        with fresh_system(settings={"sms": settings}) as system:
            results[name] = measure(system, mmg, options.rate, options.seconds)
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()

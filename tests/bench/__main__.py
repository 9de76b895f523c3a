"""`make bench`: starts the system in a fresh home, measures it, prints tables and writes JSON.

Everything runs on the one machine: database, cache, services, simulated providers and the load generator.
Speeds are told as ratios to what was measured in the same run (the floor, raw inserts), as machines differ
and have moods.
"""

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import load as loads
from tests.bench.floor_run import measure_floor
from tests.bench.machine import machine_facts
from tests.bench.raw_inserts import measure_raw_inserts
from tests.bench.system import System, fresh_system

CONNECTIONS = (1, 16, 64, 256)
SENDERS = ("sms", "email")

console = Console(width=110)


def accept(system: System, quick: bool, channel: str = "texts") -> dict[str, object]:
    """Accepting alone: senders are stopped, so that what is accepted waits. Then they start, and nothing may
    be left.
    """
    for name in SENDERS:
        system.stack.process(name).stop()
    rows = {}
    make = system.texts if channel == "texts" else system.emails
    loads.run(make(connections=16, duration_s=2))  # the first plans, caches and pages
    for connections in CONNECTIONS:
        outcome = loads.run(make(connections=connections, duration_s=3 if quick else 8))
        rows[str(connections)] = shown(outcome)
    for name in SENDERS:
        system.stack.process(name).start()
    waited = system.wait_settled(timeout_s=600)
    return {"by_connections": rows, "drained_in_s": round(waited, 1), "statuses_after": system.statuses()}


def end_to_end(system: System, quick: bool, rate: float, channel: str = "texts") -> dict[str, object]:
    """REST to `delivered` at a steady rate: providers answer, receipts come back, statuses change."""
    duration_s = 15 if quick else 60
    before, cpu_before = system.statuses().get("delivered", 0), system.cpu_s()
    make = system.texts if channel == "texts" else system.emails
    started = time.monotonic()
    outcome = loads.run(make(connections=64, duration_s=duration_s, rate=rate, keep_ids=channel == "texts"))
    left = system.waiting()
    settled_s = system.wait_settled(timeout_s=300)
    took_s = time.monotonic() - started
    cpu = {name: used - cpu_before[name] for name, used in system.cpu_s().items()}
    delivered = system.statuses().get("delivered", 0) - before
    arrivals = arrival_latencies_ms(system, outcome.accepted)
    return {
        "asked_per_s": rate,
        "accepted": outcome.wanted_status,
        "delivered": delivered,
        "delivered_per_s": round(delivered / (took_s if settled_s > 1 else outcome.duration_s), 1),
        "waiting_at_the_end": left,
        "settled_after_s": round(settled_s, 1),
        "accept_p99_ms": outcome.percentile_ms(0.99),
        "send_to_provider_ms": percentiles(arrivals),
        "cpu_ms_per_message": round(1000 * sum(cpu.values()) / max(1, delivered), 3),
        "cpu_ms_per_message_by_process": {
            name: round(1000 * used / max(1, delivered), 3) for name, used in cpu.items()
        },
    }


def latency(system: System, quick: bool) -> dict[str, object]:
    """At 20 texts a second: from the client's send to the provider's receipt of the message."""
    duration_s = 10 if quick else 30
    outcome = loads.run(system.texts(connections=8, duration_s=duration_s, rate=20, keep_ids=True))
    system.wait_settled(timeout_s=60)
    return {
        "messages": outcome.wanted_status,
        "send_to_provider_ms": percentiles(arrival_latencies_ms(system, outcome.accepted)),
        "accept_ms": percentiles(outcome.latencies_ms),
    }


def idle(system: System, quick: bool) -> dict[str, object]:
    """Nothing to do: CPU share and memory."""
    time.sleep(2)
    seconds = 5 if quick else 20
    before = system.cpu_s()
    time.sleep(seconds)
    cpu = {name: 100 * (used - before[name]) / seconds for name, used in system.cpu_s().items()}
    pss = system.pss_mb()
    return {
        "cpu_percent_of_a_core": round(sum(cpu.values()), 2),
        "cpu_percent_by_process": {name: round(used, 2) for name, used in cpu.items()},
        "pss_mb": round(sum(pss.values())),
        "pss_mb_by_process": {name: round(used) for name, used in pss.items()},
    }


def reading(system: System, quick: bool) -> dict[str, object]:
    """Reading single notifications: texts and emails in turn, each of many seldom."""
    ids = [
        [id for id, _ in loads.run(load).accepted]
        for load in (
            system.texts(connections=64, duration_s=30, count=3_000, keep_ids=True),
            system.emails(connections=64, duration_s=30, count=3_000, keep_ids=True),
        )
    ]
    mixed = [id for pair in zip(*ids, strict=False) for id in pair]
    system.wait_settled(timeout_s=120)
    loads.run(system.reads(mixed, connections=64, duration_s=2))  # the first plans, caches and pages
    rows = {}
    for connections in CONNECTIONS:
        load = system.reads(mixed, connections=connections, duration_s=3 if quick else 8)
        rows[str(connections)] = shown(loads.run(load))
    return {"by_connections": rows}


def arrival_latencies_ms(system: System, accepted: list[tuple[str, float]]) -> list[float]:
    """For each text, the time from the client's send until the provider had it."""
    if not accepted:
        return []
    arrived = {row.reference: row.first_received_at_us / 1e6 for row in system.simulators.references()}
    return [(arrived[id] - sent_at) * 1000 for id, sent_at in accepted if id in arrived]


def percentiles(values: list[float]) -> dict[str, float]:
    """p50, p95, p99 and the largest."""
    ordered = sorted(values)
    if not ordered:
        return {}

    def pick(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1)

    return {"p50": pick(0.5), "p95": pick(0.95), "p99": pick(0.99), "max": round(ordered[-1], 1)}


def shown(outcome: loads.Outcome) -> dict[str, object]:
    """What a load came to."""
    return {
        "per_second": round(outcome.per_second, 1),
        "latency_ms": percentiles(outcome.latencies_ms),
        "statuses": outcome.statuses,
        "generator_cpu_share": round(outcome.cpu_s / outcome.duration_s, 2) if outcome.duration_s else 0,
    }


def floor(system: System, quick: bool) -> dict[str, object]:
    """What every speed is a ratio of."""
    return shown(measure_floor(system, duration_s=3 if quick else 8))


def raw_inserts(system: System, quick: bool) -> dict[str, object]:
    """Batches of the same rows with nothing else around."""
    return {"per_second": round(measure_raw_inserts(system.stack.database_url, 3 if quick else 5))}


def parts(rates: list[float]) -> dict[str, Callable[[System, bool], dict[str, object]]]:
    """What is measured, in order, by name."""
    return {
        "idle": idle,
        "floor": floor,
        "raw_inserts": raw_inserts,
        "latency": latency,
        "accept_texts": accept,
        "accept_emails": partial(accept, channel="emails"),
        **{f"end_to_end_texts_{rate:.0f}": partial(end_to_end, rate=rate) for rate in rates},
        "end_to_end_emails_300": partial(end_to_end, rate=300, channel="emails"),
        "reading": reading,
        "floor_again": floor,
    }


def measure(quick: bool, rates: list[float], only: list[str]) -> dict[str, object]:
    """Everything, or the parts in `only`, in one run."""
    results: dict[str, object] = {"machine": machine_facts()}
    with fresh_system() as system:
        for name, part in parts(rates).items():
            if not only or name in only:
                say(name.replace("_", " "))
                results[name] = part(system, quick)
        results["pss_mb_after"] = {name: round(used) for name, used in system.pss_mb().items()}
    return results


def say(what: str) -> None:
    """Tell what is being measured."""
    console.print(f"[dim]{time.strftime('%H:%M:%S')}[/dim] {what}")


def show(name: str, value: object) -> None:
    """Print one part of the results as a table."""
    table = Table(title=name.replace("_", " "), title_justify="left", show_header=False, expand=False)
    for key, content in value.items() if isinstance(value, dict) else [("", value)]:
        table.add_row(str(key), json.dumps(content) if isinstance(content, dict | list) else str(content))
    console.print(table)


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="short runs: a look, not a figure to quote")
    parser.add_argument("--rates", default="700,1000", help="texts a second to try end to end")
    parser.add_argument("--only", default="", help="parts to measure, comma separated; all where absent")
    parser.add_argument("--out", type=Path, default=Path("bench-results"))
    options = parser.parse_args()
    rates = [float(rate) for rate in options.rates.split(",") if rate]
    results = measure(options.quick, rates, [name for name in options.only.split(",") if name])
    for name, value in results.items():
        show(name, value)
    options.out.mkdir(exist_ok=True)
    file = options.out / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    file.write_text(json.dumps(results, indent=2), encoding="utf-8")
    console.print(f"written to {file}")


if __name__ == "__main__":
    main()

"""What tracing costs on the way of a text: two systems, one that traces, under the same load in turn.

    python -m tests.bench.tracing [--ratio 0.01] [--pairs 10] [--requests 1500]

CPU of the gateway, notifications and the sender for each text, as the ratio within each pair of rounds: what else runs
on the machine moves both. The median of the ratios is what counts.
"""

import argparse
import statistics
import sys
from contextlib import ExitStack

from rich.console import Console
from rich.table import Table

from tests.bench import load as loads
from tests.bench.system import System, fresh_system
from tests.e2e.collector import running_collector

PROCESSES = ("api_gateway", "notifications", "sms")
_CONNECTIONS = 32
_PATIENCE_S = 180.0


def round_of(system: System, requests: int) -> dict[str, float]:
    """CPU microseconds for each text, by process."""
    before = system.cpu_s()
    outcome = loads.run(system.texts(count=requests, connections=_CONNECTIONS, duration_s=_PATIENCE_S))
    system.wait_settled(timeout_s=_PATIENCE_S)
    after = system.cpu_s()
    if outcome.wanted_status != requests:
        raise RuntimeError(f"only {outcome.wanted_status} of {requests} were accepted")
    found = {name: (after[name] - before[name]) / requests * 1e6 for name in PROCESSES}
    return found | {"all": sum(found.values())}


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tracing")
    parser.add_argument("--ratio", default="0.01")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--requests", type=int, default=1_500)
    options = parser.parse_args(arguments)
    rounds: dict[str, list[dict[str, float]]] = {"off": [], "on": []}
    with ExitStack() as stack:
        collector = stack.enter_context(running_collector())
        traced = {"trace_endpoint": collector.traces_url, "trace_ratio": options.ratio}
        settings = dict.fromkeys((*PROCESSES, "email"), traced)
        systems = {
            "off": stack.enter_context(fresh_system()),
            "on": stack.enter_context(fresh_system(settings=settings)),
        }
        for system in systems.values():
            round_of(system, options.requests)  # caches and prepared statements
        for pair in range(options.pairs):
            for name in ("off", "on") if pair % 2 else ("on", "off"):
                rounds[name].append(round_of(systems[name], options.requests))
        spans = len(collector.spans)
    table = Table("process", "off, µs a text", f"at {options.ratio}", "ratio, median", "quarters of pairs")
    for process in (*PROCESSES, "all"):
        off, on = ([each[process] for each in rounds[name]] for name in ("off", "on"))
        ratios = sorted(b / a for a, b in zip(off, on, strict=True))
        low, middle, high = statistics.quantiles(ratios, n=4)
        table.add_row(
            process,
            f"{statistics.median(off):.0f}",
            f"{statistics.median(on):.0f}",
            f"{middle:.3f}",
            f"{low:.3f} to {high:.3f}",
        )
    console = Console()
    console.print(table)
    console.print(f"{spans} spans came to the collector")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

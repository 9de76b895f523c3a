"""What more cores and more processes give: `python -m tests.bench.scaling`. For docs/scaling.md.

Starts a system for each pair of cores (as `taskset` would, load generator included) and processes (of the gateway and
of notifications each), measures accepting at 64 and 256 connections and texts end to end, and holds the model against
it: a machine gives what its cores give for the CPU that a message costs, unless one process is at its core's end
first. The cost is taken from the run with one process on all cores, and must then foretell the others. On one core
there is always somebody who can go on; on more, what that run left idle stays idle.
"""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.table import Table

from tests.bench import load as loads
from tests.bench.__main__ import SENDERS, console
from tests.bench.machine import machine_facts
from tests.bench.system import System, fresh_system

_CONNECTIONS = (64, 256)
_ONE_CORE_EACH = ("api_gateway", "notifications", "sms", "email")
"""Each of their processes has one thread that does nearly all of its work."""
GENERATOR = "load generator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """CPU that one message takes, in microseconds, by process; those of a kind together."""

    by_process: Mapping[str, float]

    @property
    def total_us(self) -> float:
        """Of all of them."""
        return sum(self.by_process.values())

    def rate(self, *, cores: float, processes: int, use: float) -> float:
        """Messages a second that so many cores can take, with so many processes of each kind, where `use` of the cores
        can be kept busy (the rest goes to waiting for one another, and for the disk).
        """
        of_cores = use * cores * 1e6 / self.total_us
        of_one = [
            processes * 1e6 / us for name, us in self.by_process.items() if name in _ONE_CORE_EACH and us > 0
        ]
        return min([of_cores, *of_one])


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a load came to."""

    per_second: float
    costs: Costs

    def use(self, cores: int) -> float:
        """The share of the cores that was used for it."""
        return self.per_second * self.costs.total_us / 1e6 / cores


def measure(system: System, connections: int, seconds: float) -> Measured:
    """Accepting texts, senders stopped."""
    names = [name for name in system.names() if not name.startswith(SENDERS)]
    before = system.cpu_s(names)
    outcome = loads.run(system.texts(connections=connections, duration_s=seconds))
    after = system.cpu_s(names)
    used: dict[str, float] = {GENERATOR: outcome.cpu_s}
    for name in names:
        kind = name.rsplit("-", 1)[0]
        used[kind] = used.get(kind, 0.0) + after[name] - before[name]
    messages = max(1, outcome.wanted_status)
    return Measured(
        per_second=outcome.per_second,
        costs=Costs(by_process={name: 1e6 * cpu / messages for name, cpu in used.items()}),
    )


def run(cores: Sequence[int], processes: int, seconds: float) -> dict[int, Measured]:
    """A system on these cores; what was measured, by connections."""
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)  # what is started from here on inherits it
    try:
        with fresh_system(workers=processes) as system:
            for name in SENDERS:
                system.stack.process(name).stop()
            loads.run(system.texts(connections=16, duration_s=2))
            return {number: measure(system, number, seconds) for number in _CONNECTIONS}
    finally:
        os.sched_setaffinity(0, everywhere)


def main() -> None:
    """Measure all pairs, then tell what the model says of them and of larger machines."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scaling")
    parser.add_argument("--seconds", type=float, default=8, help="of each load")
    parser.add_argument("--processes", default="1,2")
    options = parser.parse_args()
    there = sorted(os.sched_getaffinity(0))
    runs = {
        (len(cores), processes): run(cores, processes, options.seconds)
        for cores in (there[:1], there)
        for processes in [int(part) for part in options.processes.split(",")]
    }
    reference = runs[len(there), 1]
    table = Table("cores", "processes", "connections", "measured /s", "model /s", "CPU µs", "cores used")
    for (cores, processes), by_connections in runs.items():
        for connections, found in by_connections.items():
            base = reference[connections]
            use = 1.0 if cores == 1 else base.use(len(there))
            foretold = base.costs.rate(cores=cores, processes=processes, use=use)
            table.add_row(
                *(str(cores), str(processes), str(connections)),
                *(f"{found.per_second:.0f}", f"{foretold:.0f}", f"{found.costs.total_us:.0f}"),
                f"{found.use(cores):.0%}",
            )
    console.print(table)
    base = reference[_CONNECTIONS[-1]]
    larger = Table("cores", "processes of each", "model: texts accepted /s, one database")
    for cores in (2, 4, 16, 64):
        processes = max(1, cores // 4)
        rate = base.costs.rate(cores=cores, processes=processes, use=0.8)
        larger.add_row(str(cores), str(processes), f"{rate:.0f}")
    console.print(larger)
    print(
        json.dumps(
            {
                "machine": machine_facts(),
                "runs": {
                    f"{cores} cores, {processes} processes, {connections} connections": {
                        "per_second": round(found.per_second, 1),
                        "cpu_us": {name: round(us, 1) for name, us in found.costs.by_process.items()},
                    }
                    for (cores, processes), by_connections in runs.items()
                    for connections, found in by_connections.items()
                },
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()

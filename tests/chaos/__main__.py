"""`make chaos`: every scenario in one world, again and again while there is time, with the books after each.

`--minutes 60` for an hour; `--only kill,valkey` for those whose names hold one of these words. Exits with 1 when
something must not be. Before and after, memory of each process is looked at.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Mapping, Sequence

from tests.chaos.running import Report, Scenario, run
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.world import World, chaos_world


def chosen(words: str | None) -> list[Scenario]:
    """Scenarios whose name holds one of the words; without any, all."""
    wanted = [word.strip() for word in (words or "").split(",") if word.strip()]
    return [one for one in SCENARIOS if not wanted or any(word in one.name for word in wanted)]


def run_all(world: World, scenarios: Sequence[Scenario], minutes: float) -> list[Report]:
    """Run in order, from the start again while there is time; each of them at least once when `minutes` is 0."""
    reports = []
    ends_at = time.monotonic() + 60 * minutes
    for number, scenario in enumerate(itertools.cycle(scenarios) if minutes else scenarios):
        if minutes and time.monotonic() > ends_at:
            break
        report = run(world, scenario, number=number)
        print(report.summary(), flush=True)
        reports.append(report)
    return reports


def memory(world: World) -> dict[str, float]:
    """MB of each process."""
    return {name: round(mb) for name, mb in world.system.pss_mb().items()}


def tell_memory(before: Mapping[str, float], after: Mapping[str, float]) -> None:
    """One line a process."""
    for name, mb in after.items():
        print(f"memory of {name}: {before.get(name, 0):.0f} MB before, {mb:.0f} MB after")


def main() -> None:
    """Run and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--minutes", type=float, default=0.0, help="0: each scenario once")
    parser.add_argument("--only", help="words in names of scenarios, with commas between")
    parser.add_argument("--list", action="store_true", help="only say which there are")
    options = parser.parse_args()
    scenarios = chosen(options.only)
    if options.list:
        print(*(scenario.name for scenario in scenarios), sep="\n")
        return
    with chaos_world() as world:
        before = memory(world)
        reports = run_all(world, scenarios, options.minutes)
        tell_memory(before, memory(world))
    failed = [report for report in reports if report.faults()]
    print(f"{len(reports)} runs, {len(failed)} with faults")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

"""`make chaos`: every scenario in one world, with the books after each, then those that need a database of their own.

`--minutes 60` goes on for an hour, without these; `--only kill,valkey` runs those whose names hold one of these words.
Exits with 1 when something must not be. What each process holds is looked at after each scenario: memory, open files,
threads and tasks in the longest life of each, from its fifth minute on.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Sequence
from typing import Final

from tests.bench.holding import Watched
from tests.chaos.databases import run_databases
from tests.chaos.running import Report, Scenario, run
from tests.chaos.scenarios import SCENARIOS
from tests.chaos.world import World, chaos_world

WARM_AFTER_S: Final = 300.0


def chosen(words: str | None) -> list[Scenario]:
    """Scenarios whose name holds one of the words; without any, all."""
    wanted = [word.strip() for word in (words or "").split(",") if word.strip()]
    return [one for one in SCENARIOS if not wanted or any(word in one.name for word in wanted)]


def run_all(world: World, scenarios: Sequence[Scenario], minutes: float, watched: Watched) -> list[Report]:
    """Run in order, from the start again while there is time; each of them at least once when `minutes` is 0."""
    reports = []
    watched.look(world.system, time.monotonic())
    ends_at = time.monotonic() + 60 * minutes
    for number, scenario in enumerate(itertools.cycle(scenarios) if minutes else scenarios):
        if minutes and time.monotonic() > ends_at:
            break
        report = run(world, scenario, number=number)
        print(report.summary(), flush=True)
        reports.append(report)
        watched.look(world.system, time.monotonic())
    return reports


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
        watched = Watched(warm_after_s=WARM_AFTER_S)
        reports = run_all(world, scenarios, options.minutes, watched)
        print(*watched.lines(), sep="\n")
    if not options.only and not options.minutes:
        reports += run_databases()
    failed = [report for report in reports if report.faults()]
    print(f"{len(reports)} runs, {len(failed)} with faults")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

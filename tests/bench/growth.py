"""Accepting texts while the table grows: `python -m tests.bench.growth [--rows 0,1000000,5000000]`.

One system; before each step its table is filled up to that many messages (as `listing` makes them, over the last two
weeks, so that the week that is written to has its share). At each step: the floor, accepting at 64 connections with
the senders stopped, a page of 250, sizes. Rates of one machine move; the ratio to the floor of the same step, and the
CPU a message, say whether growing costs anything. 20 million rows take about 16 GB of disk.
"""

import argparse
import json

import psycopg
import requests
from rich.table import Table

from tests.bench import load as loads
from tests.bench.__main__ import SENDERS, console
from tests.bench.floor_run import measure_floor
from tests.bench.listing import fill, measure_page
from tests.bench.machine import machine_facts
from tests.bench.system import System, fresh_system

_ROUNDS = 3
"""Of accepting at each step: the middle one counts."""


def measure(system: System, session: requests.Session, seconds: float) -> dict[str, object]:
    """One step."""
    for name in SENDERS:
        system.stack.process(name).stop()
    loads.run(system.texts(connections=16, duration_s=1))
    rounds = sorted((_accepted(system, seconds) for _ in range(_ROUNDS)), key=lambda each: each["per_second"])
    floor = measure_floor(system, duration_s=seconds)
    for name in SENDERS:
        system.stack.process(name).start()
    system.wait_settled(timeout_s=900)
    page = measure_page(system, session, "")
    middle = rounds[_ROUNDS // 2]
    return {
        "floor_per_second": round(floor.per_second),
        **middle,
        "of_the_floor": round(middle["per_second"] / floor.per_second, 3),
        "page_ms": page.get("p50"),
        **sizes(system),
    }


def _accepted(system: System, seconds: float) -> dict[str, float]:
    names = [name for name in system.names() if not name.startswith(SENDERS)]
    before = system.cpu_s(names)
    outcome = loads.run(system.texts(connections=64, duration_s=seconds))
    used = sum(system.cpu_s(names).values()) - sum(before.values())
    return {
        "per_second": round(outcome.per_second, 1),
        "p99_ms": round(outcome.percentile_ms(0.99), 1),
        "cpu_us_per_message": round(1e6 * used / max(1, outcome.wanted_status)),
    }


def sizes(system: System) -> dict[str, object]:
    """Megabytes of the table and of its indexes, all partitions."""
    with psycopg.connect(system.stack.database_url) as connection:
        row = connection.execute(
            "select sum(pg_table_size(relid)) / 1e6, sum(pg_indexes_size(relid)) / 1e6 "
            "from pg_partition_tree('notifications.notifications') where isleaf"
        ).fetchone()
    assert row is not None
    return {"table_mb": round(row[0]), "indexes_mb": round(row[1])}


def main() -> None:
    """Fill, measure, fill, measure; then tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth")
    parser.add_argument("--rows", default="0,1000000,5000000", help="sizes of the table, growing")
    parser.add_argument("--seconds", type=float, default=8, help="of each load")
    options = parser.parse_args()
    steps: dict[int, dict[str, object]] = {}
    filled = 0
    with fresh_system() as system, requests.Session() as session:
        for rows in [int(part) for part in options.rows.split(",")]:
            if rows > filled:
                fill(system, rows - filled, before=filled)
                filled = rows
            steps[rows] = measure(system, session, options.seconds)
            console.print(f"{rows:,} rows: {json.dumps(steps[rows])}", highlight=False)
    table = Table("rows", *next(iter(steps.values())))
    for rows, step in steps.items():
        table.add_row(f"{rows:,}", *(str(value) for value in step.values()))
    console.print(table)
    print(json.dumps({"machine": machine_facts(), "steps": steps}, indent=2))


if __name__ == "__main__":
    main()

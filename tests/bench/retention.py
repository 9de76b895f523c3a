"""The nightly retention of a million texts, while others are being accepted: `python -m tests.bench.retention`.

Prints how long it took, and the p99 of accepting before and during it.
"""

import argparse
import asyncio
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg

from clients.notifyctl.operations import run_now
from servicekit.ids import first_id_at
from services.notifications.partitions import partition_name, week_of
from services.notifications.retention import week_start
from tests.bench import load as loads
from tests.bench.system import System, fresh_system

TASK = "delete-notifications-older-than-retention"
RATE = 200

_INSERT = """
insert into notifications.notifications (
    id, service_id, template_id, template_version, type, key_type, status, recipient, normalised_recipient,
    personalisation, reference, billable_units, rate_multiplier, provider, sent_at, updated_at)
select uuidv7(interval '-9 days' - n * interval '0.1 seconds'), %(service)s, %(template)s, 1, 'sms', 'normal',
    'delivered', '07400000001', '447400000001', '{"name": "Ada Lovelace", "code": "482915"}', 'a-reference-' || n, 1, 1,
    'mmg', now(), now()
from generate_series(%(first)s, %(last)s) as n
"""
_LOT = 50_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=20.0, help="of accepting before the run")
    options = parser.parse_args()
    with fresh_system() as system:
        fill(system, options.rows)
        before = accept(system, options.seconds)
        counts, took_s, during = retain(system)
        print(
            json.dumps(
                {
                    "rows": options.rows,
                    "took_s": round(took_s, 1),
                    "counts": counts,
                    "accept_p99_ms_before": before,
                    "accept_p99_ms_during": during,
                },
                indent=2,
            )
        )


def fill(system: System, rows: int) -> None:
    """Put texts of nine days ago and before into the database."""
    with psycopg.connect(system.stack.database_url, autocommit=True) as connection:
        connection.execute(b"set search_path = notifications")
        newest = week_of(datetime.now(UTC) - timedelta(days=9))
        for back in range(3 + rows // 6_000_000):
            monday = newest - timedelta(weeks=back)
            start = week_start(monday)
            name = partition_name(monday)
            connection.execute(
                f"create table if not exists {name} partition of notifications "
                f"for values from ('{first_id_at(start)}') to ('{first_id_at(start + timedelta(weeks=1))}')".encode()
            )
        for first in range(1, rows + 1, _LOT):
            connection.execute(
                _INSERT,
                {
                    "service": system.service.id,
                    "template": uuid4(),
                    "first": first,
                    "last": min(first + _LOT - 1, rows),
                },
            )
        connection.execute(b"vacuum analyze notifications")


def accept(system: System, seconds: float) -> float:
    """The p99 of accepting 200 texts a second."""
    loads.run(system.texts(connections=8, duration_s=3, rate=RATE))
    return loads.run(system.texts(connections=8, duration_s=seconds, rate=RATE)).percentile_ms(0.99)


def retain(system: System) -> tuple[dict[str, int], float, float]:
    """Run the task, with texts being accepted beside it until it ends; gives what it did, how long it took, and
    the p99 of accepting.
    """
    ended = threading.Event()
    p99s: list[float] = []

    def accept_until_ended() -> None:
        while not ended.is_set():
            outcome = loads.run(system.texts(connections=8, duration_s=10, rate=RATE))
            p99s.append(outcome.percentile_ms(0.99))

    accepting = threading.Thread(target=accept_until_ended)
    accepting.start()
    time.sleep(1)
    started = time.monotonic()
    run = asyncio.run(run_now(system.stack.home, TASK, "a benchmark"))
    took_s = time.monotonic() - started
    ended.set()
    accepting.join()
    return dict(run.counts), took_s, max(p99s)


if __name__ == "__main__":
    main()

"""Whether the queue rots: claims at a steady rate while somebody holds an old snapshot, as a backup does.

`python -m tests.bench.rot --minutes 30 --rate 1000` for the whole thing; without arguments a short look. The
notifications service's own statements run on a fresh database: deliveries are made, wait in the table, are claimed by
100, reported, and gone. What is printed for each period: the time of a claim and of the look for leases that ran out,
sizes of the table and of its indexes, what vacuum could not take away, and how fast the machine was meanwhile: the time
of a statement that reads no table. The last line compares the end with the start, as it is and with the machine's
speed taken out. `--from-the-start` reads the indexes from their start, as if nothing were remembered: what the
low-water marks gain.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import fmean, linear_regression, median
from typing import Any, Final
from uuid import UUID

import psycopg

from notifyrules.statuses import NotificationStatus, NotificationType
from servicekit.database import Pool, make_pool
from servicekit.ids import new_id
from services.notifications.deliveries import DeliveryResult, Outcome
from services.notifications.low_water import BEGINNING, EVERYTHING, ClaimMarks, LeaseMark
from services.notifications.store import SCHEMA, Store, hot_url
from tests.bench.machine import machine_facts
from tests.bench.system import fresh_system

SERVICES: Final = 20
_FEWEST_PERIODS: Final = 10
LOT: Final = 100
LEASE: Final = timedelta(seconds=60)
_INSERT: Final = """
with made as (
    insert into notifications.notifications (
        id, service_id, template_id, template_version, type, key_type, status, recipient, normalised_recipient,
        personalisation, billable_units, rate_multiplier)
    select id, service_id, service_id, 1, 'sms', 'normal', 'created', '', '', '{}', 1, 1
    from unnest(%s::uuid[], %s::uuid[]) as row (id, service_id)
    returning id, service_id
)
insert into notifications.deliveries (notification_id, service_id, channel, lane, run_at)
select id, service_id, 'sms', 2, now() from made
"""
_MACHINE: Final = b"select count(*) from generate_series(1, 20000) as number where number %% 7 = 3"
_SIZES: Final = """
select relname, pg_relation_size(oid) / 1024 as kb
from pg_class
where relname in ('deliveries', 'deliveries_pkey', 'deliveries_ready', 'deliveries_leased')
"""


async def measure(
    url: str, *, rate: float, seconds: float, period_s: float, remembers: bool
) -> list[dict[str, Any]]:
    """Run, and tell of each period."""
    services = [new_id() for _ in range(SERVICES)]
    periods: list[dict[str, Any]] = []
    async with make_pool(
        hot_url(url), schema=SCHEMA, application_name="rot", max_size=3, statement_timeout_ms=60_000
    ) as pool:
        store = Store(pool)
        marks, lease_mark = ClaimMarks(), LeaseMark()
        began = time.monotonic()
        claims: list[float] = []
        looks: list[float] = []
        machine: list[float] = []
        done = 0
        next_period, next_look = began + period_s, began + 1
        while (elapsed := time.monotonic() - began) < seconds:
            if done / rate > elapsed:
                await asyncio.sleep(done / rate - elapsed)
            await _insert(pool, services)
            claims.append(await _claim_and_complete(store, marks if remembers else None))
            done += LOT
            now = time.monotonic()
            if now >= next_look:
                next_look = now + 1
                looks.append(await _look_for_expired(store, lease_mark if remembers else None))
                machine.append(await _machine_ms(pool))
            if now >= next_period:
                next_period += period_s
                periods.append(_told(now - began, done, claims, looks, machine) | _sizes(url))
                print(json.dumps(periods[-1]), flush=True)
                claims, looks, machine = [], [], []
    return periods


async def _insert(pool: Pool, services: Sequence[UUID]) -> None:
    ids = [new_id() for _ in range(LOT)]
    owners = [services[number % len(services)] for number in range(LOT)]
    async with pool.connection() as connection:
        await connection.execute(_INSERT.encode(), (ids, owners))


async def _claim_and_complete(store: Store, marks: ClaimMarks | None) -> float:
    """Milliseconds of the claim."""
    now = datetime.now(UTC)
    began = time.perf_counter()
    claimed = await store.claim_deliveries(
        NotificationType.SMS, "rot", LOT, now, now + LEASE, marks.beginnings(now) if marks else EVERYTHING
    )
    took_ms = (time.perf_counter() - began) * 1000
    if marks is not None:
        marks.note(claimed.rows, is_all=claimed.is_all, now=now)
    results = [
        DeliveryResult(
            notification_id=row.notification_id,
            attempt=row.attempt,
            worker_id="rot",
            outcome=Outcome.DONE,
            status=NotificationStatus.SENDING,
            provider="mmg",
        )
        for row in claimed.rows
    ]
    await store.complete_deliveries(results, now)
    return took_ms


async def _look_for_expired(store: Store, mark: LeaseMark | None) -> float:
    now = datetime.now(UTC)
    began = time.perf_counter()
    await store.return_expired_leases(now, mark.beginning(now) if mark else BEGINNING)
    took_ms = (time.perf_counter() - began) * 1000
    if mark is not None:
        mark.note_all_returned(now)
    return took_ms


async def _machine_ms(pool: Pool) -> float:
    began = time.perf_counter()
    await pool.fetch(_MACHINE, {})
    return (time.perf_counter() - began) * 1000


def _told(
    elapsed_s: float, done: int, claims: list[float], looks: list[float], machine: list[float]
) -> dict[str, Any]:
    ordered = sorted(claims)
    return {
        "after_s": round(elapsed_s),
        "per_s": round(done / elapsed_s),
        "claim_ms_p50": round(ordered[len(ordered) // 2], 2),
        "claim_ms_p95": round(ordered[int(len(ordered) * 0.95)], 2),
        "expired_ms_p50": round(median(looks), 2) if looks else None,
        "machine_ms_p50": round(median(machine), 2) if machine else None,
    }


def _sizes(url: str) -> dict[str, Any]:
    with psycopg.connect(url) as connection:
        sizes: dict[str, int] = dict(connection.execute(_SIZES).fetchall())
        row = connection.execute(
            "select n_dead_tup from pg_stat_user_tables where relname = 'deliveries'"
        ).fetchone()
    return {"kb": sizes, "dead_rows": row[0] if row else None}


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rot")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--rate", type=float, default=1_000.0)
    parser.add_argument("--period-s", type=float, default=10.0)
    parser.add_argument("--from-the-start", action="store_true")
    options = parser.parse_args()
    print(json.dumps(machine_facts() | {"from_the_start": options.from_the_start}))
    with fresh_system() as system:
        for name in system.stack.process_names:
            if name != "postgres":
                system.stack.process(name).stop()
        url = system.stack.database_url
        with psycopg.connect(url) as holder:
            holder.execute("set transaction isolation level repeatable read")
            holder.execute("select count(*) from notifications.deliveries")
            periods = asyncio.run(
                measure(
                    url,
                    rate=options.rate,
                    seconds=60 * options.minutes + 0.5,
                    period_s=options.period_s,
                    remembers=not options.from_the_start,
                )
            )
    print(_compared(periods))


def _compared(periods: Sequence[dict[str, Any]]) -> str:
    """The last tenth of the periods against the first, and what time alone did."""
    count = max(1, len(periods) // 10)

    def times(name: str) -> float:
        first, last = (median(each[name] for each in part) for part in (periods[:count], periods[-count:]))
        return float(last / first)

    told = (
        f"a claim took {times('claim_ms_p50'):.2f} times as long at the end as at the start, "
        f"the machine {times('machine_ms_p50'):.2f} times for the same"
    )
    if len(periods) < _FEWEST_PERIODS:
        return told
    return f"{told}; with its speed taken out {_grown(periods):.2f} times"


def _grown(periods: Sequence[dict[str, Any]]) -> float:
    """The end as a multiple of the start by least squares over time and the machine's speed together: part of a claim
    is waiting for the disk, so that a machine of half the speed does not make it twice as long.
    """
    claims, machine, after = (
        [float(each[name]) for each in periods] for name in ("claim_ms_p50", "machine_ms_p50", "after_s")
    )
    slope = linear_regression(_without(machine, after), _without(machine, claims)).slope
    middle = fmean(claims)
    half = slope * (after[-1] - after[0]) / 2
    return (middle + half) / (middle - half)


def _without(machine: Sequence[float], values: Sequence[float]) -> list[float]:
    """What is left of values when what goes with the machine's speed is taken away."""
    fit = linear_regression(machine, values)
    return [value - fit.intercept - fit.slope * speed for value, speed in zip(values, machine, strict=True)]


if __name__ == "__main__":
    main()

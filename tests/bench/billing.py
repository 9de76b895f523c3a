"""How fast billing is: a rebuild of a million messages of a day, the feed, and a year's usage of a service.

`python -m tests.bench.billing [--messages 1000000]`. Both services' parts run in this one process, with gRPC
between them, on a PostgreSQL of its own with durability off; all of Python's work is so on one core.
"""

import argparse
import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import psutil
import uvloop

from notify.notifications.v1 import status_changes_pb2_grpc
from notifyrules.london_time import london_midnight_utc
from notifyrules.rates import published
from servicekit.access import only
from servicekit.clock import FixedClock, SystemClock
from servicekit.database import Pool, make_pool, trusting_indexes
from servicekit.grpc_client import make_channel
from servicekit.grpc_server import ServiceRegistration, make_server
from servicekit.identity import CallerTokens
from servicekit.migrations import migrate
from services.billing.following import Following
from services.billing.notifications_client import NotificationsClient
from services.billing.rates_store import RatesStore
from services.billing.rebuilding import Rebuilding
from services.billing.store import SCHEMA as BILLING
from services.billing.store import Store
from services.billing.usage import Usage
from services.billing.usage_store import UsageStore
from services.notifications.feed import Feed
from services.notifications.feed_store import FeedStore
from services.notifications.partitions import ensure_partitions
from services.notifications.servicers.status_changes import StatusChangesServicer
from services.notifications.store import SCHEMA as NOTIFICATIONS
from services.notifications.store import Store as NotificationsStore
from services.notifications.store import hot_url
from tests.bench.machine import machine_facts
from tests.postgres import Postgres, start_postgres

KEYS = "a key for benchmarks that is long enough"
DAY = date(2026, 11, 17)
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
TARGET_REBUILD_S, TARGET_CHANGES, TARGET_YEAR_MS = 15.0, 3_000, 50.0

_MESSAGES = b"""
insert into notifications (
    id, service_id, template_id, template_version, type, key_type, status, recipient, normalised_recipient,
    personalisation, billable_units, rate_multiplier, provider, version)
select
    (lpad(to_hex(%(first_ms)s + n::bigint * 86000000 / %(count)s), 12, '0') || '7000'
        || '8' || lpad(to_hex(n %% 4096), 3, '0') || lpad(to_hex(n), 12, '0'))::uuid,
    ('00000000-0000-4000-8000-' || lpad(to_hex(n %% 50), 12, '0'))::uuid,
    ('00000000-0000-4000-9000-' || lpad(to_hex(n %% 200), 12, '0'))::uuid, 1,
    case when n %% 3 = 0 then 'email' else 'sms' end, 'normal',
    case when n %% 100 = 0 then 'technical-failure' when n %% 10 = 0 then 'sending' else 'delivered' end,
    '07700900123', '447700900123', '{}', 1 + n %% 2, 1, case when n %% 2 = 0 then 'mmg' else 'firetext' end, 3
from generate_series(0, %(count)s - 1) as n
"""
_CHANGES = b"""
insert into status_changes (status, size, ids, versions, changed_at)
select 'delivered', count(*), array_agg(id), array_agg(version), now()
from (select id, version, row_number() over (order by id) / 20 as batch from notifications limit %(count)s) as found
group by batch
"""
_FACTS = b"""
insert into facts (
    service_id, london_date, channel, template_id, key_type, provider, postage, units, rate_multiplier, rate, messages)
select ('00000000-0000-4000-8000-' || lpad(to_hex(service), 12, '0'))::uuid, day::date, channel,
    ('00000000-0000-4000-9000-' || lpad(to_hex(service * 4 + template), 12, '0'))::uuid, 'normal', provider, '', 1, 1,
    case channel when 'sms' then 240 else 0 end, 70 + (service + template) % 20
from generate_series('2026-04-01'::date, '2027-03-31'::date, '1 day') as day
cross join generate_series(1, 200) as service
cross join generate_series(1, 4) as template
cross join (values ('sms', 'mmg'), ('sms', 'firetext'), ('email', 'ses'), ('email', 'other'))
    as kind (channel, provider)
order by day, random()
"""


async def measure(messages: int) -> dict[str, object]:
    """Everything, one after the other, on a disk: tests have their databases in memory."""
    with TemporaryDirectory(prefix="notify-bench-") as folder:
        return await _measure_on(start_postgres(Path(folder)), messages)


async def _measure_on(server: Postgres, messages: int) -> dict[str, object]:
    try:
        url = server.clone_database()
        await asyncio.to_thread(migrate, url, "services.notifications", NOTIFICATIONS)
        await asyncio.to_thread(migrate, url, "services.billing", BILLING)
        async with (
            _pool(hot_url(url), NOTIFICATIONS) as notifications_pool,
            _pool(trusting_indexes(url), BILLING) as books,
            _pool(url, BILLING) as pool,
            _client(notifications_pool) as client,
        ):
            await ensure_partitions(NotificationsStore(notifications_pool), NOW)
            await RatesStore(pool).add_published(published().all(), NOW)
            return {
                "machine": machine_facts(),
                **await _rebuild(client, notifications_pool, books, messages),
                **await _feed(client, notifications_pool, books, min(messages, 100_000)),
                **await _year(pool),
            }
    finally:
        server.stop()


async def _rebuild(
    client: NotificationsClient, notifications: Pool, pool: Pool, messages: int
) -> dict[str, object]:
    first_ms = round(london_midnight_utc(DAY).timestamp() * 1000)
    async with notifications.connection() as connection:
        await connection.execute(b"set statement_timeout = 0")
        await connection.execute(_MESSAGES, {"first_ms": first_ms, "count": messages})
        await connection.execute(b"analyze notifications")
    rebuilding = Rebuilding(client, Store(pool), clock=FixedClock(NOW))
    times, cpus = [], []
    for _ in range(2):
        started, cpu = time.perf_counter(), _cpu_s()
        rebuilt = await rebuilding.rebuild_day(DAY)
        times.append(round(time.perf_counter() - started, 2))
        cpus.append(round(_cpu_s() - cpu, 2))
        assert rebuilt.notifications == messages
    started = time.perf_counter()
    assert await rebuilding.differences(DAY) == []
    return {
        "rebuild_of_an_empty_day_s": times[0],
        "rebuild_of_a_full_day_s": times[1],
        "cpu_of_both_rebuilds_s": cpus,
        "check_of_a_day_s": round(time.perf_counter() - started, 2),
        "rebuild_target_s": TARGET_REBUILD_S,
    }


def _cpu_s() -> float:
    """CPU seconds of this process and of all that it started, the database among them."""
    process = psutil.Process()
    found = [process, *process.children(recursive=True)]
    return sum(sum(each.cpu_times()[:2]) for each in found)


async def _feed(
    client: NotificationsClient, notifications: Pool, pool: Pool, count: int
) -> dict[str, object]:
    async with notifications.connection() as connection:
        await connection.execute(b"set statement_timeout = 0")
        await connection.execute(b"truncate status_changes")
        await connection.execute(_CHANGES, {"count": count})
    async with pool.connection() as connection:
        await connection.execute(b"truncate billed, facts")
        await connection.execute(b"update feed_cursor set position = null")

    async def unused(_: object) -> bool:
        return True

    following = Following(
        client,
        Store(pool),
        clock=FixedClock(NOW),
        kept_for=timedelta(days=400),
        rebuild=unused,
        sleep=unused,
    )
    process = psutil.Process()
    before, started = process.cpu_times(), time.perf_counter()
    await following.catch_up()
    wall, after = time.perf_counter() - started, process.cpu_times()
    cpu = after.user + after.system - before.user - before.system
    return {
        "feed_changes_per_s": round(count / wall),
        "feed_python_cpu_us_per_change": round(cpu / count * 1e6, 1),
        "feed_target_per_s": TARGET_CHANGES,
    }


async def _year(pool: Pool) -> dict[str, object]:
    async with pool.connection() as connection:
        await connection.execute(b"set statement_timeout = 0")
        await connection.execute(b"truncate facts")
        await connection.execute(_FACTS)
        await connection.execute(b"vacuum analyze facts")
        cursor = await connection.execute(b"select count(*), sum(messages)::bigint from facts")
        rows, messages = (await cursor.fetchall())[0]
    usage = Usage(UsageStore(pool), RatesStore(pool), clock=SystemClock())
    times = []
    for service in range(1, 101):
        started = time.perf_counter()
        found = await usage.year([UUID(f"00000000-0000-4000-8000-{service:012x}")], 2026)
        times.append((time.perf_counter() - started) * 1000)
        assert found.totals.texts > 100_000
    times.sort()
    started = time.perf_counter()
    await usage.year(None, 2026)
    return {
        "facts": rows,
        "messages_in_facts": messages,
        "year_of_a_service_ms_median": round(times[50], 1),
        "year_of_a_service_ms_p99": round(times[98], 1),
        "year_target_ms": TARGET_YEAR_MS,
        "year_of_everybody_s": round(time.perf_counter() - started, 2),
    }


@asynccontextmanager
async def _pool(url: str, schema: str) -> AsyncIterator[Pool]:
    async with make_pool(
        url, schema=schema, application_name="bench", max_size=4, statement_timeout_ms=60_000
    ) as pool:
        yield pool


@asynccontextmanager
async def _client(pool: Pool) -> AsyncIterator[NotificationsClient]:
    feed = Feed(FeedStore(pool), clock=SystemClock(), kept_for=timedelta(days=7))
    server = make_server(
        [
            ServiceRegistration(
                add=status_changes_pb2_grpc.add_StatusChangesServiceServicer_to_server,
                servicer=StatusChangesServicer(feed, asyncio.Event()),
            )
        ],
        domain="notifications.notify",
        listen="127.0.0.1:0",
        tokens=CallerTokens("notifications", KEYS),
        allowed_callers={"notify.notifications.v1.StatusChangesService/*": only("billing")},
    )
    port = await server.start()
    async with make_channel(f"127.0.0.1:{port}", caller=CallerTokens("billing", KEYS)) as channel:
        yield NotificationsClient(channel)
    await server.stop()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    print(json.dumps(uvloop.run(measure(parser.parse_args().messages)), indent=2))


if __name__ == "__main__":
    main()

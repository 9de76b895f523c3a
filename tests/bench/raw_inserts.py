"""The database's own limit: batches of the rows that a notification makes, inserted with nothing else around."""

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg

BATCH = 64
_CONNECTIONS = 2

_TABLES = """
drop schema if exists bench cascade;
create schema bench;
create table bench.notifications (like notifications.notifications including all);
create table bench.deliveries (like notifications.deliveries including all);
"""

_INSERT = """
with rows as (
    select uuidv7() as id, n from generate_series(1, %(batch)s) as n
), inserted as (
    insert into bench.notifications (
        id, service_id, template_id, template_version, type, key_type, status, recipient,
        normalised_recipient, personalisation, sender, billable_units, rate_multiplier)
    select id, %(service)s, %(service)s, 1, 'sms', 'normal', 'created', '07400000001', '447400000001',
        '{"name": "Ada Lovelace", "code": "482915"}', 'BENCHMARK', 1, 1
    from rows
    returning id
)
insert into bench.deliveries (notification_id, service_id, channel, lane, run_at)
select id, %(service)s, 'sms', 2, now() from inserted
"""


def measure_raw_inserts(database_url: str, seconds: float) -> float:
    """Rows a second, two connections, one transaction for each batch."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(_TABLES)
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        rates = list(pool.map(lambda _: _insert(database_url, seconds), range(_CONNECTIONS)))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("drop schema bench cascade")
    return sum(rates)


def _insert(database_url: str, seconds: float) -> float:
    rows = 0
    with psycopg.connect(database_url, autocommit=True) as connection:
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            connection.execute(
                _INSERT, {"batch": BATCH, "service": "01890000-0000-7000-8000-000000000000"}, prepare=True
            )
            rows += BATCH
        return rows / (time.monotonic() - started)

"""What the database server says about its health, on a real one."""

import asyncio

from servicekit.metrics import REGISTRY
from services.notifications.database_health import look, measure
from tests.integration.notifications.conftest import System


async def test_an_open_transaction_is_seen_with_its_age(system: System) -> None:
    async with system.pool.connection() as connection, connection.transaction():
        await connection.execute("select pg_sleep(0.2)")
        assert (await look(system.pool)).oldest_transaction_s >= 0.2


async def test_a_session_that_waits_for_a_lock_is_counted(system: System) -> None:
    async def wait_for_the_table() -> None:
        async with system.pool.connection() as waiter, waiter.transaction():
            await waiter.execute("lock table deliveries in access share mode")

    async with (
        asyncio.timeout(20),
        asyncio.TaskGroup() as group,  # waits for the waiter, once the lock has gone
        system.pool.connection() as holder,
        holder.transaction(),
    ):
        await holder.execute("lock table deliveries in access exclusive mode")
        group.create_task(wait_for_the_table())
        while (await look(system.pool)).lock_waiters == 0:
            await asyncio.sleep(0)


async def test_what_is_seen_is_shown(system: System) -> None:
    await measure(system.pool)
    assert (REGISTRY.get_sample_value("notify_database_size_bytes") or 0) > 1_000_000
    connections = REGISTRY.get_sample_value("notify_database_server_connections") or 0
    assert 1 <= connections <= (REGISTRY.get_sample_value("notify_database_server_connections_max") or 0)
    for table in ("deliveries", "callbacks"):
        for state in ("live", "dead"):
            labels = {"table": table, "state": state}
            assert REGISTRY.get_sample_value("notify_database_table_rows", labels) is not None

"""The pool against a real server, also one that is killed; the named statements."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from servicekit.database import Pool, load_queries, make_pool, ping
from servicekit.errors import Conflict, DeadlineExceeded, Unavailable
from servicekit.metrics import REGISTRY
from tests.conftest import MakeDatabase
from tests.postgres import Postgres, start_postgres


@pytest.fixture
async def pool(make_database: MakeDatabase) -> AsyncIterator[Pool]:
    async with a_pool(make_database()) as pool:
        yield pool


@pytest.fixture
def mortal_postgres() -> Iterator[Postgres]:
    """A server of this test's own, to be killed."""
    server = start_postgres()
    yield server
    server.stop()


def a_pool(url: str, **changes: Any) -> Pool:
    settings = {"schema": "public", "application_name": "test", "min_size": 1, "max_size": 3}
    return make_pool(url, **{**settings, **changes})


async def _fetch(pool: Pool, query: str, *parameters: object) -> Any:
    async with pool.connection() as connection:
        row = await (await connection.execute(query.encode(), parameters)).fetchone()
        return None if row is None else row[0]


async def test_a_connection_works_in_its_services_schema(make_database: MakeDatabase) -> None:
    async with a_pool(make_database(), schema="sms") as pool:
        assert await _fetch(pool, "SHOW search_path") == "sms"


async def test_options_in_the_url_are_kept(make_database: MakeDatabase) -> None:
    async with a_pool(make_database() + "?options=-c%20work_mem%3D5MB") as pool:
        assert await _fetch(pool, "SHOW work_mem") == "5MB"


async def test_statements_are_prepared_when_repeated(pool: Pool) -> None:
    async with pool.connection() as connection:
        for number in range(3):
            await connection.execute("SELECT %s::int", [number])
        prepared = await (await connection.execute("SELECT count(*) FROM pg_prepared_statements")).fetchone()

    assert prepared == (1,)


async def test_results_are_binary(pool: Pool) -> None:
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT 1")

    assert cursor.pgresult is not None
    assert cursor.pgresult.fformat(0) == 1


async def test_json_goes_in_and_out(pool: Pool) -> None:
    value = {"name": "Zoë", "items": [1, None, True]}

    assert await _fetch(pool, "SELECT %s::jsonb", Jsonb(value)) == value


async def test_statements_outside_a_transaction_stand_alone(pool: Pool) -> None:
    async with pool.connection() as connection:
        await connection.execute("CREATE TABLE kept (id int)")

    assert await _fetch(pool, "SELECT count(*) FROM kept") == 0


@pytest.mark.parametrize("schema", ["", "Public", "a b", "x;drop schema y", "a,b"])
def test_a_schema_that_is_no_plain_name_is_refused(schema: str) -> None:
    with pytest.raises(ValueError, match="schema"):
        a_pool("postgresql://127.0.0.1/x", schema=schema)


# Errors


async def test_a_broken_constraint_passes_as_it_is(pool: Pool) -> None:
    async with pool.connection() as connection:
        await connection.execute("CREATE TABLE once (id int PRIMARY KEY)")
        await connection.execute("INSERT INTO once VALUES (1)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            await connection.execute("INSERT INTO once VALUES (1)")


async def test_a_statement_over_its_time_limit_is_deadline_exceeded(make_database: MakeDatabase) -> None:
    async with a_pool(make_database(), statement_timeout_ms=50) as pool:
        with pytest.raises(DeadlineExceeded):
            await _fetch(pool, "SELECT pg_sleep(5)")


async def _fails_times(pool: Pool, times: int) -> bytes:
    """A statement that ends as the victim of a deadlock so many times, and then is well."""
    await pool.run(b"CREATE SEQUENCE tried", {})
    await pool.run(
        b"CREATE FUNCTION try_it(fails int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN "
        b"IF nextval('tried') <= fails THEN RAISE EXCEPTION 'met' USING ERRCODE = '40P01'; END IF; "
        b"RETURN currval('tried'); END $$",
        {},
    )
    return b"SELECT try_it(%d)" % times


async def test_a_statement_that_may_be_repeated_is_after_a_conflict(pool: Pool) -> None:
    assert await pool.fetch_again(await _fails_times(pool, 4), {}) == [(5,)]


async def test_a_statement_that_meets_conflicts_every_time_is_given_up(pool: Pool) -> None:
    statement = await _fails_times(pool, 5)
    with pytest.raises(Conflict):
        await pool.fetch_again(statement, {})


async def test_how_many_rows_changed(pool: Pool) -> None:
    await pool.run(b"CREATE TABLE counted (id int)", {})
    assert await pool.run(b"INSERT INTO counted SELECT generate_series(1, %(most)s)", {"most": 3}) == 3


async def test_a_deadlock_is_a_conflict(pool: Pool) -> None:
    async with pool.connection() as connection:
        await connection.execute("CREATE TABLE pair (id int PRIMARY KEY)")
        await connection.execute("INSERT INTO pair VALUES (1), (2)")
    locked = asyncio.Barrier(2)

    async def lock(first: int, second: int) -> None:
        async with pool.connection() as connection, connection.transaction():
            await connection.execute("SELECT 1 FROM pair WHERE id = %s FOR UPDATE", [first])
            await locked.wait()
            await connection.execute("SELECT 1 FROM pair WHERE id = %s FOR UPDATE", [second])

    outcomes = await asyncio.gather(lock(1, 2), lock(2, 1), return_exceptions=True)

    assert {type(outcome) for outcome in outcomes} == {Conflict, type(None)}


async def test_no_free_connection_is_unavailable(make_database: MakeDatabase) -> None:
    async with a_pool(make_database(), max_size=1, wait_timeout_s=0.05) as pool, pool.connection():
        with pytest.raises(Unavailable, match="free"):
            await ping(pool)


# A server that goes away


async def test_a_server_that_is_not_there_is_unavailable(mortal_postgres: Postgres) -> None:
    mortal_postgres.kill()

    async with a_pool(mortal_postgres.url, wait_timeout_s=0.2) as pool:
        with pytest.raises(Unavailable):
            await ping(pool)


async def test_a_connection_lost_in_the_middle_is_unavailable(mortal_postgres: Postgres) -> None:
    async with a_pool(mortal_postgres.url) as pool:
        with pytest.raises(Unavailable):
            await _lose_the_connection(pool, mortal_postgres)


async def _lose_the_connection(pool: Pool, server: Postgres) -> None:
    async with pool.connection() as connection:
        await connection.execute("SELECT 1")
        server.kill()
        await connection.execute("SELECT 1")


async def test_connections_that_died_while_idle_are_not_lent(mortal_postgres: Postgres) -> None:
    async with a_pool(mortal_postgres.url, min_size=3) as pool:
        await pool.wait()
        mortal_postgres.kill()
        mortal_postgres.start()

        await asyncio.gather(*(ping(pool) for _ in range(6)))


async def test_the_pool_is_back_soon_after_a_long_outage(mortal_postgres: Postgres) -> None:
    async with a_pool(mortal_postgres.url, wait_timeout_s=0.3) as pool:
        await ping(pool)
        mortal_postgres.kill()
        for _ in range(12):  # 3.6 s: longer than all of the pool's own attempts
            with pytest.raises(Unavailable):
                await ping(pool)
        mortal_postgres.start()

        async with asyncio.timeout(2):
            while not await _answers(pool):
                pass


async def _answers(pool: Pool) -> bool:
    try:
        await ping(pool)
    except Unavailable:
        return False
    return True


async def test_a_full_pool_is_full_again_after_an_outage(mortal_postgres: Postgres) -> None:
    async with a_pool(mortal_postgres.url, min_size=2, wait_timeout_s=0.3) as pool:
        await pool.wait()
        mortal_postgres.kill()
        for _ in range(8):
            with pytest.raises(Unavailable):
                await ping(pool)
        mortal_postgres.start()
        async with asyncio.timeout(5):
            while not await _answers(pool):
                pass
            async with pool.connection(), pool.connection():
                pass


# queries.sql


QUERIES = """
-- Statements of the queue. The header of a file is ignored.

-- name: claim
-- why it looks like this
SELECT id FROM due WHERE service = %(service)s AND share %% 2 = 0
  AND service <> %(service)s LIMIT %(limit)s;

-- name: count_due
SELECT count(*) FROM due
"""


@pytest.fixture
def queries_file(tmp_path: Path) -> Path:
    path = tmp_path / "queries.sql"
    path.write_text(QUERIES)
    return path


def test_statements_are_found_by_name(queries_file: Path) -> None:
    queries = load_queries(queries_file)

    assert list(queries) == ["claim", "count_due"]
    assert queries["count_due"] == queries.count_due == b"SELECT count(*) FROM due"
    assert queries.claim.endswith(b"LIMIT %(limit)s")


def test_an_unknown_statement_is_named_in_the_error(queries_file: Path) -> None:
    queries = load_queries(queries_file)

    with pytest.raises(KeyError, match=r"queries.sql has no statement lost"):
        queries["lost"]
    with pytest.raises(AttributeError, match="lost"):
        _ = queries.lost


def test_parameters_are_numbered_in_order_of_their_first_use(queries_file: Path) -> None:
    numbered = load_queries(queries_file).numbered("claim")

    assert "service = $1 AND share % 2 = 0\n  AND service <> $1 LIMIT $2" in numbered


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SELECT 1",
        "-- name: a\n-- name: b\nSELECT 1",
        "-- name: a\nSELECT 1\n-- name: a\nSELECT 2",
        "-- name: A-b\nSELECT 1",
    ],
)
def test_a_file_with_a_fault_is_refused(queries_file: Path, text: str) -> None:
    queries_file.write_text(text)

    with pytest.raises(ValueError, match=r"queries\.sql"):
        load_queries(queries_file)


# What is measured


async def test_a_pool_tells_how_much_of_it_is_in_use(make_database: MakeDatabase) -> None:
    labels = {"pool": "measured"}
    async with a_pool(make_database(), application_name="measured", max_size=3) as pool, pool.connection():
        assert REGISTRY.get_sample_value("notify_database_connections_checked_out", labels) == 1
        assert REGISTRY.get_sample_value("notify_database_connections_max", labels) == 3
        assert (REGISTRY.get_sample_value("notify_database_connections", labels) or 0) >= 1
    assert REGISTRY.get_sample_value("notify_database_connections_checked_out", labels) == 0

"""Postgres: the pool that survives its server, and the statements of `queries.sql` by name.

Connections are autocommit (a transaction is written `async with conn.transaction()`), prepare what they
repeat, and speak binary. `pool.connection()` turns "the database is away" into `Unavailable`, so no service
handles it itself; other errors of the database (a broken constraint, say) pass through for the store to
look at. Called by stores and `__main__`.
"""

import asyncio
import contextlib
import re
import select
import weakref
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg
from psycopg import AsyncConnection, AsyncCursor, pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from servicekit import metrics, pg_arrays
from servicekit.errors import Conflict, DeadlineExceeded, Unavailable

_HEADER: Final = re.compile(r"^-- name: *(\S+)\s*$", re.MULTILINE)
_PARAMETER: Final = re.compile(r"%\((\w+)\)[sbt]|%%")
_CONNECT_TIMEOUT_S: Final = 2
_ATTEMPTS_AFTER_CONFLICT: Final = 5
_CONFLICT_PAUSE_S: Final = 0.005
_IDENTIFIER: Final = re.compile(r"[a-z_][a-z0-9_]*")

_connections = metrics.gauge(
    "notify_database_connections", "Connections of a pool to the database, idle ones too", ["pool"]
)
_checked_out = metrics.gauge(
    "notify_database_connections_checked_out", "Connections of a pool that somebody works with", ["pool"]
)
_connections_max = metrics.gauge(
    "notify_database_connections_max", "Connections that a pool may have at most", ["pool"]
)
_waiting = metrics.gauge(
    "notify_database_connection_waiters", "Callers that wait for a connection of a pool", ["pool"]
)


Parameters = Mapping[str, object]
"""Of a statement, by name."""


class _BinaryCursor(AsyncCursor[TupleRow]):
    """A cursor that asks for binary results without being told each time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.format = pq.Format.BINARY


class Pool(AsyncConnectionPool[AsyncConnection[TupleRow]]):
    """A pool whose `connection()` raises `Unavailable` while the database is away."""

    lent = 0
    """Connections that somebody works with. What the pool itself tells cannot say: its size holds those that are
    being opened."""

    @contextlib.asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncIterator[AsyncConnection[TupleRow]]:
        """Lend a connection for the block. `timeout`: seconds to wait for a free one."""
        with translate_errors():
            async with super().connection(timeout) as connection:
                self.lent += 1
                try:
                    yield connection
                finally:
                    self.lent -= 1

    async def fetch(self, statement: bytes, parameters: Parameters) -> list[tuple[Any, ...]]:
        """The rows of one statement, in a transaction of its own."""
        async with self.connection() as connection:
            return await (await connection.execute(statement, parameters)).fetchall()

    async def fetch_again(self, statement: bytes, parameters: Parameters) -> list[tuple[Any, ...]]:
        """As `fetch`, and again where batches of two processes met in one another's rows: the statement changed nothing
        then. Raises Conflict when that happens time after time.
        """
        for attempt in range(1, _ATTEMPTS_AFTER_CONFLICT):
            try:
                return await self.fetch(statement, parameters)
            except Conflict:
                await asyncio.sleep(_CONFLICT_PAUSE_S * attempt)
        return await self.fetch(statement, parameters)

    async def run(self, statement: bytes, parameters: Parameters) -> int:
        """How many rows one statement changed, in a transaction of its own."""
        async with self.connection() as connection:
            return (await connection.execute(statement, parameters)).rowcount

    async def getconn(self, timeout: float | None = None) -> AsyncConnection[TupleRow]:
        """Lend a connection that the server has not closed. Used by `connection`."""
        while True:
            connection = await super().getconn(timeout)
            if not _hung_up(connection):
                return connection
            # The pool's own `check` would pause for a second between two bad ones.
            connection.pgconn.finish()
            await self.putconn(connection)


def make_pool(
    url: str,
    *,
    schema: str,
    application_name: str,
    min_size: int = 2,
    max_size: int = 10,
    statement_timeout_ms: int = 5_000,
    wait_timeout_s: float = 2.0,
    cursor_factory: type[AsyncCursor[Any]] = _BinaryCursor,
) -> Pool:
    """A pool for one service; opens (and connects in the background) on `async with`.

    `schema` becomes the search path. `cursor_factory`: psycopg's own cursors for libraries that expect text.
    `wait_timeout_s` is how long a caller waits for a free connection before `Unavailable`. A connection that
    the server closed is noticed before it is lent, and after an outage the first caller causes a new
    connection at once.
    """
    if not _IDENTIFIER.fullmatch(schema):
        raise ValueError("not a name of a schema")
    given = str(conninfo_to_dict(url).get("options") or "")
    conninfo = make_conninfo(
        url,
        application_name=application_name,
        options=f"{given} -c search_path={schema} -c statement_timeout={statement_timeout_ms}".strip(),
        connect_timeout=_CONNECT_TIMEOUT_S,
        keepalives_idle=10,
        keepalives_interval=2,
        keepalives_count=3,
        tcp_user_timeout=5_000,
    )
    pool = Pool(
        conninfo,
        kwargs={"autocommit": True, "prepare_threshold": 1, "cursor_factory": cursor_factory},
        min_size=min_size,
        max_size=max_size,
        open=False,
        name=application_name,
        configure=_configure,
        timeout=wait_timeout_s,
        # A failed attempt is tried once more a second later and then given up; the next caller starts a new
        # one. The pool's own way, doubling pauses up to five minutes, would sleep through the server's
        # return.
        reconnect_timeout=1.0,
    )
    _watch(pool)
    return pool


def _watch(pool: Pool) -> None:
    """Show how much of a pool is in use, for as long as the pool is used. Asked when the page is read: that
    costs the pool nothing.
    """
    known = weakref.ref(pool)

    def figure(name: str) -> float:
        found = known()
        return 0.0 if found is None or found.closed else float(found.get_stats().get(name, 0))

    _connections.labels(pool.name).set_function(lambda: figure("pool_size"))
    _checked_out.labels(pool.name).set_function(lambda: getattr(known(), "lent", 0))
    _connections_max.labels(pool.name).set_function(lambda: figure("pool_max"))
    _waiting.labels(pool.name).set_function(lambda: figure("requests_waiting"))


async def _configure(connection: AsyncConnection[Any]) -> None:
    set_json_dumps(msgspec.json.encode, connection)
    set_json_loads(msgspec.json.decode, connection)
    pg_arrays.teach(connection)


def _hung_up(connection: AsyncConnection[Any]) -> bool:
    """Whether the server has spoken or closed the connection while it was idle: a look at the socket, no
    round trip.

    Idle, a server has nothing to say but its last words.
    """
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    return bool(look.poll(0))


def trusting_indexes(database_url: str) -> str:
    """The database's URL with a planner that looks everything up in indexes.

    For statements that join arrays of unknown length with tables whose statistics lag behind their use: a
    guess of the planner, kept with the prepared statement, must not decide otherwise under load.
    """
    given = str(conninfo_to_dict(database_url).get("options") or "")
    options = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off"
    return make_conninfo(database_url, options=f"{given} {options}".strip())


async def ping(pool: Pool) -> None:
    """One round trip. Raises Unavailable."""
    async with pool.connection() as connection:
        await connection.execute("SELECT 1")


@contextlib.contextmanager
def translate_errors() -> Iterator[None]:
    """Turn what psycopg raises while the database is away or overloaded into our own exceptions.

    Away, starting, stopping, full, or no free connection: `Unavailable`. A statement over its time limit:
    `DeadlineExceeded`. A deadlock or a lost serialisation: `Conflict`. Everything else passes.
    """
    try:
        yield
    except psycopg.errors.QueryCanceled as err:
        raise DeadlineExceeded("The database took too long") from err
    except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure) as err:
        raise Conflict("Another transaction came first") from err
    except PoolTimeout as err:
        raise Unavailable("No database connection became free") from err
    except (psycopg.OperationalError, psycopg.InterfaceError) as err:
        raise Unavailable("The database is not available") from err


class Queries(Mapping[str, bytes]):
    """The statements of a `queries.sql`, by name: `queries["insert_notifications"]`, or as an attribute."""

    def __init__(self, statements: Mapping[str, bytes], source: Path) -> None:
        self._statements = dict(statements)
        self._source = source

    def __getitem__(self, name: str) -> bytes:
        try:
            return self._statements[name]
        except KeyError:
            raise KeyError(f"{self._source.name} has no statement {name}") from None

    def __getattr__(self, name: str) -> bytes:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as err:
            raise AttributeError(str(err)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._statements)

    def __len__(self) -> int:
        return len(self._statements)

    def numbered(self, name: str) -> str:
        """The statement with `$1, $2, …` for its parameters: for PREPARE and EXPLAIN in tests."""
        numbers: dict[str, int] = {}

        def number(match: re.Match[str]) -> str:
            if match[0] == "%%":
                return "%"
            return f"${numbers.setdefault(match[1], len(numbers) + 1)}"

        return _PARAMETER.sub(number, self[name].decode())


def load_queries(path: Path) -> Queries:
    """Read statements that each follow a line `-- name: the_name`; parameters are written `%(name)s`.

    Raises ValueError when a name is missing, repeated or has no statement.
    """
    pieces = _HEADER.split(path.read_text(encoding="utf-8"))
    statements: dict[str, bytes] = {}
    for name, text in zip(pieces[1::2], pieces[2::2], strict=True):
        statement = text.strip().removesuffix(";").rstrip()
        if not statement or not _IDENTIFIER.fullmatch(name) or name in statements:
            raise ValueError(f"{path.name}: {name} is empty, repeated or not a name")
        statements[name] = statement.encode()
    if not statements:
        raise ValueError(f"{path.name} has no line `-- name: …`")
    return Queries(statements, path)

"""Migrations: each service's numbered files, run by Alembic without an env.py, into the service's own schema.

A revision is `migrations/NNNN_{pre,post}_what.py` in the service's package:

    from servicekit.migrations import execute_sql

    revision = "0002"
    down_revision = "0001"
    phase = "pre"

    def upgrade() -> None:
        execute_sql("CREATE TABLE …; CREATE INDEX …")

`execute_sql_file(__file__)` runs the `.sql` file beside it instead. `pre` runs before the new code is
deployed, `post` after; within one release the posts come last. There is no way down: a mistake is mended by
the next revision. Each run that has something to do is recorded (`migration_runs`). Called by `notifyctl migrate`,
`lifecycle.service_main --migrate`, the local stack and tests. Synchronous.
"""

import contextlib
import io
import re
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

from alembic import op
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from servicekit import migration_runs
from servicekit.migration_runs import MigrationRun

Phase = Literal["all", "pre", "post"]

VERSION_TABLE: Final = "alembic_version"
_FILE_NAME: Final = re.compile(r"(\d{4})_(pre|post)_\w+\.py")
_LOCK_PAUSE_S: Final = 0.1
_LOCK_NOT_AVAILABLE: Final = "55P03"
"""PostgreSQL's code for a lock that was waited for too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a migration may be in the way of those who work."""

    lock: timedelta = timedelta(seconds=5)
    """A statement that waits for a lock makes everybody behind it wait too: better to fail and try again."""
    statement: timedelta = timedelta(0)
    """Longest time of one statement; zero: as long as it takes, as building an index on a large table does."""
    tries: int = 5
    """How often a revision is tried that did not get a lock."""
    pause: timedelta = timedelta(seconds=2)
    """Between these tries, so that those who hold the lock get on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One file of a service's migrations."""

    number: str
    phase: str
    """`pre` or `post`."""
    what: str
    """The rest of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaState:
    """Where a schema is, and what there is to do."""

    revision: str | None
    """Where it is; None before the first."""
    pre: tuple[Revision, ...]
    """What a run of the phase `pre` would do."""
    post: tuple[Revision, ...]
    """What a run of the phase `post` would do after that."""
    is_newer: bool
    """A newer release made it; this one has nothing to do."""
    last_run: MigrationRun | None


def migrate(
    database_url: str,
    service_package: str,
    schema: str,
    phase: Phase = "all",
    *,
    patience: Patience = Patience(),
) -> str | None:
    """Bring a schema up to date; answers the revision reached. Creates the schema when it is missing.

    `service_package` is for example `services.sms`. Runs under a lock, so that several may start at once;
    each revision is one transaction. `pre` stops at the last `pre` revision (posts on the way belong to
    earlier releases); `post` and `all` go to the end. A schema that a newer release has brought further stays as
    it is, so that going back to this one is not held up. Raises ValueError for files that break the rules of names.
    """
    script = _scripts(service_package)
    target = _last_pre(script) if phase == "pre" else script.get_current_head()
    with _locked_connection(database_url, schema, patience) as connection:
        at = _current(connection, schema)
        connection.commit()
        if target is None or _is_reached(script, target, at):
            return at
        number = migration_runs.begin(connection, schema, phase=phase, at=at, target=target)
        try:
            _run_patiently(script, target, connection=connection, schema=schema, patience=patience)
        except BaseException as err:
            migration_runs.end(connection, schema, number, err)
            raise
        migration_runs.end(connection, schema, number)
        return _current(connection, schema)


def state(database_url: str, service_package: str, schema: str) -> SchemaState:
    """Where a schema is and what there is to do. Takes no lock and changes nothing."""
    script = _scripts(service_package)
    with _connection(database_url) as connection:
        at = _current(connection, schema)
        run = migration_runs.last_run(connection, schema)
    is_newer = at is not None and not _knows(script, at)
    waiting = () if is_newer else _waiting(script, at)
    last_pre = max((place for place, found in enumerate(waiting) if found.phase == "pre"), default=-1)
    return SchemaState(
        revision=at,
        pre=waiting[: last_pre + 1],
        post=waiting[last_pre + 1 :],
        is_newer=is_newer,
        last_run=run,
    )


def pending_sql(service_package: str, schema: str, at: str | None, phase: Phase = "all") -> str:
    """What a run would execute from a revision on, as SQL text; empty when there is nothing to do."""
    script = _scripts(service_package)
    target = _last_pre(script) if phase == "pre" else script.get_current_head()
    if target is None or _is_reached(script, target, at):
        return ""
    output = io.StringIO()
    _run(script, target, schema=schema, output=output, at=at)
    return output.getvalue()


def current(database_url: str, schema: str) -> str | None:
    """The revision that a schema is at; None before the first."""
    with _connection(database_url) as connection:
        return _current(connection, schema)


def head(service_package: str, phase: Phase = "all") -> str | None:
    """The revision that `migrate` would reach."""
    script = _scripts(service_package)
    return _last_pre(script) if phase == "pre" else script.get_current_head()


def missing(database_url: str, service_package: str, schema: str) -> int:
    """How many revisions of the code have not been applied to a schema; 0 also where it is ahead of the code."""
    script = _scripts(service_package)
    at = current(database_url, schema)
    numbers = [revision.revision for revision in script.walk_revisions()]  # the newest first
    if at is None:
        return len(numbers)
    return numbers.index(at) if at in numbers else 0


def render_sql(service_package: str, schema: str) -> str:
    """All revisions as one SQL text: for squawk and for reading."""
    script = _scripts(service_package)
    output = io.StringIO()
    _run(script, script.get_current_head() or "base", schema=schema, output=output)
    return output.getvalue()


def execute_sql(sql: str) -> None:
    """Run one or several statements as they are: `:` and `%` mean nothing special. For revisions only."""
    context = op.get_context()
    if context.as_sql:
        context.impl.static_output(sql.strip())
        return
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(sql)


def execute_sql_file(revision_file: str) -> None:
    """Run the `.sql` file of the same name beside a revision file."""
    execute_sql(Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8"))


def _scripts(service_package: str) -> ScriptDirectory:
    folder = Path(str(files(service_package).joinpath("migrations")))
    for path in sorted(folder.glob("*.py")):
        if path.name != "__init__.py" and not _FILE_NAME.fullmatch(path.name):
            raise ValueError(f"{path.name} is not named NNNN_pre_what.py or NNNN_post_what.py")
    script = ScriptDirectory(str(folder), version_locations=[str(folder)])
    for revision in script.walk_revisions():
        match = _FILE_NAME.fullmatch(Path(revision.path).name)
        if match is None or match.groups() != (revision.revision, _phase(revision)):
            raise ValueError(f"{Path(revision.path).name}: number or phase differs from the name")
    return script


def _phase(revision: Script) -> str:
    return str(getattr(revision.module, "phase", ""))


def _last_pre(script: ScriptDirectory) -> str | None:
    for revision in script.walk_revisions():  # the newest first
        if _phase(revision) == "pre":
            return revision.revision
    return None


def _waiting(script: ScriptDirectory, at: str | None) -> tuple[Revision, ...]:
    """The revisions after one, the oldest first."""
    found = []
    for revision in script.walk_revisions():  # the newest first
        if revision.revision == at:
            break
        what = Path(revision.path).stem.split("_", 2)[2]
        found.append(Revision(number=revision.revision, phase=_phase(revision), what=what))
    return tuple(reversed(found))


def _knows(script: ScriptDirectory, at: str) -> bool:
    return any(revision.revision == at for revision in script.walk_revisions())


def _is_reached(script: ScriptDirectory, target: str, at: str | None) -> bool:
    """Whether there is nothing to do: also for a schema of a newer release."""
    return at is not None and (at == target or not _knows(script, at) or _is_behind(script, target, at))


def _run_patiently(
    script: ScriptDirectory, target: str, *, connection: Connection, schema: str, patience: Patience
) -> None:
    """Run, and again from where it stopped when a lock could not be had."""
    for left in reversed(range(patience.tries)):
        try:
            _run(script, target, connection=connection, schema=schema)
        except OperationalError as err:
            if getattr(err.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE or not left:
                raise
            connection.rollback()
            time.sleep(patience.pause.total_seconds())
        else:
            return


def _run(
    script: ScriptDirectory,
    target: str,
    *,
    schema: str,
    connection: Connection | None = None,
    output: io.StringIO | None = None,
    at: str | None = None,
) -> None:
    def steps(revision: Any, _context: MigrationContext) -> Any:
        at = revision[0] if isinstance(revision, tuple) and revision else revision
        if at and _is_behind(script, target, at):
            return []  # already past the target: a `pre` run after a `post`
        return script._upgrade_revs(target, revision)  # what Alembic's own command calls

    run: Callable[[Any, MigrationContext], Any] = steps
    with EnvironmentContext(Config(), script, fn=run, as_sql=output is not None) as environment:
        environment.configure(
            connection=connection,
            dialect_name="postgresql" if connection is None else None,
            output_buffer=output,
            version_table=VERSION_TABLE,
            version_table_schema=schema,
            transaction_per_migration=True,
            starting_rev=at,
        )
        with environment.begin_transaction():
            environment.run_migrations()


def _is_behind(script: ScriptDirectory, target: str, at: str) -> bool:
    """Whether `target` comes before the revision that the schema is at."""
    return any(revision.revision == target for revision in script.iterate_revisions(at, "base"))


def _current(connection: Connection, schema: str) -> str | None:
    options = {"version_table": VERSION_TABLE, "version_table_schema": schema}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


@contextlib.contextmanager
def _connection(database_url: str) -> Iterator[Connection]:
    scheme, _, rest = database_url.partition("://")
    if scheme not in {"postgresql", "postgres"}:
        raise ValueError("the database URL does not begin with postgresql://")
    engine = create_engine(
        f"postgresql+psycopg://{rest}", poolclass=NullPool, connect_args={"connect_timeout": 10}
    )
    with engine.connect() as connection:
        yield connection


@contextlib.contextmanager
def _locked_connection(database_url: str, schema: str, patience: Patience) -> Iterator[Connection]:
    """A connection that alone migrates this schema, with the schema made and on the search path."""
    key = zlib.crc32(f"notify migrations {schema}".encode())
    with _connection(database_url) as connection:
        # Asked again and again rather than waited for: a waiting statement holds a snapshot, and a CREATE
        # INDEX CONCURRENTLY of the one that has the lock would wait for that snapshot for ever.
        while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
            connection.rollback()
            time.sleep(_LOCK_PAUSE_S)
        try:
            if not connection.scalar(
                text("SELECT true FROM pg_namespace WHERE nspname = :schema"), {"schema": schema}
            ):
                connection.execute(text(f'CREATE SCHEMA "{schema}"'))
            connection.execute(
                text(
                    "SELECT set_config('search_path', :path, false), set_config('lock_timeout', :lock, false), "
                    "set_config('statement_timeout', :statement, false)"
                ),
                {
                    "path": schema,
                    "lock": _milliseconds(patience.lock),
                    "statement": _milliseconds(patience.statement),
                },
            )
            connection.commit()
            yield connection
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
            connection.commit()


def _milliseconds(span: timedelta) -> str:
    return f"{round(span.total_seconds() * 1000)}ms"

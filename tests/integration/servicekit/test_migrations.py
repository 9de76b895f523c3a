"""Migrations of a made-up service, against a real server."""

import threading
import uuid
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.exc import ProgrammingError

from servicekit.metrics import REGISTRY
from servicekit.migration_runs import Outcome
from servicekit.migrations import Patience, current, head, migrate, pending_sql, render_sql, state
from servicekit.schema_watch import waiting, watch_schema
from tests.conftest import MakeDatabase


class Service:
    """A service's package with revisions, importable under a name of its own."""

    def __init__(self, root: Path) -> None:
        self.package = f"service_{uuid.uuid4().hex}"
        self._folder = root / self.package / "migrations"
        self._folder.mkdir(parents=True)
        self._latest: str | None = None

    def add(self, phase: str, body: str, *, file_name: str | None = None) -> None:
        number = f"{int(self._latest or 0) + 1:04}"
        text = (
            "from alembic import op\n"
            "from servicekit.migrations import execute_sql, execute_sql_file\n"
            f"revision = {number!r}\ndown_revision = {self._latest!r}\nphase = {phase!r}\n"
            f"def upgrade() -> None:\n    {body}\n"
        )
        (self._folder / (file_name or f"{number}_{phase}_step.py")).write_text(text)
        self._latest = number

    def add_sql(self, phase: str, sql: str) -> None:
        self.add(phase, "execute_sql_file(__file__)")
        (self._folder / f"{self._latest}_{phase}_step.sql").write_text(sql)


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.syspath_prepend(tmp_path)
    return Service(tmp_path)


@pytest.fixture
def url(make_database: MakeDatabase) -> str:
    return make_database()


def _tables(url: str, schema: str = "sms") -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        return {name for (name,) in rows} - {"alembic_version", "migration_runs"}


def test_a_schema_is_made_and_brought_to_the_end(service: Service, url: str) -> None:
    service.add("pre", "op.execute('CREATE TABLE providers (id int)')")
    service.add("post", "op.execute('ALTER TABLE providers RENAME TO carriers')")

    assert migrate(url, service.package, "sms") == "0002"
    assert (current(url, "sms"), head(service.package), _tables(url)) == ("0002", "0002", {"carriers"})


def test_migrating_again_changes_nothing(service: Service, url: str) -> None:
    service.add("pre", "op.execute('CREATE TABLE providers (id int)')")

    assert [migrate(url, service.package, "sms") for _ in range(2)] == ["0001", "0001"]


def test_a_url_may_name_several_hosts_of_which_one_is_away(service: Service, url: str) -> None:
    service.add_sql("pre", "create table things (id int)")
    known = conninfo_to_dict(url)
    two = (
        f"postgresql://{known['user']}:{known.get('password', '')}@127.0.0.1:1,{known['host']}:{known['port']}"
        f"/{known['dbname']}?target_session_attrs=read-write"
    )
    assert migrate(two, service.package, "things") == "0001"


async def _watched(url: str, service: Service, name: str, **labels: str) -> float | None:
    """What every process of the service shows."""
    await watch_schema(url, service.package, "sms")
    return REGISTRY.get_sample_value(f"notify_schema_{name}", {"schema": "sms", **labels})


async def test_a_failed_run_is_shown_until_one_works(service: Service, url: str) -> None:
    service.add("pre", "op.execute('CREATE TABLE providers (id int)')")
    migrate(url, service.package, "sms")
    assert await _watched(url, service, "migration_failed") == 0
    service.add("pre", "op.execute('CREATE TABLE providers (id int)')")
    with pytest.raises(ProgrammingError):
        migrate(url, service.package, "sms")
    assert await _watched(url, service, "migration_failed") == 1


async def test_what_is_watched_agrees_with_what_a_run_would_do(service: Service, url: str) -> None:
    service.add("pre", "op.execute('CREATE TABLE providers (id int)')")
    migrate(url, service.package, "sms")
    for phase in ("post", "pre", "post"):
        service.add(phase, "pass")
    found = state(url, service.package, "sms")
    assert waiting(service.package, "0001") == (len(found.pre), len(found.post)) == (2, 1)
    assert waiting(service.package, "0009") == (0, 0)


async def test_revisions_that_a_schema_lacks_are_counted(service: Service, url: str) -> None:
    async def lacks() -> list[float | None]:
        return [await _watched(url, service, "revisions_waiting", phase=phase) for phase in ("pre", "post")]

    service.add("pre", "op.execute('CREATE TABLE providers (id int)')")
    assert await lacks() == [1, 0]
    migrate(url, service.package, "sms")
    assert await lacks() == [0, 0]
    service.add("pre", "op.execute('CREATE TABLE attempts (id int)')")
    service.add("post", "op.execute('DROP TABLE providers')")
    assert await lacks() == [1, 1]
    migrate(url, service.package, "sms", "pre")
    assert await lacks() == [0, 1]


def test_two_services_in_one_database_keep_their_own_versions(service: Service, url: str) -> None:
    service.add("pre", "op.execute('CREATE TABLE providers (id int)')")
    migrate(url, service.package, "sms")
    service.add("pre", "op.execute('CREATE TABLE attempts (id int)')")
    migrate(url, service.package, "email")

    assert [(current(url, name), _tables(url, name)) for name in ("sms", "email")] == [
        ("0001", {"providers"}),
        ("0002", {"providers", "attempts"}),
    ]


def test_pre_stops_before_the_last_posts(service: Service, url: str) -> None:
    service.add("pre", "op.execute('CREATE TABLE a (id int)')")
    service.add("post", "op.execute('CREATE TABLE b (id int)')")
    service.add("pre", "op.execute('CREATE TABLE c (id int)')")
    service.add("post", "op.execute('CREATE TABLE d (id int)')")

    assert migrate(url, service.package, "sms", "pre") == head(service.package, "pre") == "0003"
    assert _tables(url) == {"a", "b", "c"}
    assert migrate(url, service.package, "sms", "post") == "0004"


def test_pre_after_post_changes_nothing(service: Service, url: str) -> None:
    service.add("pre", "op.execute('CREATE TABLE a (id int)')")
    service.add("post", "op.execute('CREATE TABLE b (id int)')")
    migrate(url, service.package, "sms", "all")

    assert migrate(url, service.package, "sms", "pre") == "0002"


def test_a_service_without_revisions_has_a_schema_and_no_version(service: Service, url: str) -> None:
    assert migrate(url, service.package, "sms") is None
    assert current(url, "sms") is None


def test_plain_sql_means_what_it_says(service: Service, url: str) -> None:
    service.add_sql("pre", "CREATE TABLE a (t text);\nINSERT INTO a VALUES ('50%'), (':x %s %(y)s'::text);")

    migrate(url, service.package, "sms")

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT t FROM sms.a").fetchall() == [("50%",), (":x %s %(y)s",)]


def test_a_failed_revision_leaves_the_one_before(service: Service, url: str) -> None:
    service.add("pre", "op.execute('CREATE TABLE a (id int)')")
    service.add("pre", "execute_sql('CREATE TABLE b (id int); SELECT 1/0')")

    with pytest.raises(Exception, match="division by zero"):
        migrate(url, service.package, "sms")

    assert (current(url, "sms"), _tables(url)) == ("0001", {"a"})


def test_an_index_may_be_made_concurrently(service: Service, url: str) -> None:
    service.add("pre", "op.execute('CREATE TABLE a (id int)')")
    service.add(
        "pre",
        "with op.get_context().autocommit_block(): op.execute('CREATE INDEX CONCURRENTLY a_id ON a (id)')",
    )

    assert migrate(url, service.package, "sms") == "0002"


def test_several_may_migrate_at_once(service: Service, url: str) -> None:
    service.add("pre", "execute_sql('CREATE TABLE a (id int); SELECT pg_sleep(0.2)')")
    service.add(
        "pre",
        "with op.get_context().autocommit_block(): op.execute('CREATE INDEX CONCURRENTLY a_id ON a (id)')",
    )
    reached: list[str | None] = []
    threads = [
        threading.Thread(target=lambda: reached.append(migrate(url, service.package, "sms")))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert reached == ["0002"] * 3


@pytest.mark.parametrize(
    "file_name", ["0001_create.py", "1_pre_create.py", "0002_pre_create.py", "0001_post_create.py"]
)
def test_a_file_whose_name_differs_from_its_revision_is_refused(
    service: Service, url: str, file_name: str
) -> None:
    service.add("pre", "pass", file_name=file_name)

    with pytest.raises(ValueError, match=file_name):
        migrate(url, service.package, "sms")


def test_all_revisions_can_be_read_as_sql(service: Service) -> None:
    service.add("pre", "op.execute('CREATE TABLE a (id int)')")
    service.add_sql("pre", "CREATE TABLE b (t text DEFAULT '50%');")

    sql = render_sql(service.package, "sms")

    assert "CREATE TABLE a (id int);" in sql
    assert "CREATE TABLE b (t text DEFAULT '50%');" in sql


def test_another_kind_of_database_is_refused(service: Service) -> None:
    with pytest.raises(ValueError, match="postgresql"):
        migrate("mysql://localhost/x", service.package, "sms")


def test_what_waits_is_told_by_phase(service: Service, url: str) -> None:
    service.add("pre", "op.execute('CREATE TABLE a (id int)')")
    migrate(url, service.package, "sms")
    service.add("post", "op.execute('CREATE TABLE b (id int)')")
    service.add("pre", "op.execute('CREATE TABLE c (id int)')")
    service.add("post", "op.execute('CREATE TABLE d (id int)')")

    found = state(url, service.package, "sms")

    assert (found.revision, found.is_newer) == ("0001", False)
    assert [step.number for step in found.pre] == ["0002", "0003"]
    assert [(step.number, step.phase, step.what) for step in found.post] == [("0004", "post", "step")]
    assert _tables(url) == {"a"}


def test_a_schema_that_is_not_there_waits_for_everything(service: Service, url: str) -> None:
    service.add("pre", "op.execute('CREATE TABLE a (id int)')")

    found = state(url, service.package, "sms")

    assert (found.revision, len(found.pre), found.last_run) == (None, 1, None)


def test_only_what_waits_is_shown_as_sql(service: Service, url: str) -> None:
    service.add("pre", "op.execute('CREATE TABLE a (id int)')")
    service.add("pre", "op.execute('CREATE TABLE b (id int)')")
    service.add("post", "op.execute('CREATE TABLE c (id int)')")

    sql = pending_sql(service.package, "sms", "0001", "pre")

    assert "TABLE b" in sql
    assert "TABLE a" not in sql
    assert "TABLE c" not in sql
    assert pending_sql(service.package, "sms", "0003") == ""


def test_a_run_is_recorded(service: Service, url: str) -> None:
    service.add("pre", "op.execute('CREATE TABLE a (id int)')")
    migrate(url, service.package, "sms", "pre")

    run = state(url, service.package, "sms").last_run

    assert run is not None
    assert (run.phase, run.from_revision, run.to_revision) == ("pre", None, "0001")
    assert (run.outcome, run.failure) == (Outcome.DONE, None)
    assert run.ended_at is not None


def test_a_run_without_work_is_not_recorded(service: Service, url: str) -> None:
    service.add("pre", "op.execute('CREATE TABLE a (id int)')")
    migrate(url, service.package, "sms", "pre")
    first = state(url, service.package, "sms").last_run
    migrate(url, service.package, "sms", "all")

    assert state(url, service.package, "sms").last_run == first


def test_a_failure_is_recorded_without_what_the_rows_hold(service: Service, url: str) -> None:
    service.add("pre", "execute_sql(\"SELECT 'hush'::int\")")

    with pytest.raises(Exception, match="hush"):
        migrate(url, service.package, "sms")

    run = state(url, service.package, "sms").last_run
    assert run is not None
    assert (run.outcome, run.failure) == (Outcome.FAILED, "InvalidTextRepresentation (22P02)")


def test_a_run_that_was_killed_is_closed_by_the_next(service: Service, url: str) -> None:
    service.add("pre", "op.execute('CREATE TABLE a (id int)')")
    migrate(url, service.package, "sms")
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE sms.migration_runs SET outcome = 'running', ended_at = NULL")
    service.add("pre", "op.execute('CREATE TABLE b (id int)')")
    migrate(url, service.package, "sms")

    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT outcome, failure FROM sms.migration_runs ORDER BY id").fetchall()
    assert rows == [("failed", "interrupted"), ("done", None)]


def test_a_revision_waits_for_a_lock_only_so_long_and_tries_again(service: Service, url: str) -> None:
    service.add("pre", "op.execute('CREATE TABLE a (id int)')")
    migrate(url, service.package, "sms")
    service.add("pre", "op.execute('ALTER TABLE a ADD COLUMN b int')")
    patience = Patience(lock=timedelta(milliseconds=50), pause=timedelta(milliseconds=1), tries=2)
    with psycopg.connect(url) as holder:
        holder.execute("LOCK TABLE sms.a IN ACCESS SHARE MODE")
        with pytest.raises(Exception, match="lock timeout"):
            migrate(url, service.package, "sms", patience=patience)
        run = state(url, service.package, "sms").last_run
        assert run is not None
        assert run.failure == "LockNotAvailable (55P03)"
        letting_go = threading.Timer(0.3, holder.rollback)
        letting_go.start()
        patient = Patience(lock=timedelta(milliseconds=50), pause=timedelta(milliseconds=50), tries=100)
        assert migrate(url, service.package, "sms", patience=patient) == "0002"
        letting_go.join()


def test_a_statement_may_be_given_only_so_long(service: Service, url: str) -> None:
    service.add("pre", "execute_sql('SELECT pg_sleep(10)')")

    with pytest.raises(Exception, match="statement timeout"):
        migrate(url, service.package, "sms", patience=Patience(statement=timedelta(milliseconds=50)))


def test_a_schema_of_a_newer_release_stays_as_it_is(service: Service, url: str) -> None:
    service.add("pre", "op.execute('CREATE TABLE a (id int)')")
    migrate(url, service.package, "sms")
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE sms.alembic_version SET version_num = '0007'")

    assert [migrate(url, service.package, "sms", phase) for phase in ("pre", "post", "all")] == ["0007"] * 3
    assert state(url, service.package, "sms").is_newer

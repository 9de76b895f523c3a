"""Migrations of a made-up service, against a real server."""

import threading
import uuid
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from servicekit.migrations import current, head, migrate, render_sql
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
        return {name for (name,) in rows} - {"alembic_version"}


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

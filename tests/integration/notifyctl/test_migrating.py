"""`notifyctl migrate`, on a real database, with nothing but the database's URL."""

import json
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from clients.notifyctl.__main__ import app
from tests.conftest import MakeDatabase


@pytest.fixture
def url(make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """An empty database, told as a Job is: by a file, and no other setting."""
    url = make_database()
    (tmp_path / "notify_sms_database_url").write_text(url)
    monkeypatch.setenv("NOTIFY_SECRETS_DIR", str(tmp_path))
    monkeypatch.delenv("NOTIFY_DATABASE_URL", raising=False)
    return url


def notifyctl(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["migrate", *arguments])


def test_plan_then_apply_then_nothing_waits(url: str) -> None:
    plan = json.loads(notifyctl("plan", "--service", "sms", "--json").stdout)["migrations"]
    assert plan[0] == {"service": "sms", "revision": "0001", "phase": "pre", "what": "providers_and_receipts"}
    assert notifyctl("status", "--service", "sms", "--check").exit_code == 1

    applied = notifyctl("apply", "--service", "sms", "--phase", "pre")

    assert (applied.exit_code, "sms: schema sms is at" in applied.stdout) == (0, True)
    after = notifyctl("status", "--service", "sms", "--check", "--json")
    (row,) = json.loads(after.stdout)["schemas"]
    assert (after.exit_code, row["revision"], row["waits"]) == (0, plan[-1]["revision"], "nothing")


def test_plan_shows_sql_and_runs_none(url: str) -> None:
    shown = notifyctl("plan", "--service", "sms", "--sql")
    assert "CREATE TABLE" in shown.stdout
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'sms'").fetchone() is None


def test_a_failure_names_the_service_and_holds_no_values(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE SCHEMA sms")
        connection.execute("CREATE TABLE sms.providers (hush int)")

    failed = notifyctl("apply", "--service", "sms")

    assert failed.exit_code != 0
    assert "sms: failed: DuplicateTable (42P07)" in failed.stdout
    assert notifyctl("status", "--service", "sms", "--check").exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("apply", "--service", "api_gateway"),
        ("apply", "--service", "email"),
        ("apply", "--service", "sms", "--phase", "never"),
        ("apply", "--service", "sms", "--lock-timeout", "soon"),
    ],
)
def test_what_cannot_be_done_is_said(url: str, arguments: tuple[str, ...]) -> None:
    assert notifyctl(*arguments).exit_code != 0

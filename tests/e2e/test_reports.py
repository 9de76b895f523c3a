"""Reports and refused requests: each command, on a running system, from what was sent through the public API."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from notifications_python_client.errors import HTTPError
from typer.testing import CliRunner

from clients.notifyctl.__main__ import app
from clients.notifyctl.output import CommandError
from notifyrules.london_time import london_date
from notifyrules.notifications_report import COLUMNS
from servicekit.errors import NotFound
from tests.e2e.stack import System, final_status, official_client, wait_for

Run = Callable[..., Any]

DRAMA_NUMBER = "07700900777"
REFERENCE = "a report's reference"
TOLD_WITHIN_S = 30.0
"""The gateway tells what it noted every ten seconds."""


@pytest.fixture
def run(system: System, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Carries out a command with --json; gives what it prints."""
    monkeypatch.setenv("NOTIFYCTL_HOME", str(system.stack.home))

    def carry_out(*words: str) -> Any:
        result = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False, standalone_mode=False)
        return json.loads(result.stdout)

    return carry_out


@pytest.fixture
def text_id(system: System) -> str:
    """A text to a drama number that was delivered."""
    with system.client() as client:
        sent = client.send_sms_notification(
            DRAMA_NUMBER, system.demo.sms_template_id, {"name": "Ada"}, reference=REFERENCE
        )
        assert final_status(client, sent["id"]) == "delivered"
        return str(sent["id"])


def today() -> str:
    return london_date(datetime.now(UTC)).isoformat()


@pytest.mark.usefixtures("text_id")
def test_reports_about_days_count_todays_messages(run: Run, system: System) -> None:
    service, days = system.demo.service_name, ("--from", today(), "--to", today())

    times = run("reports", "delivery-times", "-s", service, *days)["delivery_times"]
    statuses = run("reports", "statuses", "-s", service, "--type", "sms", *days)["statuses"]
    (day,) = run("reports", "processing-times", "-s", service, *days)["days"]
    drama = run("reports", "drama-numbers", *days)["services"]
    failing = run("reports", "failing", "--min-messages", "1", "--min-share", "0", *days)["services"]

    quick = next(row for row in times if (row["type"], row["took"]) == ("sms", "under 1 minute"))
    delivered = next(row for row in statuses if row["status"] == "delivered")
    assert min(quick["messages"], delivered["messages"], day["messages"]) >= 1
    assert 0 < delivered["share_percent"] <= 100
    assert next(row for row in drama if row["service"] == service)["to_drama_numbers"] >= 1
    assert all(row["failed"] > 0 for row in failing)


def test_days_that_the_night_counted_are_told_from_its_counts(run: Run, system: System, text_id: str) -> None:
    for task in (
        "count-daily-deliveries",
        "create-nightly-notification-status",
        "delete-old-request-records",
    ):
        assert run("tasks", "run", task, "--reason", "to see")["state"] == "succeeded"
    (day,) = run("reports", "processing-times", "-s", system.demo.service_name)["days"][-1:]
    assert day["day"] == today()


def test_messages_are_found_by_their_reference(run: Run, system: System, text_id: str) -> None:
    records = run("reports", "reference", REFERENCE, "-s", system.demo.service_name)["records"]

    record = next(each for each in records if each["id"] == text_id)
    assert (record["status"], record["provider"] is not None, record["past_retention"]) == (
        "delivered",
        True,
        False,
    )
    assert run("reports", "reference", "nobody's", "-s", system.demo.service_name)["records"] == []


def test_the_report_of_messages_is_zipped_csv_in_the_columns_that_teams_know(
    run: Run, system: System, text_id: str, tmp_path: Path
) -> None:
    words = ("reports", "notifications", "-s", system.demo.service_name, "--type", "sms")
    start = (datetime.now(UTC) - timedelta(days=1)).isoformat()

    written = run(*words, "--from", start, "--out", str(tmp_path / "out"))

    (part,) = written["parts"]
    with zipfile.ZipFile(tmp_path / "out" / part["file"]) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("notifications-0001.csv").decode(), newline="")))
    assert (len(rows), tuple(rows[0])) == (written["rows"], COLUMNS)
    row = next(row for row in rows if row["Recipient"] == DRAMA_NUMBER)
    assert (row["Reference"], row["Type"], row["Status"]) == (REFERENCE, "sms", "Delivered")
    with pytest.raises(CommandError, match="another report"):
        run(*words, "--from", "2026-01-01", "--out", str(tmp_path / "out"))


def test_an_unknown_service_is_told_in_one_line(run: Run, tmp_path: Path) -> None:
    nobody = "0197c2f4-6a0e-7c4b-9d3e-5b8f21a60c77"
    with pytest.raises(NotFound):
        run("reports", "delivery-times", "-s", nobody)
    with pytest.raises(NotFound):
        run("reports", "notifications", "-s", nobody, "--from", "2026-01-01", "--out", str(tmp_path / "out"))


def test_people_have_a_row_each_with_all_their_services(run: Run, tmp_path: Path) -> None:
    run("user", "create", "rita.report@example.gov.uk", "--name", "Rita Report")
    for name in ("First of Rita", "Second of Rita"):
        run("service", "create", name)
        run("user", "permissions", "rita.report@example.gov.uk", "-s", name, "--permission", "send_texts")
    file = tmp_path / "users.csv"

    assert run("reports", "users", "--csv", str(file))["rows"] >= 1

    text = file.read_text(encoding="utf-8")
    rows = {row["email_address"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert rows["rita.report@example.gov.uk"]["services"] == "First of Rita; Second of Rita"
    user = next(each for each in run("reports", "users")["users"] if each["name"] == "Rita Report")
    assert [service["permissions"] for service in user["services"]] == [["send_texts"]] * 2


def test_refused_requests_are_listed_with_their_reason_and_requests_counted(run: Run, system: System) -> None:
    service = run("service", "create", "Refused")
    key = run("key", "create", "-s", "Refused", "--name", "website")
    template = system.demo.sms_template_id
    with official_client(system.stack.rest_url, key["key"]) as client:
        for number in ("07700900123", "not a number"):
            with pytest.raises(HTTPError):
                client.send_sms_notification(number, template)
    with (
        official_client(
            system.stack.rest_url, f"x-{service['id']}-{'0' * 8}-0000-4000-8000-{'0' * 12}"
        ) as client,
        pytest.raises(HTTPError),
    ):
        client.get_all_notifications()

    def all_of_them() -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = run("refusals", "-s", "Refused", "--since", "1h")["refusals"]
        return rows if len(rows) == 3 else []

    found = wait_for(all_of_them, TOLD_WITHIN_S)

    assert {(row["status"], row["reason"], row["key"] is not None) for row in found} == {
        ("400", "TEMPLATE_NOT_FOUND", True),
        ("400", "INVALID_REQUEST", True),
        ("403", "TOKEN_KEY_NOT_FOUND", False),
    }
    assert "not a number" not in json.dumps(found)
    assert len(run("refusals", "-s", "Refused", "--status", "403")["refusals"]) == 1
    (day,) = run("reports", "availability", "--from", today())["days"]
    assert day["requests"] >= 3
    assert run("reports", "availability", "--by-month")["months"][-1]["month"] == today()[:7]

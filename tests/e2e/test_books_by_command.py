"""Money and volumes by command, end to end through gRPC, with what people look up beside them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from clients.notifyctl.__main__ import app
from clients.notifyctl.demo import ORGANISATION_NAME
from notifyrules.london_time import london_date
from servicekit import clock
from servicekit.errors import NotFound
from tests.e2e.stack import System, wait_for

DAY = london_date(clock.now()).isoformat()

MIRRORED_WITHIN_S = 45.0
"""Billing asks every 30 s which services there are."""

Run = Callable[..., Any]


@pytest.fixture
def run(system: System, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Carries out a command; gives what it prints, read as JSON where --json is among its words."""
    monkeypatch.setenv("NOTIFYCTL_HOME", str(system.stack.home))

    def carry_out(*words: str) -> Any:
        result = CliRunner().invoke(app, list(words), catch_exceptions=False, standalone_mode=False)
        return json.loads(result.stdout) if "--json" in words else result.stdout

    return carry_out


def a_text_that_arrives(run: Run, system: System) -> None:
    service, template = system.demo.service_id, system.demo.sms_template_id
    sent = run(
        "send",
        "sms",
        "-s",
        service,
        "-t",
        template,
        "--to",
        "07700900123",
        "-v",
        "name=Ada",
        "--wait",
        "20",
        "--json",
    )
    assert sent["status"] == "delivered"


def totals_of(run: Run, organisation: str) -> Any:
    """What an organisation used; None until billing has heard which services are its own."""
    try:
        return run("usage", "organisation", organisation, "--json")["totals"]
    except NotFound:
        return None


def test_a_text_is_in_every_view_of_what_was_used(run: Run, system: System, tmp_path: Path) -> None:
    service = system.demo.service_id
    organisations = run("org", "list", "--json")["organisations"]
    (organisation,) = (each for each in organisations if each["name"] == ORGANISATION_NAME)

    def texts() -> int:
        volumes = run("usage", "volumes", DAY, DAY, "-s", service, "--json")["volumes"]
        return sum(int(each["messages"]) for each in volumes if each["channel"] == "sms")

    before = texts()
    a_text_that_arrives(run, system)
    assert wait_for(lambda: texts() == before + 1)
    report = tmp_path / "report.csv"
    run("usage", "report", DAY[:7], "-o", str(report))
    assert service in report.read_text()
    for view in (("service", "-s", service), ("platform",)):
        assert run("usage", *view, "--json")["totals"]
    assert wait_for(lambda: totals_of(run, ORGANISATION_NAME), MIRRORED_WITHIN_S)
    assert run("usage", "service", "-s", service).count("\n") > 3  # a table and a chart for people
    assert run("org", "show", organisation["id"], "--json")["name"] == organisation["name"]
    assert "users" in run("user", "list", "--json")


def test_a_forecast_grows_with_what_is_to_be_sent(run: Run, system: System) -> None:
    service = system.demo.service_id
    few, many = (
        run("usage", "forecast", "-s", service, "--letters", str(letters), "--json") for letters in (10, 1000)
    )
    assert few != many


def test_a_rate_is_set_listed_and_told_of(run: Run) -> None:
    run("rates", "set", "text", "0.0311", "--from", "2099-04-01", "--reason", "a contract far away")
    assert "2099-04-01" in json.dumps(run("rates", "list", "--kind", "text", "--json"))
    assert "a contract far away" in json.dumps(run("rates", "history", "--limit", "5", "--json"))


def test_a_day_is_rebuilt_and_checked_and_nothing_differs(run: Run, system: System) -> None:
    a_text_that_arrives(run, system)
    run("billing", "rebuild", "--day", DAY, "--reason", "a look")
    again = run("billing", "rebuild", "--day", DAY, "--reason", "another look", "--json")
    assert again
    assert run("billing", "status", "--json")
    assert isinstance(run("letters", "print-runs", "--json")["print_runs"], list)

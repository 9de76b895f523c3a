"""Letters from the official client to the printer and back: print runs started by hand, the outbox page, the printer's
reports, and a letters service that is killed while it hands letters over.
"""

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

import pytest
import requests
from typer.testing import CliRunner

from clients.notifyctl.__main__ import app
from clients.notifyctl.stack import Stack
from notifyrules.london_time import london_date
from simulators.client import SimulatorsClient
from simulators.control import Change
from tests.e2e.stack import System, wait_for
from tests.e2e.test_letters_prepared import Letters, letters_of
from tests.homes import prepared
from tests.unit.letters.pdfs import a_letter

LETTERS = 60
LEASE_S = 10
PATIENCE_S = 90.0


def collate_command(stack: Stack) -> list[str]:
    """`notifyctl letters collate`, with tomorrow's letters: those that were made after 17:30 are among them."""
    tomorrow = london_date(datetime.now(UTC)) + timedelta(days=1)
    command = [
        sys.executable,
        "-m",
        "clients.notifyctl",
        "letters",
        "collate",
        "--json",
        "--reason",
        "a test",
    ]
    return [*command, "--date", tomorrow.isoformat(), "--home", str(stack.home)]


def collate(stack: Stack, *, wait_s: float = 60) -> dict[str, Any]:
    """What it says."""
    command = [*collate_command(stack), "--wait", str(wait_s)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def status(letters: Letters, notification_id: str) -> str:
    return str(letters.read(notification_id)["status"])


def has_status(letters: Letters, notification_id: str, expected: str) -> bool:
    return status(letters, notification_id) == expected


def are_ready(letters: Letters, *ids: str) -> bool:
    """They wait for the print run: their sheets are counted."""
    return all(letters.read(id)["is_cost_data_ready"] for id in ids)


def test_letters_go_out_in_a_print_run_and_come_back_despatched(system: System) -> None:
    with letters_of(system.stack, "Letters that are printed") as letters:
        templated, uploaded = letters.send(), letters.upload(a_letter(other_pages=[()]))
        rejected = letters.send(address_line_1="perm-fail")
        assert wait_for(lambda: are_ready(letters, templated, uploaded, rejected))

        run = collate(system.stack)

        assert run["letters"] >= 3
        assert run["progress"]["waiting"] == 0
        for notification_id, end in (
            (templated, "received"),
            (uploaded, "received"),
            (rejected, "technical-failure"),
        ):
            assert wait_for(partial(has_status, letters, notification_id, end))
        (shown,) = system.outbox(reference=uploaded)
        assert (shown["page_count"], shown["receipts"][0]["report"]) == (2, "despatched")
        page = requests.get(f"{system.stack.simulators_url}/letters/{shown['number']}/2.png", timeout=10)
        assert (page.headers["Content-Type"], page.content[:4]) == ("image/png", b"\x89PNG")
        printed = requests.get(
            f"{system.stack.simulators_url}/letters/{shown['number']}.pdf", timeout=10
        ).content
        assert letters.pdf(uploaded) == printed


def test_the_printer_is_told_how_many_letters_come(system: System) -> None:
    with letters_of(system.stack, "Letters that are counted") as letters:
        sent = letters.send()
        assert wait_for(lambda: are_ready(letters, sent))

        run = collate(system.stack)

        email = wait_for(lambda: volumes_of(system, run))
        assert email is not None
        assert email["subject"].endswith(f": {run['letters']} letters, {run['sheets']} sheets")


def volumes_of(system: System, run: dict[str, Any]) -> dict[str, Any] | None:
    """The email about a run."""
    wanted = f"{run['letters']} letters, {run['sheets']} sheets"
    found = (email for email in system.outbox(recipient="printer@example.com") if wanted in email["subject"])
    return next(found, None)


def test_printing_has_tasks_that_can_be_run_by_hand(system: System) -> None:
    home = ["--home", str(system.stack.home), "--json"]
    listed = CliRunner().invoke(app, ["tasks", "list", "--service", "letters", *home])
    schedules = {task["name"]: task["schedule"] for task in json.loads(listed.stdout)["tasks"]}
    assert schedules["collate-letters"] == "every day at 17:50 London"
    for task in ("collate-letters", "check-print-runs", "change-dvla-password", "delete-old-letter-files"):
        done = CliRunner().invoke(app, ["tasks", "run", task, "--service", "letters", *home])
        assert (done.exit_code, json.loads(done.stdout)["state"]) == (0, "succeeded"), task
    with letters_of(system.stack, "Letters with another password") as letters:
        sent = letters.send()
        assert wait_for(lambda: are_ready(letters, sent))
        assert collate(system.stack)["progress"]["waiting"] == 0


def test_a_second_run_prints_nothing_again(system: System) -> None:
    with letters_of(system.stack, "Letters that are printed once") as letters:
        sent = letters.send()
        assert wait_for(lambda: are_ready(letters, sent))
        collate(system.stack)

        again = collate(system.stack)

        assert again["letters"] == 0
        with SimulatorsClient(system.stack.simulators_url) as simulators:
            found = simulators.find_reference(sent)
        assert found is not None
        assert found.count == 1


@pytest.mark.kill
def test_kill_of_the_letters_service_while_it_hands_over_prints_each_letter_once(tmp_path: Path) -> None:
    settings = {"letters": {"PRINT_LEASE_S": str(LEASE_S)}}
    with (
        Stack(prepared(tmp_path / "home"), settings=settings) as stack,
        letters_of(stack, "Kills") as letters,
    ):
        sent = [letters.send(name=f"Sam {number}") for number in range(LETTERS)]
        assert wait_for(lambda: are_ready(letters, *sent), timeout_s=PATIENCE_S)
        with SimulatorsClient(stack.simulators_url) as simulators:
            simulators.change("dvla", Change(latency_ms=1_000))
            with subprocess.Popen(collate_command(stack), stdout=DEVNULL, stderr=DEVNULL):
                assert wait_for(simulators.references, timeout_s=PATIENCE_S)
                stack.process("letters").kill()
                assert len(simulators.references()) < LETTERS
            stack.wait_healthy("letters")
            simulators.change("dvla", Change(latency_ms=0))
            counts = wait_for(lambda: _all_printed(simulators), timeout_s=PATIENCE_S)
        assert counts == dict.fromkeys(sent, 1)
        assert wait_for(
            lambda: Counter(status(letters, id) for id in sent) == {"received": LETTERS}, timeout_s=PATIENCE_S
        )


def _all_printed(simulators: SimulatorsClient) -> dict[str, int]:
    counts = {row.reference: row.count for row in simulators.references()}
    return counts if len(counts) == LETTERS else {}

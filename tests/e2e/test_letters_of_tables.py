"""A table of letters, by `notifyctl` alone: checked, made, priced, printed, and another one cancelled."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from clients.notifyctl.__main__ import app
from clients.notifyctl.output import CommandError
from tests.e2e.stack import System, wait_for
from tests.e2e.test_letters_prepared import Letters, letters_of
from tests.e2e.test_letters_printed import collate

SERVICE = "Letters of tables"
HEADER = "address line 1,address line 2,postcode,name,reference\n"
GOOD = "Ada Lovelace,1 Mill Lane,SW1A 1AA,Ada,one\nZoe Smith,2 Mill Lane,SW1A 2AA,Zoe,two\n"
BAD = "Bob,,SW1A 1AA,Bob,\nCid,3 Mill Lane,Atlantis,Cid,\n"

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def letters(system: System) -> Iterator[Letters]:
    with letters_of(system.stack, SERVICE) as letters:
        yield letters


@pytest.fixture
def run(system: System, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Carries out a command; gives its JSON, or raises what `main` would tell in one line."""
    monkeypatch.setenv("NOTIFYCTL_HOME", str(system.stack.home))

    def carry_out(*words: str) -> Any:
        result = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False, standalone_mode=False)
        return json.loads(result.stdout)

    return carry_out


@pytest.fixture
def send(run: Run, letters: Letters, tmp_path: Path) -> Run:
    """Sends a table."""

    def carry_out(table: str, *options: str) -> Any:
        file = tmp_path / "letters.csv"
        file.write_text(HEADER + table)
        return run("send", "--csv", str(file), "-s", SERVICE, "-t", letters.template_id, *options)

    return carry_out


def found_of(letters: Letters, reference: str) -> dict[str, Any]:
    """The letter of a row."""
    query = {"reference": reference, "include_jobs": "true"}
    answer = letters.client.get("/v2/notifications", params=query)
    (found,) = answer["notifications"]
    assert isinstance(found, dict)
    return found


def is_received(letters: Letters, reference: str) -> bool:
    return bool(found_of(letters, reference)["status"] == "received")


def test_a_table_of_letters_is_checked_made_priced_and_printed(
    system: System, letters: Letters, send: Run
) -> None:
    with pytest.raises(CommandError, match="2 of 4 rows are bad"):
        send(GOOD + BAD, "--dry-run")

    job = send(GOOD + BAD, "--on-error", "skip", "--yes")

    assert (job["type"], job["status"], job["made_count"], job["bad_row_count"]) == (
        "letter",
        "finished",
        2,
        2,
    )
    assert wait_for(lambda: found_of(letters, "one")["is_cost_data_ready"])
    assert wait_for(lambda: found_of(letters, "two")["is_cost_data_ready"])
    made = found_of(letters, "one")
    assert (made["line_1"], made["postcode"], made["postage"]) == ("Ada Lovelace", "SW1A 1AA", "second")
    assert (made["cost_in_pounds"], made["body"].split(",")[0]) == (0.73, "Dear Ada")
    collate(system.stack)
    for reference in ("one", "two"):
        assert wait_for(partial(is_received, letters, reference))
        (shown,) = system.outbox(reference=found_of(letters, reference)["id"])
        assert shown["page_count"] == 1


def test_all_letters_of_a_table_are_cancelled(run: Run, send: Run) -> None:
    table = "".join(f"Person {row},{row} Mill Lane,SW1A 1AA,P{row},\n" for row in range(20))
    job = send(table, "--yes")["id"]

    would = run("letters", "cancel", "--job", job, "--dry-run", "--reason", "an old table")["would_cancel"]
    done = run("letters", "cancel", "--job", job, "--yes", "--reason", "an old table")

    assert (would, done) == (20, {"cancelled": 20})
    rows = run("jobs", "results", "-s", SERVICE, job)["rows"]
    assert Counter(row["status"] for row in rows) == {"cancelled": 20}

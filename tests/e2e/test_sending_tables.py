"""A table from its file to what became of each row, by `notifyctl` alone."""

import csv
import io
import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from clients.notifyctl.__main__ import app
from clients.notifyctl.output import CommandError
from servicekit.errors import NotFound
from tests.e2e.stack import System

TABLE = """phone number,name
07700900701,Ada
0770,Bob
+44 7700 900702,Cid
07700900703,
"""


class Sender:
    """Somebody with a file and `notifyctl`."""

    def __init__(self, system: System, file: Path) -> None:
        self.service, self.template = system.demo.service_id, system.demo.sms_template_id
        self._home, self._file = str(system.stack.home), file

    def run(self, *arguments: str) -> Result:
        """Carry a command out; raises what `main` would tell in one line."""
        return CliRunner().invoke(
            app, arguments, env={"NOTIFYCTL_HOME": self._home}, catch_exceptions=False, standalone_mode=False
        )

    def send(self, *options: str, table: str = TABLE) -> Result:
        self._file.write_text(table)
        wanted = ("--csv", str(self._file), "-s", self.service, "-t", self.template)
        return self.run("send", *wanted, *options)

    def jobs(self, *arguments: str) -> str:
        command, *rest = arguments
        return self.run("jobs", command, "-s", self.service, *rest).stdout

    def results(self, job_id: str) -> list[list[str]]:
        """Rows of the CSV, without its header and the ids."""
        return [row[:4] for row in csv.reader(io.StringIO(self.jobs("results", job_id)))][1:]


@pytest.fixture
def in_two_days() -> str:
    """A time to the second, in UTC."""
    return f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d %H:%M:%S}Z"


@pytest.fixture
def sender(system: System, tmp_path: Path) -> Sender:
    return Sender(system, tmp_path / "people.csv")


def test_a_table_is_checked_sent_followed_and_told_of_row_by_row(sender: Sender) -> None:
    sent = sender.send("--on-error", "skip", "--yes", "--json", "--wait", "30")
    job = json.loads(sent.stdout)
    assert (job["status"], job["statuses"]) == ("finished", {"delivered": 2})
    assert sent.stderr == "row 2: phone number: Mobile number is too short\nrow 4: name: Missing\n"
    assert sender.results(job["id"]) == [
        ["1", "07700900701", "delivered", ""],
        ["2", "", "left out", "phone number: Mobile number is too short"],
        ["3", "+44 7700 900702", "delivered", ""],
        ["4", "", "left out", "name: Missing"],
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--yes",), "2 of 4 rows are bad, nothing was sent"),
        (("--on-error", "skip"), "Send 2 messages of .* Nobody can be asked: say --yes"),
    ],
)
def test_a_table_that_is_not_to_be_sent_leaves_no_job(
    sender: Sender, options: Sequence[str], said: str
) -> None:
    name = str(uuid.uuid4())
    with pytest.raises(CommandError, match=said):
        sender.send("--name", name, *options)
    assert name not in sender.jobs("list", "--json")


def test_a_dry_run_tells_of_each_row_and_sends_nothing(sender: Sender) -> None:
    name = str(uuid.uuid4())
    checked = json.loads(sender.send("--dry-run", "--on-error", "skip", "--name", name, "--json").stdout)
    assert (checked["row_count"], checked["bad_row_count"]) == (4, 2)
    assert checked["row_errors"] == [
        {"row": 2, "message": "phone number: Mobile number is too short"},
        {"row": 4, "message": "name: Missing"},
    ]
    assert name not in sender.jobs("list", "--json")


def test_a_scheduled_table_is_paused_resumed_and_cancelled_and_who_did_is_kept(
    sender: Sender, in_two_days: str
) -> None:
    good = "phone number,name\n07700900701,Ada\n"
    job = json.loads(sender.send("--at", in_two_days, "--json", table=good).stdout)
    assert (job["status"], job["begins_at"]) == ("scheduled", in_two_days.replace(" ", "T")[:19] + "+00:00")
    paused = json.loads(sender.jobs("pause", job["id"], "--reason", "not yet", "--json"))
    resumed = json.loads(sender.jobs("resume", job["id"], "--reason", "now", "--json"))
    cancelled = json.loads(sender.jobs("cancel", job["id"], "--reason", "never", "--json"))
    assert (paused["paused_at"] is not None, paused["status"]) == (True, "scheduled")
    assert (resumed["paused_at"], cancelled["status"]) == (None, "cancelled")
    assert sender.results(job["id"]) == [["1", "", "not made", ""]]
    events = json.loads(sender.run("events", "search", "--subject", job["id"], "--json").stdout)["events"]
    assert [(event["type"], event["reason"]) for event in events] == [
        ("job.cancelled", "never"),
        ("job.resumed", "now"),
        ("job.paused", "not yet"),
        ("job.created", "end-to-end tests"),
    ]


@pytest.mark.parametrize("command", ["pause", "resume", "results"])
def test_a_job_that_there_is_not(sender: Sender, command: str) -> None:
    with pytest.raises(NotFound):
        sender.jobs(command, str(uuid.uuid4()))

"""What people do about providers: each command, on a running system that sends meanwhile."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from clients.notifyctl.__main__ import app
from clients.notifyctl.output import CommandError
from servicekit.errors import InvalidRequest, RuleBroken
from tests.e2e.stack import System, final_status, wait_for


class Keeper:
    """Somebody with `notifyctl` and a runbook."""

    def __init__(self, system: System) -> None:
        self.system = system

    def run(self, *arguments: str) -> str:
        """What a command prints. Fails when the command does."""
        environment = {
            "NOTIFYCTL_HOME": str(self.system.stack.home),
            "COLUMNS": "250",
            "NOTIFYCTL_REASON": "",
        }
        outcome = CliRunner().invoke(app, ["providers", *arguments], env=environment, catch_exceptions=False)
        assert outcome.exit_code == 0, outcome.output
        return outcome.stdout

    def read(self, *arguments: str) -> Any:
        """What a command prints with --json."""
        return json.loads(self.run(*arguments, "--json"))

    def provider(self, name: str) -> dict[str, Any]:
        """One provider as it is now."""
        found: list[dict[str, Any]] = self.read("list")["providers"]
        return next(each for each in found if each["name"] == name)

    def text_goes_by(self) -> str:
        """The provider that a text was given to."""
        with self.system.client() as client:
            sent = client.send_sms_notification(
                "07700900322", self.system.demo.sms_template_id, {"name": "A"}
            )
            assert final_status(client, sent["id"]) == "delivered"
        (message,) = self.system.outbox(reference=sent["id"])
        return str(message["provider"])


@pytest.fixture
def keeper(system: System) -> Iterator[Keeper]:
    """Whatever a test did, both text providers are in use and at rest at its end."""
    keeper = Keeper(system)
    yield keeper
    for name in ("mmg", "firetext", "dvla"):
        if not keeper.provider(name)["active"]:
            keeper.run("activate", name, "--reason", "end of a test")
    keeper.run("share", "mmg=51", "firetext=49", "--resting", "--yes", "--reason", "end of a test")


def test_all_providers_are_listed_with_their_channel(keeper: Keeper) -> None:
    found = keeper.read("list")["providers"]

    assert [(each["channel"], each["name"], each["international"]) for each in found] == [
        ("sms", "firetext", False),
        ("sms", "mmg", True),
        ("email", "ses", True),
        ("letter", "dvla", True),
    ]
    assert "firetext" in keeper.run("list")


def test_shares_and_resting_weights_are_changed_together_and_remembered(keeper: Keeper) -> None:
    keeper.run("share", "mmg=70", "firetext=30", "--resting", "--yes", "--reason", "a cheap month")

    mmg = keeper.provider("mmg")
    assert (mmg["weight"], mmg["resting_weight"], mmg["automatic"]) == (70, 70, False)
    newest = keeper.read("history", "mmg", "--limit", "1")["changes"][0]
    assert (newest["weight"], newest["reason"], newest["version"]) == (70, "a cheap month", mmg["version"])
    assert "a cheap month" in keeper.run("history")


def test_a_provider_out_of_use_is_given_nothing_until_it_is_back(keeper: Keeper) -> None:
    told = keeper.run("deactivate", "mmg", "--reason", "ticket 4711")

    assert "No active provider sends abroad" in told
    assert {keeper.text_goes_by() for _ in range(4)} == {"firetext"}
    keeper.run("activate", "mmg", "--reason", "mended")
    assert keeper.provider("mmg")["active"]


@pytest.mark.parametrize("last", ["mmg", "ses"])
def test_the_last_provider_of_a_channel_stays(keeper: Keeper, last: str) -> None:
    if last == "mmg":
        keeper.run("deactivate", "firetext", "--reason", "a test")

    with pytest.raises(RuleBroken, match="make another one active first"):
        keeper.run("deactivate", last, "--reason", "a test")

    assert keeper.provider(last)["active"]


def test_the_printer_may_be_out_of_use(keeper: Keeper) -> None:
    told = keeper.run("deactivate", "dvla", "--reason", "the printer is on holiday")

    assert "messages wait until one is" in told


def test_what_is_typed_wrongly_changes_nothing(keeper: Keeper) -> None:
    with pytest.raises(CommandError, match="there is no provider nobody"):
        keeper.run("deactivate", "nobody", "--reason", "a test")
    with pytest.raises(CommandError, match="do not take the same kind"):
        keeper.run("share", "mmg=1", "ses=2", "--yes", "--reason", "a test")
    with pytest.raises(CommandError, match="say --yes"):
        keeper.run("share", "mmg=1", "firetext=2", "--reason", "a test")
    with pytest.raises(CommandError, match="mmg=70 firetext=30"):
        keeper.run("share", "mmg", "--reason", "a test")
    with pytest.raises(InvalidRequest, match="reason"):
        keeper.run("deactivate", "firetext")

    assert all(each["active"] for each in keeper.read("list")["providers"])


def test_answers_and_times_are_counted_by_day_and_month(keeper: Keeper) -> None:
    keeper.text_goes_by()
    with keeper.system.client() as client:
        template = keeper.system.demo.email_template_id
        sent = client.send_email_notification("delivered@simulator.notify", template, {"name": "Ada"})
        assert final_status(client, sent["id"]) == "delivered"

    def counted() -> list[dict[str, Any]] | None:
        found = keeper.read("statistics", "--by", "month")["statistics"]
        by_name = {each["provider"]: each for each in found}
        are_there = {"ses"} <= set(by_name) and {"mmg", "firetext"} & set(by_name)
        return found if are_there and all(each["delivered"] for each in found) else None

    found = wait_for(counted)
    assert found is not None
    for each in found:
        assert each["answers"]["accepted"] >= 1
        assert 0 < each["sent_p50_s"] <= each["sent_p99_s"]
        assert each["delivered_p50_s"] is not None
    assert keeper.read("statistics", "ses", "--by", "day")["statistics"][0]["provider"] == "ses"
    assert keeper.provider("ses")["recent"]["requests"] >= 1
    assert "delivered p50" in keeper.run("statistics", "--month", found[0]["from"][:7])

"""What people who run the system do: every group of commands, end to end, through gRPC."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from notifications_python_client.errors import HTTPError
from typer.testing import CliRunner

from clients.notifyctl.__main__ import app
from clients.notifyctl.output import CommandError
from clients.notifyctl.stack.secrets import StackSecrets
from servicekit.errors import Conflict, InvalidRequest, NotAllowed, NotAuthenticated, RuleBroken
from servicekit.identity import mint_person_token
from tests.e2e.stack import System, wait_for

Run = Callable[..., Any]


@pytest.fixture
def run(system: System, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Carries out a command with --json; gives what it prints, or raises what `main` would tell in one line."""
    monkeypatch.setenv("NOTIFYCTL_HOME", str(system.stack.home))

    def carry_out(*words: str) -> Any:
        result = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False, standalone_mode=False)
        return json.loads(result.stdout)

    return carry_out


def test_a_service_from_its_organisation_to_the_archive_and_back(run: Run, tmp_path: Path) -> None:
    organisation = run("org", "create", "Borsetshire", "--type", "local")
    run("org", "update", "Borsetshire", "--name", "Borsetshire Council")
    run("user", "create", "jo@example.gov.uk", "--name", "Jo Smith")
    run("user", "update", "jo@example.gov.uk", "--name", "Jo Jones")
    service = run("service", "create", "Permits", "--trial", "--organisation", organisation["id"])
    member = run("user", "permissions", "jo@example.gov.uk", "-s", "Permits", "--permission", "send_texts")
    with pytest.raises(RuleBroken, match="agreement"):
        run("service", "go-live", "Permits")
    run("org", "sign-agreement", "Borsetshire Council", "--version", "3.1", "--by", "jo@example.gov.uk")
    live = run("service", "go-live", "Permits")
    run("service", "retention", "Permits", "--type", "sms", "--days", "3")
    run("service", "update", "Permits", "--brand-text", "Borsetshire", "--brand-colour", "#1d70b8")
    run("key", "create", "-s", "Permits", "--name", "website")
    with pytest.raises(CommandError, match="1 API keys"):
        run("service", "archive", "Permits")
    archived = run("service", "archive", "Permits", "--yes")
    restored = run("service", "unarchive", service["id"], "--yes")
    run("key", "revoke", "website", "-s", "Permits")
    run("user", "remove", "jo@example.gov.uk", "-s", "Permits")

    shown = run("service", "show", "Permits")
    assert (member["permissions"], live["trial"]) == (["send_texts"], False)
    assert (archived["active"], archived["api_keys"], restored["active"]) == (False, 1, True)
    assert (shown["retention_days"], shown["branding"], shown["members"]) == ({"sms": 3}, "Borsetshire", [])
    assert run("describe", service["id"])["kind"] == "service"
    assert [key["revoked"] for key in run("key", "list", "-s", "Permits")["api_keys"]] == [True]


def test_senders_replies_and_guests(run: Run) -> None:
    run("service", "create", "Senders")
    added = run("sender", "add", "PARKING", "-s", "Senders", "--default")
    run("sender", "update", added["id"], "-s", "Senders", "--value", "PERMITS")
    checked = run("reply-to", "add", "permits@example.gov.uk", "-s", "Senders", "--verify")
    run("reply-to", "update", checked["id"], "-s", "Senders", "--default")
    run("reply-to", "archive", checked["id"], "-s", "Senders")
    run("guest-list", "set", "07700900123", "jo@example.gov.uk", "-s", "Senders", "--yes")

    history = run("sender", "history", "-s", "Senders")["events"]
    assert [event["after"]["value"] for event in history] == ["PERMITS", "PARKING"]
    assert [each["archived"] for each in run("reply-to", "list", "-s", "Senders")["reply_tos"]] == [True]
    assert run("guest-list", "show", "-s", "Senders")["guests"] == ["07700900123", "jo@example.gov.uk"]
    first = next(each for each in run("sender", "list", "-s", "Senders")["senders"] if not each["default"])
    assert run("sender", "archive", first["id"], "-s", "Senders")["archived"] is True


def test_numbers_from_a_spreadsheet_to_their_release(run: Run, tmp_path: Path) -> None:
    run("service", "create", "Numbers")
    file = tmp_path / "numbers.csv"
    file.write_text('number,note\n"07700 900 390",a\n+44 7700 900391,b\n')
    with pytest.raises(CommandError, match="Add 2 numbers"):
        run("number", "import", str(file), "--provider", "mmg")

    assert run("number", "import", str(file), "--provider", "mmg", "--yes") == {"added": 2, "known": 0}
    assert run("number", "assign", "07700900390", "-s", "Numbers")["number"] == "07700900390"
    assert run("number", "unassign", "07700900390")["service_id"] is None
    assert run("number", "release", "07700 900 391")["released"] is True
    assert run("number", "add", "07700900392", "--provider", "firetext")["provider"] == "firetext"
    numbers = {number["number"] for number in run("number", "list", "--free")["numbers"]}
    assert {"07700900390", "07700900392"} <= numbers
    assert run("number", "stock")["low"] is True


def test_a_temporary_limit_binds_and_its_end_too(run: Run, system: System) -> None:
    service = system.demo.service_name
    with system.client() as client:

        def is_sent() -> bool:
            try:
                client.send_sms_notification("07700900123", system.demo.sms_template_id, {"name": "Ada"})
            except HTTPError as err:
                return err.status_code != 429
            return True

        run("limits", "set", "sms", "0", "-s", service, "--until", "1h")
        assert wait_for(lambda: not is_sent())
        run("limits", "end", "sms", "-s", service)
        assert wait_for(is_sent)

    run("limits", "set", "email", "300000", "-s", service)
    raised = {(each["service"], each["limit"]): each for each in run("limits", "raised")["raised_limits"]}
    assert raised[service, "email"]["reason"] == "end-to-end tests"
    run("limits", "set", "email", "250000", "-s", service)
    assert {each["limit"] for each in run("limits", "show", "-s", service)["limits"]} >= {"rate", "letter"}
    capacity = run("limits", "capacity", "-s", service, "--kind", "sms", "--value", "900000")["providers"]
    assert {each["provider"]: each["exceeded"] for each in capacity}["mmg"] is True


def test_caches_are_purged_and_checked(run: Run) -> None:
    purged = run("cache", "purge", "services")

    assert purged["processes_told"] == 2  # the notifications service and the gateway
    assert run("cache", "check")["stale"] == []


def test_changes_of_all_services_are_found_in_one_search(run: Run) -> None:
    run("org", "create", "Found Council", "--type", "local", "--reason", "to be found")
    (event,) = run("events", "search", "--type", "organisation.", "--field", "name=Found Council")["events"]

    assert (event["type"], event["reason"], event["before"]) == ("organisation.created", "to be found", None)
    assert event["recorded_by"] == "notifications"


def test_a_viewer_looks_and_changes_nothing(
    run: Run, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = mint_person_token(
        StackSecrets(system.stack.home / "secrets").operator_key(),
        name="vera.viewer",
        role="viewer",
        life=timedelta(minutes=5),
    )
    monkeypatch.setenv("NOTIFYCTL_TOKEN", token)

    assert run("service", "show", system.demo.service_name)["active"] is True
    with pytest.raises(NotAllowed, match=r"vera\.viewer"):
        run("service", "archive", system.demo.service_name, "--yes")


def test_nothing_is_changed_without_a_reason(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFYCTL_REASON")
    with pytest.raises(InvalidRequest, match="reason"):
        run("org", "create", "Unreasonable", "--type", "local")


def test_a_name_that_is_taken_is_a_clear_error(run: Run, system: System) -> None:
    with pytest.raises(Conflict, match="already one with this name"):
        run("service", "create", system.demo.service_name)


def test_a_revoked_token_is_refused_by_every_service(
    run: Run, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = run("token", "create", "--name", "lost.laptop", "--role", "operator")
    kept = run("token", "create", "--name", "lost.laptop", "--role", "operator")
    revoked = run("token", "revoke", lost["id"])
    listed = {
        token["id"]: token["revoked"] for token in run("token", "list", "--name", "lost.laptop")["tokens"]
    }

    def is_refused(token: str, *words: str) -> bool:
        monkeypatch.setenv("NOTIFYCTL_TOKEN", token)
        try:
            run(*words)
        except NotAuthenticated as err:
            return "revoked" in str(err)
        return False

    assert (lost["recorded"], revoked) == (True, {"revoked": 1})
    assert listed == {lost["id"]: True, kept["id"]: False}
    for service in ("notifications", "sms", "billing", "documents"):
        look = ("tasks", "list", "--service", service)
        assert wait_for(partial(is_refused, lost["token"], *look)), service
        assert not is_refused(kept["token"], *look)


def test_a_persons_token_is_made_from_a_key_file(run: Run, tmp_path: Path) -> None:
    key = tmp_path / "operator.key"
    public = run("token", "new-key", "--out", str(key))["public_key"]
    made = run("token", "create", "--name", "ada", "--role", "operator", "--key-file", str(key))

    assert key.stat().st_mode & 0o777 == 0o600
    assert (len(public), made["role"]) == (43, "operator")

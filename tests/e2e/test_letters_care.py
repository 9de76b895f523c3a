"""Looking after letters: each command of `notifyctl letters`, on a system with letters in all states."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from clients.notifyctl.__main__ import app
from clients.notifyctl.connection import Clients, connect_letters, with_clients
from clients.notifyctl.output import CommandError
from notify.letters.v1 import letters_pb2
from notify.notifications.v1 import notifications_pb2 as pb
from notify.notifications.v1 import types_pb2
from servicekit.errors import InvalidRequest, NotFound
from tests.e2e.stack import System, wait_for
from tests.e2e.test_letters_prepared import Letters, letters_of
from tests.unit.letters.pdfs import a_letter

SERVICE = "Letters that are looked after"
OF_EACH = 3
STATES = (
    "sending",
    "delivered",
    "pending-virus-check",
    "technical-failure",
    "cancelled",
    "validation-failed",
)
LOT = 5_000

Run = Callable[..., Any]


@pytest.fixture(scope="module")
def letters(system: System) -> Iterator[Letters]:
    with letters_of(system.stack, SERVICE) as letters:
        put_in_all_states(system, letters)
        yield letters


@pytest.fixture
def run(system: System, letters: Letters, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Carries out `notifyctl letters …`; gives its JSON, or raises what `main` would tell in one line."""
    monkeypatch.setenv("NOTIFYCTL_HOME", str(system.stack.home))

    def carry_out(*words: str, group: str = "letters") -> Any:
        result = CliRunner().invoke(
            app, [group, *words, "--json"], catch_exceptions=False, standalone_mode=False
        )
        return json.loads(result.stdout)

    return carry_out


def put_in_all_states(system: System, letters: Letters) -> None:
    """Some letters of each state, ten days old, and some that no print run took. The last are brought in with another
    status, as importing rightly refuses letters that nobody would print.
    """
    home = system.stack.home
    facts = CliRunner().invoke(app, ["service", "show", SERVICE, "--home", str(home), "--json"])
    service_id = json.loads(facts.stdout)["id"]
    now = datetime.now(UTC)
    items = [
        an_item(service_id, letters.template_id, state, now - timedelta(minutes=5))
        if state == "pending-virus-check"
        else an_item(service_id, letters.template_id, state, now - timedelta(days=10))
        for state in (*STATES, "created")
        for _ in range(OF_EACH)
    ]

    async def work(clients: Clients) -> list[str]:
        request = pb.ImportNotificationsRequest(notifications=items)
        answer = await clients.channel.call(clients.notifications.ImportNotifications, request)
        assert not any(result.HasField("error") for result in answer.results), answer
        return [result.notification.id for result in answer.results]

    ids = with_clients(home, work, reason="letters of another system")
    with psycopg.connect(system.stack.database_url) as connection:
        connection.execute(
            "update notifications.notifications set status = 'created', sent_at = null where id = any (%s)",
            (ids[-OF_EACH:],),
        )


def an_item(
    service_id: str, template_id: str | None, state: str, made_at: datetime
) -> pb.ImportedNotification:
    status = "sending" if state == "created" else state
    values = {
        "name": "Sam",
        "address_line_1": "A",
        "address_line_2": "1 Street",
        "address_line_3": "SW1A 1AA",
    }
    item = pb.ImportedNotification(
        service_id=service_id,
        key_type=types_pb2.KEY_TYPE_NORMAL,
        status=f"NOTIFICATION_STATUS_{status.upper().replace('-', '_')}",
        billable_units=1,
        postage="second",
    )
    if template_id is not None and state != "pending-virus-check":
        item.template_id, item.personalisation_json = template_id, json.dumps(values)
    item.create_time.FromDatetime(made_at)
    if status in ("sending", "delivered"):
        item.send_time.FromDatetime(made_at)
    return item


def listed(run: Run, command: str) -> list[str]:
    found = run(command, "--service", SERVICE)["letters"]
    return [letter["notification_id"] for letter in found]


def test_letters_are_listed_by_what_is_wrong_with_them(run: Run, system: System) -> None:
    found = {command: listed(run, command) for command in ("late", "unsent", "stuck", "pending", "failed")}

    assert {command: len(ids) for command, ids in found.items()} == dict.fromkeys(found, OF_EACH)
    assert found["unsent"] == found["stuck"]
    lines = csv_of(system, "unsent").splitlines()
    assert lines[0].startswith("letter_reference,notification_id")
    assert [line.split(",")[1] for line in lines[1:]] == found["unsent"]
    assert all(len(line.split(",")[0]) == 16 for line in lines[1:])


def csv_of(system: System, command: str) -> str:
    words = ["letters", command, "--service", SERVICE, "--csv", "--home", str(system.stack.home)]
    return CliRunner().invoke(app, words, catch_exceptions=False).stdout


def test_letters_are_cancelled_by_id_and_between_two_times(run: Run, letters: Letters) -> None:
    early, late = letters.send(), [letters.send() for _ in range(3)]
    begin = letters.read(late[0])["created_at"]
    between = ("cancel", "--service", SERVICE, "--from", begin, "--to", "0m")
    ready = [wait_for(partial(letters.is_ready, id)) for id in (early, *late)]
    assert all(ready)

    would = run(*between, "--dry-run")["would_cancel"]
    with pytest.raises(CommandError, match="Cancel 3 letters"):
        run(*between)
    assert all(letters.has_status(id, "accepted") for id in late)
    assert (would, run(*between, "--yes"), run(*between, "--yes")) == (3, {"cancelled": 3}, {})
    assert run("cancel", early) == {"cancelled": 1}
    assert run("cancel", early) == {"already_cancelled": 1}

    assert all(letters.has_status(id, "cancelled") for id in (early, *late))
    assert run("cancel", listed(run, "unsent")[0]) == {"too_late": 1}
    events = run("search", "--type", "letter.cancelled", group="events")["events"]
    assert {event["subject"] for event in events} >= {early, *late}
    with pytest.raises(CommandError, match="name letters"):
        run("cancel", "--service", SERVICE)
    with pytest.raises(InvalidRequest):
        run("cancel", "no id")


def test_a_letter_that_was_printed_by_hand_is_delivered(run: Run, letters: Letters) -> None:
    late, fresh = listed(run, "late")[0], letters.send()
    with pytest.raises(CommandError, match="--reason"):
        run("delivered", late, fresh, "--yes", "--reason", " ")
    with pytest.raises(CommandError, match="Mark 2 letters"):
        run("delivered", late, fresh, "--reason", "printed in the office")
    done = run("delivered", late, fresh, "--yes", "--reason", "printed in the office")["letters"]

    assert [each["outcome"] for each in done] == ["ended", "ended"]
    assert letters.has_status(late, "received")
    assert letters.has_status(fresh, "received")
    assert late not in listed(run, "late")
    assert run("delivered", late, "--reason", "again")["letters"][0]["outcome"] == "already"
    (event,) = run("search", "--type", "letter.marked_delivered", "--subject", fresh, group="events")[
        "events"
    ]
    assert (event["reason"], event["after"]) == ("printed in the office", {"status": "delivered"})


def test_a_failed_letter_is_not_billed_any_more(run: Run, letters: Letters) -> None:
    (id, *_) = listed(run, "unsent")
    done = run("fail", id, "--reason", "the printer lost it")

    day = done["letters"][0]["day"]
    assert (done["letters"][0]["status"], list(done["rebuilt"])) == ("permanent-failure", [day])
    assert letters.has_status(id, "permanent-failure")
    assert id not in listed(run, "unsent")
    stranger = run("fail", "01a20451-b0ed-7f3d-a700-00d067050031", "--reason", "no such letter")
    assert [each["outcome"] for each in stranger["letters"]] == ["not_found"]


def test_returned_letters_are_recorded_in_lots_and_listed(run: Run, system: System, tmp_path: Path) -> None:
    rows = csv_of(system, "unsent").splitlines()[1:]
    known = [row.split(",")[0] for row in rows]
    file = tmp_path / "returned.csv"
    file.write_text("\n".join(["reference", *known, *(f"X{number:015d}" for number in range(LOT))]))

    assert run("returned", str(file), "--dry-run") == {"references": LOT + len(known)}
    with pytest.raises(CommandError, match="Record 5,00"):
        run("returned", str(file))
    first = run("returned", str(file), "--yes")
    pasted = subprocess.run(
        [sys.executable, "-m", "clients.notifyctl", "letters", "returned", "-", "--json", "--yes"],
        input=" ".join(known).lower(),
        capture_output=True,
        text=True,
        check=True,
    )

    assert (first["recorded"], first["repeated"], len(first["unknown"])) == (len(known), 0, LOT)
    again = json.loads(pasted.stdout)
    assert (again["recorded"], again["repeated"], again["unknown"]) == (0, len(known), [])
    found = run("returned", "--list", "--service", SERVICE)["returned_letters"]
    assert {each["letter_reference"] for each in found} == set(known)


def test_a_letter_that_waits_for_nothing_is_made_after_all(
    run: Run, system: System, letters: Letters
) -> None:
    """It has no PDF and no place in the queue, and the letters service is killed meanwhile."""
    service_id = run("show", SERVICE, group="service")["id"]
    made_at = datetime.now(UTC) - timedelta(hours=1)

    async def work(clients: Clients) -> str:
        item = an_item(service_id, letters.template_id, "sending", made_at)
        request = pb.ImportNotificationsRequest(notifications=[item])
        answer = await clients.channel.call(clients.notifications.ImportNotifications, request)
        return answer.results[0].notification.id

    lost = with_clients(system.stack.home, work, reason="letters of another system")
    with psycopg.connect(system.stack.database_url) as connection:
        connection.execute(
            "update notifications.notifications set status = 'created', sent_at = null, billable_units = 0 "
            "where id = %s",
            (lost,),
        )
    system.stack.process("letters").kill()
    done = run("run", "reconcile-letters", "--service", "notifications", group="tasks")
    assert done["counts"]["queued_again"] == 1
    system.stack.wait_healthy("letters")

    assert wait_for(partial(letters.is_ready, lost), timeout_s=60)
    assert run("run", "reconcile-letters", group="tasks")["counts"].get("queued_again", 0) == 0


@pytest.mark.parametrize(
    "task",
    [
        "reconcile-letters",
        "check-if-letters-still-in-created",
        "check-if-letters-in-technical-failure",
        "check-if-letters-still-pending-virus-check",
        "raise-alert-if-letter-notifications-still-sending",
        "delete-letters-past-retention",
    ],
)
def test_the_checks_can_be_run_by_hand(run: Run, task: str) -> None:
    assert run("run", task, "--service", "notifications", group="tasks")["state"] == "succeeded"


def test_a_letter_past_retention_goes_with_its_pdf(run: Run, system: System) -> None:
    """Last in the file: it takes the letters of ten days ago away."""
    service_id = run("show", SERVICE, group="service")["id"]
    made_at = datetime.now(UTC) - timedelta(days=10)

    async def work(clients: Clients) -> pb.ImportedNotificationRef:
        request = pb.ImportNotificationsRequest(
            notifications=[an_item(service_id, None, "delivered", made_at)]
        )
        answer = await clients.channel.call(clients.notifications.ImportNotifications, request)
        return answer.results[0].notification

    made = with_clients(system.stack.home, work)
    wanted = letters_pb2.GetLetterRequest(service_id=service_id, notification_id=made.id)

    async def keep_pdf() -> None:
        async with connect_letters(system.stack.home, reason="letters of another system") as letters:
            request = letters_pb2.ImportLetterRequest(
                service_id=service_id,
                notification_id=made.id,
                state=letters_pb2.LETTER_STATE_DESPATCHED,
                reference=made.letter_reference,
                postage="second",
                sheets=1,
                address_lines=["A", "1 Street", "SW1A 1AA"],
                pdf=a_letter(),
            )
            request.create_time.FromDatetime(made_at)
            await letters.channel.call(letters.letters.ImportLetter, request)
            await letters.channel.call(letters.letters.GetLetter, wanted)

    async def read() -> None:
        async with connect_letters(system.stack.home) as letters:
            await letters.channel.call(letters.letters.GetLetter, wanted)

    asyncio.run(keep_pdf())
    run("run", "delete-notifications-older-than-retention", group="tasks")
    assert run("run", "delete-letters-past-retention", group="tasks")["counts"]["letters_deleted"] >= 1
    with pytest.raises(NotFound):
        asyncio.run(read())

"""How long each command that looks after letters takes on a system that is full of them:
`python -m tests.bench.letter_care --letters 10000`.

Letters in all states: most are brought in with another system's times, some are copies of one that was rendered and
waits for its print run. The first page of each list is asked for many times; then each command of `notifyctl letters`
is carried out once, as a person does.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from clients.notifyctl.connection import Clients, with_clients
from notify.notifications.v1 import letter_care_pb2, notifications_pb2, types_pb2
from notifyrules.london_time import london_date
from tests.bench.machine import machine_facts
from tests.bench.print_run import copy_letter, send_one
from tests.bench.system import System, fresh_system

_STATES = (
    "sending",
    "delivered",
    "pending-virus-check",
    "technical-failure",
    "cancelled",
    "validation-failed",
    "returned-letter",
    "created",
)
"""Of the letters that are brought in, in equal parts; those that wait for print are others."""
_READY_PART = 5
"""One in so many waits for its print run."""
_LOT = 1_000
_ASKED = 40
_VALUES = json.dumps(
    {"address_line_1": "A", "address_line_2": "1 Street", "postcode": "SW1A 1AA", "name": "Ada"}
)
_REASON = ("--reason", "a benchmark")


def fill(system: System, letters: int) -> dict[str, int]:
    """Put letters in all states; gives how many of each."""
    first = send_one(system)
    ready = letters // _READY_PART
    copy_letter(system, first, ready - 1)
    counts = {"ready for print": ready}
    each = (letters - ready) // len(_STATES)
    template_id = _template_of(system, first)
    for state in _STATES:
        ids: list[str] = []
        for begin in range(0, each, _LOT):
            ids += _bring_in(system, template_id, state, min(_LOT, each - begin))
        if state == "created":
            with psycopg.connect(system.stack.database_url) as connection:
                connection.execute(
                    "update notifications.notifications set status = 'created', sent_at = null where id = any (%s)",
                    (ids,),
                )
        counts[state] = each
    return counts


def _template_of(system: System, letter: str) -> str:
    with psycopg.connect(system.stack.database_url) as connection:
        query = "select template_id from notifications.notifications where id = %s"
        row = connection.execute(query, (letter,)).fetchone()
    assert row is not None
    return str(row[0])


def _bring_in(system: System, template_id: str, state: str, count: int) -> list[str]:
    status = "sending" if state == "created" else state
    name = f"NOTIFICATION_STATUS_{status.upper().replace('-', '_')}"
    now = datetime.now(UTC)
    items = []
    for number in range(count):
        # Spread over eight days, which are eight statements of a list.
        made_at = now - timedelta(days=2 + number % 8, seconds=number)
        if state == "pending-virus-check":
            made_at = now - timedelta(minutes=5, seconds=number % 60)
        item = notifications_pb2.ImportedNotification(
            service_id=system.service.id,
            key_type=types_pb2.KEY_TYPE_NORMAL,
            status=name,
            billable_units=1,
            postage="second",
        )
        if state != "pending-virus-check":
            item.template_id, item.personalisation_json = template_id, _VALUES
        item.create_time.FromDatetime(made_at)
        if status in ("sending", "delivered", "returned-letter"):
            item.send_time.FromDatetime(made_at)
        items.append(item)

    async def work(clients: Clients) -> list[str]:
        request = notifications_pb2.ImportNotificationsRequest(notifications=items)
        answer = await clients.channel.call(
            clients.notifications.ImportNotifications, request, timeout_s=60.0
        )
        assert not any(result.HasField("error") for result in answer.results), answer.results[0]
        return [result.notification.id for result in answer.results]

    return with_clients(system.stack.home, work, reason="a benchmark")


def ask_lists(system: System) -> dict[str, dict[str, float]]:
    """How long a page of 250 of each list takes, many times."""
    conditions = {
        "late": letter_care_pb2.LETTER_CONDITION_LATE,
        "unsent": letter_care_pb2.LETTER_CONDITION_UNSENT,
        "pending": letter_care_pb2.LETTER_CONDITION_PENDING_VIRUS_CHECK,
        "failed": letter_care_pb2.LETTER_CONDITION_TECHNICAL_FAILURE,
        "cancellable": letter_care_pb2.LETTER_CONDITION_CANCELLABLE,
    }

    async def work(clients: Clients) -> dict[str, dict[str, float]]:
        found = {}
        for name, condition in conditions.items():
            request = letter_care_pb2.FindLettersRequest(condition=condition, page_size=250)
            times = []
            for _ in range(_ASKED):
                started = time.monotonic()
                answer = await clients.channel.call(clients.letter_care.FindLetters, request, timeout_s=60.0)
                times.append((time.monotonic() - started) * 1000)
            quantiles = statistics.quantiles(times, n=20)
            found[name] = {
                "letters": len(answer.letters),
                "median_ms": round(statistics.median(times), 1),
                "p95_ms": round(quantiles[-1], 1),
            }
        return found

    return with_clients(system.stack.home, work)


def carry_out_all(system: System, folder: Path) -> list[dict[str, object]]:
    """Each command once, in an order in which each finds something to do."""
    told: list[dict[str, object]] = []

    def run(*words: str, stdin: str | None = None) -> str:
        command = [sys.executable, "-m", "clients.notifyctl", *words, "--home", str(system.stack.home)]
        started = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, input=stdin)
        lines = (done.stdout + done.stderr).strip().splitlines()
        told.append(
            {
                "command": " ".join(words),
                "seconds": round(time.monotonic() - started, 2),
                "exit_code": done.returncode,
                "lines": len(lines),
                "first_lines": lines[:3],
                "last_line": lines[-1] if lines else "",
            }
        )
        return done.stdout

    late = _ids(run("letters", "late", "--csv"))
    unsent_csv = run("letters", "unsent", "--csv")
    unsent = _ids(unsent_csv)
    for name in ("late", "unsent", "pending", "failed"):
        run("letters", name)
    run("letters", "cancel", *_waiting(system, 100), *_REASON, "--yes")
    between = ("--service", system.service.id, "--from", "30m", "--to", "0m")
    run("letters", "cancel", *between, *_REASON, "--dry-run")
    run("letters", "delivered", *late[:100], *_REASON, "--yes")
    run("letters", "fail", *unsent[:100], *_REASON, "--yes")
    returned = folder / "returned.csv"
    lines = unsent_csv.splitlines()
    made_up = [f"X{number:015d}" for number in range(10_000 - len(lines))]
    returned.write_text("\n".join([line.split(",")[0] for line in lines] + made_up))
    run("letters", "returned", str(returned), *_REASON, "--yes")
    run(
        "letters",
        "returned",
        "-",
        *_REASON,
        "--yes",
        stdin=" ".join(each.split(",")[0] for each in lines[1:50]),
    )
    run("letters", "returned", "--list", "--service", system.service.id)
    tomorrow = london_date(datetime.now(UTC)) + timedelta(days=1)
    run("letters", "collate", "--date", tomorrow.isoformat(), *_REASON)
    run("letters", "print-runs")
    run("letters", "cancel", *between, *_REASON, "--yes")
    for task in ("reconcile-letters", "check-if-letters-still-in-created", "check-print-runs"):
        run("tasks", "run", task, *_REASON)
    return told


def _waiting(system: System, count: int) -> list[str]:
    """Letters that wait for their print run."""
    query = (
        "select notification_id from letters.letters where state = 'ready' order by notification_id limit %s"
    )
    with psycopg.connect(system.stack.database_url) as connection:
        return [str(id) for (id,) in connection.execute(query, (count,)).fetchall()]


def _ids(csv: str) -> Sequence[str]:
    return [line.split(",")[1] for line in csv.splitlines()[1:]]


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.letter_care")
    parser.add_argument("--letters", type=int, default=10_000)
    options = parser.parse_args()
    with fresh_system() as system, TemporaryDirectory() as folder:
        results = {
            "machine": machine_facts(),
            "letters": fill(system, options.letters),
            "lists": ask_lists(system),
            "commands": carry_out_all(system, Path(folder)),
        }
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()

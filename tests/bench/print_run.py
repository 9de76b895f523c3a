"""How fast a print run is handed over: `python -m tests.bench.print_run --letters 10000`.

One letter goes in through the API and is rendered; then it is copied, with new ids, in the databases of the
notifications and the letters service, as often as asked for (they share its PDF). The print run is started by hand.
Everything of the system is real but the printer, which is the simulator; it reports every letter despatched.
"""

import argparse
import asyncio
import json
import time
from datetime import timedelta
from typing import cast
from uuid import UUID

import psycopg
import requests

from clients.notifyctl.connection import Clients, with_clients
from clients.notifyctl.tokens import FullKey, mint
from notify.letters.v1 import printing_pb2, printing_pb2_grpc
from notify.notifications.v1 import templates_pb2, types_pb2
from notifyrules.london_time import london_date
from servicekit.clock import now
from servicekit.grpc_client import make_channel
from servicekit.identity import CallerTokens
from servicekit.ids import bucket_of, new_id
from tests.bench.machine import machine_facts
from tests.bench.system import System, fresh_system

_PATIENCE_S = 600.0
_POLL_S = 0.2
_VALUES = {"address_line_1": "A. Person", "address_line_2": "1 Street", "postcode": "SW1A 1AA", "name": "Ada"}
_BODY = "Dear ((name)),\n\n" + "Your appointment is soon, and here is what to bring along. " * 25
_CHUNK = 2_000
_REFERENCE = {"reference": "upper(right(replace(copy.id::text, '-', ''), 16))"}
_TABLES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("notifications.notifications", "id", {}),
    ("notifications.letter_details", "notification_id", _REFERENCE),
    ("letters.letters", "notification_id", _REFERENCE),
)
"""What a letter has rows in, with their keys and what each copy has of its own."""


def measure(system: System, letters: int) -> dict[str, object]:
    """Make the letters and hand them over."""
    first = send_one(system)
    made_in_s = copy_letter(system, first, letters - 1)
    cpu_before = system.cpu_s()
    started = time.monotonic()
    asyncio.run(_start_print_run(system))
    collected_s = time.monotonic() - started
    _wait_until(system, "letters.letters where state in ('handed_over', 'despatched', 'rejected')", letters)
    handed_over_s = time.monotonic() - started
    cpu = {name: round(used - cpu_before[name], 2) for name, used in system.cpu_s().items()}
    _wait_until(system, "notifications.notifications where status = 'delivered'", letters)
    delivered_s = time.monotonic() - started
    stats = system.simulators.stats().providers["dvla"]
    return {
        "letters": letters,
        "copied_in_s": round(made_in_s, 1),
        "collected_in_s": round(collected_s, 2),
        "handed_over_in_s": round(handed_over_s, 2),
        "handed_over_per_s": round(letters / handed_over_s, 1),
        "despatched_in_s": round(delivered_s, 2),
        "printed": stats.distinct,
        "printed_twice": stats.duplicates,
        "refused": stats.refused,
        "cpu_s_until_handed_over": cpu,
    }


def send_one(system: System) -> str:
    """Send a letter, and wait until it is ready for print; gives its id."""
    template_id = with_clients(
        system.stack.home,
        lambda clients: _make_template(clients, system.service.id),
        reason="a benchmark",
    )
    token = mint(FullKey(service_id=system.service.id, secret=system.service.secret))
    answer = requests.post(
        f"{system.stack.rest_url}/v2/notifications/letter",
        json={"template_id": template_id, "personalisation": _VALUES},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    answer.raise_for_status()
    _wait_until(system, "letters.letters where state = 'ready'", 1)
    _wait_until(system, "notifications.notifications where status = 'created' and billable_units > 0", 1)
    return str(answer.json()["id"])


async def _make_template(clients: Clients, service_id: str) -> str:
    request = templates_pb2.CreateTemplateRequest(
        service_id=service_id,
        type=types_pb2.NOTIFICATION_TYPE_LETTER,
        name="A letter",
        subject="Your appointment",
        body=_BODY,
    )
    return (await clients.channel.call(clients.templates.CreateTemplate, request)).template.id


def copy_letter(system: System, first: str, count: int) -> float:
    """Make copies of a letter, under ids of the same service; gives the seconds that it took."""
    started = time.monotonic()
    with psycopg.connect(system.stack.database_url) as connection:
        bucket = bucket_of(UUID(system.service.id))
        for begin in range(0, count, _CHUNK):
            ids = [new_id(bucket=bucket) for _ in range(min(_CHUNK, count - begin))]
            for table, key, named in _TABLES:
                columns = _columns(connection, table)
                values = ["copy.id" if name == key else named.get(name, f"source.{name}") for name in columns]
                statement = (
                    f"insert into {table} ({', '.join(columns)}) select {', '.join(values)} "
                    f"from {table} as source, unnest(%s::uuid[]) as copy (id) where source.{key} = %s"
                )
                connection.execute(statement.encode(), [ids, first])
            connection.commit()
    return time.monotonic() - started


async def _start_print_run(system: System) -> None:
    """Tomorrow's letters are all there are."""
    tomorrow = (london_date(now()) + timedelta(days=1)).isoformat()
    caller = CallerTokens("notifyctl", system.stack.caller_keys)
    target = system.stack.state.target("letters")
    async with make_channel(target, caller=caller, default_timeout_s=60.0) as channel:
        stub = printing_pb2_grpc.PrintingServiceStub(channel.grpc)
        await channel.call(stub.CollateLetters, printing_pb2.CollateLettersRequest(london_date=tomorrow))


def _columns(connection: psycopg.Connection[tuple[object, ...]], table: str) -> list[str]:
    schema, name = table.split(".")
    rows = connection.execute(
        "select column_name from information_schema.columns where table_schema = %s and table_name = %s "
        "and is_generated = 'NEVER' order by ordinal_position",
        [schema, name],
    ).fetchall()
    return [str(row[0]) for row in rows]


def _wait_until(system: System, rows: str, count: int) -> None:
    give_up_at = time.monotonic() + _PATIENCE_S
    with psycopg.connect(system.stack.database_url, autocommit=True) as connection:
        while True:
            found = connection.execute(f"select count(*) from {rows}".encode()).fetchone()
            if found is not None and cast("int", found[0]) >= count:
                return
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"{found} of {count}: {rows}")
            time.sleep(_POLL_S)


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.print_run")
    parser.add_argument("--letters", type=int, default=10_000)
    options = parser.parse_args()
    with fresh_system() as system:
        results = {"machine": machine_facts()} | measure(system, options.letters)
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()

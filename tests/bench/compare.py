"""Two systems side by side: the same load on any that speak the API of GOV.UK Notify v2, ours or others.

`python -m tests.bench.compare systems.toml` measures each system of the file in turn, several times over, and prints
them beside one another with the ratio to the first. The file has a part for each:

    [[system]]
    name = "ours"
    url = "http://127.0.0.1:6011"
    key = "…"               # as the system gave it: name, service id and secret; a TEST key, with which nothing is sent
    sms_template = "…"      # ids of templates; leave one out, and its load is left out
    email_template = "…"
    personalisation = { name = "Ada", code = "482915" }   # what both templates need
    phone_number = "07700900123"                          # and email_address; these are the defaults
    ca = "ca.pem"           # of an https server with an authority of its own

Rounds take turns, so that whatever else a machine does meets both. Each load is a closed loop: so many connections,
each with one request under way. Where a system limits the rate, its answers with 429 are told beside. With one system
in the file it is measured alone. Take care whose system it is: this is load.
"""

import argparse
import json
import re
import statistics
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from rich.console import Console
from rich.table import Table

from tests.bench import load as loads
from tests.bench.load import Load, Outcome
from tests.bench.machine import machine_facts

_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_KEY: Final = re.compile(rf".*?({_UUID})-({_UUID})")
_READ_FROM: Final = 200
"""So many messages are made to be read again."""


class SystemUnderTest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One system, as the file has it."""

    name: str
    url: str
    key: str
    sms_template: str | None = None
    email_template: str | None = None
    personalisation: dict[str, Any] = {}
    phone_number: str = "07700900123"
    email_address: str = "somebody@example.com"
    ca: str | None = None


class _Load(msgspec.Struct, frozen=True, kw_only=True):
    """One of the loads that all systems get."""

    name: str
    kind: str
    connections: int


def read_systems(text: str) -> list[SystemUnderTest]:
    """The systems of a file. Raises ValueError, which says what is wrong with it."""
    systems = msgspec.convert(tomllib.loads(text).get("system", []), list[SystemUnderTest])
    if not systems:
        raise ValueError("the file has no [[system]]")
    for system in systems:
        if _KEY.fullmatch(system.key) is None:
            raise ValueError(f"{system.name}: the key does not end with a service id and a secret")
        if urlsplit(system.url).scheme not in {"http", "https"}:
            raise ValueError(f"{system.name}: the url is not http or https")
        if system.sms_template is None and system.email_template is None:
            raise ValueError(f"{system.name}: it needs sms_template or email_template")
    return systems


def compare(
    systems: Sequence[SystemUnderTest], *, connections: Sequence[int], seconds: float, rounds: int
) -> dict[str, dict[str, dict[str, object]]]:
    """What each load came to, by load and system: the medians of the rounds."""
    ids = {system.name: _ids_to_read(system) for system in systems}
    results: dict[str, dict[str, dict[str, object]]] = {}
    for load in _loads(systems, connections):
        outcomes: dict[str, list[Outcome]] = {system.name: [] for system in systems}
        for turn in range(rounds):
            for system in systems if turn % 2 == 0 else reversed(systems):
                made = _request(system, load, seconds, ids[system.name])
                outcomes[system.name].append(loads.run(made))
        results[load.name] = {name: _median(each) for name, each in outcomes.items()}
    return results


def _loads(systems: Sequence[SystemUnderTest], connections: Sequence[int]) -> Iterator[_Load]:
    for kind, what, needs in (
        ("sms", "accept a text", "sms_template"),
        ("email", "accept an email", "email_template"),
        ("read", "read a message", None),
    ):
        if needs is None or all(getattr(system, needs) for system in systems):
            for number in connections:
                yield _Load(name=f"{what}, {number} connections", kind=kind, connections=number)


def _request(system: SystemUnderTest, load: _Load, seconds: float, ids: Sequence[str]) -> Load:
    match = _KEY.fullmatch(system.key)
    assert match is not None  # read_systems has looked
    body: dict[str, object] = {}
    path = "/v2/notifications/{id}"
    if load.kind != "read":
        path = f"/v2/notifications/{load.kind}"
        body = {"personalisation": system.personalisation} if system.personalisation else {}
        if load.kind == "sms":
            body |= {"phone_number": system.phone_number, "template_id": system.sms_template}
        else:
            body |= {"email_address": system.email_address, "template_id": system.email_template}
    return Load(
        url=system.url,
        path=urlsplit(system.url).path.rstrip("/") + path,
        method="GET" if load.kind == "read" else "POST",
        service_id=match[1],
        secret=match[2],
        body=json.dumps(body) if body else "",
        ids=list(ids) if load.kind == "read" else [],
        connections=load.connections,
        duration_s=seconds,
        ca=system.ca,
    )


def _ids_to_read(system: SystemUnderTest) -> list[str]:
    kind = "sms" if system.sms_template else "email"
    made = _request(system, _Load(name="to be read", kind=kind, connections=8), 60, [])
    outcome = loads.run(replace(made, count=_READ_FROM, keep_ids=True))
    if not outcome.accepted:
        raise ValueError(f"{system.name} accepted nothing: its answers were {outcome.statuses}")
    return [id for id, _ in outcome.accepted]


def _median(outcomes: Sequence[Outcome]) -> dict[str, object]:
    def middle(values: Iterator[float]) -> float:
        return round(statistics.median(values), 1)

    statuses: dict[str, int] = {}
    for outcome in outcomes:
        for status, count in outcome.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    return {
        "per_second": middle(outcome.per_second for outcome in outcomes),
        "p50_ms": middle(outcome.percentile_ms(0.5) for outcome in outcomes),
        "p99_ms": middle(outcome.percentile_ms(0.99) for outcome in outcomes),
        "statuses": statuses,
    }


def shown(results: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Table:
    """A row for each load and figure; each system beside the first, with the ratio."""
    names = list(next(iter(results.values())))
    table = Table("load", "figure", names[0])
    for name in names[1:]:
        table.add_column(name)
        table.add_column(f"{name} / {names[0]}")
    for load, by_system in results.items():
        for figure in ("per_second", "p50_ms", "p99_ms"):
            first = by_system[names[0]][figure]
            row = [load if figure == "per_second" else "", figure, str(first)]
            for name in names[1:]:
                value = by_system[name][figure]
                row += [str(value), f"{value / first:.2f}" if first else "–"]
            table.add_row(*row)
        other = {name: by_system[name]["statuses"] for name in names if len(by_system[name]["statuses"]) > 1}
        if other:
            table.add_row("", "answers", json.dumps(other))
    return table


def main() -> None:
    """Measure the systems of a file."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.compare")
    parser.add_argument("file", type=Path, help="TOML: a [[system]] for each; see the module's text")
    parser.add_argument("--connections", default="1,16,64")
    parser.add_argument("--seconds", type=float, default=8, help="of each load in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    try:
        systems = read_systems(options.file.read_text(encoding="utf-8"))
        results = compare(
            systems,
            connections=[int(part) for part in options.connections.split(",")],
            seconds=options.seconds,
            rounds=options.rounds,
        )
    except (OSError, ValueError) as err:
        sys.exit(f"compare: {err}")
    Console(width=140).print(shown(results))
    if options.json is not None:
        figures = {"machine": machine_facts(), "results": results}
        options.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()

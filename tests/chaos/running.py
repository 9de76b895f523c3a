"""One scenario: load, a fault in its middle, and then the books: what was accepted against what providers got, what
the database says, what the service was told and what is billed.

`run` makes a `Report`; `Report.faults` must be empty. Who accepted what is known from the load generator, what went out
from the simulated providers, what was told from the simulated endpoint.
"""

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from subprocess import Popen
from typing import Final

import psutil
import psycopg

from servicekit.ids import first_id_at
from simulators.client import SimulatorsClient, SimulatorsError
from simulators.control import Change, Mode
from tests.bench import load as loads
from tests.bench.load import Load, Outcome
from tests.bench.system import System
from tests.chaos.world import SINK, World
from tests.e2e.reconciling import FINAL, Row, notifications_since
from tests.e2e.stack import hurry

TEXTS_A_SECOND: Final = 60.0
EMAILS_A_SECOND: Final = 10.0
RESUMED_WITHIN_S: Final = 60.0
ANSWER_MS: Final = 100
"""Providers take their time, so that at every moment messages are in senders' hands."""
_BEFORE_S: Final = 3.0
_AFTER_S: Final = 5.0
_SETTLING_S: Final = 150.0
_LOOK_EVERY_S: Final = 0.2
_SHOWN: Final = 5
_CONNECTIONS: Final = 32
_MOST_NEW_FILES: Final = 450
"""File descriptors that a process may have more than before; a sender keeps up to 200 connections to each provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A fault, and what it may excuse."""

    name: str
    lasts_s: float
    """About how long `fault` takes."""
    fault: Callable[[World], None]
    """Makes it, waits, and puts right what does not heal by itself."""
    accepts: bool = False
    """Whether every request is answered 201 all the while."""
    doubles: bool = False
    """Whether messages may go out twice; each that does is marked."""
    more: Callable[[World], Mapping[str, Sequence[str]]] | None = None
    """What else must be empty at the end, by kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a scenario came to."""

    scenario: Scenario
    accepted: frozenset[str]
    statuses: Mapping[str, int]
    """Answers by HTTP status."""
    broken: int
    rows: Mapping[str, Row]
    copies: Mapping[str, int]
    """By reference, how often providers accepted it."""
    told: int
    """Notifications that the service's endpoint was told of; what it is told again of an earlier run counts too."""
    billed: int
    """Notifications in the books of billing."""
    fact_messages: tuple[int, int]
    """Messages that the daily facts count, and those that are counted one by one; of all time."""
    resumed_s: float | None
    """From the fault's end until a provider had something that was sent after it; None: never."""
    settled_s: float
    files: Mapping[str, tuple[int, int]]
    """File descriptors before and after, of processes that are still the same."""
    more: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def faults(self) -> dict[str, Sequence[str]]:
        """Everything that must not be, by kind; only kinds that occurred."""
        doubled = [id for id, count in self.copies.items() if count > 1 and id in self.rows]
        ended = [id for id, row in self.rows.items() if row.status in FINAL]
        found: dict[str, Sequence[str]] = {
            "lost": sorted(self.accepted - self.rows.keys()),
            "unfinished": sorted(f"{id} {r.status}" for id, r in self.rows.items() if r.status not in FINAL),
            "undelivered": sorted(
                f"{id} {row.status}" for id, row in self.rows.items() if row.status in FINAL - {"delivered"}
            ),
            "unsent": sorted(self.accepted - self.copies.keys()),
            "unknown": sorted(self.copies.keys() - self.rows.keys()),
            "unmarked": sorted(id for id in doubled if not self.rows[id].possible_duplicate),
            "doubled": [] if self.scenario.doubles else sorted(doubled),
            "untold": [] if self.told >= len(ended) else [f"{self.told} of {len(ended)} were told"],
            "unbilled": [] if self.billed == len(ended) else [f"{self.billed} of {len(ended)} are billed"],
            "facts": [] if len(set(self.fact_messages)) == 1 else [str(self.fact_messages)],
            "refused": self._refused() if self.scenario.accepts else [],
            "still": [] if self._resumed() else [f"nothing went out for {RESUMED_WITHIN_S:.0f} s"],
            "files": [
                f"{name} {before} to {after}"
                for name, (before, after) in self.files.items()
                if after - before > _MOST_NEW_FILES
            ],
            **self.more,
        }
        return {kind: ids[:_SHOWN] for kind, ids in found.items() if ids}

    def _refused(self) -> list[str]:
        others = [f"{count} x {status}" for status, count in self.statuses.items() if status != "201"]
        return [*others, f"{self.broken} broken"] if self.broken else others

    def _resumed(self) -> bool:
        return self.resumed_s is not None and self.resumed_s <= RESUMED_WITHIN_S

    def summary(self) -> str:
        """One line."""
        doubled = sum(count > 1 for count in self.copies.values())
        marked = sum(row.possible_duplicate for row in self.rows.values())
        resumed = "never" if self.resumed_s is None else f"{self.resumed_s:.1f} s"
        return (
            f"{self.scenario.name}: accepted {len(self.accepted)} {dict(sorted(self.statuses.items()))}, "
            f"{self.broken} broken; {len(self.rows)} stored, {doubled} went out twice, {marked} marked; "
            f"told of {self.told}, billed {self.billed}; "
            f"resumed after {resumed}, settled after {self.settled_s:.1f} s; faults: {self.faults() or 'none'}"
        )


def run(world: World, scenario: Scenario, *, number: int) -> Report:
    """Run one. `number`: of this run in this world, so that recipients differ."""
    system = world.system
    with system.simulators as simulators:
        calm(simulators)
        simulators.clear()
        started = datetime.now(UTC)
        before = _files(system)
        running = [loads.start(load) for load in _loads(system, scenario, number)]
        try:
            time.sleep(_BEFORE_S)
            scenario.fault(world)
            world.put_right()
            resumed_s = _wait_resumed(system, simulators, running)
            outcomes = [loads.finish(process) for process in running]
        finally:
            for process in running:
                process.kill()  # changes nothing where it has ended
            world.put_right()
            calm(simulators)
        settled_s = _wait_settled(system, simulators, started)
        rows = notifications_since(system, started)
        return Report(
            scenario=scenario,
            accepted=frozenset(id for outcome in outcomes for id, _ in outcome.accepted),
            statuses=_added_up(outcomes),
            broken=sum(outcome.broken for outcome in outcomes),
            rows=rows,
            copies={row.reference: row.count for row in simulators.references()},
            told=_told(simulators),
            billed=_billed(system, started),
            fact_messages=_fact_messages(system),
            resumed_s=resumed_s,
            settled_s=settled_s,
            files={
                name: (count, after)
                for (name, pid), count in before.items()
                if (after := _files(system).get((name, pid))) is not None
            },
            more=scenario.more(world) if scenario.more else {},
        )


def calm(simulators: SimulatorsClient) -> None:
    """Providers and the service's endpoint are well."""
    for provider in ("mmg", "firetext", "ses"):
        simulators.change(
            provider,
            Change(mode=Mode.OK, latency_ms=ANSWER_MS, fail_share=0, receipts="on", receipt_delay_ms=200),
        )
    simulators.change(f"callbacks/{SINK}", Change(mode=Mode.OK, latency_ms=0, fail_share=0))


def _loads(system: System, scenario: Scenario, number: int) -> list[Load]:
    duration_s = _BEFORE_S + scenario.lasts_s + _AFTER_S
    common: dict[str, object] = {
        "connections": _CONNECTIONS,
        "duration_s": duration_s,
        "keep_ids": True,
        "first_number": 1_000_000 + number * 50_000,  # far from the magic numbers
    }
    return [
        system.texts(rate=TEXTS_A_SECOND, **common),
        system.emails(rate=EMAILS_A_SECOND, **common),
    ]


def _wait_resumed(
    system: System, simulators: SimulatorsClient, running: Sequence["Popen[str]"]
) -> float | None:
    """Wait until providers accept messages again, or nothing is left to send; gives how long that took."""
    began = time.monotonic()
    seen = _taken(simulators)
    while time.monotonic() - began < RESUMED_WITHIN_S:
        is_over = all(process.poll() is not None for process in running)
        if _taken(simulators) >= seen + 10 or (is_over and system.waiting() == 0):
            return time.monotonic() - began
        time.sleep(_LOOK_EVERY_S)
    return None


def _taken(simulators: SimulatorsClient) -> int:
    try:
        return sum(counts.accepted for counts in simulators.stats().providers.values())
    except (SimulatorsError, OSError):
        return 0


def _wait_settled(system: System, simulators: SimulatorsClient, started: datetime) -> float:
    """Wait until all has ended, has been told and is billed; what is left open then is for the report."""
    began = time.monotonic()
    while time.monotonic() - began < _SETTLING_S:
        with contextlib.suppress(psycopg.OperationalError):  # the database may be coming back
            hurry(system.stack)
            if _is_settled(system, simulators, started):
                break
        time.sleep(_LOOK_EVERY_S)
    return time.monotonic() - began


def _is_settled(system: System, simulators: SimulatorsClient, started: datetime) -> bool:
    if system.waiting() or any(c.receipts.pending for c in simulators.stats().providers.values()):
        return False
    rows = notifications_since(system, started)
    ended = sum(row.status in FINAL for row in rows.values())
    return (
        ended == len(rows) == _billed(system, started) and ended <= _told(simulators) and not _to_tell(system)
    )


def _told(simulators: SimulatorsClient) -> int:
    counts = simulators.stats().callbacks.get(SINK)
    return 0 if counts is None else counts.distinct


def _to_tell(system: System) -> int:
    with psycopg.connect(system.stack.database_url) as connection:
        row = connection.execute("select count(*) from notifications.callbacks").fetchone()
    assert row is not None
    return int(row[0])


def _billed(system: System, since: datetime) -> int:
    with psycopg.connect(system.stack.database_url) as connection:
        row = connection.execute(
            "select count(*) from billing.billed where fact_id is not null and notification_id > %s",
            [first_id_at(since)],
        ).fetchone()
    assert row is not None
    return int(row[0])


def _fact_messages(system: System) -> tuple[int, int]:
    query = (
        "select (select coalesce(sum(messages), 0)::bigint from billing.facts),"
        " (select count(*) from billing.billed where fact_id is not null)"
    )
    with psycopg.connect(system.stack.database_url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _files(system: System) -> dict[tuple[str, int], int]:
    """Open file descriptors by process and its id; of Postgres, whose children are many, none."""
    names = [name for name in system.names() if name not in {"postgres", "valkey"}]
    pids = {name: system.stack.process(name).pid for name in names}
    found: dict[tuple[str, int], int] = {}
    for name, pid in pids.items():
        with contextlib.suppress(psutil.Error):
            found[name, pid] = psutil.Process(pid).num_fds()
    return found


def _added_up(outcomes: Sequence[Outcome]) -> dict[str, int]:
    total: dict[str, int] = {}
    for outcome in outcomes:
        for status, count in outcome.statuses.items():
            total[status] = total.get(status, 0) + count
    return total

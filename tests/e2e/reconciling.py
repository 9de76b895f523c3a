"""Kills processes of a running system under load, then holds what was accepted against what became of it.

`kill_run` is one such run and `KillRun.faults` what must be empty after it; `test_kill.py` makes short runs
of it, `python -m tests.e2e.reconciling --minutes 30` one long one. What was accepted is known from the load
generator, what became of it from the database, and what really went out from the simulated providers.
"""

import argparse
import contextlib
import itertools
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from servicekit.ids import first_id_at
from simulators.client import SimulatorsClient, SimulatorsError
from tests.bench import load as loads
from tests.bench.system import System, fresh_system

LEASE_S = 8.0
"""Lease of the system under test, instead of 60 s: what a killed sender held comes back after so long. With much
less, a restart that takes its time would look like a sender that is gone.
"""
SETTINGS: Mapping[str, Mapping[str, str]] = {"notifications": {"LEASE_S": str(LEASE_S)}}

VICTIMS = ("api_gateway", "notifications", "sms", "email", "postgres", "valkey")
SENDER_OF = {"sms": "sms", "email": "email"}
"""By channel, the process whose death may make a message go out twice."""
FINAL = frozenset({"delivered", "temporary-failure", "permanent-failure", "technical-failure", "sent"})

IsSettled = Callable[[System, SimulatorsClient], bool]

_TRAFFIC = 60
"""Messages that providers took since the last kill before the next one: the system is at work again."""
_PATIENCE_S = 60.0
_SETTLING_S = 120.0
_LOOK_EVERY_S = 0.1
_CONNECTIONS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the database knows of a notification."""

    channel: str
    status: str
    possible_duplicate: bool
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """Processes that were killed at once; mostly one."""

    processes: tuple[str, ...]
    at: datetime
    outage_s: float
    """From the kill until all were healthy again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KillRun:
    """What a run came to."""

    kills: Sequence[Kill]
    accepted: Mapping[str, float]
    """By id of each message that was answered 201, when it was sent (Unix time)."""
    statuses: Mapping[str, int]
    """Answers by HTTP status, of texts and emails together."""
    broken: int
    """Requests whose connection broke."""
    rows: Mapping[str, Row]
    """All notifications, by id: more than were accepted, as an answer can get lost."""
    copies: Mapping[str, int]
    """By reference, how often providers accepted it."""
    settled_s: float
    """From the end of the load until nothing was under way."""

    def lost(self) -> list[str]:
        """Accepted, and not in the database."""
        return sorted(self.accepted.keys() - self.rows.keys())

    def unfinished(self) -> list[str]:
        """Stored, and not in a final status."""
        return sorted(f"{id} {row.status}" for id, row in self.rows.items() if row.status not in FINAL)

    def unsent(self) -> list[str]:
        """Accepted, and never seen by a provider."""
        return sorted(self.accepted.keys() - self.copies.keys())

    def unknown(self) -> list[str]:
        """Seen by a provider, and not in the database."""
        return sorted(self.copies.keys() - self.rows.keys())

    def duplicates(self) -> list[str]:
        """Accepted by providers more than once."""
        return sorted(id for id, count in self.copies.items() if count > 1)

    def unmarked(self) -> list[str]:
        """Went out more than once, and the database does not say that they may have."""
        return [id for id in self.duplicates() if id in self.rows and not self.rows[id].possible_duplicate]

    def unexplained(self) -> list[str]:
        """Went out more than once although no sender of their channel was killed, nor any process away for so
        long that leases may have run out.
        """
        if any(kill.outage_s > LEASE_S / 2 for kill in self.kills):
            return []
        killed = {process for kill in self.kills for process in kill.processes}
        excused = {channel for channel, sender in SENDER_OF.items() if sender in killed}
        return [id for id in self.duplicates() if id in self.rows and self.rows[id].channel not in excused]

    def faults(self) -> dict[str, list[str]]:
        """Everything that must not be, by kind; only kinds that occurred."""
        kinds: tuple[Callable[[], list[str]], ...] = (
            self.lost, self.unfinished, self.unsent, self.unknown, self.unmarked, self.unexplained,
        )  # fmt: skip
        return {kind.__name__: found[:5] for kind in kinds if (found := kind())}

    def summary(self) -> str:
        """One line."""
        kills = ", ".join(f"{'+'.join(kill.processes)} (away {kill.outage_s:.1f} s)" for kill in self.kills)
        marked = sum(row.possible_duplicate for row in self.rows.values())
        return (
            f"killed {kills}; accepted {len(self.accepted)} {dict(sorted(self.statuses.items()))}, "
            f"{self.broken} connections broken; {len(self.rows)} stored, {len(self.duplicates())} went out twice, "
            f"{marked} marked as possible duplicates; settled after {self.settled_s:.1f} s"
        )


def kill_run(
    system: System,
    victims: Iterable[Sequence[str]],
    *,
    duration_s: float,
    text_rate: float = 100.0,
    email_rate: float = 20.0,
    first_number: int = 0,
    is_settled: IsSettled | None = None,
) -> KillRun:
    """Load the system for `duration_s` and kill processes, each one when all is at work again after the last;
    then wait until `is_settled` (without one: until nothing is under way).

    `victims`: processes to kill at once, then those of the next time, as many as fit. `first_number`: where
    recipients begin; keep away from the magic ones, 900000 to 900999.
    """
    load = {
        "connections": _CONNECTIONS,
        "duration_s": duration_s,
        "keep_ids": True,
        "first_number": first_number,
    }
    with system.simulators as simulators:
        simulators.clear()
        started = datetime.now(UTC)
        running = [loads.start(system.texts(rate=text_rate, **load))]
        if email_rate:
            running.append(loads.start(system.emails(rate=email_rate, **load)))
        try:
            kills = list(_kill_in_turn(system, simulators, victims, duration_s))
            outcomes = [loads.finish(process) for process in running]
        finally:
            for process in running:
                process.kill()  # changes nothing where it has ended
        settled_s = _wait_settled(system, simulators, is_settled or nothing_is_under_way)
        references = simulators.references()
    return KillRun(
        kills=kills,
        accepted={id: sent_at for outcome in outcomes for id, sent_at in outcome.accepted},
        statuses=_added_up(outcome.statuses for outcome in outcomes),
        broken=sum(outcome.broken for outcome in outcomes),
        rows=notifications_since(system, started),
        copies={row.reference: row.count for row in references},
        settled_s=settled_s,
    )


def nothing_is_under_way(system: System, simulators: SimulatorsClient) -> bool:
    """Whether no delivery is queued, every status is final and every receipt was taken."""
    is_open = any(status not in FINAL and count for status, count in system.statuses().items())
    return not is_open and queue_is_empty(system, simulators)


def queue_is_empty(system: System, simulators: SimulatorsClient) -> bool:
    """Whether no delivery is queued and every receipt was taken; some may never have been sent."""
    return system.waiting() == 0 and not any(
        counts.receipts.pending for counts in simulators.stats().providers.values()
    )


def notifications_since(system: System, since: datetime) -> dict[str, Row]:
    """Notifications that were made after a time, by id."""
    query = (
        "select id, type, status, possible_duplicate, sent_at from notifications.notifications where id > %s"
    )
    with psycopg.connect(system.stack.database_url) as connection:
        rows = connection.execute(query, [first_id_at(since)]).fetchall()
    return {
        str(id): Row(channel=channel, status=status, possible_duplicate=marked, sent_at=sent_at)
        for id, channel, status, marked, sent_at in rows
    }


def wait_for(condition: Callable[[], bool], what: str, *, timeout_s: float = _PATIENCE_S) -> None:
    """Wait for something that is looked up. Raises TimeoutError."""
    give_up_at = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{what} did not happen within {timeout_s:.0f} s")
        time.sleep(_LOOK_EVERY_S)


def _kill_in_turn(
    system: System, simulators: SimulatorsClient, victims: Iterable[Sequence[str]], duration_s: float
) -> Iterator[Kill]:
    ends_at = time.monotonic() + duration_s
    for names in victims:
        seen = _taken(simulators)
        while _taken(simulators) < seen + _TRAFFIC:
            if time.monotonic() > ends_at:
                return
            time.sleep(_LOOK_EVERY_S)
        at, began = datetime.now(UTC), time.monotonic()
        for name in names:
            system.stack.process(name).kill()
        for name in names:
            system.stack.wait_healthy(name)
        yield Kill(processes=tuple(names), at=at, outage_s=time.monotonic() - began)


def _taken(simulators: SimulatorsClient) -> int:
    """Messages that providers have accepted; 0 while nobody can tell."""
    try:
        return sum(counts.accepted for counts in simulators.stats().providers.values())
    except (SimulatorsError, OSError):
        return 0


def _wait_settled(system: System, simulators: SimulatorsClient, is_settled: IsSettled) -> float:
    """Wait, at most for a time: what is left open then is for the caller to find. Gives how long it took."""
    began = time.monotonic()
    while time.monotonic() - began < _SETTLING_S:
        with contextlib.suppress(psycopg.OperationalError):  # the database may be coming back
            if is_settled(system, simulators):
                break
        time.sleep(_LOOK_EVERY_S)
    return time.monotonic() - began


def _added_up(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for statuses in counts:
        for status, count in statuses.items():
            total[status] = total.get(status, 0) + count
    return total


def main() -> None:
    """One long run; exits with 1 when something must not be."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.reconciling")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--texts", type=float, default=100.0, help="a second")
    parser.add_argument("--emails", type=float, default=20.0, help="a second")
    options = parser.parse_args()
    with fresh_system(settings=SETTINGS) as system:
        run = kill_run(
            system,
            itertools.cycle([*([name] for name in VICTIMS), VICTIMS]),
            duration_s=60 * options.minutes,
            text_rate=options.texts,
            email_rate=options.emails,
        )
    print(run.summary())
    print("faults:", run.faults() or "none")
    sys.exit(1 if run.faults() else 0)


if __name__ == "__main__":
    main()

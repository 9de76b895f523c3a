"""From where on the queues' indexes are read, so that what is gone is not read again.

An entry of an index stays until vacuum may take it away, and while somebody holds an old snapshot (a backup, a
report) vacuum takes nothing: a claim that begins at the index's start walks over everything that was sent since, more
with every second. So the place of the oldest delivery that was met is remembered for each lane and service, and of the
oldest lease for all, and the next statement begins there. Callbacks have a place for each endpoint.

What turns up behind a mark (a transaction that committed late, a clock that runs behind, a claim that was rolled back)
is found by a wider look once in a while, and what turns up far behind it by one at everything. Nothing is shared
between processes, and a process that starts reads all once.
Used by `delivering` and `callbacks`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar
from uuid import UUID

from services.notifications.callbacks_limits import Endpoint

MARGIN: Final = timedelta(seconds=5)
"""Newer than this is never left out: statements and commits take a moment, and clocks differ a little."""
WIDE_EVERY: Final = timedelta(seconds=60)
WIDE: Final = timedelta(minutes=10)
"""How far behind its mark a wider look begins."""
EVERYTHING_EVERY: Final = timedelta(minutes=10)
"""Whatever was thought of the marks, nothing that is ready waits for longer than this unseen."""
CALLBACKS_EVERYTHING_EVERY: Final = timedelta(seconds=15)
"""Leases of callbacks that run out keep their place behind the marks, and so does what waits for an endpoint that is
paused until somebody sets it again: so long they wait to be found."""
LEASE_MARGIN: Final = timedelta(seconds=30)
MOST_MARKS: Final = 200
"""Those of whom most was claimed are kept: the others have little behind them."""

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)

K = TypeVar("K")


class _Waited(Protocol):
    """What is looked at of a delivery that was claimed."""

    @property
    def lane(self) -> int: ...

    @property
    def service_id(self) -> UUID: ...

    @property
    def run_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginnings:
    """From where each lane and service that is known is read, in the index's order."""

    lanes: list[int]
    service_ids: list[UUID]
    sinces: list[datetime]


EVERYTHING: Final = Beginnings(lanes=[], service_ids=[], sinces=[])


@dataclass(slots=True)
class _Mark:
    since: datetime
    claimed: int = 0


class RareLooks:
    """When it is time for a look that is made once in a while."""

    def __init__(self, every: timedelta) -> None:
        self._every = every
        self._last: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether the look that is made now is to be such a one. A clock that was set back is a reason too."""
        if self._last is not None and self._last <= now < self._last + self._every:
            return False
        is_first, self._last = self._last is None, now
        return not is_first


class _Marks(Generic[K]):
    """A place in each of many queues that share an index."""

    def __init__(self, *, everything_every: timedelta) -> None:
        self._marks: dict[K, _Mark] = {}
        self._wide = RareLooks(WIDE_EVERY)
        self._whole = RareLooks(everything_every)

    def sinces(self, now: datetime) -> dict[K, datetime]:
        """From where a claim at this time reads the queues that are known; those that are not, from their start."""
        if self._whole.is_due(now):
            return {}
        back = WIDE if self._wide.is_due(now) else timedelta(0)
        newest = now - MARGIN
        return {key: min(mark.since, newest) - back for key, mark in self._marks.items()}

    def forget(self, key: K) -> None:
        """Read a queue from its start the next time."""
        self._marks.pop(key, None)

    def note_claimed(self, claimed: Iterable[tuple[K, datetime]], *, is_all: bool, now: datetime) -> None:
        """Learn from what was claimed: since when each of it was ready. `is_all`: nothing else was, in any queue."""
        oldest: dict[K, datetime] = {}
        for key, run_at in claimed:
            oldest[key] = min(run_at, oldest.get(key, run_at))
            mark = self._marks.setdefault(key, _Mark(BEGINNING))
            mark.claimed += 1
        for key, mark in self._marks.items():
            if is_all:
                mark.since = now
            elif key in oldest:
                mark.since = oldest[key]
        if len(self._marks) > 2 * MOST_MARKS:
            kept = sorted(self._marks.items(), key=lambda item: item[1].claimed, reverse=True)
            self._marks = dict(kept[:MOST_MARKS])


class ClaimMarks(_Marks[tuple[int, UUID]]):
    """The marks of one channel's deliveries, by lane and service."""

    def __init__(self) -> None:
        super().__init__(everything_every=EVERYTHING_EVERY)

    def beginnings(self, now: datetime) -> Beginnings:
        """From where a claim at this time reads."""
        known = sorted(self.sinces(now).items(), key=lambda item: (item[0][0], item[0][1].int))
        return Beginnings(
            lanes=[lane for (lane, _), _ in known],
            service_ids=[service_id for (_, service_id), _ in known],
            sinces=[since for _, since in known],
        )

    def note(self, rows: Iterable[_Waited], *, is_all: bool, now: datetime) -> None:
        """Learn from what was claimed. `is_all`: nothing else was ready, for any service."""
        self.note_claimed((((row.lane, row.service_id), row.run_at) for row in rows), is_all=is_all, now=now)


class CallbackMarks(_Marks[Endpoint]):
    """The marks of callbacks, by endpoint."""

    def __init__(self) -> None:
        super().__init__(everything_every=CALLBACKS_EVERYTHING_EVERY)

    def beginnings(self, now: datetime) -> list[tuple[Endpoint, datetime]]:
        """From where a claim at this time reads, in the index's order."""
        return sorted(self.sinces(now).items(), key=lambda item: (item[0].service_id.int, item[0].kind))


class LeaseMark:
    """From where leases that ran out are looked for."""

    def __init__(self) -> None:
        self._since = BEGINNING
        self._wide = RareLooks(WIDE_EVERY)
        self._whole = RareLooks(EVERYTHING_EVERY)

    def beginning(self, now: datetime) -> datetime:
        """From where a look at this time begins."""
        if self._whole.is_due(now):
            return BEGINNING
        since = min(self._since, now - LEASE_MARGIN)
        return since - WIDE if since > BEGINNING + WIDE and self._wide.is_due(now) else since

    def note_all_returned(self, now: datetime) -> None:
        """Every lease that had run out by this time was returned."""
        self._since = now

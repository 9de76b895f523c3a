"""Every statement of printing but those of kept reports (`deliverykit.kept_store`).

One method is one statement or one transaction. All raise Unavailable, DeadlineExceeded or Conflict while the
database can't do it now (see `servicekit.database`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from notifyrules.postage import Postage
from servicekit.database import Pool, load_queries
from servicekit.errors import Conflict
from services.letters.printing.credentials import Credentials, CredentialsBox
from services.letters.printing.letters_to_print import (
    LeasedLetter,
    LetterReport,
    PretendReport,
    PrintProgress,
    PrintResult,
    PrintRun,
    RunOrigin,
    RunState,
    Volume,
)

_QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9999, 1, 1, tzinfo=UTC)
_LAST_ID: Final = UUID(int=2**128 - 1)
_TAKEN_AT_ONCE: Final = 5_000
"""Letters that a run takes in one statement: well within the time limit of statements."""


class PrintStore:
    """See the module."""

    def __init__(self, pool: Pool, box: CredentialsBox) -> None:
        self._pool = pool
        self._box = box

    # Runs.

    async def begin_run(self, run_id: UUID, day: date, origin: RunOrigin, now: datetime) -> PrintRun | None:
        """Write a new run down; None when the day's scheduled one is there already."""
        rows = await self._pool.fetch(
            _QUERIES.begin_print_run, {"id": run_id, "day": day, "origin": origin.value, "now": now}
        )
        return _run_from_row(rows[0]) if rows else None

    async def collecting_runs(self) -> list[PrintRun]:
        """Runs that are not done with taking letters, oldest first."""
        return [_run_from_row(row) for row in await self._pool.fetch(_QUERIES.collecting_print_runs, {})]

    async def has_scheduled_run(self, day: date) -> bool:
        """Whether the scheduled run of a day took its letters."""
        rows = await self._pool.fetch(_QUERIES.scheduled_print_run, {"day": day})
        return bool(rows) and rows[0][0] == RunState.PRINTING

    async def take_letters(
        self, run: PrintRun, before: datetime, now: datetime, *, after: datetime | None = None
    ) -> tuple[int, datetime | None]:
        """Give a lot of letters made before a time to a run: how many, and where the next lot begins (None:
        that were all)."""
        parameters = {
            "run_id": run.id,
            "from_at": after or _LONG_AGO,
            "before": before,
            "limit": _TAKEN_AT_ONCE,
            "now": now,
        }
        count, last = (await self._pool.fetch(_QUERIES.take_letters, parameters))[0]
        return count, last if count == _TAKEN_AT_ONCE else None

    async def count_volumes(self, run: PrintRun) -> PrintRun:
        """A run that took its letters, with what its volume report is going to be."""
        rows = await self._pool.fetch(_QUERIES.count_volumes, {"run_id": run.id})
        return replace(
            run, volumes=_volumes({postage: [letters, sheets] for postage, letters, sheets in rows})
        )

    async def finish_collecting(self, run: PrintRun, now: datetime) -> PrintRun:
        """Write the volume report and let printing begin. Raises Conflict when that was done meanwhile."""
        rows = await self._pool.fetch(_QUERIES.finish_collecting, {"run_id": run.id, "now": now})
        if not rows:
            raise Conflict("Another process finished this print run")
        return _run_from_row(rows[0])

    async def get_run(self, run_id: UUID) -> PrintRun | None:
        """One run."""
        rows = await self._pool.fetch(_QUERIES.get_print_run, {"id": run_id})
        return _run_from_row(rows[0]) if rows else None

    async def list_runs(self, limit: int, before: PrintRun | None) -> list[PrintRun]:
        """Runs, newest first, those older than `before`."""
        parameters = {
            "before_at": before.created_at if before else _LAST,
            "before_id": before.id if before else _LAST_ID,
            "limit": limit,
        }
        return [_run_from_row(row) for row in await self._pool.fetch(_QUERIES.list_print_runs, parameters)]

    async def progress(self, run_id: UUID) -> PrintProgress:
        """How the letters of a run stand."""
        row = (await self._pool.fetch(_QUERIES.print_progress, {"run_id": run_id}))[0]
        return PrintProgress(
            waiting=row[0], retrying=row[1], handed_over=row[2], rejected=row[3], cancelled=row[4]
        )

    # Handing over.

    async def lease_letters(self, limit: int, now: datetime, leased_until: datetime) -> list[LeasedLetter]:
        """Letters to hand over, in the order in which they are to be."""
        parameters = {"limit": limit, "now": now, "leased_until": leased_until}
        rows = await self._pool.fetch(_QUERIES.lease_letters, parameters)
        return [_letter_from_row(row) for row in sorted(rows, key=lambda row: (row[8], row[9]))]

    async def complete(self, results: Sequence[PrintResult], now: datetime) -> int:
        """Write down what became of leased letters; how many of the leases still held."""
        parameters = {
            "ids": [result.notification_id for result in results],
            "attempts": [result.attempt for result in results],
            "states": [result.state and result.state.value for result in results],
            "faileds": [result.is_failure for result in results],
            "errors": [result.error for result in results],
            "next_ats": [result.next_at for result in results],
            "now": now,
        }
        return len(await self._pool.fetch(_QUERIES.complete_letters, parameters))

    # Reports.

    async def record_report(self, report: LetterReport, now: datetime) -> int | None:
        """Keep what was reported: our own count of sheets; None when the letter is unknown or had ended."""
        parameters = {
            "id": report.notification_id,
            "state": "despatched" if report.is_despatched else "rejected",
            "despatched_on": report.despatched_on,
            "cost_class": report.cost_class,
            "sheets": report.sheets,
            "now": now,
        }
        rows = await self._pool.fetch(_QUERIES.record_report, parameters)
        return rows[0][0] if rows else None

    async def want_pretend_report(self, notification_id: UUID, now: datetime) -> None:
        """Have a report pretended on a letter of a test key; again changes nothing."""
        await self._pool.run(_QUERIES.want_pretend_report, {"id": notification_id, "now": now})

    async def lease_pretend_reports(
        self, limit: int, most_attempts: int, now: datetime, next_at: datetime
    ) -> list[PretendReport]:
        """Reports to pretend; each comes again at `next_at` until it arrives, at most so often."""
        parameters = {"limit": limit, "most_attempts": most_attempts, "now": now, "next_at": next_at}
        return [
            PretendReport(notification_id=row[0], postage=Postage(row[1]), sheets=row[2], attempt=row[3])
            for row in await self._pool.fetch(_QUERIES.lease_pretend_reports, parameters)
        ]

    # Locks and credentials.

    async def take_lock(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Take or keep a lock of the cluster; whether it is ours until then."""
        parameters = {"name": name, "holder": holder, "now": now, "until": until}
        return bool(await self._pool.fetch(_QUERIES.take_lock, parameters))

    async def release_lock(self, name: str, holder: str) -> None:
        """Let somebody else have it, if it is ours."""
        await self._pool.run(_QUERIES.release_lock, {"name": name, "holder": holder})

    async def credentials(self) -> Credentials | None:
        """What the provider knows us by. Raises InternalError when the keys to read it are gone."""
        rows = await self._pool.fetch(_QUERIES.get_credentials, {})
        if not rows:
            return None
        username, password, next_password, api_key, password_changed_for, api_key_changed_for, version = rows[
            0
        ]
        return Credentials(
            username=username,
            password=self._box.decrypt(password),
            next_password=None if next_password is None else self._box.decrypt(next_password),
            api_key=self._box.decrypt(api_key),
            password_changed_for=password_changed_for,
            api_key_changed_for=api_key_changed_for,
            version=version,
        )

    async def renew_credentials(self, now: datetime) -> None:
        """Encrypt what an older key encrypted with the newest, so that the older one can be taken away."""
        rows = await self._pool.fetch(_QUERIES.get_credentials, {})
        kept = await self.credentials()
        if kept is not None and any(self._box.renewed(secret) for secret in rows[0][1:4] if secret):
            await self.change_credentials(kept, now)

    async def insert_credentials(self, credentials: Credentials, now: datetime) -> None:
        """Keep the first credentials, unless there are some."""
        parameters = {
            "username": credentials.username,
            "password": self._box.encrypt(credentials.password),
            "api_key": self._box.encrypt(credentials.api_key),
            "now": now,
        }
        await self._pool.run(_QUERIES.insert_credentials, parameters)

    async def change_credentials(self, credentials: Credentials, now: datetime) -> None:
        """Keep changed credentials. Raises Conflict when they are not based on the version that is there."""
        next_password = credentials.next_password
        parameters = {
            "password": self._box.encrypt(credentials.password),
            "next_password": None if next_password is None else self._box.encrypt(next_password),
            "api_key": self._box.encrypt(credentials.api_key),
            "password_changed_for": credentials.password_changed_for,
            "api_key_changed_for": credentials.api_key_changed_for,
            "version": credentials.version,
            "now": now,
        }
        if not await self._pool.fetch(_QUERIES.change_credentials, parameters):
            raise Conflict("Somebody else changed the credentials")


def _run_from_row(row: tuple[Any, ...]) -> PrintRun:
    run_id, day, origin, state, created_at, collected_at, volumes = row
    return PrintRun(
        id=run_id,
        day=day,
        origin=RunOrigin(origin),
        state=RunState(state),
        created_at=created_at,
        collected_at=collected_at,
        volumes=_volumes(volumes or {}),
    )


def _volumes(counts: Mapping[str, Sequence[int]]) -> dict[Postage, Volume]:
    """In the order in which letters are handed over."""
    return {
        postage: Volume(letters=counts[postage][0], sheets=counts[postage][1])
        for postage in Postage
        if postage in counts
    }


def _letter_from_row(row: tuple[Any, ...]) -> LeasedLetter:
    return LeasedLetter(
        notification_id=row[0],
        service_id=row[1],
        reference=row[2],
        postage=Postage(row[3]),
        address_lines=tuple(row[4]),
        object_key=row[5],
        attempt=row[6],
        failures=row[7],
    )

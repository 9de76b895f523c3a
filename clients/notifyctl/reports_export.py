"""`notifyctl reports notifications`: all messages of a service as CSV, in zipped parts of at most 25 MB.

Parts are written beside their names and renamed when they are whole, then the state of the report is; a command that
was ended, or lost its connection, goes on after the last whole part when it is given again. Rows are written as they
come, so memory does not grow with the report. Files hold personal data and are for their owner alone.
"""

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Annotated, Final

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from clients.notifyctl.accounts import ServiceArgument
from clients.notifyctl.channels import TYPES, Channel
from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, find_service, with_clients
from clients.notifyctl.output import AsJson, CommandError, errors, show
from notify.notifications.v1 import reports_pb2 as pb
from notifyrules.london_time import london_midnight_utc
from servicekit import clock
from servicekit.errors import Conflict, DeadlineExceeded, Unavailable

MAX_PART_BYTES: Final = 25_000_000
_SPARE_BYTES: Final = 512 * 1024
"""For what the compressor holds back, and the zip file's own ends."""
_TIMEOUT_S: Final = 6 * 3600.0
_PAUSES_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Between tries while the system does not answer; any row that comes begins them anew."""
_STATE: Final = "report.json"
_STEM: Final = "notifications"
_PRIVATE: Final = 0o600


@dataclass(slots=True, kw_only=True)
class State:
    """How far a report is; kept beside its parts."""

    service_id: str
    from_time: str
    until_time: str
    types: list[str]
    with_test_keys: bool
    page_token: str | None = None
    rows: int = 0
    parts: list[dict[str, str | int]] = field(default_factory=list)
    is_complete: bool = False

    def request(self) -> pb.ReadNotificationsReportRequest:
        """Asks for the rest."""
        request = pb.ReadNotificationsReportRequest(
            service_id=self.service_id,
            types=[TYPES[Channel(name)] for name in self.types],
            with_test_keys=self.with_test_keys,
            page_token=self.page_token,
        )
        request.from_time.FromDatetime(datetime.fromisoformat(self.from_time))
        request.until_time.FromDatetime(datetime.fromisoformat(self.until_time))
        return request


def export_command(
    service: ServiceArgument,
    out: Annotated[Path, typer.Option("--out", help="Folder for the parts.", file_okay=False)],
    first: Annotated[
        str, typer.Option("--from", help="A day in London, or a UTC time such as 2026-11-20T09:30.")
    ],
    last: Annotated[
        str | None, typer.Option("--to", help="Before this UTC time, or up to the end of this day; now.")
    ] = None,
    types: Annotated[
        list[Channel] | None, typer.Option("--type", help="Only this channel; again for more.")
    ] = None,
    with_test_keys: Annotated[
        bool, typer.Option("--with-test-keys", help="Also messages of test keys.")
    ] = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Write all messages of a service as CSV in zipped parts of at most 25 MB. Those past retention have no recipient.

    Given again after it was ended, it goes on where it was.

    Example: notifyctl reports notifications -s "Parking permits" --from 2026-11-01 --type sms --out november
    """

    async def work(clients: Clients) -> State:
        wanted = State(
            service_id=(await find_service(clients, service)).service.id,
            from_time=moment_of(first, is_end=False).isoformat(),
            until_time=(clock.now() if last is None else moment_of(last, is_end=True)).isoformat(),
            types=sorted(channel.value for channel in types or []),
            with_test_keys=with_test_keys,
        )
        state = begin(out, wanted, until_now=last is None)
        if not state.is_complete:
            await export(clients, out, state)
        return state

    state = with_clients(home, work)
    facts = {"folder": str(out), "rows": state.rows, "parts": state.parts}
    told = [
        f"{out / str(part['file'])}  {part['rows']:,} rows  {_megabytes(part)} MB" for part in state.parts
    ]
    show(facts, "\n".join([*told, f"{state.rows:,} rows in all"]), as_json=as_json)


def begin(out: Path, wanted: State, *, until_now: bool) -> State:
    """The state to go on from: that of the folder, if it is of the same report, or a new one. Raises CommandError."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for left in [*out.glob(f"{_STEM}-*.zip.unfinished"), *out.glob("report.unfinished")]:
            left.unlink()
        file = out / _STATE
        if not file.exists():
            if any(out.glob(f"{_STEM}-*.zip")):
                raise CommandError(f"{out} holds another report; choose another folder")
            save(out, wanted)
            return wanted
        found = State(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as err:
        raise CommandError(f"{out} cannot be used: {type(err).__name__}; choose another folder") from None
    same = (found.service_id, found.from_time, found.types, found.with_test_keys) == (
        wanted.service_id,
        wanted.from_time,
        wanted.types,
        wanted.with_test_keys,
    )
    if not same or (not until_now and found.until_time != wanted.until_time):
        raise CommandError(f"{out} holds another report; choose another folder")
    if found.is_complete:
        raise CommandError(f"{out} holds this report already, whole; choose another folder for a new one")
    return found


async def export(clients: Clients, out: Path, state: State, *, max_bytes: int = MAX_PART_BYTES) -> None:
    """Write all parts that are missing. Raises `ServiceError`s, CommandError; whole parts stay."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
    )
    start = datetime.fromisoformat(state.from_time).timestamp()
    end = datetime.fromisoformat(state.until_time).timestamp()
    writer = PartWriter(out, state, max_bytes=max_bytes)
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task("messages", total=end - start, rows=state.rows)
        try:
            async for page in read(clients, state.request()):
                writer.write(page)
                reached = page.reached_time.ToDatetime(UTC).timestamp()
                progress.update(task, completed=min(reached, end) - start, rows=writer.rows)
            writer.finish()
        except OSError as err:
            raise CommandError(f"{out} cannot be written: {err.strerror}") from None
        finally:
            writer.close()


async def read(
    clients: Clients, request: pb.ReadNotificationsReportRequest
) -> AsyncIterator[pb.ReadNotificationsReportResponse]:
    """All pages; where the system stops answering for a while, from the page that was last."""
    failures = 0
    while True:
        try:
            async for page in clients.channel.stream(
                clients.reports.ReadNotificationsReport, request, timeout_s=_TIMEOUT_S
            ):
                yield page
                request.page_token = page.page_token
                failures = 0
        except (Unavailable, DeadlineExceeded, Conflict):
            if failures == len(_PAUSES_S):
                raise
            await asyncio.sleep(_PAUSES_S[failures])
            failures += 1
        else:
            return


class PartWriter:
    """Writes pages into parts, and the state after each."""

    def __init__(self, out: Path, state: State, *, max_bytes: int) -> None:
        self._out = out
        self._state = state
        self._max_bytes = max_bytes
        self._header = b""
        self._token = state.page_token
        self._part: _Part | None = None
        self.rows = state.rows

    def write(self, page: pb.ReadNotificationsReportResponse) -> None:
        """Add a page, in a new part where it might not fit."""
        self._header = self._header or page.header.encode()
        if self._part is not None and not self._part.has_room(len(page.lines), self._max_bytes):
            self._end_part(is_last=False)
        if self._part is None:
            number = len(self._state.parts) + 1
            self._part = _Part(self._out, f"{_STEM}-{number:04}", self._header)
        self._part.write(page.lines, page.row_count)
        self._token = page.page_token
        self.rows += page.row_count

    def finish(self) -> None:
        """End the last part and the report."""
        self._end_part(is_last=True)

    def close(self) -> None:
        """Let go of a part that is not whole."""
        if self._part is not None:
            self._part.abandon()

    def _end_part(self, *, is_last: bool) -> None:
        state = self._state
        if self._part is not None:
            state.parts.append(self._part.finish())
            self._part = None
        state.page_token, state.rows, state.is_complete = self._token, self.rows, is_last
        save(self._out, state)


class _Part:
    """One zip file with one CSV file in it."""

    def __init__(self, out: Path, stem: str, header: bytes) -> None:
        self._target = out / f"{stem}.zip"
        self._unfinished = out / f"{stem}.zip.unfinished"
        self._rows = 0
        self._file = self._unfinished.open("wb")
        self._unfinished.chmod(_PRIVATE)
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED)
        self._csv: IO[bytes] = self._zip.open(f"{stem}.csv", "w", force_zip64=True)
        self._csv.write(header)

    def has_room(self, more_bytes: int, max_bytes: int) -> bool:
        """Whether so many bytes fit, even if they could not be compressed at all; true of the first ones."""
        spare = min(_SPARE_BYTES, max_bytes // 10)
        return not self._rows or self._file.tell() + more_bytes + spare <= max_bytes

    def write(self, lines: bytes, row_count: int) -> None:
        """Add whole lines."""
        self._csv.write(lines)
        self._rows += row_count

    def finish(self) -> dict[str, str | int]:
        """Give the file its name; tells of it."""
        self._csv.close()
        self._zip.close()
        self._file.close()
        size = self._unfinished.stat().st_size
        self._unfinished.replace(self._target)
        return {"file": self._target.name, "rows": self._rows, "bytes": size}

    def abandon(self) -> None:
        """Drop the file."""
        self._csv.close()
        self._zip.close()
        self._file.close()
        self._unfinished.unlink(missing_ok=True)


def moment_of(text: str, *, is_end: bool) -> datetime:
    """A UTC time, or a day in London: its beginning, or its end. Raises CommandError."""
    try:
        moment = datetime.fromisoformat(text)
        if "T" not in text and " " not in text:
            return london_midnight_utc(moment.date() + timedelta(days=is_end))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise CommandError(f"{text} is no day and no time: write 2026-11-20 or 2026-11-20T09:30") from None


def save(out: Path, state: State) -> None:
    """Keep the state, whole or not at all."""
    file = out / _STATE
    aside = file.with_suffix(".unfinished")
    aside.write_text(json.dumps(asdict(state), indent=2), encoding="utf-8")
    aside.chmod(_PRIVATE)
    aside.replace(file)


def _megabytes(part: dict[str, str | int]) -> str:
    return f"{int(part['bytes']) / 1_000_000:.1f}"

"""What report commands make of their options, and the parts that a report of messages is written in."""

import csv
import io
import json
import os
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from clients.notifyctl import reports_export
from clients.notifyctl.connection import Clients
from clients.notifyctl.output import CommandError
from clients.notifyctl.reporting import bar, period_of, share, write_csv
from clients.notifyctl.reports_export import State, begin, export, moment_of
from notify.notifications.v1 import reports_pb2 as pb
from servicekit.errors import NotFound, ServiceError, Unavailable

TODAY = date(2026, 2, 14)


@pytest.mark.parametrize(
    ("options", "days"),
    [
        ((None, None, None), ("2026-02-01", "2026-02-14")),
        (("2026-02", None, None), ("2026-02-01", "2026-02-28")),
        (("2025-12", None, None), ("2025-12-01", "2025-12-31")),
        ((None, "2026-01-30", None), ("2026-01-30", "2026-02-14")),
        ((None, "2026-01-30", "2026-01-31"), ("2026-01-30", "2026-01-31")),
    ],
)
def test_options_name_days(options: tuple[str | None, str | None, str | None], days: tuple[str, str]) -> None:
    period = period_of(*options, today=TODAY)
    assert (period.first_london_date, period.last_london_date) == days


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("2026-13", None, None), "--month must look like"),
        (("february", None, None), "--month must look like"),
        ((None, None, "2026-01-01"), "--to goes with --from"),
        (("2026-01", "2026-01-01", None), "either --month or --from"),
        ((None, "yesterday", None), "--from must be a day"),
    ],
)
def test_days_that_are_none_are_refused(
    options: tuple[str | None, str | None, str | None], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        period_of(*options, today=TODAY)


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(1, 3, 33.33), (0, 0, None), (99_999, 100_000, 99.99), (5, 5, 100.0)]
)
def test_a_share_is_only_all_where_it_is_all(part: int, whole: int, percent: float | None) -> None:
    assert share(part, whole) == percent


def test_the_smallest_share_can_be_seen() -> None:
    assert (bar(None), bar(0.0), bar(0.01), bar(100.0)) == ("", "", "▏", "█" * 40)


def test_a_csv_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        write_csv(tmp_path / "none" / "users.csv", [])


@pytest.mark.parametrize(
    ("text", "is_end", "moment"),
    [
        ("2026-07-01", False, datetime(2026, 6, 30, 23, tzinfo=UTC)),
        ("2026-07-01", True, datetime(2026, 7, 1, 23, tzinfo=UTC)),
        ("2026-07-01T09:30", True, datetime(2026, 7, 1, 9, 30, tzinfo=UTC)),
    ],
)
def test_a_day_is_londons_and_a_time_is_utc(text: str, is_end: bool, moment: datetime) -> None:
    assert moment_of(text, is_end=is_end) == moment


def pages(
    count: int, row: bytes = b"07700900123,ref\r\n", rows: int = 100
) -> list[pb.ReadNotificationsReportResponse]:
    """Pages whose tokens are their numbers."""
    return [
        pb.ReadNotificationsReportResponse(
            header="Recipient,Reference\r\n", lines=row * rows, row_count=rows, page_token=str(n)
        )
        for n in range(1, count + 1)
    ]


def hard_to_compress(
    found: list[pb.ReadNotificationsReportResponse],
) -> list[pb.ReadNotificationsReportResponse]:
    """The pages with 100 rows of 2 KB each."""
    for page in found:
        page.lines = b"".join(os.urandom(1_000).hex().encode() + b",x\r\n" for _ in range(100))
    return found


class FakeChannel:
    """Streams pages after the token that is asked for; fails where it is told to, once each."""

    def __init__(
        self, found: Sequence[pb.ReadNotificationsReportResponse], failures: dict[str, ServiceError]
    ) -> None:
        self.found = found
        self.failures = failures
        self.asked: list[str] = []

    async def stream(
        self, method: object, request: pb.ReadNotificationsReportRequest, *, timeout_s: float
    ) -> AsyncIterator[pb.ReadNotificationsReportResponse]:
        self.asked.append(request.page_token)
        for page in self.found:
            if int(page.page_token) <= int(request.page_token or 0):
                continue
            yield page
            if page.page_token in self.failures:
                raise self.failures.pop(page.page_token)


class FakeClients:
    """As much of `Clients` as a report needs."""

    def __init__(self, found: Sequence[pb.ReadNotificationsReportResponse], **failures: ServiceError) -> None:
        self.channel = FakeChannel(
            found, {name.removeprefix("after_"): err for name, err in failures.items()}
        )
        self.reports = self

    def ReadNotificationsReport(self) -> None:  # noqa: N802 -- the RPC's name
        """Never called: the channel answers."""


def as_clients(fake: FakeClients) -> Clients:
    return cast("Clients", fake)


def a_state(**changes: Any) -> State:
    values: dict[str, Any] = {
        "service_id": "0197c2f4-6a0e-7c4b-9d3e-5b8f21a60c77",
        "from_time": "2026-11-01T00:00:00+00:00",
        "until_time": "2026-12-01T00:00:00+00:00",
        "types": ["sms"],
        "with_test_keys": False,
    }
    return State(**{**values, **changes})


def rows_in(out: Path) -> list[dict[str, str]]:
    rows = []
    for file in sorted(out.glob("*.zip")):
        with zipfile.ZipFile(file) as archive:
            (name,) = archive.namelist()
            rows += list(csv.DictReader(io.StringIO(archive.read(name).decode(), newline="")))
    return rows


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports_export, "_PAUSES_S", (0.0, 0.0))


async def test_parts_keep_to_their_size_and_each_has_the_columns(tmp_path: Path) -> None:
    found = hard_to_compress(pages(40))
    state = begin(tmp_path, a_state(), until_now=False)

    await export(as_clients(FakeClients(found)), tmp_path, state, max_bytes=1_000_000)

    files = sorted(tmp_path.glob("*.zip"))
    assert len(files) > 3
    assert max(file.stat().st_size for file in files) <= 1_000_000
    assert (len(rows_in(tmp_path)), set(rows_in(tmp_path)[0])) == (4_000, {"Recipient", "Reference"})
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}


async def test_a_connection_that_is_lost_costs_no_row_and_doubles_none(tmp_path: Path) -> None:
    clients = FakeClients(pages(5), after_2=Unavailable("gone"), after_4=Unavailable("gone"))

    await export(as_clients(clients), tmp_path, begin(tmp_path, a_state(), until_now=False))

    assert (len(rows_in(tmp_path)), clients.channel.asked) == (500, ["", "2", "4"])


async def test_a_report_that_ended_half_way_goes_on_after_its_last_whole_part(tmp_path: Path) -> None:
    found = hard_to_compress(pages(30))
    with pytest.raises(NotFound):
        await export(
            as_clients(FakeClients(found, after_25=NotFound("service"))),
            tmp_path,
            begin(tmp_path, a_state(), until_now=False),
            max_bytes=1_000_000,
        )
    whole = len(list(tmp_path.glob("*.zip")))
    state = begin(tmp_path, a_state(), until_now=True)
    clients = FakeClients(found)

    await export(as_clients(clients), tmp_path, state, max_bytes=1_000_000)

    assert whole >= 1
    assert clients.channel.asked != [""]
    assert len(rows_in(tmp_path)) == state.rows == 3_000
    assert json.loads((tmp_path / "report.json").read_text())["is_complete"] is True
    assert list(tmp_path.glob("*.unfinished")) == []


async def test_an_empty_report_is_one_part_with_the_columns(tmp_path: Path) -> None:
    nothing = pb.ReadNotificationsReportResponse(header="Recipient,Reference\r\n", page_token="1")

    await export(as_clients(FakeClients([nothing])), tmp_path, begin(tmp_path, a_state(), until_now=False))

    with zipfile.ZipFile(tmp_path / "notifications-0001.zip") as archive:
        assert archive.read("notifications-0001.csv") == b"Recipient,Reference\r\n"


async def test_a_folder_with_another_report_or_a_whole_one_is_left_alone(tmp_path: Path) -> None:
    await export(as_clients(FakeClients(pages(1))), tmp_path, begin(tmp_path, a_state(), until_now=False))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    with pytest.raises(CommandError, match="whole"):
        begin(tmp_path, a_state(), until_now=False)
    with pytest.raises(CommandError, match="another report"):
        begin(tmp_path, a_state(types=[]), until_now=False)
    (tmp_path / "report.json").rename(tmp_path / "kept.json")
    with pytest.raises(CommandError, match="another report"):
        begin(tmp_path, a_state(), until_now=False)

    (tmp_path / "kept.json").rename(tmp_path / "report.json")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before

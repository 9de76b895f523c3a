"""How reports are asked for and shown: days in London, tables with bars, CSV files. For `reports` and `refusals`."""

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from clients.notifyctl.output import CommandError, console, show
from notify.notifications.v1 import reports_pb2 as pb
from notify.notifications.v1 import types_pb2
from notifyrules.london_time import london_date
from servicekit import clock

_BAR: Final = 40
_MONTH: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)

Month = Annotated[
    str | None, typer.Option(help="A month in London, such as 2026-11; without days, this month.")
]
FirstDay = Annotated[str | None, typer.Option("--from", help="Instead, the first day: YYYY-MM-DD.")]
LastDay = Annotated[str | None, typer.Option("--to", help="The last day; today if left out.")]
CsvFile = Annotated[
    Path | None, typer.Option("--csv", help="Write a CSV file instead of a table.", dir_okay=False)
]
OptionalService = Annotated[
    str | None, typer.Option("--service", "-s", help="Only this service: its id or its name.")
]


def period_of(month: str | None, first: str | None, last: str | None, today: date | None = None) -> pb.Period:
    """The days that options name. Raises CommandError."""
    today = today or london_date(clock.now())
    if first is None and last is not None:
        raise CommandError("--to goes with --from")
    if month is not None and first is not None:
        raise CommandError("say either --month or --from and --to")
    if first is not None:
        start, end = _day(first, "--from"), today if last is None else _day(last, "--to")
    else:
        start, end = _month(month, today)
    return pb.Period(first_london_date=start.isoformat(), last_london_date=end.isoformat())


def told_period(period: pb.Period) -> str:
    """A period for a heading."""
    return f"{period.first_london_date} to {period.last_london_date}"


def type_name(number: int) -> str:
    """The public name of a channel."""
    return types_pb2.NotificationType.Name(number).removeprefix("NOTIFICATION_TYPE_").lower()


def share(part: int, whole: int) -> float | None:
    """A share in percent with two decimals, never rounded up to all of it; None of nothing."""
    if not whole:
        return None
    percent = round(100 * part / whole, 2)
    return 99.99 if percent == 100 and part < whole else percent


def told_share(percent: float | None) -> str:
    """A share for people."""
    return "–" if percent is None else f"{percent:.2f} %"


def bar(percent: float | None) -> str:
    """A share as a bar; the smallest share can be seen."""
    if not percent:
        return ""
    return "█" * round(percent / 100 * _BAR) or "▏"


def show_report(
    name: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Mapping[str, str],
    *,
    as_json: bool,
    csv_file: Path | None,
    bar_of: str | None = None,
    heading: str = "",
) -> None:
    """Show rows as JSON, as a CSV file or as a table. `columns`: field → title, of those in the table; fields that end
    in `_percent` are shares. `bar_of`: the field that is drawn as bars beside it.
    """
    if csv_file is not None:
        write_csv(csv_file, rows)
        show({"file": str(csv_file), "rows": len(rows)}, f"{csv_file}: {len(rows):,} rows", as_json=as_json)
        return
    if as_json:
        show({name: list(rows)}, "", as_json=True)
        return
    if heading:
        console.print(heading, markup=False)
    if not rows:
        console.print(f"no {name.replace('_', ' ')}")
        return
    table = Table(box=None, pad_edge=False)
    for field, title in columns.items():
        is_number = any(isinstance(row[field], int | float) for row in rows)
        table.add_column(title, justify="right" if is_number else "left", overflow="fold")
    if bar_of is not None:
        table.add_column("")
    for row in rows:
        cells = [_cell(field, row[field]) for field in columns]
        table.add_row(*cells, *([] if bar_of is None else [bar(row[bar_of])]))
    console.print(table)


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows with their fields as columns. Raises CommandError."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]) if rows else [])
            writer.writeheader()
            writer.writerows(rows)
    except OSError as err:
        raise CommandError(f"{path} cannot be written: {err.strerror}") from None


def _cell(field: str, value: object) -> str:
    if field.endswith("_percent"):
        return told_share(value if isinstance(value, float) else None)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return "–" if value is None else str(value)


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{option} must be a day, written YYYY-MM-DD") from None


def _month(text: str | None, today: date) -> tuple[date, date]:
    if text is None:
        return today.replace(day=1), today
    match = _MONTH.fullmatch(text)
    try:
        start = date(int(match[1]), int(match[2]), 1) if match else None
    except ValueError:
        start = None
    if start is None:
        raise CommandError("--month must look like 2026-11")
    following = (start + timedelta(days=31)).replace(day=1)
    return start, following - timedelta(days=1)

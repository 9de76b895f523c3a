"""`notifyctl letters`: print runs, and the commands of `letter_care` and `letters_returned` under one name.

Print runs are the letters service's, which is reached at its own address: that of the local stack, or the one in
NOTIFYCTL_TARGETS where NOTIFYCTL_TARGET names another system.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from clients.notifyctl.connection import DEFAULT_HOME, Home, LettersClients, Reason, connect_letters
from clients.notifyctl.letter_care import cancel, delivered, fail, failed, late, pending, unsent
from clients.notifyctl.letter_logos import logo
from clients.notifyctl.letters_returned import returned
from clients.notifyctl.output import AsJson, show
from notify.letters.v1 import printing_pb2 as pb
from servicekit.clock import monotonic

T = TypeVar("T")

letters_app = typer.Typer(no_args_is_help=True, help="Letters and their print runs.")
for _command in (late, unsent, pending, failed, cancel, delivered, fail, returned, logo):
    letters_app.command()(_command)
letters_app.command("stuck", hidden=True)(unsent)

_TIMEOUT_S = 60.0
_POLL_S = 0.25
_ORIGINS = {pb.PRINT_RUN_ORIGIN_SCHEDULE: "scheduled", pb.PRINT_RUN_ORIGIN_BY_HAND: "by hand"}


class _Printing:
    """The letters service's print runs."""

    def __init__(self, letters: LettersClients) -> None:
        self._channel = letters.channel
        self._stub = letters.printing

    async def collate(self, day: str | None) -> pb.PrintRun:
        response = await self._channel.call(
            self._stub.CollateLetters, pb.CollateLettersRequest(london_date=day), timeout_s=_TIMEOUT_S
        )
        return response.print_run

    async def run(self, run_id: str) -> pb.PrintRun:
        request = pb.GetPrintRunRequest(print_run_id=run_id)
        return (await self._channel.call(self._stub.GetPrintRun, request, idempotent=True)).print_run

    async def runs(self, count: int) -> list[pb.PrintRun]:
        request = pb.ListPrintRunsRequest(page_size=count)
        response = await self._channel.call(self._stub.ListPrintRuns, request, idempotent=True)
        return list(response.print_runs)


@letters_app.command()
def collate(
    date: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Letters made before 17:30 of this day in London; today's."),
    ] = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait until the letters are handed over.")] = 60.0,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Start a print run by hand, and show what it did. Run again, or late, it prints nothing twice.

    Letters that were made after 17:30 go with a run for the next day. Example: notifyctl letters collate --date
    2026-01-31 --reason "the run of 17:50 was missed"
    """

    async def work(printing: _Printing) -> pb.PrintRun:
        run = await printing.collate(None if date is None else date.date().isoformat())
        give_up_at = monotonic() + wait
        while run.progress.waiting_count > run.progress.retrying_count and monotonic() < give_up_at:
            await asyncio.sleep(_POLL_S)
            run = await printing.run(run.id)
        return run

    run = _with_printing(home, work, reason=reason)
    show(_facts(run), _described(run), as_json=as_json)


@letters_app.command("print-runs")
def print_runs(
    count: Annotated[int, typer.Option(min=1, max=100, help="How many.")] = 20,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List print runs with their volumes, newest first."""

    async def work(printing: _Printing) -> list[pb.PrintRun]:
        return await printing.runs(count)

    runs = _with_printing(home, work)
    text = "\n".join(_line(run) for run in runs) or "No print run was made yet."
    show({"print_runs": [_facts(run) for run in runs]}, text, as_json=as_json)


def _with_printing(home: Path, work: Callable[[_Printing], Awaitable[T]], *, reason: str = "") -> T:
    """Do some work with the letters service. Raises CommandError and `ServiceError`s."""

    async def run() -> T:
        async with connect_letters(home, reason=reason) as letters:
            return await work(_Printing(letters))

    return asyncio.run(run())


def _facts(run: pb.PrintRun) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "id": run.id,
        "london_date": run.london_date,
        "origin": _ORIGINS.get(run.origin, "unknown"),
        "is_collected": run.state == pb.PRINT_RUN_STATE_PRINTING,
        "letters": sum(volume.letter_count for volume in run.volumes),
        "sheets": sum(volume.sheet_count for volume in run.volumes),
        "volumes": {
            volume.postage: {"letters": volume.letter_count, "sheets": volume.sheet_count}
            for volume in run.volumes
        },
    }
    if run.HasField("progress"):
        progress = run.progress
        facts["progress"] = {
            "waiting": progress.waiting_count,
            "retrying": progress.retrying_count,
            "handed_over": progress.handed_over_count,
            "rejected": progress.rejected_count,
            "cancelled": progress.cancelled_count,
        }
    return facts


def _described(run: pb.PrintRun) -> str:
    """The volume report, and how far handing over is."""
    lines = [_line(run)]
    lines += [
        f"  {volume.postage:<14}{volume.letter_count:>8} letters{volume.sheet_count:>8} sheets"
        for volume in run.volumes
    ]
    progress = run.progress
    counts = [
        (progress.handed_over_count, "handed over"),
        (progress.waiting_count - progress.retrying_count, "waiting"),
        (progress.retrying_count, "to be tried again"),
        (progress.rejected_count, "not printed"),
        (progress.cancelled_count, "cancelled"),
    ]
    if run.volumes:
        lines.append("  " + ", ".join(f"{count} {what}" for count, what in counts if count))
    return "\n".join(lines)


def _line(run: pb.PrintRun) -> str:
    letters = sum(volume.letter_count for volume in run.volumes)
    sheets = sum(volume.sheet_count for volume in run.volumes)
    how = _ORIGINS.get(run.origin, "unknown")
    return f"Print run of {run.london_date}, {how}: {letters} letters, {sheets} sheets  {run.id}"

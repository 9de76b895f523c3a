"""`notifyctl letters returned`: the printer's lists of letters that came back.

A list may be recorded twice, or be stopped half-way and begun again: a letter is recorded once.
"""

import csv
import re
import sys
from collections.abc import Iterable
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, Reason, find_service, with_clients
from clients.notifyctl.output import AsJson, CommandError, Yes, confirm, errors, show, show_table
from notify.notifications.v1 import returned_letters_pb2 as pb

_LOT: Final = 5_000
_PAGE: Final = 1_000
_TIMEOUT_S: Final = 60.0
_REFERENCE: Final = re.compile(r"[0-9A-Z]{16}", re.IGNORECASE)
_TOLD: Final = 20


def returned(
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="CSV or plain references; - reads what is pasted.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List those of a service instead.")] = False,
    service: Annotated[
        str | None, typer.Option("--service", "-s", help="For --list: its id or name.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="For --list: how many at most.")] = 250,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    reason: Reason = "",
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Record letters as returned by the printer's references, in lots of 5,000, or list a service's. Services are
    called back. References stand anywhere in a line: 16 letters and digits.

    Example: notifyctl letters returned returned-2026-03.csv --reason "the printer's list of March"
    """
    if listed:
        if service is None or file is not None:
            raise CommandError("--list wants --service, and no file")
        _list(home, service, limit, as_json=as_json)
        return
    if file is None:
        raise CommandError("name a file of references, or - to paste them")
    references = read_references(_lines(file))
    if not references:
        raise CommandError("there is no reference of 16 letters and digits in it")
    if dry_run:
        show({"references": len(references)}, f"{len(references):,} references", as_json=as_json)
        return
    confirm(len(references), f"Record {len(references):,} letters as returned?", yes=yes)

    async def work(clients: Clients) -> dict[str, Any]:
        return await _record(clients, references)

    facts = with_clients(home, work, reason=reason)
    unknown = facts["unknown"]
    text = f"{facts['recorded']} recorded, {facts['repeated']} were before, {len(unknown)} not known"
    if unknown:
        more = "" if len(unknown) <= _TOLD else f" and {len(unknown) - _TOLD} more; --json has all"
        text += f": {', '.join(unknown[:_TOLD])}{more}"
    show(facts, text, as_json=as_json)


def read_references(lines: Iterable[str]) -> list[str]:
    """The references in lines of CSV or plain text, in capitals, each once, in order."""
    cells = (cell.strip() for row in csv.reader(lines) for cell in re.split(r"[\s;,]+", " ".join(row)))
    return list(dict.fromkeys(cell.upper() for cell in cells if _REFERENCE.fullmatch(cell)))


def _lines(file: str) -> list[str]:
    """Raises CommandError."""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as err:
        raise CommandError(f"{file} cannot be read: {err}") from err
    return text.replace("\0", "").splitlines()


async def _record(clients: Clients, references: list[str]) -> dict[str, Any]:
    recorded = repeated = 0
    unknown: list[str] = []
    for begin in range(0, len(references), _LOT):
        lot = references[begin : begin + _LOT]
        answer = await clients.channel.call(
            clients.returned_letters.RecordReturnedLetters,
            pb.RecordReturnedLettersRequest(references=lot),
            timeout_s=_TIMEOUT_S,
            idempotent=True,
        )
        recorded += answer.recorded_count
        repeated += answer.repeated_count
        unknown += answer.unknown_references
        if len(references) > _LOT:
            errors.print(f"{begin + len(lot):,} of {len(references):,}")
    return {"recorded": recorded, "repeated": repeated, "unknown": unknown}


def _list(home: Path, service: str, limit: int, *, as_json: bool) -> None:
    async def work(clients: Clients) -> list[pb.ReturnedLetter]:
        service_id = (await find_service(clients, service)).service.id
        request = pb.ListReturnedLettersRequest(service_id=service_id, page_size=min(limit, _PAGE))
        found: list[pb.ReturnedLetter] = []
        while True:
            answer = await clients.channel.call(
                clients.returned_letters.ListReturnedLetters, request, idempotent=True
            )
            found += answer.letters
            if len(found) >= limit or not answer.HasField("next_page_token"):
                return found[:limit]
            request.page_token = answer.next_page_token

    rows = [
        {
            "reported": f"{each.report_time.ToDatetime(UTC):%Y-%m-%d %H:%M:%S}",
            "letter_reference": each.letter_reference,
            "notification_id": each.notification_id,
            "made": f"{each.create_time.ToDatetime(UTC):%Y-%m-%d %H:%M:%S}",
        }
        for each in with_clients(home, work)
    ]
    columns = {
        "reported": "reported (UTC)",
        "letter_reference": "reference",
        "notification_id": "notification",
        "made": "made (UTC)",
    }
    show_table("returned_letters", rows, columns, as_json=as_json)

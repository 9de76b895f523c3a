"""`notifyctl documents`: files that were sent by email. Find one, see how often it was downloaded, block it.

A link's key stays here: only the ids in a link are sent.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import typer
from google.protobuf.timestamp_pb2 import Timestamp
from rich.table import Table

from clients.notifyctl.connection import (
    DEFAULT_HOME,
    Clients,
    Home,
    Reason,
    connect_all,
    find_service,
    is_uuid,
    reason_of,
    with_clients,
)
from clients.notifyctl.output import AsJson, CommandError, Yes, confirm, console, show
from notify.documents.v1 import documents_pb2 as pb
from notify.documents.v1 import documents_pb2_grpc
from notifyrules.file_types import format_file_size
from notifyrules.ids import base64_to_uuid
from servicekit.grpc_client import Channel

T = TypeVar("T")

documents_app = typer.Typer(no_args_is_help=True, help="Files that were sent by email.")

_SERVICE = "documents"
_REMOVAL_TIMEOUT_S = 600.0
_MOST_LISTED = 1_000

Link = Annotated[str, typer.Argument(metavar="LINK", help="The link from the email, or the document's id.")]
Links = Annotated[
    list[str] | None, typer.Argument(metavar="[LINK]...", help="Links from emails, or documents' ids.")
]
OptionalService = Annotated[
    str | None, typer.Option("--service", "-s", help="The service: its id or its name.")
]
NeededService = Annotated[str, typer.Option("--service", "-s", help="The service: its id or its name.")]
Day = Annotated[str | None, typer.Option("--day", help="Those stored on this day in London: YYYY-MM-DD.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Documents:
    """The documents service."""

    channel: Channel
    stub: "documents_pb2_grpc.DocumentsServiceAsyncStub"


@documents_app.command("find")
def find(link: Link, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show what a link leads to: whose it is, its state, how often it was downloaded, what was done to it.

    Example: notifyctl documents find 'https://notify.example/d/AYkA…/AZ…?key=…'
    """
    request = pb.GetDocumentRequest(document_id=document_id_in(link))
    answer = _with_documents(home, lambda service: service.channel.call(service.stub.GetDocument, request))
    facts = document_facts(answer.document)
    show(facts, _text_of(facts), as_json=as_json)


@documents_app.command("list")
def list_documents(
    service: NeededService,
    day: Day = None,
    limit: Annotated[int, typer.Option(min=1, max=_MOST_LISTED, help="How many at most.")] = 50,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List a service's documents, newest first.

    Example: notifyctl documents list -s "Parking permits" --day 2026-11-22
    """
    request = pb.ListDocumentsRequest(
        service_id=_service_id(home, service), london_date=_checked_day(day), page_size=limit
    )
    answer = _with_documents(home, lambda service: service.channel.call(service.stub.ListDocuments, request))
    facts = [document_facts(found) for found in answer.documents]
    if as_json:
        show({"documents": facts}, "", as_json=True)
        return
    table = Table("id", "state", "type", "size", "stored", "until", "downloads", box=None, pad_edge=False)
    for row in facts:
        table.add_row(
            row["id"],
            row["state"],
            row["type"],
            row["size"],
            row["stored"],
            row["until"],
            str(row["downloads"]),
        )
    console.print(table)


@documents_app.command("block")
def block(
    links: Links = None,
    service: OptionalService = None,
    day: Day = None,
    reason: Reason = "",
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Block documents, at once: by link or id, or all of a service's of a day.

    Example: notifyctl documents block -s "Parking permits" --day 2026-11-22 --reason "sent to the wrong list"
    """
    selection, why = _selection(home, links, service, day), reason_of(reason)
    count = _count(home, selection)
    confirm(count, f"Block {count} documents?", yes=yes)
    request = pb.BlockDocumentsRequest(selection=selection, reason=why)
    answer = _with_documents(
        home, lambda service: service.channel.call(service.stub.BlockDocuments, request), reason=why
    )
    show({"blocked": answer.changed}, f"blocked: {answer.changed}", as_json=as_json)


@documents_app.command("unblock")
def unblock(
    links: Links = None,
    service: OptionalService = None,
    day: Day = None,
    reason: Reason = "",
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Take blocks away, at once.

    Example: notifyctl documents unblock 01a20451-b0ed-7f3d-a700-00d067050031 --reason "it was harmless"
    """
    selection, why = _selection(home, links, service, day), reason_of(reason)
    count = _count(home, selection)
    confirm(count, f"Take the blocks of {count} documents away?", yes=yes)
    request = pb.UnblockDocumentsRequest(selection=selection, reason=why)
    answer = _with_documents(
        home, lambda service: service.channel.call(service.stub.UnblockDocuments, request), reason=why
    )
    show({"unblocked": answer.changed}, f"unblocked: {answer.changed}", as_json=as_json)


@documents_app.command("remove-expired")
def remove_expired(reason: Reason = "", home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Remove expired files now, as is done every night.

    Example: notifyctl documents remove-expired --reason "the disk is full"
    """
    answer = _with_documents(
        home,
        lambda service: service.channel.call(
            service.stub.RemoveExpired, pb.RemoveExpiredRequest(), timeout_s=_REMOVAL_TIMEOUT_S
        ),
        reason=reason_of(reason),
    )
    facts = {
        "files": answer.files,
        "bytes": answer.bytes,
        "orphans": answer.orphans,
        "forgotten": answer.forgotten,
        "failed": answer.failed,
    }
    show(facts, "\n".join(f"{name}: {count}" for name, count in facts.items()), as_json=as_json)


def document_id_in(link: str) -> str:
    """The id of the document that a link from an email, or an id, names. Raises CommandError."""
    if is_uuid(link):
        return link
    parts = urlsplit(link).path.split("/")
    try:
        at = parts.index("d")
        base64_to_uuid(parts[at + 1])
        return str(base64_to_uuid(parts[at + 2]))
    except (ValueError, IndexError):
        raise CommandError("this is neither a link to a document nor the id of one") from None


def document_facts(found: pb.Document) -> dict[str, Any]:
    """A document as it is shown."""
    return {
        "id": found.id,
        "service_id": found.service_id,
        "state": pb.DocumentState.Name(found.state).removeprefix("DOCUMENT_STATE_").lower(),
        "type": found.mime_type,
        "size": format_file_size(found.size_bytes),
        "stored": _shown(found.create_time),
        "until": _shown(found.expire_time),
        "removed": _shown(found.remove_time) if found.HasField("remove_time") else None,
        "confirmation": found.confirmation_needed,
        "locked_until": _shown(found.locked_until_time) if found.HasField("locked_until_time") else None,
        "downloads": found.downloads,
        "actions": [
            {
                "time": _shown(action.time),
                "caller": action.caller,
                "action": "blocked" if action.blocked else "unblocked",
                "reason": action.reason,
            }
            for action in found.actions
        ],
    }


def _text_of(facts: dict[str, Any]) -> str:
    lines = [f"{name}: {value}" for name, value in facts.items() if name != "actions" and value is not None]
    lines += [
        f"{each['time']}  {each['action']} by {each['caller']}: {each['reason']}" for each in facts["actions"]
    ]
    return "\n".join(lines)


def _selection(
    home: Path, links: Sequence[str] | None, service: str | None, day: str | None
) -> pb.DocumentSelection:
    if links:
        if service or day:
            raise CommandError("give links, or --service and --day")
        return pb.DocumentSelection(document_ids=[document_id_in(link) for link in links])
    if service is None or day is None:
        raise CommandError("say which: links, or --service and --day")
    return pb.DocumentSelection(service_id=_service_id(home, service), london_date=_checked_day(day))


def _service_id(home: Path, service: str) -> str:
    if is_uuid(service):
        return service

    async def work(clients: Clients) -> str:
        return (await find_service(clients, service)).service.id

    return with_clients(home, work)


def _checked_day(day: str | None) -> str:
    if day is None:
        return ""
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError:
        raise CommandError("a day is written YYYY-MM-DD") from None


def _shown(stamp: Timestamp) -> str:
    return stamp.ToDatetime(tzinfo=UTC).isoformat(timespec="seconds")


def _count(home: Path, selection: pb.DocumentSelection) -> int:
    """How many documents are meant."""
    if selection.document_ids:
        return len(selection.document_ids)

    async def work(documents: _Documents) -> int:
        request = pb.ListDocumentsRequest(
            service_id=selection.service_id, london_date=selection.london_date, page_size=_MOST_LISTED
        )
        count = 0
        while True:
            answer = await documents.channel.call(documents.stub.ListDocuments, request)
            count += len(answer.documents)
            if not answer.next_page_token:
                return count
            request.page_token = answer.next_page_token

    return _with_documents(home, work)


def _with_documents(home: Path, work: Callable[[_Documents], Awaitable[T]], *, reason: str = "") -> T:
    """Do some work with the documents service. Raises CommandError and `ServiceError`s."""

    async def run() -> T:
        async with connect_all(home, [_SERVICE], reason=reason) as channels:
            channel = channels[_SERVICE]
            stub = documents_pb2_grpc.DocumentsServiceStub(channel.grpc)
            return await work(_Documents(channel=channel, stub=stub))

    return asyncio.run(run())

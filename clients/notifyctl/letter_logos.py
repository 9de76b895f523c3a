"""`notifyctl letters logo`: the logo at the top of letters from templates, of a service or of an organisation."""

from pathlib import Path
from typing import Annotated

import typer

from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, Reason, find_service, with_clients
from clients.notifyctl.letter_templates import check_logo
from clients.notifyctl.organisations import find_organisation
from clients.notifyctl.output import AsJson, CommandError, show, show_facts
from notify.notifications.v1 import letter_logos_pb2 as pb


def logo(
    service: Annotated[
        str | None, typer.Option("--service", "-s", help="A service's own: its id or its name.")
    ] = None,
    org: Annotated[
        str | None, typer.Option(help="An organisation's, for those of its services that have none.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(help="Set it: an SVG file of at most 100 kB.")] = None,
    name: Annotated[str | None, typer.Option(help="What people call it; else the file's name.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Remove it.")] = False,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Show, set or remove the logo on letters. Letters that are made from then on have it.

    Example: notifyctl letters logo --service "Parking permits" --svg council.svg --name "Borsetshire Council"
    --reason "the council's new logo"
    """
    if (service is None) == (org is None):
        raise CommandError("say --service or --org")
    if svg is not None and remove:
        raise CommandError("say --svg or --remove")
    if svg is None and not remove:
        if service is None:
            raise CommandError(
                "say --svg or --remove; shown is what a service's letters have, with --service"
            )
        _show(service, home, as_json=as_json)
        return
    request = pb.SetLetterLogoRequest()
    if svg is not None:
        request.name, request.svg = name or svg.stem, _read(svg)

    async def work(clients: Clients) -> None:
        if service is not None:
            request.service_id = (await find_service(clients, service)).service.id
        else:
            request.organisation_id = (await find_organisation(clients, org or "")).id
        if request.svg:
            await check_logo(home, request.svg, request.service_id or request.organisation_id)
        await clients.channel.call(clients.letter_logos.SetLetterLogo, request)

    with_clients(home, work, reason=reason)
    show({"name": request.name or None}, "removed" if remove else f"set: {request.name}", as_json=as_json)


def _show(service: str, home: Path, *, as_json: bool) -> None:
    async def work(clients: Clients) -> pb.GetLetterLogoResponse:
        request = pb.GetLetterLogoRequest(service_id=(await find_service(clients, service)).service.id)
        return await clients.channel.call(clients.letter_logos.GetLetterLogo, request)

    answer = with_clients(home, work)
    if not answer.HasField("logo"):
        show({"name": None}, "letters of this service have no logo", as_json=as_json)
        return
    found = answer.logo
    facts = {
        "name": found.name,
        "of": "organisation" if found.is_of_organisation else "service",
        "bytes": len(found.svg.encode()),
        "set": found.update_time.ToJsonString(),
    }
    show_facts(facts, as_json=as_json)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise CommandError(f"--svg: the file can not be read as text: {err}") from err

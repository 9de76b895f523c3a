"""`notifyctl template`: what is sent. What only letters have is in `letter_templates`."""

import asyncio
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from clients.notifyctl.accounts import ServiceArgument
from clients.notifyctl.channels import TYPES, Channel
from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, Reason, find_service, with_clients
from clients.notifyctl.letter_templates import LetterParts, attach, preview_template, read_attachment
from clients.notifyctl.output import AsJson, CommandError, show
from notify.notifications.v1 import templates_pb2, types_pb2

template_app = typer.Typer(no_args_is_help=True, help="Templates of a service.")


class Postage(StrEnum):
    """How a template's letters are posted."""

    FIRST = "first"
    SECOND = "second"
    ECONOMY = "economy"


TemplateArgument = Annotated[str, typer.Argument(metavar="TEMPLATE", help="Id of the template.")]
OptionalPostage = Annotated[
    Postage | None, typer.Option(help="Letters: how they are posted; second where nothing is said.")
]
Contact = Annotated[
    str | None, typer.Option(help="Letters: id of the letter contact that is shown; empty removes it.")
]
WelshSubject = Annotated[
    str | None, typer.Option(help="Letters: the subject in Welsh, whose pages come first.")
]
WelshBody = Annotated[str | None, typer.Option(help="Letters: the text in Welsh.")]
Attachment = Annotated[Path | None, typer.Option(help="Letters: a PDF whose pages go behind each of them.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """What a command says about letters."""

    postage: Postage | None
    contact: str | None
    welsh_subject: str | None
    welsh_body: str | None
    attachment: Path | None

    @property
    def is_given(self) -> bool:
        """It says something."""
        given = (self.postage, self.contact, self.welsh_subject, self.welsh_body, self.attachment)
        return any(value is not None for value in given)


@template_app.command("create")
def create_template(
    service: ServiceArgument,
    channel: Annotated[Channel, typer.Option("--type", help="The channel.")],
    name: Annotated[str, typer.Option(help="Its name.")],
    body: Annotated[str, typer.Option(help="The text, with ((placeholders)).")],
    subject: Annotated[str | None, typer.Option(help="The subject; emails and letters need one.")] = None,
    priority: Annotated[bool, typer.Option(help="Its messages go before others.")] = False,
    postage: OptionalPostage = None,
    contact: Contact = None,
    welsh_subject: WelshSubject = None,
    welsh_body: WelshBody = None,
    attachment: Attachment = None,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make a template.

    Example: notifyctl template create -s "Parking permits" --type sms --name Code --body "Your code is
    ((code))" --reason "asked for by the team"
    """
    if channel is not Channel.SMS and subject is None:
        raise CommandError(f"a template of type {channel} needs --subject")
    letter = _Letter(
        postage=postage,
        contact=contact,
        welsh_subject=welsh_subject,
        welsh_body=welsh_body,
        attachment=attachment,
    )
    if letter.is_given and channel is not Channel.LETTER:
        raise CommandError(
            "--postage, --contact, --welsh-subject, --welsh-body and --attachment are for letters"
        )

    pages = None if attachment is None else read_attachment(attachment)

    async def work(clients: Clients) -> templates_pb2.Template:
        found = await find_service(clients, service)
        request = templates_pb2.CreateTemplateRequest(
            service_id=found.service.id,
            type=TYPES[channel],
            name=name,
            body=body,
            subject=subject,
            is_priority=priority,
            postage=postage,
            letter_contact_id=contact or None,
            letter_welsh_subject=welsh_subject,
            letter_welsh_body=welsh_body,
        )
        if pages is not None:
            parts = _parts(request, _contact_block(found.letter_contacts, contact))
            request.letter_attachment_id = await attach(home, pages, parts, reason)
        return (await clients.channel.call(clients.templates.CreateTemplate, request)).template

    _show_template(with_clients(home, work, reason=reason), as_json=as_json)


@template_app.command("update")
def update_template(
    service: ServiceArgument,
    template: TemplateArgument,
    name: Annotated[str | None, typer.Option(help="A new name.")] = None,
    body: Annotated[str | None, typer.Option(help="A new text.")] = None,
    subject: Annotated[str | None, typer.Option(help="A new subject.")] = None,
    postage: OptionalPostage = None,
    contact: Contact = None,
    welsh_subject: WelshSubject = None,
    welsh_body: WelshBody = None,
    attachment: Attachment = None,
    english_only: Annotated[bool, typer.Option("--english-only", help="Letters: without Welsh.")] = False,
    no_attachment: Annotated[
        bool, typer.Option("--no-attachment", help="Letters: without pages behind.")
    ] = False,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make a new version of a template. What is not said stays as it is.

    Example: notifyctl template update -s "Parking permits" 0198… --attachment terms.pdf --reason "new terms"
    """
    if english_only:
        welsh_subject = welsh_body = ""
    pages = None if attachment is None else read_attachment(attachment)

    async def work(clients: Clients) -> templates_pb2.Template:
        found = await find_service(clients, service)
        wanted = templates_pb2.GetTemplateRequest(service_id=found.service.id, template_id=template)
        current = (await clients.channel.call(clients.templates.GetTemplate, wanted)).template
        request = templates_pb2.UpdateTemplateRequest(
            service_id=found.service.id,
            template_id=template,
            based_on_version=current.version,
            name=name,
            body=body,
            subject=subject,
            postage=postage,
            letter_contact_id=contact,
            letter_welsh_subject=welsh_subject,
            letter_welsh_body=welsh_body,
            letter_attachment_id="" if no_attachment else None,
        )
        if pages is not None:
            parts = _parts(_changed(current, request), _contact_block(found.letter_contacts, contact))
            request.letter_attachment_id = await attach(home, pages, parts, reason)
        return (await clients.channel.call(clients.templates.UpdateTemplate, request)).template

    _show_template(with_clients(home, work, reason=reason), as_json=as_json)


@template_app.command("preview")
def preview_letter(
    service: ServiceArgument,
    template: TemplateArgument,
    out: Annotated[Path, typer.Option(help="Where the PDF is written.")],
    values: Annotated[str, typer.Option(help="A JSON object of values, with the address or without.")] = "{}",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Write what letters of a template look like, as PDF. Values that are missing are marked.

    Example: notifyctl template preview -s "Parking permits" 0198… --out permit.pdf --values '{"name": "Ada"}'
    """
    try:
        given: Any = json.loads(values)
    except ValueError as err:
        raise CommandError(f"--values is no JSON: {err}") from err
    if not isinstance(given, dict):
        raise CommandError("--values is no JSON object")

    async def find(clients: Clients) -> str:
        return (await find_service(clients, service)).service.id

    answer = asyncio.run(preview_template(home, with_clients(home, find), template, given))
    out.write_bytes(answer.pdf)
    facts = {
        "pages": answer.page_count,
        "welsh_pages": answer.welsh_page_count,
        "attachment_pages": answer.attachment_page_count,
        "fault": answer.fault.code if answer.HasField("fault") else None,
    }
    told = f"{answer.page_count} pages, {answer.welsh_page_count} in Welsh, {answer.attachment_page_count} attached"
    if answer.HasField("fault"):
        told += f"; it would not be printed: {answer.fault.title} {answer.fault.detail}"
    show(facts, told, as_json=as_json)


def _changed(
    current: templates_pb2.Template, request: templates_pb2.UpdateTemplateRequest
) -> templates_pb2.Template:
    """The template as it will be, as far as its pages go."""
    changed = templates_pb2.Template()
    changed.CopyFrom(current)
    changed.service_id = request.service_id
    for field in ("body", "subject", "letter_welsh_subject", "letter_welsh_body"):
        if request.HasField(field):
            setattr(changed, field, getattr(request, field))
    return changed


def _parts(
    template: templates_pb2.Template | templates_pb2.CreateTemplateRequest, contact_block: str
) -> LetterParts:
    if template.type != types_pb2.NOTIFICATION_TYPE_LETTER:
        raise CommandError("--attachment is for letters")
    return LetterParts(
        service_id=template.service_id,
        subject=template.subject,
        body=template.body,
        contact_block=contact_block or getattr(template, "letter_contact_block", ""),
        welsh_subject=template.letter_welsh_subject or None,
        welsh_body=template.letter_welsh_body or None,
    )


def _contact_block(contacts: Any, contact_id: str | None) -> str:
    return next((str(each.value) for each in contacts if each.id == contact_id), "")


def _show_template(template: templates_pb2.Template, *, as_json: bool) -> None:
    channel = next(channel for channel, number in TYPES.items() if number == template.type)
    facts = {
        "id": template.id,
        "name": template.name,
        "type": channel.value,
        "version": template.version,
        "placeholders": list(template.placeholders),
    }
    show(facts, f"{template.name}  {template.id}", as_json=as_json)

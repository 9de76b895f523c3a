"""What only templates of letters have: attached pages, which the letters service keeps, and previews as PDF.

Used by `templates`.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from clients.notifyctl.connection import LettersClients, connect_letters
from clients.notifyctl.output import CommandError
from notify.letters.v1 import letters_pb2 as pb
from notifyrules.placeholders import normalise_key
from notifyrules.postal_addresses import ADDRESS_LINES_1_TO_6

MOST_PAGES = 10
_TIMEOUT_S = 60.0
_EXAMPLE_ADDRESS = dict(zip(ADDRESS_LINES_1_TO_6[:3], ("A. Name", "1 Street", "SW1A 1AA"), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterParts:
    """What a template of a letter is made of, as far as its pages go."""

    service_id: str
    subject: str
    body: str
    contact_block: str
    welsh_subject: str | None
    welsh_body: str | None


def read_attachment(file: Path) -> bytes:
    """A file that is to be attached. Raises CommandError."""
    try:
        return file.read_bytes()
    except OSError as err:
        raise CommandError(f"--attachment: the file can not be read: {err.strerror}") from err


async def attach(home: Path, content: bytes, letter: LetterParts, reason: str) -> str:
    """Have the letters service keep pages for a template; gives their id. Raises CommandError where they, or letter and
    pages together, can not be printed.
    """
    attachment_id = str(uuid4())
    async with connect_letters(home, reason=reason) as clients:
        request = pb.UploadAttachmentRequest(
            service_id=letter.service_id, attachment_id=attachment_id, content=content
        )
        kept = await clients.channel.call(
            clients.letters.UploadAttachment, request, timeout_s=_TIMEOUT_S, idempotent=True
        )
        if kept.HasField("fault"):
            pages = ", ".join(map(str, kept.fault.invalid_pages))
            where = f" (pages {pages})" if pages else ""
            raise CommandError(f"--attachment: {kept.fault.title} {kept.fault.detail}{where}")
        preview = await _preview(clients, letter, attachment_id)
    if preview.page_count > MOST_PAGES:
        raise CommandError(
            f"Letters must be {MOST_PAGES} pages or less ({MOST_PAGES // 2} double-sided sheets of paper). In total, "
            f"your letter template and the file you attached are {preview.page_count} pages long."
        )
    return attachment_id


async def preview_template(
    home: Path, service_id: str, template_id: str, values: dict[str, Any]
) -> pb.PreviewLetterResponse:
    """What a template that is saved looks like. Without an address among the values it has an example of one."""
    given = {normalise_key(name) for name in values}
    has_address = any(normalise_key(name) in given for name in ADDRESS_LINES_1_TO_6)
    request = pb.PreviewLetterRequest(
        service_id=service_id,
        template_id=template_id,
        personalisation_json=json.dumps(values if has_address else _EXAMPLE_ADDRESS | values),
    )
    async with connect_letters(home) as clients:
        return await clients.channel.call(
            clients.letters.PreviewLetter, request, timeout_s=_TIMEOUT_S, idempotent=True
        )


async def check_logo(home: Path, svg: str, service_id: str) -> None:
    """Have a letter made with a logo. Raises RuleBroken where it can't be."""
    texts = pb.LetterTexts(subject="Subject", body="Body", logo_svg=svg)
    request = pb.PreviewLetterRequest(
        service_id=service_id, personalisation_json=json.dumps(_EXAMPLE_ADDRESS), texts=texts
    )
    async with connect_letters(home) as clients:
        await clients.channel.call(
            clients.letters.PreviewLetter, request, timeout_s=_TIMEOUT_S, idempotent=True
        )


async def _preview(
    clients: LettersClients, letter: LetterParts, attachment_id: str
) -> pb.PreviewLetterResponse:
    request = pb.PreviewLetterRequest(
        service_id=letter.service_id,
        personalisation_json=json.dumps(_EXAMPLE_ADDRESS),
        texts=pb.LetterTexts(
            subject=letter.subject,
            body=letter.body,
            contact_block=letter.contact_block,
            welsh_subject=letter.welsh_subject,
            welsh_body=letter.welsh_body,
            attachment_id=attachment_id,
        ),
    )
    return await clients.channel.call(
        clients.letters.PreviewLetter, request, timeout_s=_TIMEOUT_S, idempotent=True
    )

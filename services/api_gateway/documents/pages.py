"""HTML of the pages on which files are downloaded. Pure: facts in, a page out. Called by `endpoints`.

No scripts, and nothing from elsewhere: a policy in the header of each page forbids both. Everything that came from
somebody else is escaped; names of files also stand apart from the direction of the text around them (`bdi`).
"""

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final

from notifyrules.email_addresses import InvalidEmailAddress, parse_email_address
from notifyrules.file_types import FILE_TYPES, extension_of_mime_type, format_file_size
from notifyrules.london_time import utc_to_london
from services.api_gateway.documents.file_names import safe_file_name
from services.api_gateway.ports import FileDescription

STYLE_PATH: Final = "/d/style.css"
FIELD: Final = "email_address"
EMPTY: Final = "Enter your email address"
NOT_AN_ADDRESS: Final = "Enter an email address in the correct format, like name@example.com"
WRONG: Final = "This is not the email address the file was sent to. Enter that address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The service that sent a file, as far as its recipient is told."""

    name: str
    contact_link: str | None
    """A link, an email address, a phone number or any other text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The paths of a file's pages, with the key."""

    landing: str
    confirm: str
    download: str


def landing_page(sender: Sender, file: FileDescription, links: Links) -> str:
    """The first page: who sent it, what it is, how large, until when."""
    parts = [f"<p>{escape(sender.name)} sent you a file.</p>", _facts(file)]
    if file.confirmation_needed:
        parts += [
            "<p>You will be asked for the email address that the file was sent to. This keeps it safe.</p>",
            f'<p><a class="button" href="{escape(links.confirm)}">Continue</a></p>',
        ]
    else:
        parts.append(_download_form(file, links))
    return _page("You have a file to download", *parts, _contact(sender))


def confirm_page(sender: Sender, links: Links, *, typed: str = "", fault: str | None = None) -> str:
    """The page that asks for the address; with a fault, once more."""
    told = f'<p class="wrong" id="fault">Error: {escape(fault)}</p>' if fault else ""
    described = 'aria-describedby="hint fault" aria-invalid="true"' if fault else 'aria-describedby="hint"'
    form = (
        f'<form method="post" action="{escape(links.confirm)}" novalidate>\n'
        f'<label for="{FIELD}">Email address</label>\n'
        '<p class="hint" id="hint">The one that the email with the link to this file was sent to.</p>\n'
        f'{told}<input id="{FIELD}" name="{FIELD}" type="email" autocomplete="email" spellcheck="false" '
        f'{described} value="{escape(typed)}">\n'
        "<button>Continue</button>\n</form>"
    )
    title = "Confirm your email address"
    return _page(
        title,
        f"<p>{escape(sender.name)} asks you to confirm your email address before you download the file.</p>",
        form,
        _contact(sender),
        above=_summary(fault) if fault else "",
        title=f"Error: {title}" if fault else title,
    )


def ready_page(sender: Sender, file: FileDescription, links: Links) -> str:
    """The page after the address was confirmed."""
    return _page(
        "Your file is ready to download", _facts(file), _download_form(file, links), _contact(sender)
    )


def locked_page(sender: Sender, until: datetime) -> str:
    """Too many wrong addresses."""
    return _page(
        "Too many tries",
        "<p>The email address was entered wrongly too often, so this file is locked for a while to keep it safe.</p>",
        f"<p>You can try again after {moment(until)}.</p>",
        _contact(sender),
    )


def expired_page(sender: Sender, file: FileDescription) -> str:
    """The file's time is over."""
    return _page(
        "This file is no longer available",
        f"<p>It could be downloaded until {moment(file.expires_at)}.</p>",
        f"<p>If you still need it, ask {escape(sender.name)} to send it again.</p>",
        _contact(sender),
    )


def blocked_page(sender: Sender) -> str:
    """An operator blocked the file."""
    return _page(
        "This file cannot be downloaded",
        "<p>Access to it was stopped.</p>",
        f"<p>If you think you should be able to download it, contact {escape(sender.name)}.</p>",
        _contact(sender),
    )


def missing_page(sender: Sender | None) -> str:
    """No file has this link."""
    return _page(
        "We cannot find this file",
        "<p>Check that the link is complete: if you copied it, copy all of it from the email; if it runs over two "
        "lines there, put both together.</p>",
        "<p>The file may also have been deleted.</p>",
        _contact(sender) if sender else "",
    )


def problem_page() -> str:
    """Something of ours does not work."""
    return _page(
        "Sorry, there is a problem",
        "<p>We cannot get this file right now. Try again in a few minutes.</p>",
    )


def test_page(sender: Sender | None) -> str:
    """Where the link of an email to a simulated recipient leads."""
    return _page(
        "This is a test link",
        "<p>It came from an email to an address for testing. No file was stored. In a real email the link leads to "
        "the file.</p>",
        _contact(sender) if sender else "",
    )


def moment(at: datetime) -> str:
    """A moment as people in London write it: "3:04pm on 2 January 2027"."""
    london = utc_to_london(at)
    clock = f"{london.hour % 12 or 12}:{london.minute:02}{'am' if london.hour < 12 else 'pm'}"
    return f"{clock} on {london.day} {london:%B %Y}"


def _page(heading: str, *parts: str, above: str = "", title: str | None = None) -> str:
    body = "\n".join(part for part in parts if part)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex, nofollow">\n'
        f"<title>{escape(title or heading)} – File download</title>\n"
        f'<link rel="stylesheet" href="{STYLE_PATH}">\n</head>\n<body>\n'
        '<a class="skip" href="#content">Skip to the content</a>\n'
        '<header><p>File download</p></header>\n<main id="content" tabindex="-1">\n'
        f"{above}<h1>{escape(heading)}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _facts(file: FileDescription) -> str:
    rows = (
        ("File name", f"<bdi>{escape(safe_file_name(file.file_name))}</bdi>"),
        ("Type", escape(_kind(file))),
        ("Size", format_file_size(file.size_bytes)),
        ("Available until", moment(file.expires_at)),
    )
    cells = "\n".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows)
    return f"<dl>\n{cells}\n</dl>"


def _kind(file: FileDescription) -> str:
    extension = extension_of_mime_type(file.mime_type)
    kind = FILE_TYPES[extension].description if extension else file.mime_type
    return kind[0].upper() + kind[1:]


def _download_form(file: FileDescription, links: Links) -> str:
    # A form, as programs that look at the links in emails follow links and send no forms.
    return (
        f'<form method="post" action="{escape(links.download)}">\n'
        f"<button>Download this file ({escape(_kind(file))}, {format_file_size(file.size_bytes)})</button>\n</form>"
    )


def _summary(fault: str) -> str:
    return (
        '<div class="summary" role="alert">\n<h2>There is a problem</h2>\n'
        f'<ul><li><a href="#{FIELD}">{escape(fault)}</a></li></ul>\n</div>\n'
    )


def _contact(sender: Sender) -> str:
    name = escape(sender.name)
    link = sender.contact_link
    if not link:
        return ""
    if link.lower().startswith(("https://", "http://")):
        how = f'<a href="{escape(link)}" rel="noreferrer">Contact {name}</a>'
    else:
        how = f"Contact {name}: {_reachable_at(link)}"
    return f"<h2>If you have a question</h2>\n<p>{how}</p>"


def _reachable_at(contact: str) -> str:
    try:
        address = parse_email_address(contact).accepted_as
    except InvalidEmailAddress:
        return escape(contact)
    return f'<a href="mailto:{escape(address)}">{escape(address)}</a>'

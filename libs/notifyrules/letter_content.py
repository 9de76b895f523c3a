"""The contents of a letter as HTML: body, contact block, address lines and date, ready to be laid out.

Layout and printing are the letters service's. Called from `templates` and from there.

Letters know less markdown than emails: one level of headings, no insets, no links to click. A rule is a page
break, an address of a web page is bold, and `qr: something` on its own is a QR code.
"""

import html
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum

import segno

from notifyrules.london_time import london_date
from notifyrules.markdown import (
    Autolink,
    Block,
    Code,
    Gap,
    Heading,
    Html,
    Inline,
    LineBreak,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Text,
    parse,
)
from notifyrules.placeholders import (
    Field,
    Personalisation,
    compile_html,
    inline_html,
    mark_in_html_without_brackets,
    normalise_key,
)
from notifyrules.postal_addresses import postal_address_from_personalisation
from notifyrules.qr_codes import qr_code_data
from notifyrules.typography import typeset

_ADDRESS_LINES = [f"address line {number}" for number in range(1, 8)]
_NON_BREAKING_HYPHEN = "\u2011"
_PAGE_BREAK = '<div class="page-break">&nbsp;</div>'
_MARK_OF_PLACEHOLDER = "<span class='placeholder"


class LetterLanguage(StrEnum):
    """The languages in which a letter can be written."""

    ENGLISH = "english"
    WELSH = "welsh"


_MONTHS = {
    LetterLanguage.ENGLISH: (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    LetterLanguage.WELSH: (
        *("Ionawr", "Chwefror", "Mawrth", "Ebrill", "Mai", "Mehefin"),
        *("Gorffennaf", "Awst", "Medi", "Hydref", "Tachwedd", "Rhagfyr"),
    ),
}


def letter_date(moment: datetime, language: LetterLanguage = LetterLanguage.ENGLISH) -> str:
    """Return the day in London at the aware `moment` as letters write it: `5 January 2026`."""
    day = london_date(moment)
    return f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}"


def address_lines(values: Mapping[str, object]) -> list[str]:
    """Return the lines of the address that a letter's personalisation holds.

    They are the normalised lines, not escaped, where these are 3 to 7. Otherwise the seven lines as far as
    they are known, escaped, with those that are not as placeholders: a preview.
    """
    address = postal_address_from_personalisation(values)
    if address.has_enough_lines and not address.has_too_many_lines:
        return list(address.normalised_lines)
    personalisation = Personalisation(values)
    lines = [*_ADDRESS_LINES[:-1], _last_address_line(values)]
    return [
        compile_html(f"(({line}))").fill(
            personalisation, show=inline_html, mark=mark_in_html_without_brackets
        )
        for line in lines
    ]


def _last_address_line(values: Mapping[str, object]) -> str:
    keys = {normalise_key(name) for name in values}
    last = _ADDRESS_LINES[-1]
    return "postcode" if "postcode" in keys and normalise_key(last) not in keys else last


def contact_block_html(
    contact_block: str, personalisation: Personalisation, mark: Callable[[Field], str]
) -> str:
    """Return the address of the sender with `<br>` between its lines, as typed but for markup."""
    filled = compile_html(contact_block).fill(personalisation, show=inline_html, mark=mark)
    return "<br>".join(line.strip() for line in filled.strip().splitlines())


def body_html(filled: str) -> str:
    """Return the body of a letter for markdown that is filled in and escaped.

    Hyphens don't break, so that numbers stay in one piece: all of them, those of class names too.
    """
    renderer = _LetterRenderer()
    body = typeset(renderer.blocks(parse(filled.replace("\0", "")).blocks))
    body = body.replace("-", _NON_BREAKING_HYPHEN)
    for number, drawing in enumerate(renderer.drawings):
        body = body.replace(_drawing_mark(number), drawing)
    return body


def _drawing_mark(number: int) -> str:
    return f"\0{number}\0"


class _LetterRenderer:
    """Writes markdown as HTML, with marks for the QR codes, which nothing may change, in `drawings`."""

    def __init__(self) -> None:
        self.drawings: list[str] = []

    def blocks(self, blocks: Iterable[Block]) -> str:
        return "".join([self._block(block) for block in blocks])

    def _block(self, block: Block) -> str:
        match block:
            case Paragraph():
                return self._qr_code(block.source) or _paragraph(_inlines(block.inlines))
            case Heading():
                text = _inlines(block.inlines)
                return f"<h2>{text}</h2>\n" if block.level == 1 else _paragraph(text)
            case List():
                name = "ol" if block.ordered else "ul"
                items = [f"<li>{self.blocks(item.blocks).strip()}</li>\n" for item in block.items]
                return f"<{name}>\n{''.join(items)}</{name}>\n"
            case Text():
                return _inlines(block.inlines)
            case Quote():
                return self.blocks(block.blocks)
            case Rule():
                return _PAGE_BREAK
            case Gap():
                return "<br>"
            case Code():
                return block.code
            case Html():
                return block.html
            case _:
                return ""

    def _qr_code(self, source: str) -> str | None:
        data = qr_code_data(source)
        if data is None:
            return None
        self.drawings.append(_box(data) if _MARK_OF_PLACEHOLDER in data else _drawing(data))
        return f"<p>{_drawing_mark(len(self.drawings) - 1)}</p>"


def _drawing(data: str) -> str:
    # A line break is written as HTML in the code: GOV.UK Notify does so, and codes must not change.
    text = html.unescape(data).replace("\n", "<br>")
    code = segno.make(text, error="m", micro=False)
    drawing = code.svg_inline(border=0, svgclass=None, lineclass=None, omitsize=True)
    return f"<div class='qrcode'>{drawing}</div>"


def _box(content: str) -> str:
    return (
        "\n<div class='qrcode-placeholder'>\n"
        "    <div class='qrcode-placeholder-border'></div>\n"
        "    <div class='qrcode-placeholder-content'>\n"
        f"        <span class='qrcode-placeholder-content-background'>{content}</span>\n"
        "    </div>\n"
        "</div>\n"
    )


def _paragraph(text: str) -> str:
    return f"<p>{text}</p>" if text and not text.isspace() else ""


def _inlines(inlines: Iterable[Inline]) -> str:
    return "".join([inline if isinstance(inline, str) else _inline(inline) for inline in inlines])


def _inline(inline: Link | Autolink | LineBreak) -> str:
    match inline:
        case LineBreak():
            return "<br>"
        case Autolink():
            protocol, separator, address = inline.url.rpartition("://")
            return f"<strong data-original-protocol='{protocol}{separator}'>{address}</strong>"
        case Link():
            # Nobody can follow it on paper, so it stays as it was typed.
            title = f' "{inline.target.title}"' if inline.target.title else ""
            return f"[{_inlines(inline.inlines)}]({inline.target.url}{title})"

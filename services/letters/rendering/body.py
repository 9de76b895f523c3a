"""The body of a letter: from Markdown, filled in and escaped, to blocks.

The tree of `notifyrules.markdown` is the one that HTML previews are written from too
(`notifyrules.letter_content`), and the rules of what a letter shows are the same: one level of headings, no
insets, tables or links, web addresses in bold, `***` for a new page, `qr: …` for a QR code. Called from
`building`.
"""

import html
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from notifyrules import markdown
from notifyrules.qr_codes import qr_code_data
from notifyrules.typography import typeset
from services.letters.rendering.inlines import TAG, clean, inlines_from_html
from services.letters.rendering.tree import (
    Block,
    Gap,
    Heading,
    Inlines,
    Line,
    List,
    PageBreak,
    Paragraph,
    QrBox,
    QrCode,
)

_SEPARATOR: Final = "<p>"  # typography leaves tags alone, and escaped text has none like this
_MARK_OF_PLACEHOLDER: Final = "<span class='placeholder"
_NON_BREAKING_HYPHEN: Final = "\u2011"

_Typography = Callable[[str], str]


def body_blocks(filled: str) -> tuple[Block, ...]:
    """Return the blocks of a body for Markdown that is filled in and escaped (`compile_html(…).fill`)."""
    document = markdown.parse(filled.replace("\0", ""))
    # Quotes and dashes depend on what stands before and after, also in other blocks. So the texts of the
    # whole body are collected first, in order, and put in when they are finished.
    collected: list[str] = []
    _blocks(document.blocks, partial(_collect, collected))
    joined = typeset(_SEPARATOR.join(collected)).replace("-", _NON_BREAKING_HYPHEN)
    finished = iter(joined.split(_SEPARATOR))
    blocks = list(_blocks(document.blocks, lambda _text: next(finished)))
    while blocks and isinstance(blocks[-1], PageBreak):
        blocks.pop()  # a page with nothing on it costs the sender money
    return tuple(blocks)


def _collect(collected: list[str], text: str) -> str:
    collected.append(text)
    return text


def _blocks(blocks: Iterable[markdown.Block], typography: _Typography) -> tuple[Block, ...]:
    built: list[Block] = []
    for block in blocks:
        match block:
            case markdown.Quote():
                built += _blocks(block.blocks, typography)
            case markdown.Gap():
                if not built or not isinstance(built[-1], Line):  # only ends a line that ends anyway
                    built.append(Gap())
            case _:
                built += _block(block, typography)
    return tuple(built)


def _block(block: markdown.Block, typography: _Typography) -> list[Block]:
    match block:
        case markdown.Paragraph():
            return _qr_code(block.source) or _paragraph(_source(block.inlines), typography)
        case markdown.Heading():
            source = _source(block.inlines)
            if block.level > 1:
                return _paragraph(source, typography)
            return [Heading(_inlines(source, typography))]
        case markdown.Text():
            return [Line(_inlines(_source(block.inlines), typography))]
        case markdown.List():
            items = tuple(_blocks(item.blocks, typography) for item in block.items)
            return [List(ordered=block.ordered, items=items)]
        case markdown.Rule():
            return [PageBreak()]
        case markdown.Code():
            return _paragraph(block.code, typography)
        case markdown.Html():
            return _paragraph(block.html, typography)
        case _:
            return []  # tables are not shown; footnotes come at the end, as blocks


def _paragraph(source: str, typography: _Typography) -> list[Block]:
    return [Paragraph(_inlines(source, typography))] if source and not source.isspace() else []


def _qr_code(source: str) -> list[Block]:
    data = qr_code_data(source)
    if data is None:
        return []
    if _MARK_OF_PLACEHOLDER in data:
        return [QrBox(inlines_from_html(data))]
    # A line break is written as HTML in the code: GOV.UK Notify does so, and codes must not change.
    return [QrCode(clean(html.unescape(data)).replace("\n", "<br>"))]


def _inlines(source: str, typography: _Typography) -> Inlines:
    """Return the runs of a line of escaped text, each text between tags finished by `typography`."""
    finished: list[str] = []
    position = 0
    for tag in TAG.finditer(source):
        finished += [typography(source[position : tag.start()]), tag[0]]
        position = tag.end()
    return inlines_from_html("".join([*finished, typography(source[position:])]))


def _source(inlines: Iterable[markdown.Inline]) -> str:
    return "".join([inline if isinstance(inline, str) else _tagged(inline) for inline in inlines])


def _tagged(inline: markdown.Link | markdown.Autolink | markdown.LineBreak) -> str:
    match inline:
        case markdown.LineBreak():
            return "<br>"
        case markdown.Autolink():
            return f"<strong>{inline.url.rpartition('://')[2]}</strong>"
        case markdown.Link():
            # Nobody can follow it on paper, so it stays as it was typed.
            title = f' "{inline.target.title}"' if inline.target.title else ""
            return f"[{_source(inline.inlines)}]({inline.target.url}{title})"

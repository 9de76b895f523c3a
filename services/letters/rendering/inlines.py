"""From the escaped text of `notifyrules` to runs of plain text.

There, content is filled and typeset as HTML: text has its `& < >` escaped, and the only tags are ours, for
line breaks, bold text and placeholders. Called from `building`.
"""

import html
import re
from collections.abc import Iterable

from services.letters.rendering.tree import Inline, Inlines, LineBreak, Run, Style

TAG = re.compile(r"<(/?)([a-z]+)([^>]*)>")
_COLLAPSIBLE = re.compile(r"[ \t\n\r\f\v\u2028\u2029]+")
# Controls, halves of characters and noncharacters: nothing that can be shown, and JSON or the typesetter may
# refuse them. Invisible formatting: of no use on paper, and marks that turn the direction of text could make
# a value change the text around it, and break the typesetter (1 of 2,000 random texts with them did).
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff"
    "\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)
# They join or part the letters beside them; at the end of a word, where a line can end, the typesetter breaks.
_JOINERS_AT_END = re.compile(r"[\u200c\u200d]+(?!\w)")


def clean(text: str) -> str:
    """Return `text` without characters that can't be shown."""
    return _JOINERS_AT_END.sub("", _UNPRINTABLE.sub("", text))


def inlines_from_html(source: str) -> Inlines:
    """Return what a line of escaped text with our tags shows, its whitespace collapsed as web pages do."""
    style = Style.PLAIN
    inlines: list[Inline] = []
    # Splitting at a pattern with three groups gives text, slash, name, attributes, text, …
    pieces = TAG.split(source)
    for index in range(0, len(pieces), 4):
        if pieces[index]:
            inlines.append(Run(text=clean(html.unescape(pieces[index])), style=style))
        if index + 1 < len(pieces):
            closing, name = pieces[index + 1 : index + 3]
            if name == "br":
                inlines.append(LineBreak())
            else:
                style = Style.PLAIN if closing else _STYLES.get(name, Style.PLAIN)
    return _collapsed(inlines)


def plain_inlines(text: str) -> Inlines:
    """Return text that is not escaped as a line, its whitespace collapsed."""
    return _collapsed([Run(text=clean(text))])


_STYLES = {"strong": Style.BOLD, "span": Style.PLACEHOLDER}


def _collapsed(inlines: Iterable[Inline]) -> Inlines:
    """Return runs with single spaces between words and none at the ends of lines."""
    collapsed: list[Inline] = []
    after_space = True
    for inline in inlines:
        if isinstance(inline, LineBreak):
            _strip_end(collapsed)
            collapsed.append(inline)
            after_space = True
            continue
        text = _COLLAPSIBLE.sub(" ", inline.text)
        if after_space and text.startswith(" "):
            text = text[1:]
        if text:
            collapsed.append(Run(text=text, style=inline.style))
            after_space = text.endswith(" ")
    _strip_end(collapsed)
    return tuple(collapsed)


def _strip_end(inlines: list[Inline]) -> None:
    if inlines and isinstance(last := inlines[-1], Run) and last.text.endswith(" "):
        inlines.pop()
        if text := last.text[:-1]:
            inlines.append(Run(text=text, style=last.style))

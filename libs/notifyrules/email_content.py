"""The body of an email: from a filled-in template to the plain text part and the preheader.

The HTML part is `email_html`, the document around it `email_document`. Called from `templates`. All parts
come from the same markdown, read by `read_body`; values are filled in before that, so they can hold markdown.
"""

import html
import re
from collections.abc import Iterable

from notifyrules.markdown import (
    Autolink,
    Block,
    Code,
    Document,
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
    escape_ampersands,
    parse,
)
from notifyrules.typography import typeset

_WIDTH = 65  # characters of underlines and rules
_UNDERLINES = {1: "=" * _WIDTH, 2: "-" * _WIDTH}
_RULE = ("=-" * _WIDTH)[:_WIDTH]
_LONGEST_PREHEADER = 256  # characters; more than any mail program shows

_GOV_UK = re.compile(r"(?<!\S)([#*^]?gov\.)(?=uk(?![/?#]))", re.IGNORECASE)
# A line separator, and a letter that is invisible and not counted as whitespace.
_REMOVED = str.maketrans("", "", "\u2028\u3164")


def unsubscribe_paragraph(link: str) -> str:
    """Return the markdown that follows a body whose recipient can unsubscribe at `link`."""
    return f"\n\n---\n\n[Unsubscribe from these emails]({link})"


def read_body(filled: str) -> Document:
    """Return the markdown of a filled-in body, read.

    A free-standing "GOV.UK" gets a zero-width space, or mail programs would make a link of it.
    """
    if "." in filled:
        filled = _GOV_UK.sub("\\1\u200b", filled)
    return parse(filled.translate(_REMOVED) if not filled.isascii() else filled)


def render_text(document: Document) -> str:
    """Return the plain text part for a body that was read unescaped."""
    text = typeset(_TextRenderer().blocks(document.blocks))
    return f"{html.unescape(text).lstrip()}\n"


def render_preheader(document: Document) -> str:
    """Return what mail programs show beside the subject, as HTML, for a body that was read escaped."""
    text = typeset(_PreheaderRenderer().blocks(document.blocks))
    return " ".join(text.split())[:_LONGEST_PREHEADER].strip()


class _TextRenderer:
    """Writes markdown as text in which `&`, `<` and `>` are still escaped.

    Each block brings the newlines before it.
    """

    def blocks(self, blocks: Iterable[Block]) -> str:
        return "".join([self.block(block) for block in blocks])

    def block(self, block: Block) -> str:
        match block:
            case Paragraph():
                return self._paragraph(self.inlines(block.inlines))
            case Heading():
                return self.heading(block.level, self.inlines(block.inlines))
            case List():
                return self._list(block)
            case Text():
                return self.inlines(block.inlines)
            case Quote():
                return self.blocks(block.blocks)
            case Rule():
                return self.rule()
            case Gap():
                return "\n"
            case Code():
                return block.code
            case Html():
                return block.html
            case _:
                return ""

    def _paragraph(self, text: str) -> str:
        return f"\n\n{text}" if text and not text.isspace() else ""

    def heading(self, level: int, text: str) -> str:
        underline = _UNDERLINES.get(level)
        return f"\n\n\n{text}\n{underline}" if underline else self._paragraph(text)

    def rule(self) -> str:
        return self._paragraph(_RULE)

    def _list(self, block: List) -> str:
        lines = ["\n"]
        for number, item in enumerate(block.items, start=1):
            mark = f"{number}." if block.ordered else "•"
            lines.append(f"\n{mark} {self.blocks(item.blocks).strip()}")
        return "".join(lines)

    def inlines(self, inlines: Iterable[Inline]) -> str:
        return "".join([inline if isinstance(inline, str) else self.inline(inline) for inline in inlines])

    def inline(self, inline: Link | Autolink | LineBreak) -> str:
        match inline:
            case LineBreak():
                return "\n"
            case Autolink():
                return escape_ampersands(inline.url)
            case Link():
                return self.link(inline)

    def link(self, link: Link) -> str:
        return f"{_named(self.inlines(link.inlines), link)}: {escape_ampersands(link.target.url)}"


class _PreheaderRenderer(_TextRenderer):
    """Writes markdown as text without what takes room: addresses of links, underlines, rules."""

    def heading(self, level: int, text: str) -> str:
        del level
        return self._paragraph(text)

    def rule(self) -> str:
        return ""

    def link(self, link: Link) -> str:
        return _named(self.inlines(link.inlines), link)


def _named(text: str, link: Link) -> str:
    title = link.target.title
    return f"{text} ({escape_ampersands(title)})" if title else text

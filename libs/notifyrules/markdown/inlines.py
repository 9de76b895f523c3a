"""Reading what is inside lines of markdown: escapes, links, footnote references, line breaks.

Everything else stays as typed. Called from `document`, once the definitions of links are known.
"""

import re
from dataclasses import dataclass, field

from notifyrules.markdown import links
from notifyrules.markdown.html_tags import HtmlTags
from notifyrules.markdown.links import Target
from notifyrules.markdown.nodes import Autolink, Inline, LineBreak, Link

# Links inside the text of links inside …; deeper ones stay as typed.
_DEEPEST_LINK = 10

# Where anything but plain text can start. The lookbehind is for long runs of spaces.
_SPECIAL = re.compile(r"[\\<\[]|!(?=\[)|https?://|(?<! ) *\n")
_ESCAPED = re.compile(r"\\([\\`*{}\[\]()#+\-.!_>~|])")
# Punctuation at the end of an address belongs to the sentence; `;` doesn't, because of entities.
_URL = re.compile(r"""https?://[^\s<]+[^<.,:"')\]\s]""")
_FOOTNOTE = re.compile(r"\[\^([^\]]{1,300})\]")
_SPACES = re.compile(r"\s+")
_BARE_AMPERSAND = re.compile(r"&(?!#?[^\W_]+;)")


def escape_ampersands(text: str) -> str:
    """Return `text` with `&` escaped where it starts no entity."""
    return _BARE_AMPERSAND.sub("&amp;", text) if "&" in text else text


def escape(text: str) -> str:
    """Return `text` with `< >` escaped, and `&` where it starts no entity."""
    return escape_ampersands(text).replace("<", "&lt;").replace(">", "&gt;")


def definition_key(name: str) -> str:
    """Return the name of a link or footnote in the form that is compared."""
    return _SPACES.sub(" ", name.lower())


@dataclass(slots=True)
class Definitions:
    """What a document defines for its lines to refer to."""

    links: dict[str, Target] = field(default_factory=dict)
    # For each footnote, its place among those referred to, from 1; 0 as long as it isn't.
    footnotes: dict[str, int] = field(default_factory=dict)


class InlineReader:
    """Reads the lines of one document, in order."""

    __slots__ = ("_definitions", "_depth", "_in_link", "_next_footnote", "in_footnote")

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._depth = 0
        self._in_link = False
        self._next_footnote = 1
        self.in_footnote = False  # where references to footnotes are not looked for

    def read(self, source: str) -> list[Inline]:
        """Return the contents of `source`, which may have several lines."""
        text = source.rstrip("\n")
        inlines: list[Inline] = []
        # A newline at the end, before nothing but whitespace, breaks no line.
        end_of_words = len(text.rstrip())
        html = HtmlTags(text)
        position = plain_from = 0
        while (special := _SPECIAL.search(text, position)) is not None:
            start, position = special.span()
            character = text[start]
            found: tuple[Inline, int] | None
            if character in " \n":
                found = (LineBreak(), position) if position < end_of_words else None
            elif character == "h":
                found = self._url(text, start)
            elif character == "<":
                found = _html_or_link(text, start, html)
            elif character == "\\":
                found = _escaped(text, start)
            else:
                found = self._bracketed(text, start)
            if found is None:
                continue
            if plain_from < start:
                inlines.append(escape(text[plain_from:start]))
            inline, position = found
            plain_from = position
            inlines.append(inline)
        if plain_from < len(text):
            inlines.append(escape(text[plain_from:]))
        return inlines

    def _url(self, text: str, start: int) -> tuple[Inline, int] | None:
        url = _URL.match(text, start)
        if url is None:
            return None
        return (escape(url[0]) if self._in_link else Autolink(url[0], is_email=False)), url.end()

    def _bracketed(self, text: str, start: int) -> tuple[Inline, int] | None:
        """Read a link, an image or a reference to a footnote. Of the last two nothing is left."""
        is_image = text[start] == "!"
        if not is_image and (end := self._footnote_end(text, start)) is not None:
            return "", end
        text_start = start + 2 if is_image else start + 1
        found = self._link(text, text_start)
        if found is None:
            return None
        target, text_end, end = found
        return ("" if is_image else self._read_link(target, text[text_start:text_end])), end

    def _read_link(self, target: Target, text: str) -> Link:
        if self._depth == _DEEPEST_LINK:
            return Link(target, [escape(text)])
        self._depth += 1
        self._in_link = True
        inlines = self.read(text)
        self._in_link = False
        self._depth -= 1
        return Link(target, inlines)

    def _footnote_end(self, text: str, start: int) -> int | None:
        """Return the end of a reference to a footnote. Only the first reference to each counts."""
        if self.in_footnote or not self._definitions.footnotes:
            return None
        reference = _FOOTNOTE.match(text, start)
        if reference is None:
            return None
        key = definition_key(reference[1])
        if self._definitions.footnotes.get(key) != 0:
            return None
        self._definitions.footnotes[key] = self._next_footnote
        self._next_footnote += 1
        return reference.end()

    def _link(self, text: str, text_start: int) -> tuple[Target, int, int] | None:
        """Return where the link with the text from `text_start` leads, the end of its text and its own."""
        ends = list(links.text_ends(text, text_start))
        for text_end in reversed(ends):
            if text.startswith("](", text_end):
                found = links.destination(text, text_end + 2)
                if found is not None:
                    return found[0], text_end, found[1]
        if not self._definitions.links:
            return None
        return self._reference(text, text_start, ends) or self._shortcut(text, text_start)

    def _reference(self, text: str, text_start: int, ends: list[int]) -> tuple[Target, int, int] | None:
        for text_end in reversed(ends):
            if (found := links.reference(text, text_end)) is not None:
                name, end = found
                target = self._definition(name or text[text_start:text_end])
                return None if target is None else (target, text_end, end)
        return None

    def _shortcut(self, text: str, text_start: int) -> tuple[Target, int, int] | None:
        end = links.shortcut_end(text, text_start)
        target = None if end is None else self._definition(text[text_start:end])
        return None if end is None or target is None else (target, end, end + 1)

    def _definition(self, name: str) -> Target | None:
        return self._definitions.links.get(definition_key(name))


def _escaped(text: str, start: int) -> tuple[Inline, int] | None:
    escaped = _ESCAPED.match(text, start)
    return None if escaped is None else (escape(escaped[1]), escaped.end())


def _html_or_link(text: str, start: int, html: HtmlTags) -> tuple[Inline, int] | None:
    end = html.inline_end(start)
    if end is not None:
        return text[start:end], end
    found = links.angle_link(text, start)
    return None if found is None else (Autolink(found[0], found[1]), found[2])

"""Recognising HTML in markdown: whole elements, single tags and comments, as blocks or inside lines.

What is recognised is written as it is. Only the plain text part of an email has any, and there it is text
that happens to look like HTML: what matters is that no markdown is looked for inside.
"""

import re
from bisect import bisect_left

_INLINE_NAMES = (
    "a|abbr|b|bdi|bdo|br|cite|code|data|del|dfn|em|font|i|img|ins|kbd|mark|q|rp|rt|ruby|s|samp|small|span|"
    "strong|sub|sup|time|u|var|wbr"
)

# Not the start of a URL or of an email address in angle brackets.
_NAME_END = r"(?!:/|[^\w\s@]*@)\b"
_BLOCK_NAME = rf"(?!(?:{_INLINE_NAMES})\b)\w+{_NAME_END}"
# Possessive, because there are exponentially many ways to divide "a=a=a=…" into attributes.
_ATTRIBUTES = r"""(?>\s*[a-zA-Z-](?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s'">]+))?)*+"""

_BLOCK_END = r" *(?:\n{2,}|\s*\Z)"
_BLOCK_OPENING = re.compile(rf"<({_BLOCK_NAME}){_ATTRIBUTES}>")
_BLOCK_TAG = re.compile(rf"<{_BLOCK_NAME}{_ATTRIBUTES}\s*/?>{_BLOCK_END}")
_BLOCK_CLOSING = re.compile(rf"(?:</(\w+)>|-->){_BLOCK_END}")
STARTS_BLOCK = re.compile(f"<{_BLOCK_NAME}")

_OPENING = re.compile(rf"<(\w+{_NAME_END}){_ATTRIBUTES}\s*>")
_TAG = re.compile(rf"<\w+{_NAME_END}{_ATTRIBUTES}\s*/?>")

_COMMENT = "--"  # stands for a comment where others have the name of an element


class HtmlTags:
    """The HTML of one text. Where elements end is found out once, however often it is asked."""

    __slots__ = ("_block_ends", "_last_closings", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._block_ends: dict[str, tuple[list[int], list[int]]] | None = None
        self._last_closings: dict[str, int] = {}

    def block(self, position: int) -> tuple[str, int] | None:
        """Return the HTML block on the line from `position`, and where the next block starts.

        The spaces before an element and the blank lines behind it are not part of it; those around a comment
        or a single tag are.
        """
        text = self._text
        start = position
        while text.startswith(" ", start):
            start += 1
        if text.startswith("<!--", start):
            found = self._block_element_end(_COMMENT, start + 4)
            return None if found is None else (text[position : found[1]], found[1])
        opening = _BLOCK_OPENING.match(text, start)
        if opening is not None:
            found = self._block_element_end(opening[1], opening.end())
            if found is not None:
                return f"{text[start : found[0]]}</{opening[1]}>", found[1]
        tag = _BLOCK_TAG.match(text, start)
        return None if tag is None else (text[position : tag.end()], tag.end())

    def _block_element_end(self, name: str, position: int) -> tuple[int, int] | None:
        """Return where the closing tag starts and where the next block does."""
        if self._block_ends is None:
            self._block_ends = {}
            for closing in _BLOCK_CLOSING.finditer(self._text):
                starts, ends = self._block_ends.setdefault(closing[1] or _COMMENT, ([], []))
                starts.append(closing.start())
                ends.append(closing.end())
        starts, ends = self._block_ends.get(name, ([], []))
        index = bisect_left(starts, position)
        return (starts[index], ends[index]) if index < len(ends) else None

    def inline_end(self, position: int) -> int | None:
        """Return the end of the element, tag or comment that starts at `position` inside a line."""
        text = self._text
        if text.startswith("<!--", position):
            return self._after("-->", position + 4)
        opening = _OPENING.match(text, position)
        if opening is not None:
            end = self._after(f"</{opening[1]}>", opening.end())
            if end is not None:
                return end
        tag = _TAG.match(text, position)
        return None if tag is None else tag.end()

    def _after(self, closing: str, position: int) -> int | None:
        last = self._last_closings.get(closing)
        if last is None:
            last = self._last_closings[closing] = self._text.rfind(closing)
        return None if last < position else self._text.find(closing, position) + len(closing)

"""The syntax of links in markdown: `[text](address "title")`, `[text][name]`, `[name]`, `<address>`.

The functions take the text and a position in it, and know nothing of what is around it. Called from
`inlines`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# No link's text, address or title is longer, in characters, and no text has more brackets. This keeps the
# time for a text that is full of brackets in proportion to its length.
_LONGEST_PART = 4_000
_MOST_BRACKETS = 100

_SPACE = re.compile(r"\s*")
_TITLE_START = re.compile(r"""(?<!\s)\s+['"]""")
_TITLE_END = re.compile(r"""['"]\s*\)""")
_CLOSING_BRACKET = re.compile(r"\s*\)")
_REFERENCE = re.compile(r"\]\s*\[([^^\]]*)\]")
_BRACKET = re.compile(r"[\[\]]")
_IN_ANGLES = re.compile(r"<([^ >]+)>")
_LAST_MARK_OF_ADDRESS = re.compile(r".+([@:]).", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a link leads."""

    url: str  # as typed
    title: str | None  # as typed
    in_angles: bool = False  # the address was in angle brackets, which are not part of it


def text_ends(text: str, start: int) -> Iterator[int]:
    """Yield the places of the closing brackets at which the link text from `start` can end, in order.

    The text may hold pairs of brackets without `^` in them. It may go on past a closing bracket if there is
    another one before the next opening bracket.
    """
    limit = start + _LONGEST_PART
    position = start
    for _ in range(_MOST_BRACKETS):
        bracket = _BRACKET.search(text, position, limit)
        if bracket is None:
            return
        here = bracket.start()
        if bracket[0] == "]":
            yield here
            closing = text.find("]", here + 1, limit)
            if closing < 0 or text.find("[", here + 1, closing) >= 0:
                return
            position = here + 1
        else:
            closing = text.find("]", here, limit)
            if closing < 0 or text.find("^", here, closing) >= 0:
                return
            position = closing + 1


def shortcut_end(text: str, start: int) -> int | None:
    """Return the place of the closing bracket of `[name]`, where `start` is that of the name.

    The name may hold pairs of brackets.
    """
    limit = start + _LONGEST_PART
    position = start
    for _ in range(_MOST_BRACKETS):
        bracket = _BRACKET.search(text, position, limit)
        if bracket is None:
            return None
        if bracket[0] == "]":
            return bracket.start()
        closing = text.find("]", bracket.start(), limit)
        if closing < 0:
            return None
        position = closing + 1
    return None


def reference(text: str, text_end: int) -> tuple[str, int] | None:
    """Read `][name]` at the end of a link's text and return the name, which may be empty, and the end."""
    found = _REFERENCE.match(text, text_end, text_end + _LONGEST_PART)
    return None if found is None else (found[1], found.end())


def destination(text: str, position: int) -> tuple[Target, int] | None:
    """Read a link's address and title from behind its opening bracket; return them and the end of the link.

    The address ends at the first closing bracket, or at a quote after whitespace that starts a title. So an
    address can't hold a closing bracket, and a title can hold anything.
    """
    limit = position + _LONGEST_PART
    space = _SPACE.match(text, position, limit)
    start = position if space is None else space.end()
    closing = text.find(")", start, limit)
    if closing < 0:
        return None
    if text.startswith("<", start) and (found := _destination_in_angles(text, start + 1, limit)) is not None:
        return found
    opening = _TITLE_START.search(text, start, closing)
    if opening is not None and (found := _titled(text, start, opening)) is not None:
        return found
    return Target(url=text[start:closing].rstrip(), title=None), closing + 1


def _titled(text: str, url_start: int, opening: re.Match[str]) -> tuple[Target, int] | None:
    start = opening.end()
    closing = _TITLE_END.search(text, start, start + _LONGEST_PART)
    if closing is None:
        return None
    target = Target(url=text[url_start : opening.start()], title=text[start : closing.start()])
    return target, closing.end()


def _destination_in_angles(text: str, start: int, limit: int) -> tuple[Target, int] | None:
    """Read an address in angle brackets, which ends at a `>` before a title or the closing bracket."""
    end = text.find(">", start, limit)
    while end >= 0:
        opening = _TITLE_START.match(text, end + 1)
        if opening is not None and (found := _titled(text, start, opening)) is not None:
            target, link_end = found
            return Target(url=text[start:end], title=target.title, in_angles=True), link_end
        if (bracket := _CLOSING_BRACKET.match(text, end + 1)) is not None:
            return Target(url=text[start:end], title=None, in_angles=True), bracket.end()
        end = text.find(">", end + 1, limit)
    return None


def angle_link(text: str, start: int) -> tuple[str, bool, int] | None:
    """Read `<address>` and return the address, whether it is one of email, and the end.

    There must be an `@` or a `:` inside; the last one that something follows tells which kind it is.
    """
    limit = start + _LONGEST_PART
    found = _IN_ANGLES.match(text, start, limit) if text.find(">", start, limit) >= 0 else None
    if found is None:
        return None
    mark = _LAST_MARK_OF_ADDRESS.match(found[1])
    return None if mark is None else (found[1], mark[1] == "@", found.end())

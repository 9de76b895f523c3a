"""Whitespace, escaping and lists: what every other rule does to text before it looks at it.

What a placeholder, a text message or an email does with its text lives in those modules; the characters that
a text message may hold are theirs too. Everything here is pure and called from the rest of `notifyrules`.

Three kinds of whitespace are told apart, because people paste addresses and numbers out of spreadsheets and
web pages: ASCII whitespace; zero-width characters, which are always noise; and wide obscure spaces, which
look like a space.
"""

import html
import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import cache

ASCII_WHITESPACE = " \t\n\v\f\r"
ZERO_WIDTH_CHARACTERS = "\u180e\u200b\u200c\u200d\u2060\ufeff\u2028\u2029"
WIDE_OBSCURE_SPACES = "\u00a0\u202f"
ALL_WHITESPACE = ASCII_WHITESPACE + ZERO_WIDTH_CHARACTERS + WIDE_OBSCURE_SPACES

PRINTABLE_ASCII = frozenset(chr(code) for code in range(32, 127))

_WITHOUT_OBSCURE = dict.fromkeys(map(ord, ZERO_WIDTH_CHARACTERS + WIDE_OBSCURE_SPACES))
_WITHOUT_ZERO_WIDTH = dict.fromkeys(map(ord, ZERO_WIDTH_CHARACTERS))
_WITHOUT_WHITESPACE = dict.fromkeys(map(ord, ALL_WHITESPACE))

# Look-alikes of allowed characters that Unicode does not decompose into them.
_LOOK_ALIKES = {
    **dict.fromkeys("\u2011\u2013\u2014\u2212", "-"),
    **dict.fromkeys("\u2018\u2019\u201a", "'"),
    **dict.fromkeys("\u201c\u201d\u201e", '"'),
    "\u2026": "...",
    "\u0141": "L",
    "\u0142": "l",
    **dict.fromkeys("\t" + WIDE_OBSCURE_SPACES, " "),
    **dict.fromkeys(ZERO_WIDTH_CHARACTERS, ""),
}

_TO_ESCAPE = re.compile(r"&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[^\t\n\f <&#;]{1,32});|[&<>]")
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "&amp;": "&amp;", "&nbsp;": "&nbsp;"}


def normalise_whitespace(text: str) -> str:
    """Return `text` less zero-width characters, other whitespace as single spaces, ends stripped."""
    if not text.isascii():
        text = text.translate(_WITHOUT_ZERO_WIDTH)
    # str.split counts the wide obscure spaces as whitespace.
    return " ".join(text.split())


def strip_all_whitespace(text: str) -> str:
    """Return `text` without whitespace of any of the three kinds at its ends."""
    return text.strip(ALL_WHITESPACE)


def strip_and_remove_obscure_whitespace(text: str) -> str:
    """Return `text` less zero-width characters and wide obscure spaces, ends stripped of ASCII whitespace."""
    if not text.isascii():
        text = text.translate(_WITHOUT_OBSCURE)
    return text.strip(ASCII_WHITESPACE)


def remove_whitespace(text: str) -> str:
    """Return `text` without any whitespace of the three kinds."""
    return text.translate(_WITHOUT_WHITESPACE)


def downgrade_character(character: str, allowed: Collection[str]) -> str | None:
    """Return what stands for `character` where only `allowed` may be written, or None when nothing does.

    A letter with marks becomes the letter, by one step of canonical decomposition and no more (so a letter
    with two marks that decomposes into a letter with one is lost, unless that one is allowed). The answer can
    be empty or longer than one character.
    """
    look_alike = _LOOK_ALIKES.get(character)
    if look_alike is not None:
        return look_alike
    decomposition = unicodedata.decomposition(character)
    # A tag such as <compat> marks a decomposition that changes the meaning: a fraction, a ligature.
    if not decomposition or decomposition.startswith("<"):
        return None
    base = chr(int(decomposition.split(" ", 1)[0], 16))
    return base if base in allowed else None


@cache
def _ascii_character(character: str) -> str:
    if character in PRINTABLE_ASCII:
        return character
    downgraded = downgrade_character(character, PRINTABLE_ASCII)
    return "?" if downgraded is None else downgraded


def to_ascii(text: str) -> str:
    """Return `text` in printable ASCII, each character that has no such form as a question mark."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_ascii_character, text))


def _escape(match: re.Match[str]) -> str:
    found = match.group()
    escaped = _ESCAPED.get(found)
    return html.escape(html.unescape(found), quote=False) if escaped is None else escaped


def escape_html(text: str) -> str:
    """Return `text` with `& < >` escaped and nothing escaped twice: entities are decoded first.

    `&amp;` and `&nbsp;` stay as they are. An entity counts only with its semicolon; of an unknown name the
    longest known beginning is decoded, as browsers do
    (https://html.spec.whatwg.org/#named-character-reference-state). Quotes are never escaped, so the result
    is not safe inside an attribute.
    """
    return _TO_ESCAPE.sub(_escape, text)


def formatted_list(
    items: Iterable[str],
    *,
    conjunction: str = "and",
    before_each: str = "‘",
    after_each: str = "’",
    separator: str = ", ",
    prefix: str = "",
    prefix_plural: str = "",
    max_items_shown: int | None = None,
    word_for_items_not_shown: str = "",
) -> str:
    """Return `items` as HTML of a sentence's list: ‘a’, ‘b’ and ‘c’.

    Only the items are escaped: the other texts are HTML already. The `prefix` is written before a single
    item, the `prefix_plural` before several. With more than `max_items_shown` items, the list has that many
    entries, the last of which is `word_for_items_not_shown`, unquoted.
    """
    shown = [f"{before_each}{escape_html(item)}{after_each}" for item in items]
    if max_items_shown is not None and len(shown) > max_items_shown:
        shown[max_items_shown - 1 :] = [word_for_items_not_shown]
    if not shown:
        return ""
    if len(shown) == 1:
        return f"{prefix} {shown[0]}" if prefix else shown[0]
    listed = f"{separator.join(shown[:-1])} {conjunction} {shown[-1]}"
    return f"{prefix_plural} {listed}" if prefix_plural else listed

"""The fonts of letters: which there are, and which characters they have.

Liberation Sans, which has the widths of Arial, and behind it DejaVu Sans for letters that it lacks. An
operator can add a folder with more, for languages that neither has. Fonts of the machine are never used: a
letter looks the same wherever it is made.
"""

import struct
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import typst

FONTS_FOLDER: Final = Path(__file__).parent.parent / "fonts"

_FIRST_FAMILIES: Final = ("Liberation Sans", "DejaVu Sans")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})  # controls, joiners, spaces, breaks
_BOX: Final = "\u25a1"
_HYPHEN, _NON_BREAKING_HYPHEN = "\u2010", "\u2011"
_REGULAR, _BOLD = 400, 700
_WINDOWS, _UNICODE = 3, 0
_SEGMENTS, _GROUPS = 4, 12  # formats of the table of characters


@dataclass(frozen=True, slots=True, kw_only=True)
class FontSet:
    """Fonts that are loaded, to be used by any number of compilers."""

    fonts: typst.Fonts = field(repr=False)
    families: tuple[str, ...]  # in the order in which they are asked for a letter
    characters: frozenset[int] = field(repr=False)  # code points that can be set in any weight

    def printable(self, text: str) -> tuple[str, frozenset[str]]:
        """Return `text` with a box for each character that none of the fonts has, and those characters.

        Left to itself the typesetter draws boxes too, but some mixes of directions and characters without a
        font break it. Marks without a font, which belong to the letter before them, are left out.
        """
        unknown = {character for character in set(text) if ord(character) not in self.characters}
        if not unknown:
            return text, frozenset()
        shown = {ord(character): _substitute(character) for character in unknown}
        return text.translate(shown), frozenset(c for c in unknown if unicodedata.category(c) not in _UNSEEN)


def _substitute(character: str) -> str:
    category = unicodedata.category(character)
    if category in _UNSEEN:
        return " " if category == "Zs" else ""
    return "" if category.startswith("M") else _BOX


@cache
def load_fonts(more: Path | None = None) -> FontSet:
    """Return the project's fonts and those in the folder `more`; read once for each folder.

    Raises OSError when a font can't be read.
    """
    folders = [FONTS_FOLDER, *([more] if more else [])]
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in folders],
    )
    added = {font.family for font in fonts.fonts() if more and Path(font.path or "").is_relative_to(more)}
    families = (*_FIRST_FAMILIES, *sorted(added.difference(_FIRST_FAMILIES)))
    characters = _characters(fonts, families, _REGULAR) & _characters(fonts, families, _BOLD)
    if ord(_HYPHEN) in characters:
        characters |= {ord(_NON_BREAKING_HYPHEN)}  # shaping takes the one for the other
    return FontSet(fonts=fonts, families=families, characters=characters)


def _characters(fonts: typst.Fonts, families: Iterable[str], weight: int) -> frozenset[int]:
    """Return what can be set in a weight: of each family the typesetter takes the upright font nearest to it."""
    found: set[int] = set()
    for family in families:
        upright = [font for font in fonts.fonts() if font.family == family and font.style == "normal"]
        if upright:
            nearest = min(upright, key=lambda font: abs(font.weight - weight))
            found.update(_code_points(Path(nearest.path or "").read_bytes(), nearest.index))
    return frozenset(found)


def _code_points(font: bytes, index: int) -> Iterator[int]:
    """Return the characters of a font, from its table `cmap`.

    Source: https://learn.microsoft.com/typography/opentype/spec/cmap
    """
    start = struct.unpack_from(">I", font, 12 + 4 * index)[0] if font.startswith(b"ttcf") else 0
    (table_count,) = struct.unpack_from(">H", font, start + 4)
    for record in range(table_count):
        tag, _, offset, _ = struct.unpack_from(">4sIII", font, start + 12 + 16 * record)
        if tag == b"cmap":
            (subtable_count,) = struct.unpack_from(">H", font, offset + 2)
            for subtable in range(subtable_count):
                platform, _, place = struct.unpack_from(">HHI", font, offset + 4 + 8 * subtable)
                if platform in {_WINDOWS, _UNICODE}:
                    yield from _code_points_of_subtable(font, offset + place)


def _code_points_of_subtable(font: bytes, start: int) -> Iterator[int]:
    (kind,) = struct.unpack_from(">H", font, start)
    if kind == _SEGMENTS:
        count = struct.unpack_from(">H", font, start + 6)[0] // 2
        lasts = struct.unpack_from(f">{count}H", font, start + 14)
        firsts = struct.unpack_from(f">{count}H", font, start + 16 + 2 * count)
        for first, last in zip(firsts, lasts, strict=True):
            yield from range(first, last + 1)
    elif kind == _GROUPS:
        (count,) = struct.unpack_from(">I", font, start + 12)
        for group in range(count):
            first, last, _ = struct.unpack_from(">III", font, start + 16 + 12 * group)
            yield from range(first, last + 1)

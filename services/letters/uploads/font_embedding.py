"""Putting fonts into a PDF that only names them, so that the printer need not guess.

A font of ours takes the place of the one that is named: sans for sans, serif for serif, fixed width for fixed
width, of the same weight and slope. Widths stay those that the file tells, so that no line moves. Fonts of
symbols, and fonts with letters that ours lack, are left and reported. Called by `checking`.
"""

import re
from collections.abc import Mapping, Set

from fontTools import agl
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from services.letters.uploads.glyphs import FontShelf
from services.letters.uploads.reading_fonts import ReadingFont
from services.letters.uploads.writing_fonts import (
    FontPart,
    font_descriptor,
    font_part,
    letters_in,
    tagged_name,
)

# ISO 32000-1, table 123.
_FIXED_WIDTH, _SERIF, _ITALIC, _FORCE_BOLD = 1, 2, 1 << 6, 1 << 18

_SYMBOLS = re.compile("symbol|dingbat|wingding|webding", re.IGNORECASE)
_FIXED_WIDTH_NAMES = re.compile("courier|mono|consol|typewriter", re.IGNORECASE)
_SERIF_NAMES = re.compile(
    "times|serif|roman|georgia|garamond|cambria|palatino|bookman|schoolbook", re.IGNORECASE
)
_SANS_NAMES = re.compile("sans|arial|helvetica|verdana|calibri|tahoma", re.IGNORECASE)
_BOLD_NAMES = re.compile("bold|black|heavy", re.IGNORECASE)
_ITALIC_NAMES = re.compile("italic|oblique", re.IGNORECASE)

_MAX_DEPTH = 20
_SPACE = 32  # so that no font is without a letter
_CODES = 1 << 16
_FONT_FILES = (Name.FontFile, Name.FontFile2, Name.FontFile3)


def embed_missing_fonts(pdf: Pdf, shelf: FontShelf) -> tuple[str, ...]:
    """Embed a substitute for each font that is only named. Return the names of those that have none.

    `shelf` has read all text of the pages, and so knows which letters are needed.
    """
    left = set()
    for font, is_in_pattern in _fonts_of(pdf):
        if _is_embedded(font):
            continue
        is_replaced = False
        if not _SYMBOLS.search(_base_name(font)):
            reader = shelf.read(font)
            # Of fonts in patterns, and of those without a number, nobody knows what was read with them.
            used = None if is_in_pattern or font.objgen == (0, 0) else reader.used | {_SPACE}
            embed = _embed_composite if font.get(Name.Subtype) == Name.Type0 else _embed_simple
            is_replaced = embed(pdf, font, reader, used)
        if not is_replaced:
            left.add(_base_name(font))
    return tuple(sorted(left))


def _fonts_of(pdf: Pdf) -> list[tuple[Object, bool]]:
    """Return every font that pages, and what they draw, can use, and whether a pattern does; each once."""
    found: dict[tuple[int, int] | int, tuple[Object, bool]] = {}
    seen: set[tuple[int, int]] = set()

    def look(resources: Object | None, *, is_pattern: bool, depth: int) -> None:
        if not isinstance(resources, Dictionary) or depth > _MAX_DEPTH:
            return
        for font in _values(resources, Name.Font):
            if isinstance(font, Dictionary):
                key = len(found) if font.objgen == (0, 0) else font.objgen
                was_in_pattern = key in found and found[key][1]
                found[key] = font, is_pattern or was_in_pattern
        for kind in (Name.XObject, Name.Pattern):
            for drawn in _values(resources, kind):
                if isinstance(drawn, Stream) and drawn.objgen not in seen:
                    seen.add(drawn.objgen)
                    inside_pattern = is_pattern or kind == Name.Pattern
                    look(drawn.get(Name.Resources), is_pattern=inside_pattern, depth=depth + 1)

    for page in pdf.pages:
        look(page.obj.get(Name.Resources), is_pattern=False, depth=0)
    return list(found.values())


def _values(resources: Object, kind: Name) -> list[Object]:
    entries = resources.get(kind)
    return [value for _, value in entries.items()] if isinstance(entries, Dictionary) else []


def _is_embedded(font: Object) -> bool:
    if font.get(Name.Subtype) == Name.Type3:
        return True
    descriptor = _descendant(font).get(Name.FontDescriptor)
    return isinstance(descriptor, Dictionary) and any(key in descriptor for key in _FONT_FILES)


def _descendant(font: Object) -> Object:
    """Return the part that describes the glyphs: of a composite font its only descendant."""
    descendants = font.get(Name.DescendantFonts)
    return descendants[0] if isinstance(descendants, Array) and len(descendants) else font


def _base_name(font: Object) -> str:
    return str(font.get(Name.BaseFont, "/unknown"))[1:]


def _face_for(font: Object) -> str:
    """Return the face that looks most like the font, by its name and what the file says of it."""
    name = _base_name(font)
    descriptor = _descendant(font).get(Name.FontDescriptor)
    flags = descriptor.get(Name.Flags, 0) if isinstance(descriptor, Dictionary) else 0
    if not isinstance(flags, int):
        flags = 0
    family = "Sans"
    if _FIXED_WIDTH_NAMES.search(name) or flags & _FIXED_WIDTH:
        family = "Mono"
    elif not _SANS_NAMES.search(name) and (_SERIF_NAMES.search(name) or flags & _SERIF):
        family = "Serif"
    is_bold = bool(_BOLD_NAMES.search(name)) or bool(flags & _FORCE_BOLD)
    is_italic = bool(_ITALIC_NAMES.search(name)) or bool(flags & _ITALIC)
    style = ("Bold" if is_bold else "") + ("Italic" if is_italic else "")
    return f"Liberation{family}-{style or 'Regular'}"


def _embed_simple(pdf: Pdf, font: Object, reader: ReadingFont, used: Set[int] | None) -> bool:
    """Give a font with codes of one byte a font file, and spell out its encoding and widths."""
    face = _face_for(font)
    letters = _needed(reader.letters_by_code(), used)
    part = font_part(face, frozenset(map(ord, letters.values())))
    named = {code: text for code, text in letters.items() if ord(text) in part.glyphs}
    if not named:
        return False
    differences: list[int | Name] = []
    for code, text in sorted(named.items()):
        differences += [code, Name(f"/{agl.UV2AGL.get(ord(text)) or f'uni{ord(text):04X}'}")]
    widths = [round(1000 * reader.width_of_code(code), 2) for code in range(256)]
    font[Name.Subtype] = Name.TrueType
    font[Name.BaseFont] = Name(f"/{tagged_name(part)}")
    font[Name.Encoding] = Dictionary(
        Type=Name.Encoding, BaseEncoding=Name.WinAnsiEncoding, Differences=Array(differences)
    )
    font[Name.FirstChar], font[Name.LastChar] = 0, 255
    font[Name.Widths] = Array(widths)
    font[Name.FontDescriptor] = pdf.make_indirect(font_descriptor(pdf, part, is_symbolic=False))
    return True


def _embed_composite(pdf: Pdf, font: Object, reader: ReadingFont, used: Set[int] | None) -> bool:
    """Give a font with longer codes a font file, and say which of its glyphs each code means."""
    face = _face_for(font)
    letters = _needed(reader.letters_by_cid(), used)
    if not letters or not {ord(text) for text in letters.values() if text > " "} <= letters_in(face):
        return False
    part = font_part(face, frozenset(map(ord, letters.values())))
    descendant = _descendant(font)
    descendant[Name.Subtype] = Name.CIDFontType2
    descendant[Name.BaseFont] = font[Name.BaseFont] = Name(f"/{tagged_name(part)}")
    descendant[Name.CIDToGIDMap] = pdf.make_stream(_glyph_map(letters, part))
    descendant[Name.FontDescriptor] = pdf.make_indirect(font_descriptor(pdf, part, is_symbolic=True))
    return True


def _needed(letters: Mapping[int, str], used: Set[int] | None) -> dict[int, str]:
    return {
        code: text
        for code, text in letters.items()
        if len(text) == 1 and code < _CODES and (used is None or code in used)
    }


def _glyph_map(letters: Mapping[int, str], part: FontPart) -> bytes:
    glyphs = bytearray(2 * (max(letters) + 1))
    for cid, text in letters.items():
        glyphs[2 * cid : 2 * cid + 2] = part.glyphs.get(ord(text), 0).to_bytes(2)
    return bytes(glyphs)

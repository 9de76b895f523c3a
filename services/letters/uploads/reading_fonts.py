"""Fonts of a PDF as far as reading needs them: codes of a string, widths, letters, height of a line.

pdfminer.six knows the many kinds of fonts and their encodings; this module hands it the fonts of a document
that pikepdf has opened. Called by `text` and `font_embedding`.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pdfminer.cmapdb import CMap, IdentityCMapByte
from pdfminer.pdfexceptions import PDFException
from pdfminer.pdffont import (
    PDFCIDFont,
    PDFFont,
    PDFTrueTypeFont,
    PDFType1Font,
    PDFType3Font,
    PDFUnicodeNotDefined,
)
from pdfminer.pdfinterp import PDFResourceManager
from pdfminer.pdftypes import PDFStream
from pdfminer.psexceptions import PSException
from pdfminer.psparser import LIT
from pikepdf import Array, Dictionary, Name, Object, PdfError, Stream, String

UNKNOWN_LETTER = "\ufffd"

# What most fonts have, for those that do not say.
_USUAL_ASCENT, _USUAL_DESCENT, _USUAL_WIDTH = 0.9, -0.2, 0.5
_SANE_HEIGHT = 4.0
_MAX_DEPTH = 12
# pdfminer checks little: it raises whatever comes of the part that is missing, or is not what it should be.
_RAISED_BY_ODD_FONTS = (
    PDFException,
    PSException,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RecursionError,
    struct.error,
)
_OF_STREAMS = ("Length1", "CMapName")  # the entries that pdfminer asks for; the others tell of packing


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a font."""

    width: float
    """How far the pen moves, for a font of size 1."""
    text: str
    """The letters it stands for; U+FFFD when nothing says."""
    is_single_space: bool
    """It is the one byte 32, which is what word spacing applies to."""


class ReadingFont:
    """A font of a document, ready to read strings with. Make one with `make_reading_font`."""

    def __init__(self, font: PDFFont, *, ascent: float, descent: float) -> None:
        self.ascent = ascent  # above the baseline, for a font of size 1
        self.descent = descent  # below it: negative
        self.is_vertical = font.is_vertical()
        self._font = font
        self._known: dict[bytes, Code] = {}
        self.used: set[int] = set()
        """The codes (of composite fonts: the glyphs) of all strings that were read with it."""

    def codes(self, shown: bytes) -> Iterator[tuple[int, int, Code]]:
        """Return the codes of a string in their order, each with where its bytes begin and end.

        Bytes that are no code of the font are left out.
        """
        for start, end, cid in self._cids(shown):
            code = shown[start:end]
            known = self._known.get(code)
            if known is None:
                known = Code(self._font.char_width(cid), self._letters(cid), code == b" ")
                self._known[code] = known
                self.used.add(cid)
            yield start, end, known

    def letters_by_code(self) -> dict[int, str]:
        """Return what each one-byte code stands for, of a simple font."""
        return {code: letters for code in range(256) if (letters := self._letters(code)) != UNKNOWN_LETTER}

    def width_of_code(self, code: int) -> float:
        """Return the width of a one-byte code, for a font of size 1."""
        return self._font.char_width(code)

    def letters_by_cid(self) -> dict[int, str]:
        """Return what the glyphs of a composite font stand for, as far as the file says."""
        unicode_map = getattr(self._font, "unicode_map", None)
        known = getattr(unicode_map, "cid2unichr", None) or {}
        return {cid: letters for cid, letters in known.items() if isinstance(letters, str)}

    def _letters(self, cid: int) -> str:
        try:
            return self._font.to_unichr(cid)
        except PDFUnicodeNotDefined:
            return UNKNOWN_LETTER

    def _cids(self, shown: bytes) -> Iterator[tuple[int, int, int]]:
        if not isinstance(self._font, PDFCIDFont):
            for position, byte in enumerate(shown):
                yield position, position + 1, byte
            return
        cmap = self._font.cmap
        if isinstance(cmap, IdentityCMapByte):
            for position, byte in enumerate(shown):
                yield position, position + 1, byte
        elif not isinstance(cmap, CMap) or not cmap.code2cid:
            for position in range(0, len(shown) - 1, 2):
                yield position, position + 2, int.from_bytes(shown[position : position + 2])
        elif isinstance(cmap, CMap):
            yield from _cids_of_map(cmap.code2cid, shown)


def make_reading_font(font: Object) -> ReadingFont:
    """Return the reader for a font dictionary. Of one that is broken no letter is known, only that there are some."""
    try:
        return _read(font)
    except _RAISED_BY_ODD_FONTS:
        return ReadingFont(_UnknownFont({}, {}), ascent=_USUAL_ASCENT, descent=_USUAL_DESCENT)


class _UnknownFont(PDFFont):
    """Stands in for a font that cannot be understood."""

    def char_width(self, cid: int) -> float:
        return _USUAL_WIDTH

    def to_unichr(self, cid: int) -> str:
        return UNKNOWN_LETTER


def _read(font: Object) -> ReadingFont:
    spec = _as_pdfminer(font, _MAX_DEPTH)
    if not isinstance(spec, dict):
        spec = {}
    subtype = str(font.get(Name.Subtype, "")) if isinstance(font, Dictionary) else ""
    manager = PDFResourceManager(caching=False)
    if subtype == "/Type0":
        descendant = dict(spec["DescendantFonts"][0])
        # What pdfminer does in its resource manager: the parts of the outer font that count for reading.
        descendant |= {key: spec[key] for key in ("Encoding", "ToUnicode") if key in spec}
        read: PDFFont = PDFCIDFont(manager, descendant)
        descriptor = descendant.get("FontDescriptor") or {}
    else:
        kinds = {"/Type3": PDFType3Font, "/TrueType": PDFTrueTypeFont}
        read = kinds.get(subtype, PDFType1Font)(manager, {"Subtype": LIT("Type1"), **spec})
        descriptor = spec.get("FontDescriptor") or {}
    ascent, descent = _height_of_line(read, descriptor)
    return ReadingFont(read, ascent=ascent, descent=descent)


def _cids_of_map(codes: Mapping[int, Any], shown: bytes) -> Iterator[tuple[int, int, int]]:
    node: Any = codes
    start = 0
    for position, byte in enumerate(shown):
        node = node.get(byte)
        if isinstance(node, dict):
            continue
        if isinstance(node, int):
            yield start, position + 1, node
        node = codes
        start = position + 1


def _height_of_line(font: PDFFont, descriptor: Mapping[str, Any]) -> tuple[float, float]:
    """Return ascent and descent for size 1: those of the embedded font, or of its description."""
    if isinstance(font, PDFType3Font):
        ascent, descent = font.ascent * font.vscale, font.descent * font.vscale
    else:
        ascent, descent = _hhea(descriptor) or (font.get_ascent(), font.get_descent())
    height = ascent - descent
    if not 0 < height < _SANE_HEIGHT:
        return _USUAL_ASCENT, _USUAL_DESCENT
    # Descriptions often tell the height of letters without room for accents; a line is one em at least.
    return (ascent, descent) if height >= 1 else (ascent / height, descent / height)


def _hhea(descriptor: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return ascent and descent of an embedded TrueType or OpenType font; None for other kinds."""
    stream = descriptor.get("FontFile2") or descriptor.get("FontFile3")
    if not isinstance(stream, PDFStream):
        return None
    data = stream.get_data()
    if data[:4] not in (b"\0\1\0\0", b"true", b"OTTO"):
        return None
    tables = {}
    for index in range(min(int.from_bytes(data[4:6]), 64)):
        record = data[12 + 16 * index : 28 + 16 * index]
        if len(record) == 16:
            tables[record[:4]] = int.from_bytes(record[8:12])
    head, hhea = tables.get(b"head"), tables.get(b"hhea")
    if head is None or hhea is None or len(data) < max(head + 20, hhea + 8):
        return None
    units = int.from_bytes(data[head + 18 : head + 20]) or 1000
    ascent, descent = struct.unpack(">hh", data[hhea + 4 : hhea + 8])
    return ascent / units, descent / units


def _as_pdfminer(value: Any, depth: int) -> Any:
    """Return an object of pikepdf as pdfminer would have read it from the file."""
    if depth == 0:
        return None
    if isinstance(value, Name):
        return LIT(str(value)[1:])
    if isinstance(value, String):
        return bytes(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Stream):
        attributes = _entries(value.stream_dict, depth)
        try:
            data = value.read_bytes()
        except PdfError:
            data = b""
        return PDFStream({key: attributes[key] for key in _OF_STREAMS if key in attributes}, data)
    if isinstance(value, Dictionary):
        return _entries(value, depth)
    if isinstance(value, Array):
        return [_as_pdfminer(part, depth - 1) for part in value]
    return value


def _entries(value: Dictionary | Object, depth: int) -> dict[str, Any]:
    # What leads out of the font would lead through the whole document.
    return {
        str(key)[1:]: _as_pdfminer(part, depth - 1)
        for key, part in value.items()
        if key not in ("/Parent", "/CharProcs", "/Resources", "/P", "/Metadata")
    }

"""Fonts that are put into a PDF: the letters of ours that it needs, and no more.

The address and the tag are written with them (`printing`); `font_embedding` puts them where a file only names a
font. The fonts ship with the service, so that every machine makes the same letter.
"""

import io
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name, Object, Pdf, String

_FOLDER = Path(__file__).resolve().parents[1] / "fonts"
_UNITS_OF_PDF = 1000
_NO_LETTER = 0  # the glyph for letters that a font lacks: an empty box

# The tables of a TrueType font that a PDF has a use for.
_TABLES = {"cmap", "cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "post", "prep"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FontPart:
    """Some letters of a font, as a font file of its own. Lengths are in 1/1000 of the font's size."""

    name: str
    data: bytes
    glyphs: dict[int, int]
    """The glyph of each code point, of those that were asked for and the font has."""
    widths: tuple[int, ...]
    """Of each glyph."""
    ascent: int
    descent: int
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedFont:
    """A font in a document, to write text with."""

    font: Object
    glyphs: dict[int, int]

    def encoded(self, text: str) -> bytes:
        """Return the text as a string for `Tj`. Letters that the font lacks become empty boxes."""
        return b"".join(self.glyphs.get(ord(letter), _NO_LETTER).to_bytes(2) for letter in text)


@cache
def letters_in(face: str) -> frozenset[int]:
    """Return the code points that a face has. `face` is the name of its file, without the ending."""
    with TTFont(_path(face), lazy=True) as font:
        return frozenset(font.getBestCmap())


@lru_cache(maxsize=16)
def font_part(face: str, letters: frozenset[int]) -> FontPart:
    """Return a font file with these code points of a face, the same bytes for the same letters."""
    options = subset.Options()
    options.layout_features = []
    options.notdef_outline = True
    options.name_IDs = []
    options.drop_tables = []
    options.recalc_timestamp = False
    with TTFont(_path(face), lazy=True, recalcTimestamp=False) as font:
        for table in set(font.keys()) - _TABLES - {"GlyphOrder"}:
            del font[table]
        chooser = subset.Subsetter(options)
        chooser.populate(unicodes=letters)
        chooser.subset(font)
        out = io.BytesIO()
        font.save(out)
        scale = _UNITS_OF_PDF / font["head"].unitsPerEm
        head, hhea, metrics = font["head"], font["hhea"], font["hmtx"]
        return FontPart(
            name=face,
            data=out.getvalue(),
            glyphs={code: font.getGlyphID(name) for code, name in font.getBestCmap().items()},
            widths=tuple(round(metrics[name][0] * scale) for name in font.getGlyphOrder()),
            ascent=round(hhea.ascent * scale),
            descent=round(hhea.descent * scale),
            box=(
                round(head.xMin * scale),
                round(head.yMin * scale),
                round(head.xMax * scale),
                round(head.yMax * scale),
            ),
        )


def embed_for_writing(pdf: Pdf, face: str, text: str) -> EmbeddedFont:
    """Put the letters of a text into the document as a font."""
    part = font_part(face, frozenset(map(ord, text)))
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name(f"/{tagged_name(part)}"),
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
        CIDToGIDMap=Name.Identity,
        DW=part.widths[_NO_LETTER],
        W=Array([0, Array(list(part.widths))]),
        FontDescriptor=pdf.make_indirect(font_descriptor(pdf, part, is_symbolic=True)),
    )
    font = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=descendant[Name.BaseFont],
        Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(descendant)]),
        ToUnicode=pdf.make_stream(_unicode_map(part.glyphs)),
    )
    return EmbeddedFont(font=pdf.make_indirect(font), glyphs=part.glyphs)


def font_descriptor(pdf: Pdf, part: FontPart, *, is_symbolic: bool) -> Dictionary:
    """Return the description of an embedded font. Symbolic: its codes are glyphs and no letters."""
    return Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name(f"/{tagged_name(part)}"),
        Flags=4 if is_symbolic else 32,
        FontBBox=Array(list(part.box)),
        ItalicAngle=0,
        Ascent=part.ascent,
        Descent=part.descent,
        CapHeight=part.ascent,
        StemV=80,
        FontFile2=pdf.make_stream(part.data, Length1=len(part.data)),
    )


def tagged_name(part: FontPart) -> str:
    """Return the name of a partly embedded font: six capitals that differ with the letters (ISO 32000-1, 9.6.4)."""
    number = sum(code * (index + 1) for index, code in enumerate(sorted(part.glyphs)))
    tag = "".join(chr(ord("A") + number // 26**place % 26) for place in range(6))
    return f"{tag}+{part.name}"


def _path(face: str) -> Path:
    return _FOLDER / f"{face}.ttf"


def _unicode_map(glyphs: dict[int, int]) -> bytes:
    entries = [f"<{glyph:04x}> <{chr(code).encode('utf-16-be').hex()}>" for code, glyph in glyphs.items()]
    blocks = [entries[start : start + 100] for start in range(0, len(entries), 100)]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            "/CMapName /Letters def /CMapType 2 def",
            "1 begincodespacerange <0000> <ffff> endcodespacerange",
            *(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks),
            "endcmap CMapName currentdict /CMap defineresource pop end end",
        ]
    ).encode()

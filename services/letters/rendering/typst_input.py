"""From the tree of a letter to the data that `typst/letter.typ` shows.

The shape, as JSON: `purpose`, `title`, `fonts` (names of families), `marks` (a QR code, for previews) and
`parts`, one for each language: `language`, `page_words` (before and between the numbers of a page),
`first`, `address` and `contact` (lists of lines), `date`, `subject` (a line) and `body` (blocks). A line is a
list of `[style, text]`; a block has a `kind` and what that kind needs. Called from `renderer`.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import segno

from notifyrules.letter_content import LetterLanguage
from notifyrules.qr_codes import MAX_BYTES
from services.letters.rendering.fonts import FontSet
from services.letters.rendering.letter import Purpose
from services.letters.rendering.tree import (
    Block,
    Gap,
    Heading,
    Inlines,
    LetterPart,
    Line,
    LineBreak,
    List,
    PageBreak,
    Paragraph,
    QrBox,
    QrCode,
    Run,
    Style,
)

MOST_CHARACTERS: Final = 70_000
"""What is laid out of one part, at most: ten pages of the narrowest letter hold fewer. Layout takes 2 µs and
0.6 kB a character, so that without a limit one huge value would cost seconds and the process's memory."""

_CHARACTERS_A_LINE: Final = 100  # what a line or a block costs of that, so that many short ones count too
_LINES_OF_QR_CODE: Final = 7
_MOST_CHARACTERS_OF_ADDRESS_LINE: Final = 200  # the window shows about 60
_SHORTEST_LONG_WORD: Final = 24  # fewer fit in a line, whatever letters they are
# Of scripts that are written from left to right in separate letters: words of others can't be parted anywhere.
_LONG_WORD: Final = re.compile(
    rf"([!-\u02ff\u0370-\u052f\u1e00-\u1fff\u2010-\u2027\u25a1]{{{_SHORTEST_LONG_WORD},}})"
)
_TITLE_CHARACTERS: Final = 300
_MARKS: Final = "https://www.example.com/printers-mark"  # something for the picture of the printer's code

_TOO_LONG: Final = "The link is too long"  # shown in place of the QR code, in previews

_CODES: Final = {LetterLanguage.ENGLISH: "en", LetterLanguage.WELSH: "cy"}
_PAGE_WORDS: Final = {
    LetterLanguage.ENGLISH: ("Page ", " of "),
    LetterLanguage.WELSH: ("Tudalen ", " o "),
}

_Json: TypeAlias = "str | int | bool | Sequence[_Json] | Mapping[str, _Json]"


@dataclass(slots=True)
class TypstInput:
    """The data of one letter, and what was noticed on the way."""

    json: str = field(repr=False)
    is_cut: bool  # it was far too long, and not all of it is there
    has_too_long_qr_code: bool
    missing_characters: frozenset[str] = field(repr=False)  # no font has them


def typst_input(parts: Sequence[LetterPart], purpose: Purpose, font_set: FontSet) -> TypstInput:
    """Return the data for a letter of these parts, in these fonts."""
    writers = [_Writer(font_set) for _ in parts]
    data = {
        "purpose": purpose.value,
        "title": "".join(run.text for run in parts[-1].subject if isinstance(run, Run))[:_TITLE_CHARACTERS],
        "fonts": list(font_set.families),
        "marks": _qr_code(_MARKS) if purpose is Purpose.PREVIEW else {},
        "parts": [
            writer.part(part, is_first=index == 0)
            for index, (part, writer) in enumerate(zip(parts, writers, strict=True))
        ],
    }
    return TypstInput(
        json=json.dumps(data, separators=(",", ":")),
        is_cut=any(part.is_cut for part in parts) or any(writer.left < 0 for writer in writers),
        has_too_long_qr_code=any(writer.has_too_long_qr_code for writer in writers),
        missing_characters=frozenset().union(*(writer.missing_characters for writer in writers)),
    )


class _Writer:
    """Writes one part, as long as there is room."""

    __slots__ = ("_font_set", "has_too_long_qr_code", "left", "missing_characters")

    def __init__(self, font_set: FontSet) -> None:
        self._font_set = font_set
        self.left = MOST_CHARACTERS
        self.has_too_long_qr_code = False
        self.missing_characters: frozenset[str] = frozenset()

    def part(self, part: LetterPart, *, is_first: bool) -> dict[str, _Json]:
        return {
            "first": is_first,
            "language": _CODES[part.language],
            "page_words": _PAGE_WORDS[part.language],
            "address": [self._address_line(line) for line in part.address_lines],
            "contact": [self._line(line) for line in part.contact_lines],
            "date": part.date,
            "subject": self._line(part.subject),
            "body": self._blocks(part.body),
        }

    def _address_line(self, line: Inlines) -> list[_Json]:
        return [
            (run.style.value, self._printable(run.text[:_MOST_CHARACTERS_OF_ADDRESS_LINE]))
            for run in line
            if isinstance(run, Run)
        ]

    def _printable(self, text: str) -> str:
        text, missing = self._font_set.printable(text)
        self.missing_characters |= missing
        return text

    def _line(self, inlines: Inlines) -> _Json:
        shown: list[_Json] = []
        for inline in inlines:
            if self.left <= 0:
                self.left = -1
                break
            if isinstance(inline, LineBreak):
                self.left -= _CHARACTERS_A_LINE
                shown.append(("break", ""))
                continue
            text = self._printable(inline.text[: self.left])
            self.left -= len(inline.text)
            shown += _runs(inline.style, text)
        return shown

    def _blocks(self, blocks: Iterable[Block]) -> list[_Json]:
        shown: list[_Json] = []
        for index, block in enumerate(blocks):
            self.left -= _CHARACTERS_A_LINE
            if self.left < 0:
                break
            shown.append(self._block(block, is_first=index == 0))
        return shown

    def _block(self, block: Block, *, is_first: bool) -> dict[str, _Json]:
        match block:
            case Paragraph():
                return {"kind": "paragraph", "runs": self._line(block.inlines)}
            case Line():
                return {"kind": "line", "runs": self._line(block.inlines)}
            case Heading():
                return {"kind": "heading", "runs": self._line(block.inlines), "first": is_first}
            case List():
                items = self._items(block)
                return {"kind": "list", "ordered": block.ordered, "items": items}
            case PageBreak():
                return {"kind": "page-break"}
            case Gap():
                return {"kind": "gap"}
            case QrBox():
                return {"kind": "qr-box", "runs": self._line(block.inlines)}
            case QrCode():
                return self._qr_code(block)

    def _items(self, block: List) -> list[_Json]:
        items: list[_Json] = []
        for item in block.items:
            self.left -= _CHARACTERS_A_LINE
            if self.left < 0:
                break
            items.append(self._blocks(item))
        return items

    def _qr_code(self, block: QrCode) -> dict[str, _Json]:
        self.left -= _CHARACTERS_A_LINE * _LINES_OF_QR_CODE
        if len(block.data.encode()) > MAX_BYTES:
            self.has_too_long_qr_code = True
            return {"kind": "qr-box", "runs": [(Style.PLAIN.value, _TOO_LONG)]}
        return _qr_code(block.data)


def _runs(style: Style, text: str) -> list[_Json]:
    """Return a run, with words that may be too long for a line as runs of their own."""
    if style is Style.PLACEHOLDER:
        return [(style.value, text)]
    # Splitting at a pattern with one group gives text, word, text, …, text.
    pieces = _LONG_WORD.split(text)
    long_style = "long" if style is Style.PLAIN else "long-bold"
    return [(long_style if index % 2 else style.value, piece) for index, piece in enumerate(pieces) if piece]


def _qr_code(data: str) -> dict[str, _Json]:
    """Return the dark squares of a QR code, those beside one another as one bar: row, first column, length."""
    rows = segno.make(data, error="m", micro=False).matrix
    bars = [
        (row, bar.start(), bar.end() - bar.start())
        for row, squares in enumerate(rows)
        for bar in re.finditer(rb"\x01+", bytes(squares))
    ]
    return {"kind": "qr-code", "size": len(rows), "bars": bars}

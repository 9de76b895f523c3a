"""Making the PDF that is printed: the old address off the page, the new one on it, inks, fonts, and the tag.

Works on a document that passed every check and holds nothing but print. Called by `checking`.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, Stream, String

from services.letters.uploads.colours import InkColours, group_in_inks, picture_in_inks
from services.letters.uploads.contents import Content, Form, Instruction, named_resource, unparsed
from services.letters.uploads.documents import page_size
from services.letters.uploads.geometry import ADDRESS_SEARCH_AREA, ADDRESS_WINDOW, POINTS_PER_MM
from services.letters.uploads.glyphs import Glyph, ShowPath
from services.letters.uploads.text import Word
from services.letters.uploads.writing_fonts import EmbeddedFont, embed_for_writing, letters_in

TAG = "NOTIFY"

_FACES = ("LiberationSans-Regular", "DejaVuSans")
_ADDRESS_SIZE, _ADDRESS_LEADING = 8.0, 8.5  # points
_ADDRESS_FOOT = 2.0  # points between the last baseline and the foot of the window
_TAG_SIZE = 6.0
_TAG_LEFT_MM = 1.8
_TAG_TOP_MM = 1.8  # to the top of its letters

# Structure for screen readers, and layers; neither is for paper, and what they refer to is gone.
_MARKS = {"BMC", "BDC", "EMC", "MP", "DP"}
# Of forms and pictures: more of the same, and other drawings to print in their place.
_NOT_FOR_PRINT = (
    "/OC",
    "/StructParent",
    "/StructParents",
    "/Metadata",
    "/PieceInfo",
    "/AF",
    "/Alternates",
    "/OPI",
    "/Ref",
    "/PS",
    "/Subtype2",
)
# Of graphics states: what presses are told of tones, and screens do not show.
_FOR_PRESSES = ("/TR", "/TR2", "/HT", "/BG", "/BG2", "/UCR", "/UCR2")


class PrintRewriter:
    """Rewrites the pages of one document for print; a form that is drawn in many places once."""

    def __init__(self, pdf: Pdf) -> None:
        self._pdf = pdf
        self._done: set[tuple[int, int]] = set()
        self._copies = 0

    def page(self, page: Page, content: Content, without: Iterable[Word] = ()) -> None:
        """Give the page its content in inks, `without` these words."""
        removed = _by_place(without)
        instructions = self._rewritten(content, (), removed)
        # What the page does to the graphics state must not reach what is laid over it.
        data = b"q\n" + unparsed(instructions) + b"\nQ\n"
        page.obj[Name.Contents] = self._pdf.make_stream(data)
        group_in_inks(page.obj.get(Name.Group))

    def _rewritten(
        self, content: Content, path: ShowPath, removed: Mapping[ShowPath, list[Glyph]]
    ) -> list[Instruction]:
        colours = InkColours(content.resources)
        _drop(content.resources, ("/Properties",))
        written: list[Instruction] = []
        depth, is_in_text = 0, False
        for position, instruction in enumerate(content.instructions):
            here = (*path, position)
            operator = instruction.operator
            if operator in _MARKS or (operator == "Q" and depth == 0):
                continue
            depth += {"q": 1, "Q": -1}.get(operator, 0)
            is_in_text = operator == "BT" or (is_in_text and operator != "ET")
            if here in removed:
                written += _without(instruction, removed[here])
            elif operator == "Do":
                written += self._drawn(content, position, path, removed)
            else:
                if operator == "gs":
                    state = named_resource(content.resources, Name.ExtGState, instruction.operands)
                    _drop(state, _FOR_PRESSES)
                written.append(colours.rewritten(instruction))
        if is_in_text:
            written.append(Instruction([], "ET"))
        return written + [Instruction([], "Q")] * depth

    def _drawn(
        self, content: Content, position: int, path: ShowPath, removed: Mapping[ShowPath, list[Glyph]]
    ) -> list[Instruction]:
        instruction = content.instructions[position]
        form = content.forms.get(position)
        here = (*path, position)
        if form is None:
            drawn = named_resource(content.resources, Name.XObject, instruction.operands)
            if not isinstance(drawn, Stream) or drawn.get(Name.Subtype) != Name.Image:
                return []  # a program in PostScript, which runs in printers only
            if self._is_new(drawn):
                picture_in_inks(drawn)
                _drop(drawn, _NOT_FOR_PRINT)
        elif any(place[: len(here)] == here for place in removed):
            return [Instruction([self._copied(content, form, here, removed)], "Do")]
        elif self._is_new(form.stream):
            form.stream.write(unparsed(self._rewritten(form.content, here, {})))
            _drop(form.stream, _NOT_FOR_PRINT)
            group_in_inks(form.stream.get(Name.Group))
        return [instruction]

    def _copied(
        self, content: Content, form: Form, here: ShowPath, removed: Mapping[ShowPath, list[Glyph]]
    ) -> Name:
        """Return the name of a copy of the form without what is removed; others may draw the form as it was."""
        data = unparsed(self._rewritten(form.content, here, removed))
        copy = self._pdf.make_stream(data)
        for key, value in form.stream.items():
            if key not in ("/Length", "/Filter", "/DecodeParms", *_NOT_FOR_PRINT):
                copy[key] = value
        group_in_inks(copy.get(Name.Group))
        self._copies += 1
        name = Name(f"/NotifyForm{self._copies}")
        content.resources[Name.XObject][name] = copy
        return name

    def _is_new(self, stream: Object) -> bool:
        """Whether a stream is met for the first time."""
        if stream.objgen in self._done:
            return False
        self._done.add(stream.objgen)
        return True


def write_address(pdf: Pdf, page: Page, lines: Sequence[str]) -> None:
    """Lay white over the address area and write the address into the window, the last line at its foot."""
    _, height = page_size(page)
    area, window = ADDRESS_SEARCH_AREA.in_points(height), ADDRESS_WINDOW.in_points(height)
    parts = [
        _instruction("g", 1),
        _instruction("re", area.left, area.bottom, area.right - area.left, area.top - area.bottom),
        _instruction("f"),
        _instruction("g", 0),
    ]
    composed = [unicodedata.normalize("NFC", line) for line in lines]
    writer = _Writer(pdf, page, "".join(composed))
    for index, line in enumerate(composed, start=1):
        baseline = window.bottom + _ADDRESS_FOOT + (len(composed) - index) * _ADDRESS_LEADING
        parts += writer.line(line, _ADDRESS_SIZE, window.left, baseline)
    _lay_over(pdf, page, parts)


def write_tag(pdf: Pdf, page: Page) -> None:
    """Write the word that tells the printer's machines where a letter begins, in white."""
    _, height = page_size(page)
    left, baseline = _TAG_LEFT_MM * POINTS_PER_MM, height - _TAG_TOP_MM * POINTS_PER_MM - _TAG_SIZE
    writer = _Writer(pdf, page, TAG)
    _lay_over(pdf, page, [_instruction("g", 1), *writer.line(TAG, _TAG_SIZE, left, baseline)])


class _Writer:
    """Writes lines on one page, each letter in the first of our faces that has it."""

    def __init__(self, pdf: Pdf, page: Page, text: str) -> None:
        self._faces = {letter: _face_of(letter) for letter in text}
        letters: dict[str, str] = {}
        for letter, face in self._faces.items():
            letters[face] = letters.get(face, "") + letter
        self._fonts: dict[str, tuple[Name, EmbeddedFont]] = {}
        for face, of_face in letters.items():
            font = embed_for_writing(pdf, face, of_face)
            self._fonts[face] = _named_font(page, font.font), font

    def line(self, text: str, size: float, left: float, baseline: float) -> list[Instruction]:
        parts = [_instruction("BT"), _instruction("Tm", 1, 0, 0, 1, left, baseline)]
        start = 0
        for end in range(1, len(text) + 1):
            face = self._faces[text[start]]
            if end == len(text) or self._faces[text[end]] != face:
                name, font = self._fonts[face]
                parts.append(Instruction([name, size], "Tf"))
                parts.append(Instruction([String(font.encoded(text[start:end]))], "Tj"))
                start = end
        return [*parts, _instruction("ET")]


def _face_of(letter: str) -> str:
    return next((face for face in _FACES if ord(letter) in letters_in(face)), _FACES[0])


def _named_font(page: Page, font: Object) -> Name:
    """Make a font known to the page, and to no other page that may share its resources."""
    resources = Dictionary(dict(page.obj[Name.Resources].items()))
    known = resources.get(Name.Font)
    fonts = Dictionary(dict(known.items()) if isinstance(known, Dictionary) else {})
    number = 0
    while (name := Name(f"/NotifyFont{number}")) in fonts:
        number += 1
    fonts[name] = font
    resources[Name.Font] = fonts
    page.obj[Name.Resources] = resources
    return name


def _drop(dictionary: Object | None, keys: Iterable[str]) -> None:
    for key in keys:
        if isinstance(dictionary, Dictionary | Stream) and key in dictionary:
            del dictionary[key]


def _lay_over(pdf: Pdf, page: Page, parts: Sequence[Instruction]) -> None:
    over = pdf.make_stream(b"q\n" + unparsed(parts) + b"\nQ\n")
    contents = page.obj[Name.Contents]
    before = list(contents) if isinstance(contents, Array) else [contents]
    page.obj[Name.Contents] = Array([*before, over])


def _instruction(operator: str, *numbers: float) -> Instruction:
    return Instruction([round(number, 4) for number in numbers], operator)


def _by_place(words: Iterable[Word]) -> dict[ShowPath, list[Glyph]]:
    places: dict[ShowPath, list[Glyph]] = {}
    for word in words:
        for glyph in word.glyphs:
            places.setdefault(glyph.path, []).append(glyph)
    return places


def _without(instruction: Instruction, glyphs: Sequence[Glyph]) -> list[Instruction]:
    """Return what shows the same text without these letters, everything else where it was."""
    operands, operator = instruction
    shown = operands[-1]
    parts: list[Any] = []
    for index, part in enumerate(shown if isinstance(shown, Array) else (shown,)):
        of_part = [glyph for glyph in glyphs if glyph.string_index == index]
        parts += _string_without(bytes(part), of_part) if of_part else [part]
    before = []
    if operator == '"':
        before = [Instruction([operands[0]], "Tw"), Instruction([operands[1]], "Tc")]
    if operator in ("'", '"'):
        before.append(Instruction([], "T*"))
    return [*before, Instruction([Array(parts)], "TJ")]


def _string_without(shown: bytes, glyphs: Sequence[Glyph]) -> list[String | float]:
    parts: list[String | float] = []
    start = 0
    for glyph in sorted(glyphs, key=lambda one: one.first_byte):
        if glyph.first_byte > start:
            parts.append(String(shown[start : glyph.first_byte]))
        parts.append(round(glyph.adjustment, 4))
        start = glyph.end_byte
    if start < len(shown):
        parts.append(String(shown[start:]))
    return parts

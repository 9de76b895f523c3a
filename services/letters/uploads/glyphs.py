"""The letters on a page: where each stands, and which instruction shows it.

Follows the instructions of a page as ISO 32000-1 chapters 8 and 9 have it. What words they make is in `text`,
which calls this.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from pikepdf import Array, Dictionary, Name, Object, String

from services.letters.uploads.contents import Content, named_resource
from services.letters.uploads.documents import UnreadablePdfError, as_numbers
from services.letters.uploads.geometry import IDENTITY, Box, Matrix, multiply, transform
from services.letters.uploads.reading_fonts import Code, ReadingFont, make_reading_font

_NO_SIZE = 1e-6
# How far from its baseline a line may reach, in units of its font's size, and still be of interest: the highest
# lines that `reading_fonts` gives, and room for letters that are raised.
_REACH = 5.0
# Forms that draw forms that draw forms: a few bytes may stand for more letters than anyone can wait for.
_MAX_INSTRUCTIONS = 1_000_000

ShowPath = tuple[int, ...]
"""Where an instruction stands: its position on the page, or that of a form and the position in there, and so on."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One letter (or ligature) as it is shown. Lengths are points from the bottom left of the page."""

    text: str
    box: Box
    """Its place on the line: as wide as the pen moves, as high as the font's lines."""
    start: tuple[float, float]
    end: tuple[float, float]
    """Where the pen is before and after it."""
    size: float
    direction: tuple[float, float]
    """Which way the pen moves; of length 1."""
    path: ShowPath
    string_index: int
    """Which of the instruction's strings."""
    first_byte: int
    end_byte: int
    adjustment: float
    """What to write in a TJ array instead of the letter, so that everything else stays where it is."""


def read_glyphs(area: Box, content: Content, fonts: "FontShelf") -> list[Glyph | None]:
    """Return the letters near the height of an area (points), in the order of drawing.

    None stands for text elsewhere, between two of them. Raises UnreadablePdfError for what no reader can follow.
    """
    return _GlyphReader(fonts, area).read(content)


class FontShelf:
    """The fonts of one document, each read once."""

    def __init__(self) -> None:
        self._by_object: dict[tuple[int, int], ReadingFont] = {}
        self._by_name: dict[tuple[Content, Name], ReadingFont] = {}

    def find(self, content: Content, operands: Sequence[Any]) -> ReadingFont:
        """Return the font that `Tf` names. Where there is none of that name, readers take one of their own."""
        name = operands[0] if operands and isinstance(operands[0], Name) else Name("/-")
        key = (content, name)
        if key not in self._by_name:
            font = named_resource(content.resources, Name.Font, [name])
            self._by_name[key] = self.read(font if isinstance(font, Dictionary) else Dictionary())
        return self._by_name[key]

    def read(self, font: Object) -> ReadingFont:
        """Return the reader of a font dictionary."""
        key = font.objgen
        if key == (0, 0):
            return make_reading_font(font)
        if key not in self._by_object:
            self._by_object[key] = make_reading_font(font)
        return self._by_object[key]


@dataclass(slots=True)
class _State:
    """The part of the graphics state that decides where letters stand."""

    ctm: Matrix = IDENTITY
    font: ReadingFont | None = None
    size: float = 0.0
    letter_spacing: float = 0.0
    word_spacing: float = 0.0
    stretch: float = 1.0
    leading: float = 0.0
    rise: float = 0.0


class _GlyphReader:
    """Follows the instructions of one page."""

    def __init__(self, fonts: FontShelf, area: Box) -> None:
        self._fonts = fonts
        self._area = area
        self._glyphs: list[Glyph | None] = []
        self._state = _State()
        self._matrix = self._line_matrix = IDENTITY
        self._count = 0
        self._operators: dict[str, Callable[[Sequence[Any]], None]] = {
            "cm": self._concatenate,
            "BT": self._begin_text,
            "Tm": self._set_matrix,
            "Td": self._move,
            "TD": self._move_and_lead,
            "T*": self._next_line,
        }
        self._numbers = {
            "Tc": "letter_spacing",
            "Tw": "word_spacing",
            "TL": "leading",
            "Ts": "rise",
        }

    def read(self, content: Content) -> list[Glyph | None]:
        self._follow(content, ())
        return self._glyphs

    def _follow(self, content: Content, path: ShowPath) -> None:
        self._count += len(content.instructions)
        if self._count > _MAX_INSTRUCTIONS:
            raise UnreadablePdfError("more on a page than a letter can have")
        saved = []
        for position, (operands, operator) in enumerate(content.instructions):
            if operator in ("Tj", "TJ", "'", '"'):
                self._show(operator, operands, (*path, position))
            elif operator in self._operators:
                self._operators[operator](operands)
            elif operator in self._numbers:
                setattr(self._state, self._numbers[operator], _number(operands))
            elif operator == "Tz":
                self._state.stretch = _number(operands) / 100
            elif operator == "Tf":
                self._state.font = self._fonts.find(content, operands)
                self._state.size = _number(operands)
            elif operator == "gs":
                self._apply_graphics_state(named_resource(content.resources, Name.ExtGState, operands))
            elif operator == "q":
                saved.append(replace(self._state))
            elif operator == "Q" and saved:
                self._state = saved.pop()
            elif operator == "Do" and position in content.forms:
                self._draw(content, position, path)

    def _draw(self, content: Content, position: int, path: ShowPath) -> None:
        form = content.forms[position]
        outside = replace(self._state)
        matrices = self._matrix, self._line_matrix
        self._state.ctm = multiply(form.matrix, self._state.ctm)
        self._follow(form.content, (*path, position))
        self._state = outside
        self._matrix, self._line_matrix = matrices

    def _concatenate(self, operands: Sequence[Any]) -> None:
        self._state.ctm = multiply(_as_matrix(operands), self._state.ctm)

    def _begin_text(self, _: Sequence[Any]) -> None:
        self._matrix = self._line_matrix = IDENTITY

    def _set_matrix(self, operands: Sequence[Any]) -> None:
        self._matrix = self._line_matrix = _as_matrix(operands)

    def _move(self, operands: Sequence[Any]) -> None:
        x, y = as_numbers(operands, 2)
        self._matrix = self._line_matrix = multiply((1, 0, 0, 1, x, y), self._line_matrix)

    def _move_and_lead(self, operands: Sequence[Any]) -> None:
        self._state.leading = -_number(operands)
        self._move(operands)

    def _next_line(self, _: Sequence[Any]) -> None:
        self._move((0, -self._state.leading))

    def _apply_graphics_state(self, graphics_state: Object | None) -> None:
        font = graphics_state.get(Name.Font) if isinstance(graphics_state, Dictionary) else None
        if isinstance(font, Array) and len(font) == 2:
            self._state.font = self._fonts.read(font[0])
            self._state.size = as_numbers([font[1]], 1)[0]

    def _show(self, operator: str, operands: Sequence[Any], path: ShowPath) -> None:
        if operator == '"':
            self._state.word_spacing, self._state.letter_spacing = as_numbers(operands[:2], 2)
        if operator in ("'", '"'):
            self._next_line(())
        if self._state.font is None or not operands:
            return
        shown = operands[-1]
        for index, part in enumerate(shown if isinstance(shown, Array) else (shown,)):
            if isinstance(part, String):
                self._show_string(self._state.font, bytes(part), path, index)
            else:
                self._advance(-_number([part]) / 1000 * self._state.size)

    def _advance(self, by: float) -> None:
        font = self._state.font
        x, y = (0.0, by) if font and font.is_vertical else (by * self._state.stretch, 0.0)
        a, b, c, d, e, f = self._matrix
        self._matrix = (a, b, c, d, e + a * x + c * y, f + b * x + d * y)

    def _show_string(self, font: ReadingFont, shown: bytes, path: ShowPath, index: int) -> None:
        page = multiply(self._matrix, self._state.ctm)
        a, b, c, d = page[:4]
        size = abs(self._state.size) * math.sqrt(abs((a * d - b * c) * self._state.stretch))
        if size < _NO_SIZE or self._is_elsewhere(page, size):
            self._glyphs.append(None)
            self._advance(sum(self._step(code) for _, _, code in font.codes(shown)))
        elif font.is_vertical:
            self._show_downwards(font, shown, _Shown(page, size, _direction(c, d, -1.0), path, index))
        else:
            sign = self._state.size * self._state.stretch
            self._show_along(font, shown, _Shown(page, size, _direction(a, b, sign), path, index))

    def _step(self, code: Code) -> float:
        spacing = self._state.letter_spacing + (self._state.word_spacing if code.is_single_space else 0.0)
        return code.width * self._state.size + spacing

    def _is_elsewhere(self, page: Matrix, size: float) -> bool:
        """The text runs across the page so far above or below the area that no word there can touch it.

        Most text of a letter does, and reading it letter by letter is what takes time.
        """
        _, b, _, _, _, y = page
        reach = _REACH * size + abs(self._state.rise)
        return b == 0 and not self._area.bottom - reach < y < self._area.top + reach

    def _show_along(self, font: ReadingFont, shown: bytes, where: "_Shown") -> None:
        state = self._state
        top, bottom = font.ascent * state.size + state.rise, font.descent * state.size + state.rise
        pen = 0.0
        for first, end, code in font.codes(shown):
            step = self._step(code)
            after = pen + code.width * state.size * state.stretch
            box = _box(where.page, (pen, bottom), (after, top))
            line = (pen, state.rise), (after, state.rise)
            self._glyphs.append(where.glyph(code, box, line, (first, end), -1000 * step / state.size))
            pen += step * state.stretch
        self._advance(pen / (state.stretch or 1.0))

    def _show_downwards(self, font: ReadingFont, shown: bytes, where: "_Shown") -> None:
        state = self._state
        half = state.size / 2
        pen = 0.0
        for first, end, code in font.codes(shown):
            step = self._step(code)
            after = pen + code.width * state.size
            box = _box(where.page, (-half, after), (half, pen))
            line = (0.0, pen), (0.0, after)
            self._glyphs.append(where.glyph(code, box, line, (first, end), -1000 * step / state.size))
            pen += step
        self._advance(pen)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the letters of one string have in common."""

    page: Matrix
    size: float
    direction: tuple[float, float]
    path: ShowPath
    string_index: int

    def glyph(
        self,
        code: Code,
        box: Box,
        line: tuple[tuple[float, float], tuple[float, float]],
        place: tuple[int, int],
        adjustment: float,
    ) -> Glyph:
        return Glyph(
            text=code.text,
            box=box,
            start=transform(self.page, *line[0]),
            end=transform(self.page, *line[1]),
            size=self.size,
            direction=self.direction,
            path=self.path,
            string_index=self.string_index,
            first_byte=place[0],
            end_byte=place[1],
            adjustment=adjustment,
        )


def _box(matrix: Matrix, low: tuple[float, float], high: tuple[float, float]) -> Box:
    corners = [transform(matrix, x, y) for x in (low[0], high[0]) for y in (low[1], high[1])]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return Box(left=min(xs), top=max(ys), right=max(xs), bottom=min(ys))


def _direction(x: float, y: float, sign: float) -> tuple[float, float]:
    length = math.copysign(math.hypot(x, y) or 1.0, sign)
    return x / length, y / length


def _number(operands: Sequence[Any]) -> float:
    """Return the last operand, which should be a number. What is none counts as 0."""
    last = operands[-1] if operands else None
    return float(last) if isinstance(last, int | float | Decimal) else 0.0


def _as_matrix(operands: Sequence[Any]) -> Matrix:
    a, b, c, d, e, f = as_numbers(operands, 6)
    return (a, b, c, d, e, f)

"""The words on a page, in the order of drawing.

They are made of letters that stand close together on one line, whatever their colour, size or visibility.
Called by `checking`, which looks for the address and for tags.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.letters.uploads.contents import Content
from services.letters.uploads.geometry import Box
from services.letters.uploads.glyphs import FontShelf, Glyph, read_glyphs

# In units of the font's size. A space stands for a gap that a reader would see; a wider one ends the line.
_SPACE = 0.15
_WIDEST_SPACE = 0.8
_HIGHEST_STEP = 0.8  # a raised or lowered letter still belongs to its line
_SAME_DIRECTION = 0.999  # cosine


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Letters without a gap between them."""

    text: str
    box: Box
    line: int
    """Words with the same number stand on one line."""
    glyphs: tuple[Glyph, ...]


def words_touching(area: Box, content: Content, fonts: FontShelf) -> list[Word]:
    """Return the words of a page of which some part is in the area (points), in the order of drawing."""
    words = _words(read_glyphs(area, content, fonts))
    return [word for word in words if word.box.touches(area)]


def text_lines(words: Sequence[Word]) -> list[str]:
    """Return the words as lines of text, one space between words."""
    lines: dict[int, list[str]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word.text)
    return [" ".join(line) for line in lines.values()]


def _words(glyphs: Iterable[Glyph | None]) -> list[Word]:
    words: list[Word] = []
    letters: list[Glyph] = []
    line = 0
    before: Glyph | None = None

    def finish() -> None:
        if letters:
            words.append(_word(letters, line))
            letters.clear()

    for glyph in glyphs:
        if glyph is None or before is None or not _continues_line(before, glyph):
            finish()
            line += 1
        elif _gap(before, glyph) >= _SPACE:
            finish()
        before = glyph
        if glyph is None:
            continue
        if _is_space(glyph.text):
            finish()
        else:
            letters.append(glyph)
    finish()
    return words


def _word(letters: Sequence[Glyph], line: int) -> Word:
    boxes = [glyph.box for glyph in letters]
    return Word(
        text="".join(glyph.text for glyph in letters),
        box=Box(
            left=min(box.left for box in boxes),
            top=max(box.top for box in boxes),
            right=max(box.right for box in boxes),
            bottom=min(box.bottom for box in boxes),
        ),
        line=line,
        glyphs=tuple(letters),
    )


def _continues_line(before: Glyph, glyph: Glyph) -> bool:
    (ux, uy), (vx, vy) = before.direction, glyph.direction
    if ux * vx + uy * vy < _SAME_DIRECTION:
        return False
    dx, dy = glyph.start[0] - before.end[0], glyph.start[1] - before.end[1]
    step = abs(vx * dy - vy * dx) / glyph.size
    return step < _HIGHEST_STEP and abs(_gap(before, glyph)) < _WIDEST_SPACE


def _gap(before: Glyph, glyph: Glyph) -> float:
    """How far the pen was moved along the line between the two, in units of the font's size."""
    x, y = glyph.direction
    return (x * (glyph.start[0] - before.end[0]) + y * (glyph.start[1] - before.end[1])) / glyph.size


def _is_space(text: str) -> bool:
    return all(letter <= " " or unicodedata.category(letter) == "Zs" for letter in text)

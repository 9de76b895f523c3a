"""What is written in a letter, as a small tree: the same for every way of showing it.

Made by `building` out of a template and its values, turned into the typesetter's data by `typst_input`. All
text here is plain text, as people read it: no markup, no entities, whitespace collapsed. All of it may be
personal data, so it is left out of every `repr`.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from notifyrules.letter_content import LetterLanguage

# -- inside a line


class Style(StrEnum):
    """How a run of text looks."""

    PLAIN = "plain"
    BOLD = "bold"
    PLACEHOLDER = "placeholder"  # one without a value, which only previews have


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Text of one style."""

    text: str = field(repr=False)
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class LineBreak:
    """The next line begins here."""


Inline: TypeAlias = Run | LineBreak
Inlines: TypeAlias = tuple[Inline, ...]

# -- blocks


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text with space below."""

    inlines: Inlines


@dataclass(frozen=True, slots=True)
class Line:
    """Text of a list's item, without space around it."""

    inlines: Inlines


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; there is one level."""

    inlines: Inlines


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """Bullets or numbers, from 1."""

    ordered: bool
    items: "tuple[tuple[Block, ...], ...]"


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows is on a new page."""


@dataclass(frozen=True, slots=True)
class Gap:
    """An empty line."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code."""

    data: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class QrBox:
    """Where a QR code will be once its placeholders are filled, and what it will say."""

    inlines: Inlines


Block: TypeAlias = Paragraph | Line | Heading | List | PageBreak | Gap | QrCode | QrBox

# -- the letter


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPart:
    """A letter in one language: what its pages show."""

    language: LetterLanguage
    address_lines: tuple[Inlines, ...]  # in capitals
    contact_lines: tuple[Inlines, ...]
    date: str
    subject: Inlines
    body: tuple[Block, ...]
    is_cut: bool  # there was far more text than a letter can hold, and not all of it is here

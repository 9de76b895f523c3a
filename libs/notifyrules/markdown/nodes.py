"""The tree that markdown is read into.

Blocks that hold a line of text get its `inlines` only after all blocks are read, because a link can be
defined below the place that uses it. Nothing changes a tree once `parse` has returned it.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from notifyrules.markdown.links import Target

# -- inside a line


@dataclass(slots=True)
class Link:
    """`[text](url "title")`, also by reference."""

    target: Target
    inlines: "list[Inline]"


@dataclass(slots=True)
class Autolink:
    """An address that is a link by itself."""

    url: str  # as typed
    is_email: bool  # only `<a@b>`: bare email addresses are not linked


@dataclass(slots=True)
class LineBreak:
    """A newline in the source."""


# A string is text or inline HTML, ready to be written: `&`, `<` and `>` of text are escaped.
Inline: TypeAlias = str | Link | Autolink | LineBreak

# -- blocks


@dataclass(slots=True)
class Paragraph:
    """A paragraph."""

    source: str
    inlines: list[Inline] = field(default_factory=list)


@dataclass(slots=True)
class Text:
    """Lines inside a list item without blank lines, which make no paragraph."""

    source: str
    inlines: list[Inline] = field(default_factory=list)


@dataclass(slots=True)
class Heading:
    """A heading of level 1 to 6."""

    level: int
    source: str
    inlines: list[Inline] = field(default_factory=list)


@dataclass(slots=True)
class Code:
    """Indented or fenced code, as typed."""

    code: str


@dataclass(slots=True)
class Html:
    """A block of HTML, as typed. HTML parts never have one, because their content is escaped first."""

    html: str


@dataclass(slots=True)
class Rule:
    """A horizontal rule."""


@dataclass(slots=True)
class Gap:
    """Blank lines that belong to no block: before the first one, and inside list items."""


@dataclass(slots=True)
class Quote:
    """What follows `^`: an inset text."""

    blocks: "list[Block]"


@dataclass(slots=True)
class Item:
    """One item of a list."""

    blocks: "list[Block]"


@dataclass(slots=True)
class List:
    """A bulleted or numbered list."""

    ordered: bool
    items: list[Item]


@dataclass(slots=True)
class Table:
    """A table: never shown, but a footnote it refers to is."""

    source: str


@dataclass(slots=True)
class Footnote:
    """The text of a footnote, where it is defined: shown at the end, if it is referred to."""

    key: str
    blocks: "list[Block]"


Block: TypeAlias = Paragraph | Text | Heading | Code | Html | Rule | Gap | Quote | List | Table | Footnote

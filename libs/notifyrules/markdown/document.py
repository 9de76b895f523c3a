"""Reading a whole text of markdown: first its blocks, then the lines in them.

Called through `notifyrules.markdown`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from notifyrules.markdown.blocks import BlockReader, Collected
from notifyrules.markdown.inlines import Definitions, InlineReader
from notifyrules.markdown.nodes import Block, Footnote, Heading, List, Paragraph, Quote, Table, Text

_TAB_WIDTH = 4
_BLANK_LINE = re.compile(r"^ +$", re.MULTILINE)
_SYMBOL_FOR_NEWLINE = "\u2424"


@dataclass(frozen=True, slots=True)
class Document:
    """A text of markdown, read."""

    blocks: list[Block]  # with those of the footnotes that are referred to at the end


def parse(source: str) -> Document:
    """Return what the markdown in `source` means."""
    collected = Collected()
    blocks = BlockReader(_normalised(source), collected).read()
    footnotes: dict[str, list[Block]] = {}
    _read_lines(blocks, InlineReader(collected.definitions), footnotes)
    return Document([*blocks, *_referred_to(footnotes, collected.definitions)])


def _normalised(source: str) -> str:
    text = source.replace("\r\n", "\n").replace("\r", "\n").expandtabs(_TAB_WIDTH)
    return _BLANK_LINE.sub("", text.replace(_SYMBOL_FOR_NEWLINE, "\n"))


def _read_lines(blocks: Iterable[Block], reader: InlineReader, footnotes: dict[str, list[Block]]) -> None:
    """Read the lines of `blocks` in the order in which they stand, and note the footnotes."""
    for block in blocks:
        match block:
            case Paragraph() | Text() | Heading():
                block.inlines = reader.read(block.source)
            case List():
                for item in block.items:
                    _read_lines(item.blocks, reader, footnotes)
            case Quote():
                _read_lines(block.blocks, reader, footnotes)
            case Footnote():
                reader.in_footnote = True
                _read_lines(block.blocks, reader, footnotes)
                reader.in_footnote = False
                footnotes[block.key] = block.blocks
            case Table():
                reader.read(block.source)  # for the footnotes it refers to
            case _:
                pass


def _referred_to(footnotes: dict[str, list[Block]], definitions: Definitions) -> list[Block]:
    places = definitions.footnotes
    keys = sorted((key for key in footnotes if places[key]), key=places.__getitem__)
    return [block for key in keys for block in footnotes[key]]

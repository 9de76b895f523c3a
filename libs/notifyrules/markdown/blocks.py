"""Reading markdown into blocks.

Each rule looks at the text from the start of a line, adds the block that it finds there, and returns where
the block ends, or None. The first rule that finds one wins; what no other rule wants is a paragraph. Lines
end at a newline only: `document` has normalised the others. Called from `document`.
"""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from notifyrules.markdown.html_tags import STARTS_BLOCK, HtmlTags
from notifyrules.markdown.inlines import Definitions, definition_key
from notifyrules.markdown.links import Target
from notifyrules.markdown.nodes import (
    Block,
    Code,
    Footnote,
    Gap,
    Heading,
    Html,
    Item,
    List,
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
)

_DEEPEST = 6  # lists in lists, insets in insets; what is deeper is text

_BULLET = r"(?:[*•-]|\d+\.)"

_RULE = re.compile(r" {0,3}[-*_](?: *[-*_]){2,} *(?:\n+|\Z)")
_RULE_AFTER_LIST = re.compile(r"(?:[-*_] *){3,}(?:\n|\Z)")
_UNDERLINE = re.compile(r" *[=-]*([=-]) *(?:\n+|\Z)")
_FENCE = re.compile(r" *(`{3,}+|~{3,}+) *(?:[^`\s]++)? *\n")
_QUOTE = re.compile(r" *\^[^\n]")
_QUOTE_MARK = re.compile(r"^ *\^ ?", re.MULTILINE)
_CODE = re.compile(r"(?: {4}[^\n]+\n*)+")
_CODE_INDENT = re.compile(r"^ {4}", re.MULTILINE)
_LIST = re.compile(rf"( *)({_BULLET})[\s\S]")
_ITEM = re.compile(rf"^( *){_BULLET}", re.MULTILINE)
_BULLET_AND_SPACE = re.compile(rf"{_BULLET} ")
# The bounds keep the time for many opening brackets in proportion.
_LINK_DEFINITION = re.compile(r""" *\[([^^\]]{1,300})\]: *<?([^\s>]+)>?(?: +["(]([^\n]+)[")])? *(?:\n+|\Z)""")
_FOOTNOTE_DEFINITION = re.compile(r"\[\^([^\]]{1,300})\]: *([^\n]*(?:\n+|\Z)(?: [^\n]*(?:\n+|\Z))*)")
_TABLE_HEAD = re.compile(r" *\|[^\n]+\n *\| *[-:]+[-| :]*\n")
_TABLE_ROW = re.compile(r" *\|")
_OPEN_TABLE_RULE = re.compile(r" *[-:]+ *\|[-| :]*\n")
_NEWLINES = re.compile(r"\n*")
# What ends a paragraph without a blank line. A list needs a space after its bullet here, unlike elsewhere; an
# inset doesn't end a paragraph, but the `>` of other dialects does.
_ENDS_PARAGRAPH = re.compile(rf" *(?:(?:[*+-](?:\d+\.)?|\d+\.) [\s\S]|#[^\n]|>[^\n])|{STARTS_BLOCK.pattern}")


class Collected:
    """What the readers of one document share: its definitions, and how deep they are in it."""

    __slots__ = ("definitions", "list_depth", "quote_depth")

    def __init__(self) -> None:
        self.definitions = Definitions()
        self.list_depth = 0
        self.quote_depth = 0


class BlockReader:
    """Reads the blocks of a document, or of a part of one; the lines of text in them are not read yet."""

    __slots__ = ("_blocks", "_collected", "_end_of_words", "_html", "_text", "_unclosed_fences")

    def __init__(self, source: str, collected: Collected) -> None:
        self._text = source.rstrip("\n")
        self._end_of_words = len(self._text.rstrip())
        self._collected = collected
        self._blocks: list[Block] = []
        self._html = HtmlTags(self._text)
        self._unclosed_fences: set[str] = set()

    def read(self, rules: "_RuleSet | None" = None) -> list[Block]:
        """Return the blocks; `rules` says what is looked for, everything by default."""
        rules = rules or _RULES
        text, position = self._text, 0
        while position < len(text):
            applicable = rules.for_letters if text[position].isalpha() else rules.all
            position = self._read_one(applicable, position)
        return self._blocks

    def _read_one(self, rules: "tuple[_Rule, ...]", position: int) -> int:
        for rule in rules:
            end = rule(self, position)
            if end is not None:
                return end
        # Both kinds of line that are left, blank ones and text, have a rule in every set.
        raise AssertionError("a line of markdown that no rule accepts")

    def _line_end(self, position: int) -> int:
        end = self._text.find("\n", position)
        return len(self._text) if end < 0 else end

    def _after_newlines(self, position: int) -> int:
        newlines = _NEWLINES.match(self._text, position)
        return position if newlines is None else newlines.end()

    # -- the rules

    def gap(self, position: int) -> int | None:
        end = self._after_newlines(position)
        if end == position:
            return None
        if end > position + 1:
            self._blocks.append(Gap())
        return end

    def rule(self, position: int) -> int | None:
        found = _RULE.match(self._text, position)
        if found is None:
            return None
        self._blocks.append(Rule())
        return found.end()

    def indented_code(self, position: int) -> int | None:
        found = _CODE.match(self._text, position)
        if found is None:
            return None
        self._blocks.append(Code(_CODE_INDENT.sub("", found[0])))
        return found.end()

    def fenced_code(self, position: int) -> int | None:
        found = self._fence(position)
        if found is None:
            return None
        code, end = found
        self._blocks.append(Code(code))
        return end

    def _fence(self, position: int) -> tuple[str, int] | None:
        """Read fenced code. The closing fence may be at the end of any line, but not right at the start."""
        opening = _FENCE.match(self._text, position)
        if opening is None or opening[1] in self._unclosed_fences:
            return None
        start = opening.end()
        closing = re.compile(rf"{opening[1]} *(?:\n+|\Z)").search(self._text, start + 1)
        if closing is None:
            self._unclosed_fences.add(opening[1])
            return None
        code = self._text[start : closing.start()]
        return code.rstrip() or code[:1], closing.end()

    def heading(self, position: int) -> int | None:
        end = self._line_end(position)
        marked = self._text[position:end].lstrip(" ")
        after = marked.lstrip("#")
        level = min(6, len(marked) - len(after))
        if level == 0 or marked == "#":
            return None
        self._blocks.append(_heading(marked, level))
        return self._after_newlines(end)

    def underlined_heading(self, position: int) -> int | None:
        end = self._line_end(position)
        underline = _UNDERLINE.match(self._text, end + 1)
        if underline is None or end == position:
            return None
        self._blocks.append(Heading(1 if underline[1] == "=" else 2, self._text[position:end]))
        return underline.end()

    def quote(self, position: int) -> int | None:
        text, end = self._text, position
        while _QUOTE.match(text, end) is not None:
            blank = text.find("\n\n", end)
            end = len(text) if blank < 0 else self._after_newlines(blank)
        if end == position:
            return None
        self._blocks.append(Quote(self._quoted(text[position:end])))
        return end

    def _quoted(self, source: str) -> list[Block]:
        if self._collected.quote_depth == _DEEPEST:
            return [Paragraph(source)]
        self._collected.quote_depth += 1
        blocks = BlockReader(_QUOTE_MARK.sub("", source), self._collected).read()
        self._collected.quote_depth -= 1
        return blocks

    def list_block(self, position: int) -> int | None:
        opening = _LIST.match(self._text, position)
        if opening is None:
            return None
        indent = opening[1]
        end = self._list_end(opening.end(), indent)
        source = self._text[position:end]
        self._blocks.append(List(opening[2][-1] == ".", self._items(source, indent)))
        return end

    def _list_end(self, position: int, indent: str) -> int:
        """Return where a list ends, newlines after it included; `position` is behind its first bullet."""
        text = self._text
        while True:
            newline = text.find("\n", position)
            if newline < 0 or newline >= self._end_of_words:
                return len(text)
            position = self._after_newlines(newline)
            if self._list_ends_between(newline, position, indent):
                return position

    def _list_ends_between(self, newline: int, line: int, indent: str) -> bool:
        """Return whether a list ends at `newline`, where the next line of text is at `line`."""
        text = self._text
        rule_start = line + len(indent) if text.startswith(indent, line) else line
        if _RULE_AFTER_LIST.match(text, rule_start) is not None or self._is_definition(line):
            return True
        blank_lines = line - newline - 1
        if blank_lines != 1:
            return blank_lines > 1
        goes_on = text.startswith(indent, line) and _BULLET_AND_SPACE.match(text, line + len(indent))
        return text[line] != " " and not goes_on

    def _is_definition(self, position: int) -> bool:
        return any(
            pattern.match(self._text, position) is not None
            for pattern in (_LINK_DEFINITION, _FOOTNOTE_DEFINITION)
        )

    def _items(self, source: str, indent: str) -> list[Item]:
        if self._collected.list_depth == _DEEPEST:
            return [Item([Text(source)])]
        self._collected.list_depth += 1
        items = [Item(blocks) for blocks in self._item_blocks(source, indent)]
        self._collected.list_depth -= 1
        return items

    def _item_blocks(self, source: str, indent: str) -> Iterator[list[Block]]:
        bullets = [bullet for bullet in _ITEM.finditer(source) if bullet[1] == indent]
        ends = [bullet.start() - 1 for bullet in bullets[1:]] + [len(source)]
        after_blank_line = False
        for bullet, end in zip(bullets, ends, strict=True):
            text = source[bullet.end() : end]
            if "\n " in text:
                width = bullet.end() - bullet.start()
                text = re.sub(rf"^ {{1,{width}}}", "", text, flags=re.MULTILINE)
            loose = after_blank_line or "\n\n" in text.rstrip()
            if text and end != len(source):
                after_blank_line = text[-1] == "\n"
                loose = loose or after_blank_line
            blocks = BlockReader(text, self._collected).read(_RULES_IN_ITEMS)
            yield [_as_paragraph(block) for block in blocks] if loose else blocks

    def html(self, position: int) -> int | None:
        found = self._html.block(position)
        if found is None:
            return None
        html, end = found
        self._blocks.append(Html(html))
        return end

    def link_definition(self, position: int) -> int | None:
        found = _LINK_DEFINITION.match(self._text, position)
        if found is None:
            return None
        key, url, title = found.groups()
        self._collected.definitions.links[definition_key(key)] = Target(url=url, title=title)
        return found.end()

    def footnote_definition(self, position: int) -> int | None:
        found = _FOOTNOTE_DEFINITION.match(self._text, position)
        if found is None:
            return None
        key = definition_key(found[1])
        footnotes = self._collected.definitions.footnotes
        if key not in footnotes:
            footnotes[key] = 0
            reader = BlockReader(_unindented(found[2]), self._collected)
            self._blocks.append(Footnote(key, reader.read(_RULES_IN_FOOTNOTES)))
        return found.end()

    def table(self, position: int) -> int | None:
        head = _TABLE_HEAD.match(self._text, position)
        if head is None:
            return None
        end = head.end()
        while _TABLE_ROW.match(self._text, end) is not None:
            end = min(self._line_end(end) + 1, len(self._text))
        self._blocks.append(Table(self._text[position:end]))
        return self._after_newlines(end)

    def open_table(self, position: int) -> int | None:
        """Read a table without bars at the ends of its lines."""
        head_end = self._line_end(position)
        head = self._text[position:head_end].lstrip(" ")
        if "|" not in head[1:] or head[0].isspace():
            return None
        rule = _OPEN_TABLE_RULE.match(self._text, head_end + 1)
        if rule is None:
            return None
        end = rule.end()
        while "|" in self._text[end : (line_end := self._line_end(end))]:
            end = min(line_end + 1, len(self._text))
        self._blocks.append(Table(self._text[position:end]))
        return self._after_newlines(end)

    def paragraph(self, position: int) -> int | None:
        end = self._line_end(position)
        while end < len(self._text) and self._text[end + 1] != "\n" and not self._ends_paragraph(end + 1):
            end = self._line_end(end + 1)
        self._blocks.append(Paragraph(self._text[position:end]))
        return self._after_newlines(end)

    def _ends_paragraph(self, position: int) -> bool:
        text = self._text
        if _UNDERLINE.match(text, self._line_end(position) + 1) is not None:
            return True
        return not text[position].isalpha() and (
            _ENDS_PARAGRAPH.match(text, position) is not None
            or _RULE.match(text, position) is not None
            or self._is_definition(position)
            or self._fence(position) is not None
        )

    def line_of_item(self, position: int) -> int | None:
        end = self._line_end(position)
        line = self._text[position:end]
        last = self._blocks[-1] if self._blocks else None
        if isinstance(last, Text):
            last.source += f"\n{line}"
        else:
            self._blocks.append(Text(line))
        return end


def _heading(marked: str, level: int) -> Heading:
    """Return the heading of a line that starts with `#`; those at the end don't count."""
    source = marked[level:]
    if not source:
        # Nothing but `#`: the last one is the text.
        return Heading(level - 1, "#")
    text = source.lstrip(" ")
    if not text:
        return Heading(level, " ")
    return Heading(level, text.rstrip(" ").rstrip("#").rstrip(" ") or text[0])


def _as_paragraph(block: Block) -> Block:
    return Paragraph(block.source) if isinstance(block, Text) else block


def _unindented(source: str) -> str:
    """Return the text of a footnote with what all its further lines are indented by taken off."""
    first, *others = source.split("\n")
    indents = [len(line) - len(line.lstrip()) for line in others]
    width = min((indent for indent in indents if indent), default=0)
    return "\n".join([first, *(line[width:] for line in others)])


_Rule: TypeAlias = Callable[[BlockReader, int], int | None]


class _RuleSet:
    """Rules in the order in which they are tried."""

    __slots__ = ("all", "for_letters")

    def __init__(self, *rules: _Rule) -> None:
        self.all = rules
        # Most lines start with a letter, and only these rules are for them.
        self.for_letters = tuple(rule for rule in rules if rule in _FOR_LETTERS)


_FOR_LETTERS = frozenset(
    {
        BlockReader.open_table,
        BlockReader.underlined_heading,
        BlockReader.paragraph,
        BlockReader.line_of_item,
    }
)

_RULES = _RuleSet(
    BlockReader.gap,
    BlockReader.rule,
    BlockReader.indented_code,
    BlockReader.fenced_code,
    BlockReader.heading,
    BlockReader.open_table,
    BlockReader.underlined_heading,
    BlockReader.quote,
    BlockReader.list_block,
    BlockReader.html,
    BlockReader.link_definition,
    BlockReader.footnote_definition,
    BlockReader.table,
    BlockReader.paragraph,
)

_RULES_IN_ITEMS = _RuleSet(
    BlockReader.gap,
    BlockReader.indented_code,
    BlockReader.fenced_code,
    BlockReader.underlined_heading,
    BlockReader.rule,
    BlockReader.quote,
    BlockReader.list_block,
    BlockReader.html,
    BlockReader.line_of_item,
)

_RULES_IN_FOOTNOTES = _RuleSet(
    BlockReader.gap,
    BlockReader.indented_code,
    BlockReader.fenced_code,
    BlockReader.heading,
    BlockReader.open_table,
    BlockReader.underlined_heading,
    BlockReader.rule,
    BlockReader.quote,
    BlockReader.list_block,
    BlockReader.html,
    BlockReader.table,
    BlockReader.paragraph,
)

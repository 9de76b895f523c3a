"""The dialect of markdown: what the golden vectors leave open, and that reading it always ends well."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifyrules.email_content import read_body, render_preheader, render_text
from notifyrules.markdown import (
    Code,
    Gap,
    Heading,
    Html,
    List,
    Paragraph,
    Quote,
    Rule,
    Text,
    parse,
)
from notifyrules.markdown.nodes import Footnote, Table

FRAGMENTS = (
    *(
        "# ",
        "##",
        "* ",
        "-",
        "• ",
        "1.",
        "^ ",
        ">",
        " ",
        "    ",
        "\n",
        "\n\n",
        "\n\n\n",
        "a",
        "word",
        "***",
        "===",
    ),
    *("```", "~~~\n", "[a](b)", "[a]", "[a]: http://b", "[^1]", "[^1]: c", "![", "](", "[", "]", "(", ")"),
    *(
        "https://a.b",
        "<b>",
        "</b>",
        "<div>",
        "</div>",
        "<!--",
        "-->",
        "<a@b>",
        "\\",
        "|",
        "--|--",
        "&amp;",
        "\t",
    ),
)
MARKDOWN = st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join)


def outline(source: str) -> list[object]:
    return [type(block) for block in parse(source).blocks]


def text(source: str) -> str:
    return render_text(read_body(source))


@pytest.mark.parametrize(
    ("source", "blocks"),
    [
        ("a\nb\n\nc", [Paragraph, Paragraph]),
        ("a\n# b", [Paragraph, Heading]),
        ("a\n---", [Heading]),
        ("---\na", [Rule, Paragraph]),
        ("a\n* b", [Paragraph, List]),
        ("a\n*b", [Paragraph]),
        ("*b", [List]),
        ("a\n^ b", [Paragraph]),
        ("^ a\nb\n\n^ c\n\nd", [Quote, Paragraph]),
        ("    a\n\n    b", [Code]),
        ("```\na\n```", [Code]),
        ("```\na", [Paragraph]),
        ("```\na\n```\n\n```\nb\n```", [Code, Code]),
        ("* a\n\n* b", [List]),
        ("* a\n\n\n* b", [List, List]),
        ("* a\n\nb", [List, Paragraph]),
        ("* a\n\n---", [List, Rule]),
        ("* a\n[b]: http://c", [List]),
        ("\n\na", [Gap, Paragraph]),
        ("<div>\na\n</div>\n\nb", [Html, Paragraph]),
        ("<b>a</b>", [Paragraph]),
        ("|a|b|\n|-|-|\n|c|d|\ne", [Table, Paragraph]),
        ("a|b\n-|-\nc|d", [Table]),
        ("a[^1]\n\n[^1]: b", [Paragraph, Footnote, Paragraph]),
    ],
)
def test_blocks(source: str, blocks: list[object]) -> None:
    assert outline(source) == blocks


@pytest.mark.parametrize(
    ("line", "level", "heading"),
    [
        ("# a", 1, "a"),
        ("#a ##", 1, "a"),
        ("  ## a # b", 2, "a # b"),
        ("####### a", 6, "# a"),
        ("##", 1, "#"),
        ("# #", 1, "#"),
        ("# ", 1, " "),
    ],
)
def test_headings(line: str, level: int, heading: str) -> None:
    assert parse(line).blocks == [Heading(level, heading, [heading])]


def test_a_lone_hash_is_no_heading() -> None:
    assert outline("#") == [Paragraph]


def test_items_with_blank_lines_between_have_paragraphs() -> None:
    (tight,) = parse("* a\n* b").blocks
    (loose,) = parse("* a\n\n* b").blocks
    assert isinstance(tight, List)
    assert isinstance(loose, List)
    assert [type(item.blocks[0]) for item in tight.items] == [Text, Text]
    assert [type(item.blocks[0]) for item in loose.items] == [Paragraph, Paragraph]


def test_lists_are_nested_six_deep_and_no_deeper() -> None:
    depth = 0
    (block,) = parse("*" * 20 + "a").blocks
    while isinstance(block, List):
        depth += 1
        block = block.items[0].blocks[0]
    assert (depth, type(block)) == (7, Text)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('[a](b "c")', "a (c): b"),
        ("[a](b 'it's')", "a (it’s): b"),
        ("[a](<b c>)", "a: b c"),
        ("[a](b (c))", "a: b (c)"),
        ("[a [b]](c)", "a [b]: c"),
        ("[a] [b]\n\n[b]: c", "a: c"),
        ("[a][]\n\n[A]: c", "a: c"),
        ("[a](b", "[a](b"),
        ("![a](b)c", "c"),
        ("<https://a.example> <b@c.example>", "https://a.example b@c.example"),
        ("(https://a.example/b).", "(https://a.example/b)."),
        ("\\[a\\](b) \\* \\q", "[a](b) * \\q"),
        ("a  \nb", "a\nb"),
        ("<i>[a](b)</i>", "<i>[a](b)</i>"),
        ("a &amp; &lt; &", "a & < &"),
    ],
)
def test_inside_lines(source: str, expected: str) -> None:
    assert text(source) == f"{expected}\n"


def test_footnotes_come_last_in_the_order_of_their_references() -> None:
    assert text("[^b] and [^a] and [^b]\n\n[^a]: A\n\n[^b]: B\n\n[^c]: C") == "and  and [^b]\n\nB\n\nA\n"


def test_the_preheader_leaves_out_addresses_and_rules() -> None:
    source = "# a\n\n---\n\n[b](https://c.example) https://d.example\n\n1. e"
    assert render_preheader(read_body(source)) == "a b https://d.example 1. e"


def test_the_preheader_has_no_more_than_256_characters() -> None:
    assert render_preheader(read_body("a" * 255 + " b")) == "a" * 255


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Gov.uk", "Gov.\u200buk"),
        ("^GOV.UK", "GOV.\u200bUK"),
        ("gov.uk/x", "gov.uk/x"),
        ("a.gov.uk", "a.gov.uk"),
    ],
)
def test_gov_uk_alone_is_kept_from_becoming_a_link(source: str, expected: str) -> None:
    assert text(source) == f"{expected}\n"


@given(MARKDOWN)
def test_any_text_can_be_read(source: str) -> None:
    assert text(source).endswith("\n")


@given(st.text(alphabet="abc ,é", max_size=40))
def test_plain_words_stay_as_they_are(words: str) -> None:
    words = " ".join(words.replace(" ,", ",").split())
    assert text(words) == f"{words.replace(' ,', ',')}\n"


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "[ ",
            "[a](b ",
            '[a](b "c',
            "[[]",
            "<",
            "<a b='",
            "<!-- >",
            "<div>\n\n",
            "<::",
            "*",
            "* a\n\n",
            "^ ",
            " ",
        ),
        *(
            "```a\n",
            "|",
            "a|b\n",
            "\\",
            "'",
            '" ',
            "’@",
            " - ",
            "https://",
            "    x\n",
            "1.",
            "[a]: b\n",
            "-\n",
        ),
    ],
)
def test_the_time_grows_with_the_length(unit: str) -> None:
    source = unit * (40_000 // len(unit))
    start = time.process_time()
    text(source)
    assert time.process_time() - start < 5

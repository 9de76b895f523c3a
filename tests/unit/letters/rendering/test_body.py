"""Markdown of letters as blocks: the same letter as the HTML of previews."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from notifyrules.letter_content import LetterLanguage, body_html
from notifyrules.placeholders import (
    Personalisation,
    bulleted_html,
    compile_html,
    mark_in_html,
    redact_in_html,
)
from services.letters.rendering.body import body_blocks
from services.letters.rendering.tree import (
    Block,
    Gap,
    Heading,
    Inlines,
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

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "letter_content.json").read_text())


def text(words: str, style: Style = Style.PLAIN) -> Inlines:
    return (Run(text=words, style=style),)


@pytest.mark.parametrize(
    ("markdown", "blocks"),
    [
        ("a\n\nb", (Paragraph(text("a")), Paragraph(text("b")))),
        ("a\nb", (Paragraph((Run(text="a"), LineBreak(), Run(text="b"))),)),
        ("# a\n\n## b", (Heading(text("a")), Paragraph(text("b")))),
        ("^ a", (Paragraph(text("a")),)),
        ("* a\n* b", (List(ordered=False, items=((Line(text("a")),), (Line(text("b")),))),)),
        ("1. a\n\n2. b", (List(ordered=True, items=((Paragraph(text("a")),), (Paragraph(text("b")),))),)),
        (
            "* a\n  * b",
            (
                List(
                    ordered=False,
                    items=((Line(text("a")), List(ordered=False, items=((Line(text("b")),),))),),
                ),
            ),
        ),
        ("a\n\n***\n\nb", (Paragraph(text("a")), PageBreak(), Paragraph(text("b")))),
        ("a\n\n***\n\n***\n", (Paragraph(text("a")),)),
        ("\n\na", (Gap(), Paragraph(text("a")))),
        ("|a|b|\n|-|-|\n|c|d|\n\ne", (Paragraph(text("e")),)),
        ("qr: https://a.example/b-c?d=1&amp;e=2", (QrCode("https://a.example/b-c?d=1&e=2"),)),
        ("qr: a\nb", (QrCode("a<br>b"),)),
        ("https://a-b.example/c", (Paragraph(text("a\u2011b.example/c", Style.BOLD)),)),
        ("[a](https://b.example 'c')", (Paragraph(text("[a](https://b.example “c”)")),)),
        ("\"a\" 'b' -- c ,", (Paragraph(text("“a” ‘b’ – c,")),)),
        ("a-b", (Paragraph(text("a\u2011b")),)),
        ("    code  <b>", (Paragraph(text("code <b>")),)),
        ("", ()),
    ],
)
def test_markdown_becomes_blocks(markdown: str, blocks: tuple[Block, ...]) -> None:
    filled = compile_html(markdown).fill(Personalisation(), show=bulleted_html, mark=mark_in_html)
    assert body_blocks(filled) == blocks


def test_a_qr_code_with_an_unfilled_placeholder_is_a_box() -> None:
    filled = compile_html("qr: a ((b))").fill(Personalisation(), show=bulleted_html, mark=mark_in_html)
    assert body_blocks(filled) == (QrBox((Run(text="a "), Run(text="((b))", style=Style.PLACEHOLDER))),)


@pytest.mark.parametrize(
    "vector", [each for each in VECTORS if "body" in each["expect"]], ids=lambda v: v["id"]
)
def test_the_words_are_those_of_the_golden_html(vector: dict[str, Any]) -> None:
    given = vector["input"]
    is_welsh = LetterLanguage(given.get("language", "english")) is LetterLanguage.WELSH
    content = given["welsh_content"] if is_welsh else given["content"]
    filled = compile_html(content or "").fill(
        Personalisation(given.get("values") or {}),
        show=bulleted_html,
        mark=redact_in_html if given.get("redact") else mark_in_html,
    )
    assert _words(body_blocks(filled)) == _words_of_html(vector["expect"]["body"])


@pytest.mark.parametrize(
    "markdown", ["a's'b", "'a' \"b\" c@d's e", "* 'a\n* b'", "a - b\n- c", "x 'https://a.example' y"]
)
def test_typography_is_that_of_the_html(markdown: str) -> None:
    assert _words(body_blocks(markdown)) == _words_of_html(body_html(markdown))


def _words(blocks: tuple[Block, ...]) -> str:
    return "".join("".join(_texts(blocks)).split())


def _texts(blocks: tuple[Block, ...]) -> list[str]:
    texts: list[str] = []
    for block in blocks:
        match block:
            case Paragraph() | Line() | Heading() | QrBox():
                texts += [inline.text for inline in block.inlines if isinstance(inline, Run)]
            case List():
                texts += [each for item in block.items for each in _texts(item)]
            case _:
                pass
    return texts


def _words_of_html(body: str) -> str:
    body = re.sub(
        r"<svg.*?</svg>", "", body.replace('<div class="page\u2011break">&nbsp;</div>', ""), flags=re.DOTALL
    )
    return "".join(html.unescape(re.sub(r"<[^>]*>", "", body)).split())

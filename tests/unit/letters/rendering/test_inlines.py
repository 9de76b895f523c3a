"""Escaped text with tags as runs of plain text."""

import pytest

from services.letters.rendering.inlines import inlines_from_html, plain_inlines
from services.letters.rendering.tree import Inlines, LineBreak, Run, Style


def a_run(text: str, style: Style = Style.PLAIN) -> Run:
    return Run(text=text, style=style)


@pytest.mark.parametrize(
    ("source", "inlines"),
    [
        ("", ()),
        ("a &amp; b &lt;c&gt;", (a_run("a & b <c>"),)),
        ("a&nbsp;b", (a_run("a\u00a0b"),)),
        ("  a \n\t b  ", (a_run("a b"),)),
        ("a <br> b", (a_run("a"), LineBreak(), a_run("b"))),
        ("a <strong>b</strong> c", (a_run("a "), a_run("b", Style.BOLD), a_run(" c"))),
        ("a <strong> b</strong>", (a_run("a "), a_run("b", Style.BOLD))),
        (
            "<span class='placeholder'>&#40;&#40;name&#41;&#41;</span>.",
            (a_run("((name))", Style.PLACEHOLDER), a_run(".")),
        ),
        ("&amp;lt;b&amp;gt;", (a_run("&lt;b&gt;"),)),
    ],
)
def test_escaped_text_becomes_runs(source: str, inlines: Inlines) -> None:
    assert inlines_from_html(source) == inlines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\0b\x07c\x9fd", "abcd"),
        ("a\ud800b\ufffec\U0001ffffd", "abcd"),
        ("\u202eabc\u202c\u2066d\u2069\u200b\ufeff", "abcd"),
        ("a\u2028b\u2029c", "a b c"),
        ("\u0645\u06cc\u200c\u062e \u0645\u200d b\u200c", "\u0645\u06cc\u200c\u062e \u0645 b"),
        ("a\u00adb", "a\u00adb"),
    ],
)
def test_what_cannot_be_shown_is_left_out(text: str, shown: str) -> None:
    assert plain_inlines(text) == (a_run(shown),)

"""The contents of a letter."""

from datetime import UTC, datetime

import pytest

from notifyrules.letter_content import LetterLanguage, address_lines, body_html, letter_date


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# a\n\n## b", "<h2>a</h2>\n<p>b</p>"),
        ("^ a", "<p>a</p>"),
        ("a\n\n***\n\nb", '<p>a</p><div class="page‑break">&nbsp;</div><p>b</p>'),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"),
        ('[a](https://b.example "c")', "<p>[a](https://b.example “c”)</p>"),
        ("https://a-b.example", "<p><strong data‑original‑protocol='https://'>a‑b.example</strong></p>"),
        ("GOV.UK", "<p>GOV.UK</p>"),
    ],
)
def test_markdown_of_letters(markdown: str, html: str) -> None:
    assert body_html(markdown) == html


def test_a_qr_code_is_drawn_with_its_hyphens() -> None:
    html = body_html("a-b\n\nqr: https://a.example/?b=1&amp;c=2")
    assert html.startswith("<p>a‑b</p><p><div class='qrcode'><svg viewBox=")
    assert "-" in html
    assert "\0" not in html


def test_each_qr_code_is_in_its_place() -> None:
    html = body_html("qr: first\n\nbetween\n\nqr: second")
    before, after = html.split("<p>between</p>")
    assert before != after
    assert before.count("<svg") == after.count("<svg") == 1


def test_a_qr_code_with_an_unfilled_placeholder_is_a_box() -> None:
    html = body_html("qr: <span class='placeholder'>&#40;&#40;a&#41;&#41;</span>")
    assert "qrcode-placeholder-border" in html
    assert "<svg" not in html


def test_a_whole_address_is_normalised() -> None:
    values = {"address_line_1": "Ann <b>", "Address Line 2": "4 Mill Lane ,", "postcode": "bs19zz"}
    assert address_lines(values) == ["Ann <b>", "4 Mill Lane", "BS1 9ZZ"]


def test_an_incomplete_address_shows_what_is_known() -> None:
    lines = address_lines({"address line 1": "Ann <b>", "postcode": "bs19zz", "address line 2": ""})
    assert lines[:2] == ["Ann &lt;b&gt;", ""]
    assert lines[2] == "<span class='placeholder-no-brackets'>address line 3</span>"
    assert lines[6] == "bs19zz"


@pytest.mark.parametrize(
    ("moment", "language", "date"),
    [
        (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), LetterLanguage.ENGLISH, "1 July 2026"),
        (datetime(2026, 1, 5, 23, 59, tzinfo=UTC), LetterLanguage.WELSH, "5 Ionawr 2026"),
    ],
)
def test_a_letter_has_the_day_in_london(moment: datetime, language: LetterLanguage, date: str) -> None:
    assert letter_date(moment, language) == date

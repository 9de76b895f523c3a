"""Letters from beginning to end: what is in the PDF, whatever the values are."""

import html
import io
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pikepdf
import pytest
import segno
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.letters.rendering.letter import LetterFault, Purpose
from services.letters.rendering.pages import AttachmentUnusable
from services.letters.rendering.renderer import LetterRenderer
from services.letters.rendering.typesetting import RenderingFailed
from tests.unit.letters.rendering.builders import (
    LOGO,
    a_letter,
    blank_pdf,
    line_with,
    operators,
    page_text,
)
from tests.unit.letters.rendering.pictures import dark_box, picture, pixel_at

RENDERER = LetterRenderer()
SCREEN_COLOURS = {"rg", "RG"}
TYPST_CODE = (
    '#panic("ran") #read("/etc/passwd") #import "@preview/x:1.0.0" #sys.inputs.letter #eval("1+1") $1/0$ '
    '= h / t: d `raw` <label> @label \\ #[x] */ /* // ] } ) "'
)


@pytest.mark.parametrize(
    "value",
    [
        TYPST_CODE,
        "#" * 50,
        "\\" * 50,
        '"); panic("ran',
        "{{}} ${x} %s <b>b</b> &amp;lt; &#35;",
        '{"kind":"qr-code"}',
        "a\\u0000b $x$ #1",
    ],
)
def test_code_in_values_is_printed_as_it_is(value: str) -> None:
    values = {"name": value, "address_line_1": value[:50]}
    letter = RENDERER.render(
        a_letter("x ((name))", subject="((name))", contact_block="((name))", values=values)
    )
    printed = _without_typography(page_text(letter.pdf))
    shown = _without_typography(html.unescape(value))
    assert printed.count(shown) == 2 + (value == _unmarked(value))
    assert _without_typography(value[:50].upper()) in printed
    assert letter.page_count == 1


def _without_typography(text: str) -> str:
    """Text without what typography changes: quotes, hyphens and spaces."""
    return re.sub("[\"'“”‘’\u2011\\s-]", "", text)


def _unmarked(value: str) -> str:
    """A value as Markdown shows it, as far as these need."""
    return re.sub(r"\\([\\#\[\]])", r"\1", value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a\0b\x1bc", "abc"),
        ("\ud800lone", "lone"),
        ("\u202eevil\u202c", "evil"),
        ("((again))", "((again))"),
        ("# not a heading of Typst", "not a heading of Typst"),
    ],
)
def test_odd_characters_of_values_do_no_harm(value: str, shown: str) -> None:
    letter = RENDERER.render(a_letter("((name))", values={"name": value}))
    assert line_with(letter.pdf, shown).baseline == pytest.approx(131, abs=0.8)


def test_text_from_right_to_left_is_set_from_right_to_left() -> None:
    letter = RENDERER.render(a_letter("((name)) end", values={"name": "אבג שלום"}))
    assert not letter.missing_characters
    assert "end" in page_text(letter.pdf)


def test_characters_without_a_font_are_told_and_shown_as_boxes() -> None:
    letter = RENDERER.render(a_letter("((name)) x", values={"name": "漢\U0001f468\u200d\U0001f469"}))
    assert letter.missing_characters == {"漢", "\U0001f468", "\U0001f469"}
    assert letter.fault is None
    assert "□□□ x" in page_text(letter.pdf)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.text(max_size=60),
    line=st.text(max_size=30),
    content=st.lists(
        st.sampled_from(
            ["((name))", "# ", "* ", "1. ", "\n", "\n\n", "***\n", "^", "qr: ", "|a|b|\n|-|-|\n", "a-b", "\t"]
        )
        | st.text(max_size=8),
        max_size=12,
    ),
    purpose=st.sampled_from(Purpose),
)
def test_nothing_that_is_typed_keeps_a_letter_from_being_made(
    name: str, line: str, content: list[str], purpose: Purpose
) -> None:
    values = {"name": name, "address_line_1": line}
    letter = RENDERER.render(
        a_letter(
            "".join(content), subject="((name))", contact_block="((name))", values=values, purpose=purpose
        )
    )
    assert letter.page_count >= 1


def test_the_same_letter_is_the_same_bytes() -> None:
    letter = a_letter(
        "Dear ((name))\n\nqr: a\n\n***\n\nb",
        welsh=("Eich trwydded", "Annwyl ((name))"),
        logo_svg=LOGO,
        attachment_pdf=blank_pdf(1),
    )
    for purpose in Purpose:
        asked = replace(letter, purpose=purpose)
        assert RENDERER.render(asked).pdf == LetterRenderer().render(asked).pdf


def test_letters_can_be_made_in_many_threads_at_a_time() -> None:
    letters = [a_letter(values={"name": f"Number {number}"}) for number in range(24)]
    one_by_one = [RENDERER.render(letter).pdf for letter in letters]
    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(lambda letter: RENDERER.render(letter).pdf, letters)) == one_by_one


def test_print_knows_no_screen_colours_and_previews_no_inks() -> None:
    content = "Dear ((name))\n\nqr: a\n\n* b"
    printed = operators(RENDERER.render(a_letter(content)).pdf)
    assert not printed & SCREEN_COLOURS
    assert "k" in printed
    assert "k" not in operators(RENDERER.render(a_letter(content, purpose=Purpose.PREVIEW)).pdf)


def test_a_logo_is_printed_in_inks() -> None:
    pdf = RENDERER.render(a_letter(logo_svg=LOGO, welsh=("Eich trwydded", "Annwyl"))).pdf
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for page in document.pages:
            colours = [
                instruction.operands
                for instruction in pikepdf.parse_content_stream(page)
                if str(instruction.operator) == "scn"
            ]
            assert [len(numbers) for numbers in colours] == [4]  # the rectangle that is not transparent
    assert dark_box(picture(pdf), (0, 8, 120, 30)) != (0, 0, 0, 0)


@pytest.mark.parametrize(
    "logo", ["no SVG", "<svg", "<svg xmlns='http://www.w3.org/2000/svg'><image href='/etc/passwd'"]
)
def test_a_logo_that_is_no_svg_fails_loudly(logo: str) -> None:
    with pytest.raises(RenderingFailed):
        RENDERER.render(a_letter(logo_svg=logo))


def test_a_panic_of_the_typesetter_is_a_failure_and_the_next_letter_is_made() -> None:
    panic = type("PanicException", (BaseException,), {})

    class Broken:
        def compile(self, *_: object, **__: object) -> bytes:
            raise panic("end byte index 11 is out of bounds")

    renderer = LetterRenderer()
    renderer.render(a_letter())
    renderer._typesetter._of_thread.compiler = Broken()
    with pytest.raises(RenderingFailed):
        renderer.render(a_letter())
    assert renderer.render(a_letter()).page_count == 1


def test_all_fonts_are_embedded() -> None:
    pdf = RENDERER.render(a_letter("# Heading\n\nDear ((name)) مرحبا\n\nhttps://a.example")).pdf
    with pikepdf.open(io.BytesIO(pdf)) as document:
        descriptors = [
            each
            for each in document.objects
            if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/FontDescriptor"
        ]
    assert len(descriptors) == 3
    assert all("/FontFile2" in each for each in descriptors)


def test_the_pdf_says_nothing_of_when_and_where_it_was_made() -> None:
    with pikepdf.open(io.BytesIO(RENDERER.render(a_letter()).pdf)) as document:
        assert set(document.docinfo.keys()) <= {"/Creator", "/Title"}
        assert str(document.Root.Lang) == "en"


# -- languages, attachments, length


def test_welsh_comes_first_and_each_language_counts_its_own_pages() -> None:
    letter = RENDERER.render(
        a_letter("a\n\n***\n\nb", welsh=("Eich trwydded", "Annwyl ((name))\n\n***\n\nc\n\n***\n\nd"))
    )
    assert (letter.page_count, letter.welsh_page_count, letter.attachment_page_count) == (5, 3, 0)
    texts = [page_text(letter.pdf, number) for number in range(1, 6)]
    assert "5 Ionawr 2026" in texts[0]
    assert "5 January 2026" in texts[3]
    for text, words in zip(
        texts, ["Tudalen 1 o 3", "Tudalen 2 o 3", "Tudalen 3 o 3", "Page 1 of 2", "Page 2 of 2"], strict=True
    ):
        assert words in text
    assert [text.count("NOTIFY") for text in texts] == [1, 0, 0, 0, 0]
    assert ["ANN EXAMPLE" in text for text in texts] == [True, False, False, True, False]
    assert ["Department of Bees" in text for text in texts] == [True, False, False, True, False]


def test_an_attachment_comes_last_and_is_not_numbered() -> None:
    letter = RENDERER.render(a_letter(attachment_pdf=blank_pdf(2)))
    assert (letter.page_count, letter.attachment_page_count, letter.sheet_count) == (3, 2, 2)
    assert "Page 1 of 1" in page_text(letter.pdf, 1)
    assert page_text(letter.pdf, 3) == ""


@pytest.mark.parametrize("attachment", [b"", b"not a PDF", b"%PDF-1.7\n"])
def test_an_attachment_that_is_no_pdf_fails_loudly(attachment: bytes) -> None:
    with pytest.raises(AttachmentUnusable):
        RENDERER.render(a_letter(attachment_pdf=attachment))


@pytest.mark.parametrize(
    ("breaks", "attached", "pages", "sheets", "fault"),
    [
        (0, 0, 1, 1, None),
        (1, 0, 2, 1, None),
        (2, 0, 3, 2, None),
        (9, 0, 10, 5, None),
        (5, 4, 10, 5, None),
        (10, 0, 11, 6, LetterFault.TOO_LONG),
        (5, 5, 11, 6, LetterFault.TOO_LONG),
    ],
)
def test_at_most_ten_pages_are_printed(
    breaks: int, attached: int, pages: int, sheets: int, fault: LetterFault | None
) -> None:
    content = "\n\n***\n\n".join(["a"] * (breaks + 1))
    letter = RENDERER.render(a_letter(content, attachment_pdf=blank_pdf(attached) if attached else None))
    assert (letter.page_count, letter.sheet_count, letter.fault) == (pages, sheets, fault)


@pytest.mark.parametrize(
    "value",
    [
        "x" * 2_000_000,
        "x y " * 300_000,
        "* a\n" * 200_000,
        "a\nb\n" * 100_000,
        "\u200b" * 500_000,
        "qr: x\n\n" * 9_000,
        "# h\n\n" * 20_000,
    ],
    ids=["word", "words", "list", "lines", "invisible", "codes", "headings"],
)
def test_a_huge_value_is_too_long_and_not_laid_out_to_its_end(value: str) -> None:
    letter = RENDERER.render(a_letter("((name))", values={"name": value}))
    assert letter.fault is LetterFault.TOO_LONG
    assert 11 <= letter.page_count < 100


def test_a_huge_subject_and_contact_block_end_too() -> None:
    letter = RENDERER.render(
        a_letter(subject="((name))", contact_block="((name))", values={"name": "y " * 500_000})
    )
    assert letter.fault is LetterFault.TOO_LONG


# -- QR codes


def test_a_qr_code_is_drawn_square_by_square() -> None:
    drawn = picture(RENDERER.render(a_letter("qr: https://a-b.example/?c=1&d=((name))")).pdf)
    squares = segno.make("https://a-b.example/?c=1&d=Ann", error="m", micro=False).matrix
    left, top, right, _ = dark_box(drawn, (20, 125, 150, 200))
    side = (right - left) / len(squares)
    for row, line in enumerate(squares):
        for column, square in enumerate(line):
            place = (left + (column + 0.5) * side, top + (row + 0.5) * side)
            assert (pixel_at(drawn, *place) != (255, 255, 255)) == bool(square)


def test_a_qr_code_that_says_too_much_is_a_fault() -> None:
    letter = RENDERER.render(a_letter("qr: ((name))", values={"name": "x" * 505}))
    assert letter.fault is LetterFault.QR_CODE_TOO_LONG
    assert "too long" in page_text(letter.pdf)
    assert RENDERER.render(a_letter("qr: ((name))", values={"name": "x" * 504})).fault is None


# -- previews


def test_a_preview_without_values_shows_what_is_to_be_filled_in() -> None:
    letter = replace(a_letter("Dear ((name)) ((x??y))\n\nqr: ((link))", purpose=Purpose.PREVIEW), values={})
    text = page_text(RENDERER.render(letter).pdf)
    for shown in ("ADDRESS LINE 1", "ADDRESS LINE 7", "((name))", "((x??y))", "((link))"):
        assert shown in text

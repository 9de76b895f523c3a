"""Where things are on the page. Millimetres from the top left, as the public contract gives them."""

import pytest
from PIL import Image

from services.letters.rendering.letter import Purpose
from services.letters.rendering.renderer import LetterRenderer
from tests.unit.letters.rendering.builders import LOGO, a_letter, line_with, lines, page_text
from tests.unit.letters.rendering.pictures import dark_box, picture, pixel_at

SENTENCE = "We are writing to you about the licence to keep bees that you asked us for in the spring. "
SEVEN_LINES = {f"address_line_{number}": f"Line {number}" for number in range(1, 7)}

RENDERER = LetterRenderer()


def pdf_of(content: str = SENTENCE * 4, **changes: object) -> bytes:
    return RENDERER.render(a_letter(content, **changes)).pdf  # type: ignore[arg-type] # named as there


@pytest.mark.parametrize(
    ("text", "x", "baseline"),
    [
        ("5 January 2026", 15, 107.8),
        ("Your licence", 15, 121.8),
        ("We are writing", 15, 131.0),
        ("NOTIFY", 7.24, 5.73),
        ("BS1 9ZZ", 24.6, 65.4),
        ("BRISTOL", 24.6, 62.4),
        ("ANN EXAMPLE", 24.6, 56.4),
        ("1 Hive Street", 128.8, 80.9),
        ("Department of Bees", 128.8, 76.7),
        ("Page 1 of 1", 182.0, 284.6),
    ],
)
def test_things_of_the_first_page_are_where_the_contract_has_them(
    text: str, x: float, baseline: float
) -> None:
    line = line_with(pdf_of(), text)
    assert (line.x, line.baseline) == pytest.approx((x, baseline), abs=0.13)


def test_seven_address_lines_reach_up_to_the_window() -> None:
    pdf = pdf_of(values={**SEVEN_LINES, "address_line_6": "Line 6", "postcode": "BS1 9ZZ"})
    assert line_with(pdf, "LINE 1").baseline == pytest.approx(47.4, abs=0.11)


def test_a_long_address_line_is_cut_where_the_window_ends_and_stays_in_the_text() -> None:
    pdf = pdf_of(values={"address_line_1": "Example " * 20})
    assert "EXAMPLE " * 19 in page_text(pdf)
    left, _, right, _ = dark_box(picture(pdf), (20, 50, 200, 58))
    assert (left, right) == pytest.approx((24.6, 24.6 + 85), abs=1.5)


def test_the_contact_block_grows_upwards_then_downwards() -> None:
    eleven = pdf_of(contact_block="\n".join(f"Contact {number}" for number in range(1, 12)))
    assert line_with(eleven, "Contact 1").baseline == pytest.approx(38.6, abs=0.11)
    twelve = pdf_of(contact_block="\n".join(f"Contact {number}" for number in range(1, 13)))
    assert line_with(twelve, "Contact 1").baseline == pytest.approx(38.6, abs=0.11)
    assert line_with(twelve, "Contact 12").baseline == pytest.approx(80.9 + 4.23, abs=0.11)


def test_a_contact_block_that_reaches_the_body_pushes_it_down() -> None:
    pdf = pdf_of(contact_block="\n".join(f"Contact {number}" for number in range(1, 21)))
    assert line_with(pdf, "Contact 20").baseline + 4 < line_with(pdf, "5 January").baseline


def test_the_second_page_begins_at_its_top() -> None:
    pdf = pdf_of(f"a\n\n***\n\n{SENTENCE}")
    line = line_with(pdf, "We are writing", page_number=2)
    assert (line.x, line.baseline) == pytest.approx((15, 18.8), abs=0.11)
    assert line_with(pdf, "Page 2 of 2", 2).baseline == pytest.approx(284.6, abs=0.11)
    assert "NOTIFY" not in page_text(pdf, 2)


def test_lines_end_before_the_column_does() -> None:
    left, _, right, _ = dark_box(picture(pdf_of(SENTENCE * 20)), (0, 125, 210, 280))
    assert left == pytest.approx(15, abs=1)
    assert 130 < right < 152.6


def test_a_word_without_end_is_broken_at_the_column() -> None:
    for word in ("x" * 300, "https://a-b.example/" + "c-" * 200):
        _, _, right, _ = dark_box(picture(pdf_of(word)), (0, 125, 210, 280))
        assert 140 < right < 152.6


@pytest.mark.parametrize(
    ("content", "marker", "marker_x", "text_x"),
    [("* First\n* Second", "•", 15.7, 18.5), ("1. First\n2. Second", "1.", 16.2, 21.2)],
)
def test_lists_are_indented(content: str, marker: str, marker_x: float, text_x: float) -> None:
    line = line_with(pdf_of(content), "First")
    assert line.text.startswith(marker)
    assert line.x == pytest.approx(marker_x, abs=0.15)
    wrapped = pdf_of(content.replace("First", SENTENCE * 2))
    assert lines(wrapped)[-3].x == pytest.approx(text_x, abs=0.15)


def test_blocks_are_a_line_apart() -> None:
    pdf = pdf_of("One\n\nTwo\n\n# Three\n\nFour\n\n* Five\n* Six\n\nSeven")
    at = {
        text: line_with(pdf, text).baseline
        for text in ("One", "Two", "Three", "Four", "Five", "Six", "Seven")
    }
    line = 16 / 72 * 25.4
    assert at["Two"] - at["One"] == pytest.approx(2 * line, abs=0.15)
    assert at["Four"] - at["Two"] == pytest.approx(4 * line + 1.4 / 72 * 25.4, abs=0.15)
    assert at["Six"] - at["Five"] == pytest.approx(line, abs=0.15)
    assert at["Seven"] - at["Six"] == pytest.approx(2 * line, abs=0.15)


def test_at_least_four_lines_of_a_paragraph_stay_at_the_foot_of_a_page() -> None:
    seen = set()
    for filler in range(19, 27):
        found = [line.text for line in lines(pdf_of("\n".join("x" * filler) + "\n\n" + SENTENCE * 8))]
        seen.add(len(found) - 1 - max(index for index, text in enumerate(found) if text == "x") - 1)
    assert seen == {7, 6, 5, 4, 0}


def test_a_heading_is_not_left_alone_at_the_foot_of_a_page() -> None:
    for filler in range(20, 27):
        content = "\n".join("x" for _ in range(filler)) + "\n\n# Heading\n\n" + SENTENCE
        letter = RENDERER.render(a_letter(content))
        texts = [page_text(letter.pdf, number + 1) for number in range(letter.page_count)]
        assert ["Heading" in text for text in texts] == ["We are writing" in text for text in texts]


def test_a_qr_code_is_in_the_middle_of_the_column_and_as_big_as_it_should_be() -> None:
    left, top, right, bottom = dark_box(
        picture(pdf_of("Scan this\n\nqr: https://a.example")), (20, 134, 150, 200)
    )
    assert (left, right, bottom - top) == pytest.approx((68.9, 98.6, 29.6), abs=0.3)


def test_the_logo_is_at_the_top_left_and_fits_its_place() -> None:
    drawn = picture(pdf_of(logo_svg=LOGO))
    assert dark_box(drawn, (0, 8, 120, 30)) == pytest.approx((15, 10, 51, 28), abs=0.3)
    wide = LOGO.replace("0 0 200 100", "0 0 2000 100").replace('width="200"', 'width="2000"')
    assert dark_box(picture(pdf_of(logo_svg=wide)), (0, 8, 120, 30)) == pytest.approx(
        (15, 10, 85, 13.5), abs=0.3
    )


def test_previews_show_what_the_printer_adds_and_no_tag() -> None:
    pdf = pdf_of(purpose=Purpose.PREVIEW, values=SEVEN_LINES)
    assert "NOTIFY" not in page_text(pdf)
    assert line_with(pdf, "000 000").baseline == pytest.approx(44.2, abs=0.2)
    drawn = picture(pdf)
    assert dark_box(drawn, (20, 69, 125, 82)) == pytest.approx((24.6, 71.0, 109.3, 79.1), abs=0.7)
    assert dark_box(drawn, (0, 34, 15, 46)) == pytest.approx((4.4, 36.9, 11.1, 43.6), abs=0.3)


def test_print_has_nothing_of_the_printers_marks() -> None:
    assert dark_box(picture(pdf_of()), (20, 69, 125, 82)) == (0, 0, 0, 0)


def test_an_unfilled_placeholder_is_on_yellow() -> None:
    pdf = RENDERER.render(a_letter("((unknown)) x", purpose=Purpose.PREVIEW)).pdf
    line = line_with(pdf, "((unknown))")
    drawn: Image.Image = picture(pdf)
    assert pixel_at(drawn, line.x - 0.2, line.baseline - 1) == (255, 221, 0)

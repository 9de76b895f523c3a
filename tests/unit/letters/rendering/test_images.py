"""Pictures of pages."""

import io

import pikepdf
import pytest
from PIL import Image

from services.letters.rendering.images import (
    NoSuchPage,
    Overlay,
    UnreadablePdf,
    page_count,
    page_png,
)
from tests.unit.letters.rendering.builders import blank_pdf
from tests.unit.letters.rendering.pictures import pixel_at

WHITE = (255, 255, 255)
PINK = (255, 204, 204)  # white under red that is 20 % opaque


def drawn(pdf: bytes, page: int = 1, overlay: Overlay = Overlay.NONE) -> Image.Image:
    return Image.open(io.BytesIO(page_png(pdf, page, overlay)))


def black_page(width: float = 595.276, height: float = 841.89) -> bytes:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(width, height))
    page.obj.Contents = pdf.make_stream(f"0 g 0 0 {width} {height} re f".encode())
    stream = io.BytesIO()
    pdf.save(stream)
    return stream.getvalue()


def test_a4_is_drawn_at_150_dots_to_the_inch() -> None:
    assert drawn(blank_pdf(1)).size == (1240, 1754)


@pytest.mark.parametrize("size", [(14_400, 14_400), (3, 14_400), (3, 3)])
def test_a_page_of_any_size_makes_a_picture_of_bounded_size(size: tuple[float, float]) -> None:
    assert max(drawn(black_page(*size)).size) <= 4_001


def test_a_page_that_is_not_there_is_told_by_its_number() -> None:
    for number in (0, 3, -1):
        with pytest.raises(NoSuchPage, match=f"Letter does not have a page {number}"):
            page_png(blank_pdf(2), number)


@pytest.mark.parametrize("pdf", [b"", b"not a PDF", b"%PDF-1.7\n%%EOF"])
def test_what_is_no_pdf_is_unreadable(pdf: bytes) -> None:
    with pytest.raises(UnreadablePdf):
        page_png(pdf, 1)
    with pytest.raises(UnreadablePdf):
        page_count(pdf)


def test_pages_are_counted() -> None:
    assert page_count(blank_pdf(3)) == 3


def test_the_tag_of_a_sanitised_letter_can_be_covered() -> None:
    image = drawn(black_page(), overlay=Overlay.TAG_COVER)
    assert [image.getpixel(place) for place in ((0, 0), (129, 49), (130, 49), (129, 50))] == [
        *(WHITE, WHITE),
        *((0, 0, 0), (0, 0, 0)),
    ]


@pytest.mark.parametrize(
    ("overlay", "red", "free"),
    [
        (Overlay.NONE, [], [(1, 1), (20, 50)]),
        (
            Overlay.NO_PRINT_AREAS,
            [(100, 2), (100, 295), (7, 100), (200, 100)],
            [(20, 50), (100, 80), (16, 6)],
        ),
        (
            Overlay.NO_PRINT_AREAS_OF_FIRST_PAGE,
            [(100, 2), (100, 295), (7, 100), (200, 100), (20, 50), (122, 50), (50, 35), (50, 80)],
            [(50, 50), (50, 20), (150, 50), (100, 200)],
        ),
    ],
)
def test_where_nothing_may_be_printed_is_red(
    overlay: Overlay, red: list[tuple[float, float]], free: list[tuple[float, float]]
) -> None:
    image = drawn(blank_pdf(1), overlay=overlay)
    assert {pixel_at(image, *place) for place in red} <= {PINK}
    assert {pixel_at(image, *place) for place in free} == {WHITE}

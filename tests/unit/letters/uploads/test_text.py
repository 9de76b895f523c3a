"""Which words are read off a page, and in which order."""

import pytest
from pikepdf import Dictionary, Name, Pdf

from services.letters.uploads.contents import ContentParser
from services.letters.uploads.documents import UnreadablePdfError
from services.letters.uploads.geometry import ADDRESS_SEARCH_AREA, Box
from services.letters.uploads.glyphs import FontShelf
from services.letters.uploads.text import text_lines, words_touching
from tests.unit.letters.pdfs import A4, Font, a_form, add_page

PAGE = Box(left=0, top=A4[1], right=A4[0], bottom=0)


def lines_of(content: str, area: Box = PAGE, font_object: Dictionary | None = None) -> list[str]:
    """Read a page on which `<text>` stands for a string in our font."""
    pdf = Pdf.new()
    font = Font(pdf)
    parts = content.split("|")
    written = "".join(font.show(part) if index % 2 else part for index, part in enumerate(parts))
    page = add_page(pdf, written, font)
    if font_object is not None:
        page.obj.Resources = Dictionary(Font=Dictionary(F=pdf.make_indirect(font_object)))
    return text_lines(words_touching(area, ContentParser().page(page), FontShelf()))


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("BT /F 10 Tf 50 700 Td |One two| Tj ET", ["One two"]),
        ("BT /F 10 Tf 50 700 Td [|One| 50 |two|] TJ ET", ["Onetwo"]),
        ("BT /F 10 Tf 50 700 Td [|One| -300 |two|] TJ ET", ["One two"]),
        ("BT /F 10 Tf 50 700 Td [|One| -900 |two|] TJ ET", ["One", "two"]),
        ("BT /F 10 Tf 50 700 Td |One| Tj 0 -12 Td |two| Tj ET", ["One", "two"]),
        ("BT /F 10 Tf 50 700 Td |One| Tj 5 Ts |2| Tj ET", ["One2"]),
        (
            "BT /F 10 Tf 50 700 Td 12 TL |One| Tj T* |two| Tj |three| ' 0 0 |four| \" ET",
            ["One", "two", "three", "four"],
        ),
        ("BT /F 10 Tf 50 700 TD |One| Tj 0 -12 TD |two| Tj T* |three| Tj ET", ["One", "two", "three"]),
        ("BT /F 10 Tf 3 Tc 50 700 Td |Sam| Tj ET", ["S a m"]),
        ("BT /F 10 Tf 0.1 Tc 50 700 Td |Sam| Tj ET", ["Sam"]),
        ("BT /F 10 Tf 50 700 Td |Sam| Tj ET BT /F 10 Tf 50.2 700 Td |Sam| Tj ET", ["Sam", "Sam"]),
        ("BT /F 10 Tf 50 600 Td |low| Tj ET BT /F 10 Tf 50 700 Td |high| Tj ET", ["low", "high"]),
        ("BT /F 10 Tf 3 Tr 1 g 50 700 Td |hidden| Tj ET", ["hidden"]),
        ("BT /F 10 Tf 50 700 Td |\ufb01ne| Tj ET", ["\ufb01ne"]),
        ("q 2 0 0 2 0 0 cm BT /F 5 Tf 50 300 Td |One| Tj 6 0 Td |two| Tj ET Q", ["Onetwo"]),
        ("BT /F 10 Tf 0 1 -1 0 300 400 Tm |up| Tj ET BT /F 10 Tf 310 400 Td |on| Tj ET", ["up", "on"]),
        ("BT /F 0 Tf 50 700 Td |nothing| Tj ET", []),
        ("", []),
    ],
)
def test_letters_become_words_and_lines(content: str, lines: list[str]) -> None:
    assert lines_of(content) == lines


@pytest.mark.parametrize(
    ("x", "y", "lines"),
    [
        (100, 700, ["Sam one"]),
        (30, 700, ["one"]),
        (328, 700, ["Sam"]),
        (350, 700, []),
        (100, 737, ["Sam one"]),
        (100, 742, []),
        (100, 635, []),
    ],
)
def test_words_that_touch_the_area_are_taken_whole(x: float, y: float, lines: list[str]) -> None:
    area = ADDRESS_SEARCH_AREA.in_points(A4[1])
    assert lines_of(f"BT /F 10 Tf {x} {y} Td |Sam one| Tj ET", area) == lines


def test_text_elsewhere_ends_the_line() -> None:
    content = "BT /F 10 Tf 100 700 Td |one| Tj 0 -400 Td |far| Tj 17 400 Td |two| Tj ET"
    assert lines_of(content, ADDRESS_SEARCH_AREA.in_points(A4[1])) == ["one", "two"]


@pytest.mark.parametrize(
    "font_object",
    [
        Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica),
        Dictionary(Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name.ArialMT),
        Dictionary(
            Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/Helvetica"), Encoding=Name.WinAnsiEncoding
        ),
        Dictionary(),
    ],
    ids=["standard", "only named", "encoded", "nothing said"],
)
def test_fonts_are_read_that_say_little(font_object: Dictionary) -> None:
    assert lines_of("BT /F 10 Tf 50 700 Td (Sam 1) Tj ET", font_object=font_object) == ["Sam 1"]


@pytest.mark.parametrize(
    "font_object",
    [
        Dictionary(Subtype=Name.Type0, DescendantFonts=7),
        Dictionary(Subtype=Name.Type3, FontMatrix=3),
    ],
)
def test_of_a_broken_font_it_is_known_that_there_are_letters(font_object: Dictionary) -> None:
    assert lines_of("BT /F 10 Tf 50 700 Td (ab) Tj ET", font_object=font_object) == ["\ufffd\ufffd"]


def test_text_in_forms_is_read_where_it_is_drawn() -> None:
    pdf = Pdf.new()
    font = Font(pdf)
    page = add_page(pdf, "BT /F 10 Tf 50 700 Td ET /X Do q 1 0 0 1 0 -50 cm /X Do Q", font)
    page.obj.Resources.XObject.X = a_form(
        pdf, f"BT /F 10 Tf 50 500 Td {font.show('form')} Tj ET", Matrix=[1, 0, 0, 1, 10, 0]
    )
    words = words_touching(PAGE, ContentParser().page(page), FontShelf())
    assert [
        (word.text, round(word.glyphs[0].start[0]), round(word.glyphs[0].start[1])) for word in words
    ] == [
        ("form", 60, 500),
        ("form", 60, 450),
    ]


def test_form_that_draws_itself_is_refused() -> None:
    pdf = Pdf.new()
    page = add_page(pdf, "/X Do", Font(pdf))
    form = a_form(pdf, "/X Do")
    form.Resources = Dictionary(XObject=Dictionary(X=form))
    page.obj.Resources.XObject.X = form
    with pytest.raises(UnreadablePdfError):
        ContentParser().page(page)


def test_forms_that_multiply_are_refused() -> None:
    pdf = Pdf.new()
    page = add_page(pdf, "/X Do", Font(pdf))
    drawn = a_form(pdf, "0 0 1 1 re f")
    for _ in range(7):
        form = a_form(pdf, "/X Do " * 10)
        form.Resources = Dictionary(XObject=Dictionary(X=drawn))
        drawn = form
    page.obj.Resources.XObject.X = drawn
    with pytest.raises(UnreadablePdfError):
        words_touching(PAGE, ContentParser().page(page), FontShelf())

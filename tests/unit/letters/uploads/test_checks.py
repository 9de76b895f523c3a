"""The checks on uploaded PDFs, in their order, through the way in."""

from collections.abc import Sequence
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from services.letters.uploads.checking import check_attachment, check_letter
from services.letters.uploads.geometry import POINTS_PER_MM, Box
from services.letters.uploads.outcomes import UploadProblem, UploadResult
from tests.unit.letters.pdfs import (
    ADDRESS,
    Change,
    Font,
    a_form,
    a_letter,
    as_bytes,
    box_at,
    opened,
    text_at,
)

GOLDEN = Path(__file__).resolve().parents[3] / "vectors" / "letters_pdf"


def check(data: bytes, *, allow_international: bool = False) -> UploadResult:
    return check_letter(data, allow_international=allow_international)


def test_plain_letter_passes_with_everything_a_print_run_needs() -> None:
    result = check(a_letter(other_pages=[[], []]))
    assert result.problem is None
    assert result.fault is None
    assert result.page_count == 3
    assert result.sheets == 2
    assert result.address_lines == ADDRESS
    assert result.postage is None
    assert result.invalid_pages is None


@pytest.mark.parametrize(
    "data",
    [b"", b"not a PDF", a_letter()[:-8], a_letter()[:2000], a_letter() + b"\n%%EOX"],
    ids=["empty", "text", "no end", "cut off", "more behind the end"],
)
def test_what_is_no_whole_pdf_is_unreadable(data: bytes) -> None:
    result = check(data)
    is_whole = data.endswith(b"%%EOX")
    assert result.problem == (None if is_whole else UploadProblem.UNREADABLE)
    assert result.fault is None


def test_file_with_a_password_is_unreadable() -> None:
    locked = as_bytes(opened(a_letter()), encryption=pikepdf.Encryption(user="a", owner="b"))
    assert check(locked).problem == UploadProblem.UNREADABLE


@pytest.mark.parametrize(
    "encryption",
    [
        pikepdf.Encryption(user="", owner="b", R=6),
        pikepdf.Encryption(user="", owner="b", R=3, aes=False, metadata=False),
    ],
    ids=["AES", "RC4"],
)
def test_file_that_only_forbids_changes_passes_and_is_printed_unlocked(
    encryption: pikepdf.Encryption,
) -> None:
    result = check(as_bytes(opened(a_letter()), encryption=encryption))
    assert result.problem is None
    with opened(result.sanitised) as printed:
        assert not printed.is_encrypted


def test_more_than_ten_pages_are_too_long_whatever_else_is_wrong() -> None:
    result = check(a_letter(address=(), other_pages=[[]] * 10, size=(841.89, 595.276)))
    assert (result.problem, result.page_count, result.invalid_pages) == (UploadProblem.TOO_LONG, 11, None)
    assert result.sheets == 0


@pytest.mark.parametrize(
    ("width_mm", "height_mm", "rotation", "is_a4"),
    [
        (210, 297, 0, True),
        (208, 295, 0, True),
        (212, 299, 0, True),
        (207.9, 297, 0, False),
        (212.1, 297, 0, False),
        (210, 294.9, 0, False),
        (210, 297, 180, True),
        (210, 297, 90, False),
        (297, 210, 90, True),
        (297, 210, 270, True),
        (297, 210, 0, False),
        (210, 297, 360, False),
        (297, 210, -90, False),
    ],
)
def test_page_is_a4_upright_within_two_millimetres(
    width_mm: float, height_mm: float, rotation: int, is_a4: bool
) -> None:
    def change(pdf: Pdf) -> None:
        pdf.pages[1].obj[Name.MediaBox] = Array([0, 0, width_mm * POINTS_PER_MM, height_mm * POINTS_PER_MM])
        pdf.pages[1].obj[Name.Rotate] = rotation

    result = check(a_letter(other_pages=[[]], change=change))
    assert result.problem == (None if is_a4 else UploadProblem.NOT_A4)
    assert result.invalid_pages == (None if is_a4 else (2,))


def test_rotation_may_come_from_the_page_tree() -> None:
    def change(pdf: Pdf) -> None:
        pdf.Root.Pages[Name.Rotate] = 90

    assert check(a_letter(change=change)).problem == UploadProblem.NOT_A4


# Left, top, right, bottom in mm. The areas for print grow by 1 mm; these stay 0.3 mm away from that.
ALLOWED_ON_ALL_PAGES = [
    (14.3, 100, 20, 105),
    (190, 100, 195.7, 105),
    (130, 4.3, 140, 10),
    (100, 285, 110, 292.7),
]
FORBIDDEN_ON_ALL_PAGES = [
    (13.7, 100, 20, 105),
    (190, 100, 196.3, 105),
    (130, 3.7, 140, 10),
    (100, 285, 110, 293.3),
    (0, 0, 1, 1),
    (209, 296, 210, 297),
]
ALLOWED_AROUND_THE_WINDOW = [
    (23.9, 50, 24, 51),
    (120.7, 50, 120.9, 51),
    (50, 30, 60, 30.7),
    (124.3, 40, 125, 42),
]
FORBIDDEN_AROUND_THE_WINDOW = [
    (23.2, 50, 23.4, 51),
    (121.3, 50, 121.5, 51),
    (50, 31.3, 60, 32),
    (50, 37.5, 60, 38.2),
    (50, 67.6, 60, 68),
    (50, 93, 60, 93.7),
    (123, 60, 123.7, 61),
]


def box(sides: Sequence[float]) -> Box:
    left, top, right, bottom = sides
    return Box(left=left, top=top, right=right, bottom=bottom)


@pytest.mark.parametrize("sides", [*ALLOWED_ON_ALL_PAGES, *ALLOWED_AROUND_THE_WINDOW])
def test_first_page_may_have_marks_in_its_areas(sides: Sequence[float]) -> None:
    assert check(a_letter(first_page=[box_at(box(sides))])).problem is None


@pytest.mark.parametrize("sides", [*FORBIDDEN_ON_ALL_PAGES, *FORBIDDEN_AROUND_THE_WINDOW])
def test_first_page_may_have_no_marks_elsewhere(sides: Sequence[float]) -> None:
    result = check(a_letter(first_page=[box_at(box(sides))]))
    assert (result.problem, result.invalid_pages) == (UploadProblem.OUTSIDE_PRINTABLE_AREA, (1,))


@pytest.mark.parametrize("sides", [*ALLOWED_ON_ALL_PAGES, *FORBIDDEN_AROUND_THE_WINDOW])
def test_other_pages_have_margins_only(sides: Sequence[float]) -> None:
    assert check(a_letter(other_pages=[[box_at(box(sides))]])).problem is None


@pytest.mark.parametrize("sides", FORBIDDEN_ON_ALL_PAGES)
def test_all_pages_with_marks_in_the_margins_are_told(sides: Sequence[float]) -> None:
    mark = [box_at(box(sides))]
    result = check(a_letter(other_pages=[mark, [], mark]))
    assert (result.problem, result.invalid_pages) == (UploadProblem.OUTSIDE_PRINTABLE_AREA, (2, 4))


@pytest.mark.parametrize(
    ("colour", "is_seen"),
    [("1 g", False), ("1 1 1 rg", False), ("0 0 0 0 k", False), ("0.98 g", True), ("0 0 0.03 0 k", True)],
)
def test_white_may_be_anywhere_and_the_palest_colour_may_not(colour: str, is_seen: bool) -> None:
    margin = Box(left=2, top=100, right=8, bottom=120)
    result = check(a_letter(first_page=[box_at(margin, colour)]))
    assert result.problem == (UploadProblem.OUTSIDE_PRINTABLE_AREA if is_seen else None)


def test_transparent_marks_may_be_anywhere() -> None:
    def change(pdf: Pdf) -> None:
        pdf.pages[0].obj.Resources.ExtGState = Dictionary(Clear=Dictionary(ca=0, CA=0))

    clear = "/Clear gs " + box_at(Box(left=2, top=100, right=8, bottom=120))
    assert check(a_letter(first_page=[f"q {clear} Q"], change=change)).problem is None


def annotated(**entries: object) -> bytes:
    def change(pdf: Pdf) -> None:
        look = a_form(pdf, "0 0 1 rg 0 0 600 900 re f")
        annotation = pdf.make_indirect(Dictionary(Type=Name.Annot, Rect=Array([100, 300, 200, 400])))
        for key, value in entries.items():
            annotation[f"/{key}"] = Dictionary(N=look) if key == "AP" else value
        pdf.pages[0].obj.Annots = Array([annotation])
        pdf.Root.AcroForm = Dictionary(
            Fields=Array([annotation] if entries["Subtype"] == Name.Widget else [])
        )

    return a_letter(change=change)


@pytest.mark.parametrize(
    "entries",
    [
        {"Subtype": Name.Stamp, "AP": "look"},
        {"Subtype": Name.Stamp, "AP": "look", "F": 4},
        {"Subtype": Name.Widget, "FT": Name.Tx, "AP": "look", "F": 4},
        {"Subtype": Name.Link, "Border": Array([0, 0, 1])},
        {"Subtype": Name.Link, "BS": Dictionary(W=2)},
        {"Subtype": Name.Highlight},
        {"Subtype": Name.Text},
    ],
    ids=lambda entries: " ".join(f"{key}={value}" for key, value in entries.items()),
)
def test_annotations_that_can_be_seen_are_no_part_of_a_letter(entries: dict[str, object]) -> None:
    result = check(annotated(**entries))
    assert (result.problem, result.invalid_pages) == (UploadProblem.OUTSIDE_PRINTABLE_AREA, (1,))


@pytest.mark.parametrize(
    "entries",
    [
        {"Subtype": Name.Stamp, "AP": "look", "F": 2},
        {"Subtype": Name.Highlight, "F": 32},
        {"Subtype": Name.Link},
        {"Subtype": Name.Link, "Border": Array([0, 0, 0])},
        {"Subtype": Name.Link, "Border": Array([0, 0, 1]), "C": Array([])},
        {"Subtype": Name.Link, "BS": Dictionary(W=0)},
        {"Subtype": Name.Popup},
        {"Subtype": Name.Widget, "FT": Name.Tx},
    ],
    ids=lambda entries: " ".join(f"{key}={value}" for key, value in entries.items()),
)
def test_annotations_that_cannot_be_seen_are_left_out(entries: dict[str, object]) -> None:
    result = check(annotated(**entries))
    assert result.problem is None
    with opened(result.sanitised) as printed:
        assert "/Annots" not in printed.pages[0].obj


def test_content_that_cannot_be_parsed_is_unreadable() -> None:
    for content in ("q foo Q", "BT (never ends ET", "1 0 0 1 cm"):
        result = check(a_letter(other_pages=[[content]]))
        assert (result.problem, result.page_count) == (UploadProblem.UNREADABLE, None)


def tagged_page(*texts: str) -> Change:
    def change(pdf: Pdf) -> None:
        font = Font(pdf)
        page = pdf.pages[-1]
        page.obj.Resources = Dictionary(Font=Dictionary(F=font.object))
        written = [
            text_at(font, text, x_mm=1.8 + 20 * index, y_mm=3.9, size=6) for index, text in enumerate(texts)
        ]
        page.obj.Contents = pdf.make_stream(("1 g " + " ".join(written)).encode())

    return change


@pytest.mark.parametrize(
    ("texts", "is_tagged"),
    [
        (("NOTIFY",), True),
        (("notify",), False),
        (("NOTIFY",) * 2, True),
        (("NOTIFY it",), False),
        ((), False),
    ],
)
def test_other_pages_may_not_have_the_tag(texts: tuple[str, ...], is_tagged: bool) -> None:
    result = check(a_letter(other_pages=[[], []], change=tagged_page(*texts)))
    assert result.problem == (UploadProblem.TAG_FOUND if is_tagged else None)
    assert result.invalid_pages == ((3,) if is_tagged else None)


def test_no_page_of_an_attachment_may_have_the_tag() -> None:
    result = check_attachment(a_letter(address=(), change=tagged_page("NOTIFY")))
    assert (result.problem, result.invalid_pages) == (UploadProblem.TAG_FOUND, (1,))


def test_attachment_needs_no_address_and_gets_no_tag() -> None:
    result = check_attachment(
        a_letter(address=(), first_page=[box_at(Box(left=50, top=80, right=60, bottom=90))])
    )
    assert result.problem is None
    assert result.address_lines is None
    assert result.sheets == 1


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ((), UploadProblem.ADDRESS_EMPTY),
        (("Sam", "SW1A 1AA"), UploadProblem.TOO_FEW_LINES),
        (("Sam", *"ABCDEF", "SW1A 1AA"), UploadProblem.TOO_MANY_LINES),
        (("Sam", "--", "SW1A 1AA"), UploadProblem.NOTHING_IN_FIRST_LINES),
        (("Sam", "1 Test Street", "BFPO 1", "France"), UploadProblem.COUNTRY_FOR_BFPO),
        (("Sam", "1 Test Street", "Exampleton"), UploadProblem.NOT_A_POSTCODE),
        (("Sam", "1 Test Street", "France"), UploadProblem.ABROAD_NOT_ALLOWED),
        (("Sam", "(1 Test Street", "SW1A 1AA"), UploadProblem.INVALID_CHARACTER),
        (("Sam", "NFA", "SW1A 1AA"), UploadProblem.NO_FIXED_ABODE),
    ],
)
def test_first_fault_of_the_address_is_told(lines: tuple[str, ...], problem: UploadProblem) -> None:
    result = check(a_letter(address=lines))
    assert (result.problem, result.invalid_pages) == (problem, (1,))
    assert result.address_lines is None


def test_last_line_must_be_postcode_or_country_where_letters_go_abroad() -> None:
    result = check(a_letter(address=("Sam", "1 Test Street", "Exampleton")), allow_international=True)
    assert result.problem == UploadProblem.NOT_POSTCODE_OR_COUNTRY


@pytest.mark.parametrize(("country", "postage"), [("France", "europe"), ("JAPAN", "rest-of-world")])
def test_address_abroad_decides_the_postage(country: str, postage: str) -> None:
    result = check(a_letter(address=("Sam", "1 Test Street", country)), allow_international=True)
    assert (result.problem, result.postage) == (None, postage)


# What the tools of the original make of odd files, and what is made of them here: docs/divergences.md.
DECIDED = {
    "rotate-90-upright": None,
    "media-box-not-at-origin": None,
    "annotation-stamp-not-for-print": UploadProblem.OUTSIDE_PRINTABLE_AREA,
    "hidden-layer-in-margin": UploadProblem.OUTSIDE_PRINTABLE_AREA,
    "content-stream-damaged": UploadProblem.UNREADABLE,
    "content-deflate-broken": UploadProblem.UNREADABLE,
}


@pytest.mark.parametrize(("name", "problem"), DECIDED.items())
def test_odd_files_are_decided(name: str, problem: UploadProblem | None) -> None:
    assert check((GOLDEN / f"{name}.pdf").read_bytes()).problem == problem

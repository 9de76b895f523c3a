"""Letters for tests, and reading PDFs back: words with their places, bytes of pages."""

import ctypes
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pikepdf
import pypdfium2
from pypdfium2 import raw

from notifyrules.placeholders import mark_in_html
from services.letters.rendering.images import PDFIUM_LOCK
from services.letters.rendering.letter import LetterTexts, LetterToRender, Purpose

POINTS_PER_MM = 72 / 25.4
ADDRESS: Mapping[str, object] = {
    "address_line_1": "Ann Example",
    "address_line_2": "4 Mill Lane",
    "address_line_3": "Bristol",
    "postcode": "bs1 9zz",
}
LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100">
<rect width="200" height="100" fill="#1d70b8"/><g opacity="0.5"><rect width="50" height="50" fill="#f00"/></g></svg>"""


def a_letter(
    content: str = "Dear ((name))\n\nYou must reply.",
    *,
    subject: str = "Your licence",
    contact_block: str = "Department of Bees\n1 Hive Street",
    welsh: tuple[str, str] | None = None,
    values: Mapping[str, object] | None = None,
    purpose: Purpose = Purpose.PRINT,
    logo_svg: str | None = None,
    attachment_pdf: bytes | None = None,
) -> LetterToRender:
    """A letter to Ann, made on 5 January 2026; `values` are added to her address."""
    return LetterToRender(
        texts=LetterTexts(
            subject=subject,
            content=content,
            contact_block=contact_block,
            welsh_subject=welsh[0] if welsh else None,
            welsh_content=welsh[1] if welsh else None,
        ),
        values={**ADDRESS, "name": "Ann", **(values or {})},
        made_at=datetime(2026, 1, 5, 12, tzinfo=UTC),
        purpose=purpose,
        logo_svg=logo_svg,
        attachment_pdf=attachment_pdf,
        mark=mark_in_html,
    )


def blank_pdf(page_count: int) -> bytes:
    """A PDF of empty A4 pages."""
    pdf = pikepdf.new()
    for _ in range(page_count):
        pdf.add_blank_page(page_size=(595.276, 841.89))
    stream = io.BytesIO()
    pdf.save(stream)
    return stream.getvalue()


@dataclass(frozen=True)
class Line:
    """The characters on one baseline of a page, and where they start: mm from the top left."""

    text: str
    x: float
    baseline: float


def lines(pdf: bytes, page_number: int = 1) -> list[Line]:
    """The lines of a page, from the top; one that is at the height of another is joined to it."""
    found: dict[float, list[tuple[float, str]]] = {}
    for x, y, character in _characters(pdf, page_number):
        found.setdefault(round(y, 1), []).append((x, character))
    return [
        Line(text="".join(character for _, character in at), x=at[0][0], baseline=baseline)
        for baseline, at in sorted(found.items())
    ]


def line_with(pdf: bytes, text: str, page_number: int = 1) -> Line:
    """The first line of a page with `text` in it, from where that starts."""
    for line in lines(pdf, page_number):
        if text in line.text:
            return line
    raise AssertionError("no such line")


def page_text(pdf: bytes, page_number: int = 1) -> str:
    """All characters of a page, in the order in which they are drawn, without line breaks."""
    return "".join(character for _, _, character in _characters(pdf, page_number))


def _characters(pdf: bytes, page_number: int) -> Iterator[tuple[float, float, str]]:
    with PDFIUM_LOCK:
        document = pypdfium2.PdfDocument(pdf)
        page = document[page_number - 1]
        height = page.get_height()
        text_page = page.get_textpage()
        for index in range(text_page.count_chars()):
            character = chr(raw.FPDFText_GetUnicode(text_page, index))
            if character not in "\r\n":
                x, y = ctypes.c_double(), ctypes.c_double()
                raw.FPDFText_GetCharOrigin(text_page, index, x, y)
                yield x.value / POINTS_PER_MM, (height - y.value) / POINTS_PER_MM, character
        text_page.close()
        page.close()
        document.close()


def operators(pdf: bytes) -> set[str]:
    """The operators that the pages of a PDF, and the drawings on them, use."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        contents: list[pikepdf.Page | pikepdf.Object] = [*document.pages]
        contents += [
            each
            for each in document.objects
            if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Form"
        ]
        return {
            str(instruction.operator)
            for content in contents
            for instruction in pikepdf.parse_content_stream(content)
        }

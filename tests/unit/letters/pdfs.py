"""PDFs for tests: letters as people might upload them, each with one thing that is odd."""

import io
from collections.abc import Callable, Sequence

import pikepdf
from pikepdf import Dictionary, Name, Page, Pdf, Stream

from services.letters.uploads.geometry import POINTS_PER_MM, Box
from services.letters.uploads.writing_fonts import embed_for_writing

A4 = (595.276, 841.89)
ADDRESS = ("Sam Example", "1 Test Street", "Exampleton", "SW1A 1AA")
LETTERS = "".join(map(chr, range(32, 127))) + "ŵŷ’–ﬁ"

Change = Callable[[Pdf], None]


class Font:
    """A font with what tests write, in a document: `font.show("text")` is its operand."""

    def __init__(self, pdf: Pdf, face: str = "LiberationSans-Regular") -> None:
        self._embedded = embed_for_writing(pdf, face, LETTERS)
        self.object = self._embedded.font

    def show(self, text: str) -> str:
        return f"<{self._embedded.encoded(text).hex()}>"


def text_at(font: Font, text: str, *, x_mm: float, y_mm: float, size: float = 8) -> str:
    """Return instructions that write a line with its baseline at this place from the top left."""
    x, y = x_mm * POINTS_PER_MM, A4[1] - y_mm * POINTS_PER_MM
    return f"BT /F {size} Tf 1 0 0 1 {x:.3f} {y:.3f} Tm {font.show(text)} Tj ET"


def box_at(box: Box, colour: str = "0 g") -> str:
    """Return instructions that fill a box (mm from the top left)."""
    points = box.in_points(A4[1])
    width, height = points.right - points.left, points.top - points.bottom
    return f"q {colour} {points.left:.3f} {points.bottom:.3f} {width:.3f} {height:.3f} re f Q"


def a_letter(
    *,
    address: Sequence[str] = ADDRESS,
    first_page: Sequence[str] = (),
    other_pages: Sequence[Sequence[str]] = (),
    size: tuple[float, float] = A4,
    change: Change | None = None,
) -> bytes:
    """Return a letter with an embedded font named `F`: the address, a line of text, and these instructions."""
    pdf = Pdf.new()
    font = Font(pdf)
    lines = [text_at(font, line, x_mm=26, y_mm=42.5 + 3.2 * index) for index, line in enumerate(address)]
    body = text_at(font, "A made-up letter.", x_mm=20, y_mm=105)
    for instructions in ([*lines, body, *first_page], *other_pages):
        add_page(pdf, "\n".join(instructions), font, size)
    if change is not None:
        change(pdf)
    return as_bytes(pdf)


def add_page(pdf: Pdf, content: str, font: Font, size: tuple[float, float] = A4) -> Page:
    """Append a page to the document."""
    pdf.add_blank_page(page_size=size)
    page = pdf.pages[-1]
    page.obj[Name.Contents] = pdf.make_stream(content.encode("latin-1"))
    page.obj[Name.Resources] = Dictionary(Font=Dictionary(F=font.object), XObject=Dictionary())
    return page


def as_bytes(pdf: Pdf, **options: object) -> bytes:
    """Return the document as a file."""
    out = io.BytesIO()
    pdf.save(out, **options)  # type: ignore[arg-type]  # whatever the library takes
    return out.getvalue()


def opened(data: bytes | None) -> Pdf:
    """Open what a test got back."""
    assert data is not None
    return pikepdf.open(io.BytesIO(data))


def instructions_of(page: Page) -> list[tuple[str, list[object]]]:
    """Return the operators of a page with their operands."""
    return [(str(part.operator), list(part.operands)) for part in pikepdf.parse_content_stream(page)]


def a_form(pdf: Pdf, content: str, **entries: object) -> Stream:
    """Return a form that draws this, as large as the page."""
    return pdf.make_stream(
        content.encode("latin-1"),
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=[0, 0, *A4],
        Resources=Dictionary(dict(pdf.pages[0].obj[Name.Resources].items())),
        **entries,
    )


def from_objects(*objects: bytes) -> bytes:
    """Return a file of these objects, numbered from 1; the first is the catalog."""
    body, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n" % size
        + rows
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    )


def a_stream(data: bytes, entries: bytes = b"") -> bytes:
    """Return an object that is a stream, for `from_objects`."""
    return b"<< /Length %d %s >>\nstream\n" % (len(data), entries) + data + b"\nendstream"

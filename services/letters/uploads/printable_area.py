"""Whether anything would be printed where nothing may be: in the margins, and round the address window.

The page is drawn as the printer sees it, at 200 dots an inch, and every dot outside the areas for print must be
pure white. Called by `checking`.
"""

import ctypes
import io
import itertools
import math
from collections.abc import Iterator, Sequence

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from pikepdf import Array, Dictionary, Name, Object, Pdf

from services.letters.uploads.documents import UnreadablePdfError
from services.letters.uploads.geometry import (
    AREAS_OF_FIRST_PAGE,
    AREAS_OF_OTHER_PAGES,
    EDGE_TOLERANCE_MM,
    POINTS_PER_MM,
    Box,
)

_DOTS_PER_INCH = 200
_DOTS_PER_MM = _DOTS_PER_INCH / 25.4
_BYTES_PER_DOT = 4
_WHITE = b"\xff"

# ISO 32000-1, table 165.
_HIDDEN, _NO_VIEW = 2, 32
# Annotations that readers draw although the file does not say how they look.
_DRAWN_WITHOUT_APPEARANCE = {
    Name.Text, Name.FreeText, Name.Line, Name.Square, Name.Circle, Name.Polygon, Name.PolyLine, Name.Highlight,
    Name.Underline, Name.Squiggly, Name.StrikeOut, Name.Ink, Name.Caret, Name.FileAttachment,
}  # fmt: skip


def pages_with_marks_outside(print_pdf: bytes, *, is_attachment: bool) -> tuple[int, ...]:
    """Return the numbers, from 1, of the pages with content where there must be none.

    `print_pdf` holds what `documents.keep_only_print` leaves. All pages of an attachment are alike; the first
    page of a letter has room for the address and its window.
    """
    outside = []
    with _opened(print_pdf) as document:
        for index in range(len(document)):
            areas = AREAS_OF_OTHER_PAGES if index or is_attachment else AREAS_OF_FIRST_PAGE
            page = _load_page(document, index)
            if any(not _is_white(page, box) for box in _no_print_boxes(areas)):
                outside.append(index + 1)
            page.close()
    return tuple(outside)


def pages_with_visible_annotations(data: bytes) -> tuple[int, ...]:
    """Return the numbers, from 1, of the pages with annotations that can be seen: comments, stamps, form fields
    with something in them, links with a border.

    They are not part of the page, so that nobody can say whether they are meant for print. `data` is the file
    as it was uploaded.
    """
    with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
        annotated = [
            (number, _annotations(page.obj))
            for number, page in enumerate(pdf.pages, start=1)
            if page.obj.get(Name.Annots) is not None
        ]
        if not any(annotations for _, annotations in annotated):
            return ()
        visible = {number for number, annotations in annotated if any(map(_is_drawn_by_rule, annotations))}
        return tuple(sorted(visible | _pages_drawn_on(pdf)))


def _pages_drawn_on(pdf: Pdf) -> set[int]:
    """Return the pages on which the annotations' own drawings leave a mark. Changes the document."""
    for page in pdf.pages:
        page.obj[Name.Contents] = pdf.make_stream(b"")
    pdf.flatten_annotations("screen")
    for page in pdf.pages:
        page.obj[Name.Annots] = Array([])  # those that draw nothing stay, and are of no use
    out = io.BytesIO()
    pdf.save(out)
    marked = set()
    with _opened(out.getvalue()) as document:
        for index in range(len(document)):
            page = _load_page(document, index)
            width, height = page.get_size()
            everything = Box(left=0, top=0, right=width / POINTS_PER_MM, bottom=height / POINTS_PER_MM)
            if not _is_white(page, everything):
                marked.add(index + 1)
            page.close()
    return marked


def _annotations(page: Object) -> list[Object]:
    annotations = page.get(Name.Annots)
    if not isinstance(annotations, Array):
        return []
    return [one for one in annotations if isinstance(one, Dictionary)]


def _is_drawn_by_rule(annotation: Object) -> bool:
    flags = annotation.get(Name.F, 0)
    if isinstance(flags, int) and flags & (_HIDDEN | _NO_VIEW):
        return False
    subtype = annotation.get(Name.Subtype)
    if subtype == Name.Link:
        return _has_border(annotation)
    return Name.AP not in annotation and subtype in _DRAWN_WITHOUT_APPEARANCE


def _has_border(link: Object) -> bool:
    """Whether a border is asked for. By the standard it is when nothing is said; readers draw none then."""
    colour = link.get(Name.C)
    if isinstance(colour, Array) and len(colour) == 0:
        return False
    style, border = link.get(Name.BS), link.get(Name.Border)
    if isinstance(style, Dictionary):
        return float(style.get(Name.W, 1)) > 0
    return isinstance(border, Array) and len(border) >= 3 and float(border[2]) > 0


def _no_print_boxes(areas: Sequence[Box]) -> Iterator[Box]:
    """Return boxes (mm) that together are the page without the areas, each grown by the tolerance.

    The page is cut along every edge of an area, and the pieces that lie in none are joined in each row.
    """
    grown = [area.grown(EDGE_TOLERANCE_MM) for area in areas]
    xs = sorted({0.0, math.inf, *(x for box in grown for x in (box.left, box.right))})
    ys = sorted({0.0, math.inf, *(y for box in grown for y in (box.top, box.bottom))})
    for top, bottom in itertools.pairwise(ys):
        left = None
        for x, right in itertools.pairwise(xs):
            is_printable = any(
                box.left <= x and right <= box.right and box.top <= top and bottom <= box.bottom
                for box in grown
            )
            if is_printable and left is not None:
                yield Box(left=left, top=top, right=x, bottom=bottom)
                left = None
            elif not is_printable and left is None:
                left = x
        if left is not None:
            yield Box(left=left, top=top, right=math.inf, bottom=bottom)


def _is_white(page: pdfium.PdfPage, box: Box) -> bool:
    """Draw the part of the page that lies in the box (mm) and say whether it is all white.

    Dots that lie only partly in the box are left out.
    """
    scale = _DOTS_PER_INCH / 72
    page_width, page_height = (math.ceil(length * scale) for length in page.get_size())
    left, top = math.ceil(box.left * _DOTS_PER_MM), math.ceil(box.top * _DOTS_PER_MM)
    width = min(_floor(box.right * _DOTS_PER_MM), page_width) - left
    height = min(_floor(box.bottom * _DOTS_PER_MM), page_height) - top
    if width <= 0 or height <= 0:
        return True
    dots = (ctypes.c_ubyte * (width * height * _BYTES_PER_DOT))()
    bitmap = pdfium_c.FPDFBitmap_CreateEx(
        width, height, pdfium_c.FPDFBitmap_BGRx, dots, width * _BYTES_PER_DOT
    )
    pdfium_c.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
    pdfium_c.FPDF_RenderPageBitmap(bitmap, page, -left, -top, page_width, page_height, 0, 0)
    pdfium_c.FPDFBitmap_Destroy(bitmap)
    return bytes(dots).count(_WHITE) == len(dots)


def _floor(dots: float) -> int:
    return 1 << 30 if math.isinf(dots) else math.floor(dots)


def _opened(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as err:
        raise UnreadablePdfError("a PDF that cannot be drawn") from err


def _load_page(document: pdfium.PdfDocument, index: int) -> pdfium.PdfPage:
    try:
        return document[index]
    except pdfium.PdfiumError as err:
        raise UnreadablePdfError("a page that cannot be drawn") from err

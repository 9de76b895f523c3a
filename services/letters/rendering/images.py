"""Pictures of the pages of a PDF, for previews: PNG, 150 dots to the inch.

Works for any PDF: letters rendered here, uploaded ones, also those that failed a check. A hostile one can
take time and memory, so call it for uploads in a worker process with limits. PDFium may run in one thread of a
process at a time: all who use it take `PDFIUM_LOCK`.
"""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final, TypeAlias

import pypdfium2
from PIL import Image, ImageDraw

PDFIUM_LOCK: Final = threading.Lock()

DOTS_PER_INCH: Final = 150
_POINTS_PER_INCH: Final = 72
_MM_PER_INCH: Final = 25.4
_LARGEST_SIDE: Final = 4_000  # pixels; a page of that many was never meant for A4

_TAG_COVER: Final = (130, 50)  # pixels at the top left corner
_RED: Final = (255, 0, 0, 51)  # 20 % opaque

_Area: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom in mm

# Where nothing may be on a page, and what more is kept free around the address. Source: the public contract,
# letters as PDFs, page geometry.
_MARGINS: Final[tuple[_Area, ...]] = (
    (0, 0, 210, 5),
    (0, 292, 210, 297),
    (0, 5, 15, 292),
    (195, 5, 210, 292),
)
_AROUND_ADDRESS: Final[tuple[_Area, ...]] = (
    (15, 30, 24.6, 95),
    (120, 30, 125, 95),
    (24.6, 30, 120, 39.5),
    (24.6, 66.3, 120, 95),
)


class Overlay(StrEnum):
    """What is drawn over a page."""

    NONE = "none"
    TAG_COVER = "tag-cover"
    """White over the printer's tag of a sanitised letter's first page."""
    NO_PRINT_AREAS = "no-print-areas"
    """Red where nothing may be printed: a letter's later page, or a page of an attachment."""
    NO_PRINT_AREAS_OF_FIRST_PAGE = "no-print-areas-of-first-page"
    """The same, and around the address of a letter's first page."""


class NoSuchPage(LookupError):  # noqa: N818 -- says what is wrong
    """The PDF has no page of that number."""

    def __init__(self, page_number: int) -> None:
        super().__init__(f"Letter does not have a page {page_number}")
        self.page_number = page_number


class UnreadablePdf(ValueError):  # noqa: N818 -- says what is wrong
    """The bytes are no PDF, or one that can't be read without a password."""


def page_png(pdf: bytes, page_number: int, overlay: Overlay = Overlay.NONE) -> bytes:
    """Return page `page_number` (from 1) as PNG: 1240 × 1754 pixels for A4.

    Raises NoSuchPage and UnreadablePdf.
    """
    with _document(pdf) as document:
        if not 1 <= page_number <= len(document):
            raise NoSuchPage(page_number)
        image = _draw(document[page_number - 1])
    stream = io.BytesIO()
    _with_overlay(image, overlay).save(stream, format="PNG", compress_level=3)
    return stream.getvalue()


def page_count(pdf: bytes) -> int:
    """Return how many pages a PDF has. Raises UnreadablePdf."""
    with _document(pdf) as document:
        return len(document)


@contextmanager
def _document(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    with PDFIUM_LOCK:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError as err:
            raise UnreadablePdf("The PDF can't be read") from err
        try:
            yield document
        finally:
            document.close()


def _draw(page: pypdfium2.PdfPage) -> Image.Image:
    width, height = page.get_size()
    scale = min(DOTS_PER_INCH / _POINTS_PER_INCH, _LARGEST_SIDE / max(width, height, 1))
    # The size is rounded up there; a width of whole pixels keeps A4 at the size that the contract names.
    if whole_pixels := int(width * scale):
        scale = whole_pixels / width
    drawn: Image.Image = page.render(scale=scale, may_draw_forms=True).to_pil()
    return drawn.convert("RGB")


def _with_overlay(image: Image.Image, overlay: Overlay) -> Image.Image:
    if overlay is Overlay.NONE:
        return image
    if overlay is Overlay.TAG_COVER:
        ImageDraw.Draw(image).rectangle((0, 0, _TAG_COVER[0] - 1, _TAG_COVER[1] - 1), fill="white")
        return image
    areas = _MARGINS
    if overlay is Overlay.NO_PRINT_AREAS_OF_FIRST_PAGE:
        areas += _AROUND_ADDRESS
    red = Image.new("RGBA", image.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(red)
    for area in areas:
        left, top, right, bottom = (round(mm / _MM_PER_INCH * DOTS_PER_INCH) for mm in area)
        draw.rectangle((left, top, right - 1, bottom - 1), fill=_RED)
    return Image.alpha_composite(image.convert("RGBA"), red).convert("RGB")

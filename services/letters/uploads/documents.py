"""Opening an uploaded PDF, counting and measuring its pages, and leaving of it only what can be printed.

Judging what is on the pages is not here. Called by `checking`.
"""

import io
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Page, Pdf

from services.letters.uploads.geometry import (
    A4_HEIGHT_MM,
    A4_WIDTH_MM,
    IDENTITY,
    POINTS_PER_MM,
    SIZE_TOLERANCE_MM,
    Matrix,
)

# How every complete PDF ends. The library would repair a file that was cut off, and print half a letter.
_END_OF_FILE = re.compile(rb"startxref\s*\d+\s*%%EOF")
_ROUNDING_MM = 0.001
_TURNED = (90, 270)
_UPRIGHT = (0, 180)
_KEPT_OF_PAGE = {"/Type", "/Parent", "/MediaBox", "/Resources", "/Contents", "/Group"}
_KEPT_OF_CATALOG = {"/Type", "/Pages"}
_MAX_TREE_DEPTH = 50


class UnreadablePdfError(Exception):
    """The file is no PDF that can be printed. The text says which part, and nothing of its content."""


def open_pdf(data: bytes) -> Pdf:
    """Return the document.

    Raises UnreadablePdfError when it is damaged, cut off, needs a password or has no pages.
    """
    if _END_OF_FILE.search(data) is None:
        raise UnreadablePdfError("no end of file marker")
    try:
        pdf = pikepdf.open(io.BytesIO(data), suppress_warnings=True)
        page_count = len(pdf.pages)
    except (pikepdf.PdfError, pikepdf.PasswordError) as err:
        raise UnreadablePdfError("not a PDF, damaged, or locked") from err
    if page_count == 0:
        raise UnreadablePdfError("no pages")
    return pdf


def save_pdf(pdf: Pdf) -> bytes:
    """Return the document as bytes, unencrypted, the same ones for the same document."""
    out = io.BytesIO()
    pdf.save(
        out,
        min_version="1.7",
        deterministic_id=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        compress_streams=True,
    )
    return out.getvalue()


def pages_not_a4(pdf: Pdf) -> tuple[int, ...]:
    """Return the numbers, from 1, of pages that are not upright A4 within 2 mm.

    The media box alone counts. A page may be stored lying on its side when it is turned for show.
    """
    return tuple(number for number, page in enumerate(pdf.pages, start=1) if not _is_upright_a4(page))


def keep_only_print(pdf: Pdf) -> None:
    """Take everything out of the document that is not ink: scripts, actions, forms, annotations, attached
    files, bookmarks, layers, metadata. Each page is left upright with its corner at (0, 0).

    Layers that were switched off are part of the page from here on, because nothing says any more that they
    are off: what a printer does with them cannot be known.
    """
    for page in pdf.pages:
        _make_page_plain(pdf, page)
    for key in set(pdf.Root.keys()) - _KEPT_OF_CATALOG:
        del pdf.Root[key]
    for key in ("/Info", "/AuthCode", "/DocChecksum"):
        if key in pdf.trailer:
            del pdf.trailer[key]


def page_size(page: Page) -> tuple[float, float]:
    """Return width and height of the media box in points."""
    left, bottom, right, top = _media_box(page)
    return right - left, top - bottom


def content_streams(page: Page) -> list[Object]:
    """Return the streams that hold the page's content, none for a page without any."""
    contents = page.obj.get(Name.Contents)
    if contents is None:
        return []
    parts = list(contents) if isinstance(contents, Array) else [contents]
    return [part for part in parts if isinstance(part, pikepdf.Stream)]


def as_numbers(values: Sequence[Any], count: int) -> list[float]:
    """Return values of a PDF as the `count` numbers that they should be. Raises UnreadablePdfError otherwise."""
    if len(values) != count or not all(isinstance(value, int | float | Decimal) for value in values):
        raise UnreadablePdfError("something else where numbers should be")
    return [float(value) for value in values]


def _is_upright_a4(page: Page) -> bool:
    width, height = (length / POINTS_PER_MM for length in page_size(page))
    rotation = _rotation(page)
    if rotation in _TURNED:
        width, height = height, width
    elif rotation not in _UPRIGHT:
        return False
    tolerance = SIZE_TOLERANCE_MM + _ROUNDING_MM
    return abs(width - A4_WIDTH_MM) <= tolerance and abs(height - A4_HEIGHT_MM) <= tolerance


def _media_box(page: Page) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = as_numbers(_as_sequence(_inherited(page, Name.MediaBox)), 4)
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _rotation(page: Page) -> int | None:
    rotation = _inherited(page, Name.Rotate)
    if rotation is None:
        return 0
    return int(rotation) if isinstance(rotation, int) else None


def _inherited(page: Page, key: Name) -> object:
    """Return an attribute of the page or of what stands above it in the page tree."""
    node: Object | None = page.obj
    for _ in range(_MAX_TREE_DEPTH):
        if not isinstance(node, Dictionary):
            break
        if key in node:
            return node[key]
        node = node.get(Name.Parent)
    return None


def _as_sequence(value: object) -> Sequence[Object]:
    return list(value) if isinstance(value, Array) else []


def _make_page_plain(pdf: Pdf, page: Page) -> None:
    matrix = _upright_matrix(page)
    width, height = page_size(page)
    if _rotation(page) in _TURNED:
        width, height = height, width
    resources = _inherited(page, Name.Resources)
    for key in set(page.obj.keys()) - _KEPT_OF_PAGE:
        del page.obj[key]
    page.obj[Name.Resources] = resources if isinstance(resources, Dictionary) else Dictionary()
    # Set, not only removed: the page tree may hold others, which would be inherited.
    page.obj[Name.MediaBox] = page.obj[Name.CropBox] = Array([0, 0, width, height])
    page.obj[Name.Rotate] = 0
    if matrix != IDENTITY:
        numbers = " ".join(f"{number:.5f}" for number in matrix)
        before = pdf.make_stream(f"q {numbers} cm\n".encode())
        page.obj[Name.Contents] = Array([before, *content_streams(page), pdf.make_stream(b"\nQ\n")])


def _upright_matrix(page: Page) -> Matrix:
    """Return what takes the stored page to the page as it is shown, its lower left corner at (0, 0)."""
    left, bottom, right, top = _media_box(page)
    match _rotation(page):
        case 90:
            return (0, -1, 1, 0, -bottom, right)
        case 180:
            return (-1, 0, 0, -1, right, top)
        case 270:
            return (0, 1, -1, 0, top, -left)
        case _:
            return (1, 0, 0, 1, -left, -bottom)

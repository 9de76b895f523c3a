"""Letters as they were printed: how many pages a PDF has, and a picture of each. PDFium, one page at a time.

Pictures are made when they are first looked at, which takes some tens of milliseconds.
"""

import io
from functools import lru_cache

import pypdfium2

DOTS_PER_INCH = 110
_POINTS_PER_INCH = 72
_LONGEST_SIDE = 2_000  # pixels
_KEPT_PICTURES = 64


def page_count(pdf: bytes) -> int:
    """Return how many pages a PDF has; 0 where it can't be read."""
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        return 0
    try:
        return len(document)
    finally:
        document.close()


@lru_cache(maxsize=_KEPT_PICTURES)
def page_png(pdf: bytes, page: int) -> bytes | None:
    """Return a page, counted from 1, as PNG; None where there is no such page."""
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        return None
    try:
        if not 1 <= page <= len(document):
            return None
        drawn = document[page - 1]
        scale = min(DOTS_PER_INCH / _POINTS_PER_INCH, _LONGEST_SIDE / max(*drawn.get_size(), 1))
        stream = io.BytesIO()
        drawn.render(scale=scale).to_pil().convert("RGB").save(stream, format="PNG", compress_level=3)
        return stream.getvalue()
    finally:
        document.close()

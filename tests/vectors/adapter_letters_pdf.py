"""Runs the golden PDFs against the letters service's checks (see letters_pdf/README.md and check.py here)."""

import io
import sys
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]
for _folder in (_ROOT, _ROOT / "libs"):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))

import pikepdf  # noqa: E402

from services.letters.uploads.checking import check_attachment, check_letter  # noqa: E402
from services.letters.uploads.contents import ContentParser  # noqa: E402
from services.letters.uploads.documents import page_size  # noqa: E402
from services.letters.uploads.geometry import ADDRESS_SEARCH_AREA, TAG_AREA, Box  # noqa: E402
from services.letters.uploads.printing import TAG  # noqa: E402
from services.letters.uploads.glyphs import FontShelf  # noqa: E402
from services.letters.uploads.text import Word, text_lines, words_touching  # noqa: E402

__all__ = ["letters_pdf"]


def letters_pdf(
    pdf_bytes: bytes, *, allow_international: bool = False, attachment: bool = False
) -> dict[str, Any]:
    if attachment:
        result = check_attachment(pdf_bytes)
    else:
        result = check_letter(pdf_bytes, allow_international=allow_international)
    return {
        "result": "failed" if result.problem else "ok",
        "message": result.problem,
        "pages": result.page_count,
        "invalid_pages": None if result.invalid_pages is None else list(result.invalid_pages),
        "address_lines": None if result.address_lines is None else list(result.address_lines),
        "postage": result.postage,
        "sheets": result.sheets,
        "sanitised": None if result.sanitised is None else _facts(result.sanitised, attachment=attachment),
        "fault": result.fault,
    }


def _facts(sanitised: bytes, *, attachment: bool) -> dict[str, Any]:
    with pikepdf.open(io.BytesIO(sanitised)) as pdf:
        return {
            "pages": len(pdf.pages),
            "address_lines": None if attachment else text_lines(_words(pdf, ADDRESS_SEARCH_AREA)),
            "tags": sum(word.text == TAG for word in _words(pdf, TAG_AREA)),
        }


def _words(pdf: pikepdf.Pdf, area: Box) -> list[Word]:
    page = pdf.pages[0]
    _, height = page_size(page)
    return words_touching(area.in_points(height), ContentParser().page(page), FontShelf())

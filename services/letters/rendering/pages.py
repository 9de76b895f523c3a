"""Working on the finished PDF of a letter: counting its pages, its logo's colours, an attachment's pages.

Called from `renderer`. Pictures of pages are in `images`.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import pikepdf

from services.letters.rendering.inks import page_in_inks


class AttachmentUnusable(ValueError):  # noqa: N818 -- says what is wrong
    """The attachment's PDF can't be read: it was not sanitised, or is not what was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedPdf:
    """A letter's PDF with everything in it."""

    pdf: bytes = field(repr=False)
    page_counts: tuple[int, ...]  # of the letter in each language, in order, and of the attachment at the end

    @property
    def page_count(self) -> int:
        """All pages."""
        return sum(self.page_counts)


def finish(letter_pdf: bytes, *, logo_in_inks: bool, attachment_pdf: bytes | None) -> FinishedPdf:
    """Return the letter with its logo in inks, where that is asked for, and the attachment's pages behind it.

    The same bytes every time. Raises AttachmentUnusable.
    """
    with pikepdf.open(io.BytesIO(letter_pdf)) as letter:
        counts = _page_counts_of_parts(letter)
        if logo_in_inks:
            for first_page in _first_pages(counts):
                page_in_inks(letter, letter.pages[first_page])
        attached = 0 if attachment_pdf is None else _append(letter, attachment_pdf)
        if logo_in_inks or attached:
            letter_pdf = _saved(letter)
    return FinishedPdf(pdf=letter_pdf, page_counts=(*counts, attached))


def _page_counts_of_parts(letter: pikepdf.Pdf) -> tuple[int, ...]:
    """Return how many pages each language has: its numbers begin at 1, and the PDF's page labels say so."""
    labels = [str(page.label) for page in letter.pages]
    starts = [index for index, label in enumerate(labels) if label == "1"]
    ends = [*starts[1:], len(labels)]
    return tuple(end - start for start, end in zip(starts, ends, strict=True))


def _first_pages(counts: Sequence[int]) -> list[int]:
    return [0, *accumulate(counts[:-1])]


def _append(letter: pikepdf.Pdf, attachment_pdf: bytes) -> int:
    try:
        with pikepdf.open(io.BytesIO(attachment_pdf)) as attachment:
            letter.pages.extend(attachment.pages)
            return len(attachment.pages)
    except pikepdf.PdfError as err:
        raise AttachmentUnusable("The PDF behind a letter can't be read") from err


def _saved(letter: pikepdf.Pdf) -> bytes:
    stream = io.BytesIO()
    letter.save(stream, deterministic_id=True)
    return stream.getvalue()

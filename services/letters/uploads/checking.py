"""The checks on an uploaded PDF, in their order, and what comes out of them: the way into this package.

Each check has its own module; this one knows the order (public contract, letters as PDFs). Called in a worker
process (`services.letters.workers`), because what is in a PDF may take all memory, or never end.
"""

import traceback
from dataclasses import dataclass
from pathlib import Path

from pikepdf import Page, Pdf

from notifyrules.postal_addresses import PostalAddress
from services.letters.uploads import documents, printable_area
from services.letters.uploads.address import address_problem, postage_of, read_address
from services.letters.uploads.contents import Content, ContentParser
from services.letters.uploads.documents import UnreadablePdfError
from services.letters.uploads.font_embedding import embed_missing_fonts
from services.letters.uploads.geometry import ADDRESS_SEARCH_AREA, TAG_AREA, Box
from services.letters.uploads.glyphs import FontShelf
from services.letters.uploads.outcomes import MAX_PAGES, UploadProblem, UploadResult
from services.letters.uploads.printing import TAG, PrintRewriter, write_address, write_tag
from services.letters.uploads.text import Word, text_lines, words_touching


def check_letter(data: bytes, *, allow_international: bool) -> UploadResult:
    """Check a PDF that is a whole letter, and make of it the one that is printed.

    Raises nothing: whatever goes wrong is an outcome. The result's address is the one to send to.
    """
    return _outcome(data, _Kind(is_attachment=False, allow_international=allow_international))


def check_attachment(data: bytes) -> UploadResult:
    """Check a PDF whose pages go behind a letter made from a template. Like a letter without an address."""
    return _outcome(data, _Kind(is_attachment=True, allow_international=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    is_attachment: bool
    allow_international: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReadPdf:
    """A document that holds nothing but print, with its pages parsed."""

    pdf: Pdf
    contents: list[Content]
    fonts: FontShelf

    @property
    def first_page(self) -> Page:
        return self.pdf.pages[0]

    def words_in(self, area: Box, index: int) -> list[Word]:
        """Return the words of a page that touch the area (mm)."""
        _, height = documents.page_size(self.pdf.pages[index])
        return words_touching(area.in_points(height), self.contents[index], self.fonts)

    def has_tag(self, index: int) -> bool:
        return text_lines(self.words_in(TAG_AREA, index)) == [TAG]


def _outcome(data: bytes, kind: _Kind) -> UploadResult:
    if not data:
        return UploadResult(problem=UploadProblem.UNREADABLE)
    try:
        return _checked(data, kind)
    except UnreadablePdfError:
        return UploadResult(problem=UploadProblem.UNREADABLE)
    except Exception as err:  # noqa: BLE001 -- the contract: whatever breaks on a PDF makes it unreadable
        return UploadResult(problem=UploadProblem.UNREADABLE, fault=_place_of(err))


def _checked(data: bytes, kind: _Kind) -> UploadResult:
    with documents.open_pdf(data) as pdf:
        page_count = len(pdf.pages)
        if page_count > MAX_PAGES:
            return UploadResult(problem=UploadProblem.TOO_LONG, page_count=page_count)
        if not_a4 := documents.pages_not_a4(pdf):
            return _failed(UploadProblem.NOT_A4, page_count, not_a4)
        documents.keep_only_print(pdf)
        parser = ContentParser()
        read = _ReadPdf(pdf=pdf, contents=[parser.page(page) for page in pdf.pages], fonts=FontShelf())
        if outside := _pages_outside(data, pdf, kind):
            return _failed(UploadProblem.OUTSIDE_PRINTABLE_AREA, page_count, outside)
        first = 0 if kind.is_attachment else 1
        if tagged := tuple(index + 1 for index in range(first, page_count) if read.has_tag(index)):
            return _failed(UploadProblem.TAG_FOUND, page_count, tagged)
        if kind.is_attachment:
            return _printable_attachment(read)
        return _letter(read, kind)


def _failed(problem: UploadProblem, page_count: int, pages: tuple[int, ...]) -> UploadResult:
    return UploadResult(problem=problem, page_count=page_count, invalid_pages=pages)


def _pages_outside(data: bytes, pdf: Pdf, kind: _Kind) -> tuple[int, ...]:
    marks = printable_area.pages_with_marks_outside(documents.save_pdf(pdf), is_attachment=kind.is_attachment)
    return tuple(sorted({*marks, *printable_area.pages_with_visible_annotations(data)}))


def _letter(read: _ReadPdf, kind: _Kind) -> UploadResult:
    words = read.words_in(ADDRESS_SEARCH_AREA, 0)
    address = read_address(text_lines(words), allow_international=kind.allow_international)
    page_count = len(read.contents)
    if problem := address_problem(address):
        return _failed(problem, page_count, (1,))
    return _printable_letter(read, words, address)


def _printable_letter(read: _ReadPdf, old_address: list[Word], address: PostalAddress) -> UploadResult:
    needs_tag = not read.has_tag(0)
    _rewrite(read, old_address)
    _require_no_words_left(read)
    not_embedded = embed_missing_fonts(read.pdf, read.fonts)
    write_address(read.pdf, read.first_page, address.normalised_lines)
    if needs_tag:
        write_tag(read.pdf, read.first_page)
    return UploadResult(
        page_count=len(read.contents),
        address_lines=address.normalised_lines,
        postage=postage_of(address),
        sanitised=documents.save_pdf(read.pdf),
        fonts_not_embedded=not_embedded,
    )


def _printable_attachment(read: _ReadPdf) -> UploadResult:
    _rewrite(read, [])
    not_embedded = embed_missing_fonts(read.pdf, read.fonts)
    return UploadResult(
        page_count=len(read.contents),
        sanitised=documents.save_pdf(read.pdf),
        fonts_not_embedded=not_embedded,
    )


def _rewrite(read: _ReadPdf, old_address: list[Word]) -> None:
    rewriter = PrintRewriter(read.pdf)
    for index, (page, content) in enumerate(zip(read.pdf.pages, read.contents, strict=True)):
        rewriter.page(page, content, old_address if index == 0 else [])


def _require_no_words_left(read: _ReadPdf) -> None:
    """Nobody's address may stay in the file under the new one, whatever the PDF is like."""
    content = ContentParser().page(read.first_page)
    _, height = documents.page_size(read.first_page)
    if words_touching(ADDRESS_SEARCH_AREA.in_points(height), content, read.fonts):
        raise UnreadablePdfError("an address that cannot be taken off the page")


def _place_of(err: Exception) -> str:
    """Return where it broke, in our code. The text of an exception may quote the letter."""
    here = Path(__file__).parent
    frames = [
        frame for frame in traceback.extract_tb(err.__traceback__) if here in Path(frame.filename).parents
    ]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown place"
    return f"{type(err).__name__} in {place}"

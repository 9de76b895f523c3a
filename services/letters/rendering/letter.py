"""What is asked of rendering, and what it answers. Made by callers, read by `building` and `renderer`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from notifyrules.placeholders import Field, mark_in_html


class Purpose(StrEnum):
    """What a PDF is for; the two differ as the public contract says."""

    PRINT = "print"  # CMYK, with the printer's tag on page 1
    PREVIEW = "preview"  # RGB, with a picture of what the printer adds around the address


class LetterFault(StrEnum):
    """Why a rendered letter must not be printed."""

    TOO_LONG = "letter-too-long"
    QR_CODE_TOO_LONG = "qr-code-too-long"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterTexts:
    """What a version of a letter template says, placeholders included."""

    subject: str = field(repr=False)
    content: str = field(repr=False)  # Markdown of letters
    contact_block: str = field(default="", repr=False)  # the sender's address, a line each
    welsh_subject: str | None = field(default=None, repr=False)
    welsh_content: str | None = field(default=None, repr=False)  # with it, the letter is sent in Welsh first


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterToRender:
    """A letter to be made into a PDF."""

    texts: LetterTexts
    values: Mapping[str, object] = field(repr=False)  # the API's personalisation, address included
    made_at: datetime  # aware; its day in London is the letter's date
    purpose: Purpose = Purpose.PRINT
    logo_svg: str | None = field(default=None, repr=False)  # trusted: an operator's, never a sender's
    attachment_pdf: bytes | None = field(
        default=None, repr=False
    )  # sanitised pages that go behind the letter
    mark: Callable[[Field], str] = mark_in_html  # stands for a placeholder without a value, in HTML


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedLetter:
    """A letter as PDF. With a `fault` it may be shown and kept, and must not be printed."""

    pdf: bytes = field(repr=False)
    page_count: int
    """All pages, those of the attachment too. Of a letter that is far too long, which is cut, at least."""
    welsh_page_count: int
    attachment_page_count: int
    fault: LetterFault | None
    missing_characters: frozenset[str] = field(repr=False)
    """What no font has: a box is printed for each."""

    @property
    def sheet_count(self) -> int:
        """Sheets of paper, printed on both sides."""
        return (self.page_count + 1) // 2

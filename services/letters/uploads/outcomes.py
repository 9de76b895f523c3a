"""What comes of checking an uploaded PDF, and what its sender is told. No PDF is touched here.

`UploadResult` is what `checking` returns and what travels back from a worker process.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from notifyrules.postage import Postage

MAX_PAGES = 10


class UploadProblem(StrEnum):
    """Why an upload cannot be printed: the codes of the public contract, in the order of the checks."""

    NO_CONTENT = "no-encoded-string"
    UNREADABLE = "unable-to-read-the-file"
    TOO_LONG = "letter-too-long"
    NOT_A4 = "letter-not-a4-portrait-oriented"
    OUTSIDE_PRINTABLE_AREA = "content-outside-printable-area"
    TAG_FOUND = "notify-tag-found-in-content"
    ADDRESS_EMPTY = "address-is-empty"
    TOO_FEW_LINES = "not-enough-address-lines"
    TOO_MANY_LINES = "too-many-address-lines"
    NOTHING_IN_FIRST_LINES = "invalid-address-line-1-or-2"
    COUNTRY_FOR_BFPO = "has-country-for-bfpo-address"
    NOT_POSTCODE_OR_COUNTRY = "not-a-real-uk-postcode-or-country"
    ABROAD_NOT_ALLOWED = "cant-send-international-letters"
    NOT_A_POSTCODE = "not-a-real-uk-postcode"
    INVALID_CHARACTER = "invalid-char-in-address"
    NO_FIXED_ABODE = "no-fixed-abode-address"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadResult:
    """The outcome for one PDF. With a `problem` there is nothing to print; without one there is."""

    problem: UploadProblem | None = None
    page_count: int | None = None
    """Pages counted. None when the file could not be read, or a later step broke on it."""
    invalid_pages: tuple[int, ...] | None = None
    """Pages with the fault, from 1. None when the fault is no page's, or there is none."""
    address_lines: tuple[str, ...] | None = None
    """The normalised address. None with a problem, and for attachments."""
    postage: Postage | None = None
    """How the letter travels because of its address: `europe` or `rest-of-world`. None: as was asked for."""
    sanitised: bytes | None = None
    """The PDF to print. None with a problem."""
    fonts_not_embedded: tuple[str, ...] = ()
    """Fonts that the file only names and for which there was no substitute: someone may have to look."""
    fault: str | None = None
    """Where the code broke on an unreadable file: class of the exception and place, never its text."""

    @property
    def sheets(self) -> int:
        """Sheets of paper to be paid for: printed on both sides, none with a problem."""
        return 0 if self.problem or self.page_count is None else (self.page_count + 1) // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemMessage:
    """A problem in words, for the people who sent the letter."""

    title: str
    detail: str


_ADDRESS_DETAILS = {
    UploadProblem.TOO_FEW_LINES: "The address must be at least 3 lines long.",
    UploadProblem.TOO_MANY_LINES: "The address must be no more than 7 lines long.",
    UploadProblem.NOTHING_IN_FIRST_LINES: (
        "The first 2 lines must both include at least one alphanumeric character."
    ),
    UploadProblem.COUNTRY_FOR_BFPO: "The last line of a BFPO address must not be a country.",
    UploadProblem.NOT_POSTCODE_OR_COUNTRY: (
        "The last line of the address must be a UK postcode or another country."
    ),
    UploadProblem.ABROAD_NOT_ALLOWED: "You do not have permission to send letters to other countries.",
    UploadProblem.NOT_A_POSTCODE: "The last line of the address must be a real UK postcode.",
    UploadProblem.INVALID_CHARACTER: (
        "Address lines must not start with any of the following characters: @ ( ) = [ ] ” \\ / , < > ~"
    ),
}


def problem_message(
    problem: UploadProblem, *, invalid_pages: Sequence[int] | None, page_count: int | None
) -> ProblemMessage:
    """Return the title and the sentence that explain a problem to the people who uploaded the letter."""
    if problem in _ADDRESS_DETAILS:
        title = "There’s a problem with the address for this letter"
        return ProblemMessage(title=title, detail=_ADDRESS_DETAILS[problem])
    pages = _named(invalid_pages or ())
    titles_and_details = {
        UploadProblem.NO_CONTENT: ("Sanitise failed - No encoded string", ""),
        UploadProblem.UNREADABLE: (
            "There’s a problem with your file",
            "Notify cannot read this PDF. Save a new copy of your file and try again.",
        ),
        UploadProblem.TOO_LONG: (
            "Your letter is too long",
            f"Letters must be {MAX_PAGES} pages or less ({MAX_PAGES // 2} double-sided sheets of paper). "
            f"Your letter is {page_count} pages long.",
        ),
        UploadProblem.NOT_A4: (
            "Your letter is not A4 portrait size",
            f"You need to change the size or orientation of {pages}.",
        ),
        UploadProblem.OUTSIDE_PRINTABLE_AREA: (
            "Your content is outside the printable area",
            f"You need to edit {pages}.",
        ),
        UploadProblem.TAG_FOUND: (
            "There’s a problem with your letter",
            f"Your file includes a letter you’ve downloaded from Notify. You need to edit {pages}.",
        ),
        UploadProblem.ADDRESS_EMPTY: ("The address block is empty", "You need to add a recipient address."),
        UploadProblem.NO_FIXED_ABODE: ("There is a problem", "Enter a real address."),
    }
    title, detail = titles_and_details[problem]
    return ProblemMessage(title=title, detail=detail)


def _named(pages: Sequence[int]) -> str:
    numbers = [str(page) for page in pages]
    if len(numbers) == 1:
        return f"page {numbers[0]}"
    return f"pages {', '.join(numbers[:-1])} and {numbers[-1]}" if numbers else "your letter"

"""Judging the address that stands on page 1. Reading its words off the page is in `text`."""

import unicodedata
from collections.abc import Sequence

from notifyrules.postage import Postage, PostageZone
from notifyrules.postal_addresses import PostalAddress, parse_postal_address
from services.letters.uploads.outcomes import UploadProblem


def read_address(lines: Sequence[str], *, allow_international: bool) -> PostalAddress:
    """Return the address that the lines of the window mean.

    Ligatures come apart and odd spaces become plain ones (compatibility forms); accents stay on their letters,
    because that is how the address is written again and how people search for it.
    """
    text = unicodedata.normalize("NFKC", "\n".join(map(_printable, lines)))
    return parse_postal_address(text, allow_international=allow_international)


def address_problem(address: PostalAddress) -> UploadProblem | None:
    """Return the first fault of the address, in the order of the public contract, or None."""
    faults = (
        (not any(address.normalised_lines), UploadProblem.ADDRESS_EMPTY),
        (not address.has_enough_lines, UploadProblem.TOO_FEW_LINES),
        (address.has_too_many_lines, UploadProblem.TOO_MANY_LINES),
        (not address.has_alphanumeric_first_two_lines, UploadProblem.NOTHING_IN_FIRST_LINES),
        (address.has_invalid_country_for_bfpo_address, UploadProblem.COUNTRY_FOR_BFPO),
        (not address.has_valid_last_line, _last_line_problem(address)),
        (address.has_invalid_characters, UploadProblem.INVALID_CHARACTER),
        (address.has_no_fixed_abode_address, UploadProblem.NO_FIXED_ABODE),
    )
    return next((problem for is_faulty, problem in faults if is_faulty), None)


def postage_of(address: PostalAddress) -> Postage | None:
    """Return how a letter to this address must travel; None within the UK, where the sender chooses."""
    if address.postage_zone is PostageZone.UNITED_KINGDOM:
        return None
    return Postage(address.postage_zone.value)


def _printable(line: str) -> str:
    """Take out what a font may claim to show, and neither paper nor a database can hold."""
    return "".join(letter for letter in line if unicodedata.category(letter) not in ("Cc", "Cs"))


def _last_line_problem(address: PostalAddress) -> UploadProblem:
    if address.allow_international:
        return UploadProblem.NOT_POSTCODE_OR_COUNTRY
    if address.is_international:
        return UploadProblem.ABROAD_NOT_ALLOWED
    return UploadProblem.NOT_A_POSTCODE

"""Postal addresses: reading what people type as one, judging it, and the lines that are printed.

Lines come in any number and order of untidiness; a country or a UK postcode ends them. Addresses of the
British Forces Post Office (BFPO) have a number instead, and never a country. Called by the notifications
service for each letter, by the letters service for the address window, and for the rows of spreadsheets.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from notifyrules.countries import UNITED_KINGDOM, Country, find_country
from notifyrules.placeholders import normalise_key
from notifyrules.postage import PostageZone
from notifyrules.reference import postcode_areas
from notifyrules.text import normalise_whitespace, remove_whitespace
from notifyrules.typography import remove_whitespace_before_punctuation

MIN_LINES = 3
MAX_LINES = 7

ADDRESS_LINES_1_TO_6 = tuple(f"address_line_{number}" for number in range(1, 7))
LAST_ADDRESS_LINE = "address_line_7"
POSTCODE = "postcode"

# Nine digits are more than there are offices, and few enough for any number to be read.
_BFPO_LINE = re.compile(r"BFPO ?(?:c/o)? ?([0-9]{0,9})", re.IGNORECASE)
_MAY_NOT_BEGIN_A_LINE = tuple('@()=[]"\\/,<>~')
_NO_FIXED_ABODE = re.compile(r"nfa|.*no fixed (?:abode|address).*", re.IGNORECASE)
_ALPHANUMERIC = re.compile("[A-Za-z0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalAddress:
    """An address after tidying. `is_valid` says whether a letter can go there, `api_error` why not."""

    normalised_lines: tuple[str, ...]
    """The address as it is printed. Empty, or one empty line, when there was nothing to print."""
    country: Country
    """The UK where no country was recognised."""
    postcode: str | None
    """Normalised UK postcode; always None abroad."""
    bfpo_number: int | None
    allow_international: bool
    """Whether the service may send letters abroad."""

    @property
    def is_international(self) -> bool:
        """The country is not the UK, a crown dependency or a Channel Island."""
        return self.country != UNITED_KINGDOM

    @property
    def postage_zone(self) -> PostageZone:
        """The zone that postage is charged for."""
        return self.country.postage_zone

    @property
    def single_line(self) -> str:
        """The address for places where there is one line for it."""
        return ", ".join(self.normalised_lines)

    @property
    def line_count(self) -> int:
        """How many lines have something on them."""
        return sum(map(bool, self.normalised_lines))

    @property
    def has_enough_lines(self) -> bool:
        """There are at least three lines."""
        return self.line_count >= MIN_LINES

    @property
    def has_too_many_lines(self) -> bool:
        """There are more than seven lines."""
        return self.line_count > MAX_LINES

    @property
    def has_valid_postcode(self) -> bool:
        """There is a UK postcode where it should be."""
        return self.postcode is not None

    @property
    def has_valid_last_line(self) -> bool:
        """The address ends so that post finds it: a UK postcode, a BFPO number, or abroad where allowed."""
        if self.is_international:
            return self.allow_international and self.bfpo_number is None
        return self.has_valid_postcode or self.bfpo_number is not None

    @property
    def has_invalid_characters(self) -> bool:
        """A line begins with a character that the printer's software trips over."""
        return any(line.startswith(_MAY_NOT_BEGIN_A_LINE) for line in self.normalised_lines)

    @property
    def has_no_fixed_abode_address(self) -> bool:
        """A line says that the recipient has no address."""
        return any(_NO_FIXED_ABODE.fullmatch(line) for line in self.normalised_lines)

    @property
    def has_invalid_country_for_bfpo_address(self) -> bool:
        """A BFPO number stands with a foreign country: forces' post goes through the UK."""
        return self.bfpo_number is not None and self.is_international

    @property
    def has_alphanumeric_first_two_lines(self) -> bool:
        """Lines 1 and 2 each hold an ASCII letter or digit."""
        first_two = self.normalised_lines[:2]
        return len(first_two) == 2 and all(map(_ALPHANUMERIC.search, first_two))

    @property
    def api_error(self) -> str | None:
        """The first fault, in the words of the public API (public contract, letters), or None."""
        if not self.has_enough_lines:
            return f"Address must be at least {MIN_LINES} lines"
        if self.has_too_many_lines:
            return f"Address must be no more than {MAX_LINES} lines"
        if not self.has_alphanumeric_first_two_lines:
            return "The first 2 lines of the address must both include at least one alphanumeric character"
        if self.has_invalid_country_for_bfpo_address:
            return "The last line of a BFPO address must not be a country."
        if not self.has_valid_last_line:
            if self.allow_international:
                return "Last line of address must be a real UK postcode or another country"
            return "Must be a real UK postcode"
        if self.has_invalid_characters:
            return (
                "Address lines must not start with any of the following characters: @ ( ) = [ ] ” \\ / , < >"
            )
        if self.has_no_fixed_abode_address:
            return "Must be a real address"
        return None

    @property
    def is_valid(self) -> bool:
        """A letter can be sent there."""
        return self.api_error is None

    @property
    def bfpo_address_lines(self) -> tuple[str, ...] | None:
        """The lines of a BFPO address before its postcode and last line; None for other addresses."""
        if self.bfpo_number is None:
            return None
        return self.normalised_lines[: -2 if self.has_valid_postcode else -1]

    def as_personalisation(self) -> dict[str, str] | None:
        """Return the address as values for a letter's address lines; None when nothing is left of it.

        What stands last is both the postcode and line 7. Lines that find no room are left out: see
        `is_valid`.
        """
        if not self.normalised_lines:
            return None
        last_line = self.normalised_lines[-1]
        lines = _six_lines(self.normalised_lines[:-1])
        postcode = last_line
        if self.bfpo_address_lines is not None:
            lines = _six_lines(self.bfpo_address_lines)
            postcode = self.postcode or ""
            lines[-1] = postcode or lines[-1]
        return dict(zip(ADDRESS_LINES_1_TO_6, lines, strict=True)) | {
            POSTCODE: postcode,
            LAST_ADDRESS_LINE: last_line,
        }


def parse_postal_address(text: str, *, allow_international: bool = False) -> PostalAddress:
    """Return the address that `text` means, its lines separated by any kind of line break."""
    lines = [tidy for line in text.splitlines() if (tidy := _tidy(line))] or [""]
    bfpo_number, lines = _without_bfpo_lines(lines)
    country, lines = _without_country(lines)
    is_international = country != UNITED_KINGDOM
    postcode = None
    if lines and not is_international:
        postcode = normalise_postcode(lines[-1])
    if postcode is not None:
        lines[-1] = postcode
    if bfpo_number is not None:
        lines.append(f"BFPO {bfpo_number}")
    if is_international:
        lines.append(country.name)
    return PostalAddress(
        normalised_lines=tuple(lines),
        country=country,
        postcode=postcode,
        bfpo_number=bfpo_number,
        allow_international=allow_international,
    )


def postal_address_from_personalisation(
    values: Mapping[str, object], *, allow_international: bool = False
) -> PostalAddress:
    """Return the address that a letter's personalisation holds: lines 1 to 6, then line 7 or else the
    postcode.

    Keys match as placeholders do. A value may itself have several lines; null and other empty ones are left
    out.
    """
    by_key = {normalise_key(name): value for name, value in values.items()}
    last = LAST_ADDRESS_LINE if normalise_key(LAST_ADDRESS_LINE) in by_key else POSTCODE
    lines = (by_key.get(normalise_key(name)) for name in (*ADDRESS_LINES_1_TO_6, last))
    text = "\n".join(str(line) for line in lines if line)
    return parse_postal_address(text, allow_international=allow_international)


def normalise_postcode(text: str) -> str | None:
    """Return `text` as a UK postcode, upper case with a space before the last three characters, or None.

    Whitespace does not count. Source: BS 7666 and the areas that are in use.
    """
    joined = remove_whitespace(text)
    # Asked before upper() makes ASCII of letters that are none.
    if not joined.isascii():
        return None
    joined = joined.upper()
    if _postcode_pattern().fullmatch(joined) is None:
        return None
    return f"{joined[:-3]} {joined[-3:]}"


@cache
def _postcode_pattern() -> re.Pattern[str]:
    areas = "|".join(sorted(postcode_areas()))
    return re.compile(f"(?:{areas})[0-9][0-9A-Z]?[0-9][ABD-HJLNP-UW-Z]{{2}}")


def _tidy(line: str) -> str:
    return remove_whitespace_before_punctuation(normalise_whitespace(line).rstrip(" ,"))


def _without_bfpo_lines(lines: Sequence[str]) -> tuple[int | None, list[str]]:
    """Return the first BFPO number of the address, and the lines that are not about BFPO."""
    matches = [_BFPO_LINE.fullmatch(line) for line in lines]
    numbers = [int(match[1]) for match in matches if match and match[1]]
    if not numbers:
        return None, list(lines)
    return numbers[0], [line for line, match in zip(lines, matches, strict=True) if match is None]


def _without_country(lines: Sequence[str]) -> tuple[Country, list[str]]:
    """Return the country that the address ends in, and the lines before it.

    Of the UK's own names there may be several ("Jersey, Channel Islands, UK"), of a foreign country one.
    """
    left = list(lines)
    country = find_country(left[-1]) if left else None
    if country is None:
        return UNITED_KINGDOM, left
    left.pop()
    if country == UNITED_KINGDOM:
        while left and find_country(left[-1]) == UNITED_KINGDOM:
            left.pop()
        return UNITED_KINGDOM, left
    return country, left


def _six_lines(lines: Sequence[str]) -> list[str]:
    return [*lines[:6], *[""] * (6 - len(lines))]

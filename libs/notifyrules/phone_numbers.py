"""Phone numbers: parsing, judging and pricing what people type into a recipient's field.

Numbers are read as libphonenumber reads them, with the UK as home, and then narrowed to what can get a text.
Who may be sent to (guest lists, simulated numbers) is in `recipients`. The notifications service calls this
for each text, so a plainly written UK mobile takes a short way that gives the same answer as the long one.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType, ValidationResult
from phonenumbers.phonemetadata import PhoneMetadata, PhoneNumberDesc

from notifyrules.reference import sms_prefixes
from notifyrules.text import ALL_WHITESPACE, to_ascii

_UK_COUNTRY_CODE = 44
_NORTH_AMERICA = 1
_UK_PREFIX = sms_prefixes()["44"]


class PhoneNumberError(StrEnum):
    """Why a phone number is refused."""

    INVALID_NUMBER = "invalid_number"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    NOT_A_UK_MOBILE = "not_a_uk_mobile"
    UNKNOWN_CHARACTER = "unknown_character"
    UNSUPPORTED_COUNTRY_CODE = "unsupported_country_code"
    UNSUPPORTED_EMERGENCY_NUMBER = "unsupported_emergency_number"

    @property
    def message(self) -> str:
        """What web pages and the errors of a spreadsheet say."""
        return _MESSAGES[self][0]

    @property
    def api_message(self) -> str:
        """What the public API says."""
        return _MESSAGES[self][1]


_INVALID = "Number is not valid – double check the phone number you entered"
_EMERGENCY = "Phone number cannot be an emergency number"
_MESSAGES = {
    PhoneNumberError.INVALID_NUMBER: (_INVALID, _INVALID),
    PhoneNumberError.TOO_LONG: ("Mobile number is too long", "Too many digits"),
    PhoneNumberError.TOO_SHORT: ("Mobile number is too short", "Not enough digits"),
    PhoneNumberError.NOT_A_UK_MOBILE: (
        "This does not look like a UK mobile number – double check the mobile number you entered",
        "Not a UK mobile number",
    ),
    PhoneNumberError.UNKNOWN_CHARACTER: (
        "Mobile numbers can only include: 0 1 2 3 4 5 6 7 8 9 ( ) + -",
        "Must not contain letters or symbols",
    ),
    PhoneNumberError.UNSUPPORTED_COUNTRY_CODE: (
        "Country code not found - double check the mobile number you entered",
        "Not a valid country prefix",
    ),
    PhoneNumberError.UNSUPPORTED_EMERGENCY_NUMBER: (_EMERGENCY, _EMERGENCY),
}


class InvalidPhoneNumber(ValueError):  # noqa: N818 - says what is wrong, as our other refusals do
    """A phone number is refused. The number itself is in no text of this exception."""

    def __init__(self, error: PhoneNumberError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumber:
    """A number that exists as far as its digits can tell. Whether a service may text it: `check_allowed`."""

    normalised: str
    """E.164 digits without the plus sign: what is stored, compared and given to providers."""
    is_uk: bool
    """The country code is 44, so crown dependencies count."""
    is_international: bool
    """Not in the UK proper, so crown dependencies count; numbers for drama never do, wherever they are."""
    is_crown_dependency: bool
    """In Jersey, Guernsey or the Isle of Man."""
    is_landline: bool
    """A +44 number that is, or may be, no mobile."""
    country_prefix: str
    """Key into the table of SMS prefixes, whether it is there or not."""
    rate_multiplier: int | None
    """How many fragments one counts as; None when the prefix is not in the table."""
    needs_numeric_sender: bool | None
    """Names as senders do not work there; None when the prefix is not in the table."""
    reports_delivery: bool | None
    """Receipts from there can be believed; None when the prefix is not in the table."""

    @property
    def human_readable(self) -> str:
        """The number in national form when it is in +44, else in international form."""
        number = phonenumbers.parse(f"+{self.normalised}")
        number_format = PhoneNumberFormat.NATIONAL if self.is_uk else PhoneNumberFormat.INTERNATIONAL
        return phonenumbers.format_number(number, number_format)


def parse_phone_number(raw: str) -> PhoneNumber:
    """Return the number that `raw` means, read as someone in the UK would write it.

    Raises InvalidPhoneNumber when it is none that could get a text; permissions are checked by
    `check_allowed`.
    """
    plain = _plain_uk_mobile(raw)
    return parse_any_phone_number(raw) if plain is None else plain


def parse_any_phone_number(raw: str) -> PhoneNumber:
    """Do what `parse_phone_number` does without its short way. Public for the test that they agree."""
    return _describe(_with_second_go(raw, _judge))


def parse_service_contact_number(raw: str) -> PhoneNumber:
    """Return the number that a service wants to show as its own.

    It may be any that `parse_phone_number` returns, or one of three digits. Raises InvalidPhoneNumber, also
    for emergency numbers.
    """
    return _describe(_with_second_go(raw, _judge_service_contact))


def check_allowed(number: PhoneNumber, *, allow_international: bool, allow_landline: bool) -> None:
    """Raise InvalidPhoneNumber unless a service with these permissions may text the number.

    Crown dependencies need no permission, although they are charged as international.
    """
    if not number.is_uk and not allow_international:
        raise InvalidPhoneNumber(PhoneNumberError.NOT_A_UK_MOBILE)
    if number.is_landline and not allow_landline:
        raise InvalidPhoneNumber(PhoneNumberError.NOT_A_UK_MOBILE)
    if number.needs_numeric_sender is None:
        raise InvalidPhoneNumber(PhoneNumberError.UNSUPPORTED_COUNTRY_CODE)


def _uk_mobile_pattern() -> str:
    """Return a pattern for national numbers that the long way finds to be mobiles in the UK proper.

    It repeats how libphonenumber finds a number's region and type: the UK proper is tried before the crown
    dependencies, and of its types mobile comes last.
    """
    uk = cast(PhoneMetadata, PhoneMetadata.metadata_for_region("GB"))  # None is for unknown regions
    before_mobile = (
        uk.premium_rate,
        uk.toll_free,
        uk.shared_cost,
        uk.voip,
        uk.personal_number,
        uk.pager,
        uk.uan,
        uk.voicemail,
        uk.fixed_line,
    )
    other_types = "|".join(filter(None, map(_pattern, before_mobile)))
    mobile = (
        rf"(?=[0-9]{{10}}\Z)(?={_pattern(uk.general_desc)}\Z)(?!(?:{other_types})\Z)(?:{_pattern(uk.mobile)})"
    )
    return rf"7700[0-9]{{6}}|{mobile}"


def _pattern(description: PhoneNumberDesc | None) -> str | None:
    return description.national_number_pattern if description else None


_PLAIN_UK_MOBILE = re.compile(rf"(?:\+44|0044|44|0)?({_uk_mobile_pattern()})", re.ASCII)
_LONGEST_PLAIN = 30  # libphonenumber refuses very long texts, whatever they hold

_TEXTABLE_TYPES = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.UAN,
        PhoneNumberType.PERSONAL_NUMBER,
    }
)
_LANDLINE_TYPES = frozenset(
    {PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.UAN}
)
_CROWN_DEPENDENCIES = frozenset({"GG", "IM", "JE"})
_EMERGENCY_NUMBERS = frozenset({"112", "999"})

_KNOWN_CHARACTERS = re.compile(f"[0-9()+{re.escape(ALL_WHITESPACE)}-]*")

# Numbers kept for drama (https://www.ofcom.org.uk/phones-and-broadband/phone-numbers/numbers-for-drama/) are
# taken wider than they are, and in any country: sending to one does no harm, and people test with made-up
# ones.
_DRAMA_NUMBER = re.compile("7700[0-9]")

_ERROR_OF_LENGTH = {
    ValidationResult.TOO_LONG: PhoneNumberError.TOO_LONG,
    ValidationResult.TOO_SHORT: PhoneNumberError.TOO_SHORT,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: PhoneNumberError.TOO_SHORT,
    ValidationResult.INVALID_COUNTRY_CODE: PhoneNumberError.UNSUPPORTED_COUNTRY_CODE,
}


def _plain_uk_mobile(raw: str) -> PhoneNumber | None:
    if len(raw) > _LONGEST_PLAIN:
        return None
    match = _PLAIN_UK_MOBILE.fullmatch(raw.replace(" ", "").replace("-", ""))
    if match is None:
        return None
    return PhoneNumber(
        normalised=f"44{match[1]}",
        is_uk=True,
        is_international=False,
        is_crown_dependency=False,
        is_landline=False,
        country_prefix="44",
        rate_multiplier=1,
        needs_numeric_sender=_UK_PREFIX.needs_numeric_sender,
        reports_delivery=_UK_PREFIX.reports_delivery,
    )


def _with_second_go(raw: str, judge: Callable[[str], phonenumbers.PhoneNumber]) -> phonenumbers.PhoneNumber:
    """Judge `raw`; if it is refused, what is left without plus signs, leading zeros and odd dashes."""
    try:
        return judge(raw)
    except InvalidPhoneNumber:
        return judge(to_ascii(raw.replace("+", "").lstrip("0")))


def _judge(text: str) -> phonenumbers.PhoneNumber:
    return _textable(_possible(_read(text), text))


def _judge_service_contact(text: str) -> phonenumbers.PhoneNumber:
    number = _read(text)
    digits = str(number.national_number)
    if digits in _EMERGENCY_NUMBERS:
        raise InvalidPhoneNumber(PhoneNumberError.UNSUPPORTED_EMERGENCY_NUMBER)
    # Such as 101 and 111.
    if len(digits) == 3:
        return number
    return _textable(_possible(number, text))


def _read(text: str) -> phonenumbers.PhoneNumber:
    if not text:
        raise InvalidPhoneNumber(PhoneNumberError.TOO_SHORT)
    if _KNOWN_CHARACTERS.fullmatch(text) is None:
        raise InvalidPhoneNumber(PhoneNumberError.UNKNOWN_CHARACTER)
    try:
        return phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException as refused:
        raise InvalidPhoneNumber(PhoneNumberError.INVALID_NUMBER) from refused


def _possible(number: phonenumbers.PhoneNumber, text: str) -> phonenumbers.PhoneNumber:
    """Return `number`, or, if no number of its country is as long as it, `text` read as an international
    number.

    Spreadsheets take a plus sign for arithmetic and drop it.
    """
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == ValidationResult.IS_POSSIBLE:
        return number
    error = _ERROR_OF_LENGTH.get(reason, PhoneNumberError.INVALID_NUMBER)
    try:
        international = phonenumbers.parse(f"+{text}")
    except phonenumbers.NumberParseException as refused:
        raise InvalidPhoneNumber(error) from refused
    if not phonenumbers.is_possible_number(international):
        raise InvalidPhoneNumber(error)
    return international


def _textable(number: phonenumbers.PhoneNumber) -> phonenumbers.PhoneNumber:
    if not _is_for_drama(number) and (
        not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in _TEXTABLE_TYPES
    ):
        raise InvalidPhoneNumber(PhoneNumberError.INVALID_NUMBER)
    return number


def _is_for_drama(number: phonenumbers.PhoneNumber) -> bool:
    return _DRAMA_NUMBER.match(str(number.national_number)) is not None


def _describe(number: phonenumbers.PhoneNumber) -> PhoneNumber:
    is_uk = number.country_code == _UK_COUNTRY_CODE
    is_for_drama = _is_for_drama(number)
    is_crown_dependency = (
        is_uk and not is_for_drama and phonenumbers.region_code_for_number(number) in _CROWN_DEPENDENCIES
    )
    is_international = not is_for_drama and (not is_uk or is_crown_dependency)
    prefix = _country_prefix(number)
    facts = sms_prefixes().get(prefix)
    return PhoneNumber(
        normalised=phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+"),
        is_uk=is_uk,
        is_international=is_international,
        is_crown_dependency=is_crown_dependency,
        is_landline=is_uk and phonenumbers.number_type(number) in _LANDLINE_TYPES,
        country_prefix=prefix,
        rate_multiplier=1 if not is_international else facts.rate_multiplier if facts else None,
        needs_numeric_sender=facts.needs_numeric_sender if facts else None,
        reports_delivery=facts.reports_delivery if facts else None,
    )


def _country_prefix(number: phonenumbers.PhoneNumber) -> str:
    """Return the country code, or for North America 1 plus the area code where that has its own price."""
    if number.country_code == _NORTH_AMERICA:
        with_area_code = f"1{str(number.national_number)[:3]}"
        if with_area_code in sms_prefixes():
            return with_area_code
    return str(number.country_code)

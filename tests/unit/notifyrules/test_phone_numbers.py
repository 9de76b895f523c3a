"""Phone numbers: what is accepted, how it is described, and that the short way agrees with the long one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifyrules.phone_numbers import (
    InvalidPhoneNumber,
    PhoneNumber,
    PhoneNumberError,
    check_allowed,
    parse_any_phone_number,
    parse_phone_number,
    parse_service_contact_number,
)


def outcome(parse: object, raw: str) -> PhoneNumber | PhoneNumberError:
    try:
        return parse(raw)  # type: ignore[operator, no-any-return] # any of the functions under test
    except InvalidPhoneNumber as refused:
        return refused.error


DIGITS = st.text(alphabet="0123456789", min_size=7, max_size=11)
# National numbers near the borders of what the short way knows: drama, crown dependencies, pagers, personal
# numbers.
BEGINNINGS = ["7", "77009", "77003", "7624", "7457", "7911", "7781", "7509", "7829", "76", "70", "20", "800"]


@st.composite
def numbers_that_look_british(draw: st.DrawFn) -> str:
    national = (draw(st.sampled_from(BEGINNINGS)) + draw(DIGITS))[: draw(st.integers(9, 11))]
    written = draw(st.sampled_from(["0", "+44", "44", "0044", "", "+440", "+"])) + national
    gaps = draw(st.lists(st.sampled_from(["", "", "", " ", "-", "  ", "\u200b"]), min_size=len(written)))
    return "".join(letter + gap for letter, gap in zip(written, gaps, strict=False))


@given(numbers_that_look_british())
@example("07700900123")
@example("07700345678")
@example("+44 (0)7812 345678")
@example("-7812345678-")
@example("07812345678" + " " * 240)
def test_short_way_agrees_with_the_long_way(raw: str) -> None:
    assert outcome(parse_phone_number, raw) == outcome(parse_any_phone_number, raw)


@given(st.text(alphabet="0123456789()+- \u00a0\u200b\tx٠", max_size=20))
def test_any_text_is_a_number_or_refused(raw: str) -> None:
    assert isinstance(outcome(parse_phone_number, raw), PhoneNumber | PhoneNumberError)


@pytest.mark.parametrize(
    "raw",
    ["07812345678", "+44 7812 345678", "7812345678", "00447812345678", "(0)7812-345-678", "07812—345678"],
)
def test_uk_mobile_is_understood_however_it_is_written(raw: str) -> None:
    number = parse_phone_number(raw)
    assert number.normalised == "447812345678"
    assert number.human_readable == "07812 345678"


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        ("", PhoneNumberError.TOO_SHORT),
        ("0770", PhoneNumberError.TOO_SHORT),
        ("+4478123456789", PhoneNumberError.TOO_LONG),
        ("07812 34567x", PhoneNumberError.UNKNOWN_CHARACTER),
        ("٠٧٧٠٠900867", PhoneNumberError.UNKNOWN_CHARACTER),
        ("0800 123 4567", PhoneNumberError.INVALID_NUMBER),
        ("0909 123 4567", PhoneNumberError.INVALID_NUMBER),
        ("111", PhoneNumberError.TOO_SHORT),
    ],
)
def test_number_that_cannot_get_a_text_is_refused(raw: str, error: PhoneNumberError) -> None:
    assert outcome(parse_phone_number, raw) is error


def test_number_abroad_is_priced_by_its_prefix() -> None:
    number = parse_phone_number("+1 664 491 2345")
    assert number.country_prefix == "1664"
    assert number.rate_multiplier == 6
    assert number.needs_numeric_sender
    assert number.human_readable == "+1 664-491-2345"


def test_crown_dependency_is_uk_and_international_at_once() -> None:
    number = parse_phone_number("07797 712345")
    assert number.is_uk
    assert number.is_international
    assert number.is_crown_dependency
    assert number.rate_multiplier == 2


def test_drama_number_counts_as_uk_price_whatever_its_country() -> None:
    number = parse_phone_number("+33 7 70 09 00 18")
    assert not number.is_international
    assert number.rate_multiplier == 1
    assert not number.is_uk


@pytest.mark.parametrize(
    ("raw", "allowed", "error"),
    [
        ("07812345678", {}, None),
        ("+33612345418", {}, PhoneNumberError.NOT_A_UK_MOBILE),
        ("+33612345418", {"allow_international": True}, None),
        ("020 7946 0018", {"allow_international": True}, PhoneNumberError.NOT_A_UK_MOBILE),
        ("020 7946 0018", {"allow_landline": True}, None),
        ("+33 1 42 68 53 18", {"allow_international": True}, None),
        ("07797 712345", {}, None),
        ("+688 901 234", {"allow_international": True}, PhoneNumberError.UNSUPPORTED_COUNTRY_CODE),
    ],
)
def test_permissions_decide_who_may_be_texted(
    raw: str, allowed: dict[str, bool], error: PhoneNumberError | None
) -> None:
    def check(text: str) -> PhoneNumber:
        number = parse_phone_number(text)
        check_allowed(number, **{"allow_international": False, "allow_landline": False, **allowed})
        return number

    found = outcome(check, raw)
    assert found is error if error else isinstance(found, PhoneNumber)


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        ("101", None),
        ("0111", None),
        ("020 7946 0018", None),
        ("999", PhoneNumberError.UNSUPPORTED_EMERGENCY_NUMBER),
        ("0112", PhoneNumberError.UNSUPPORTED_EMERGENCY_NUMBER),
        ("99", PhoneNumberError.TOO_SHORT),
    ],
)
def test_service_contact_number_may_have_three_digits(raw: str, error: PhoneNumberError | None) -> None:
    found = outcome(parse_service_contact_number, raw)
    assert found is error if error else isinstance(found, PhoneNumber)


def test_refusal_does_not_show_the_number() -> None:
    with pytest.raises(InvalidPhoneNumber) as refused:
        parse_phone_number("07812 34567x")
    assert "34567" not in str(refused.value)


@pytest.mark.parametrize("error", list(PhoneNumberError))
def test_every_error_has_both_messages(error: PhoneNumberError) -> None:
    assert error.message
    assert error.api_message

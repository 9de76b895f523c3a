"""Postal addresses: tidying, postcodes, BFPO, countries, faults."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifyrules.postal_addresses import (
    normalise_postcode,
    parse_postal_address,
    postal_address_from_personalisation,
)

UK = ("Ann Example", "4 Mill Lane", "SW1A 9ZZ")


def an_address(*lines: str) -> str:
    return "\n".join(lines)


def test_lines_are_tidied() -> None:
    address = parse_postal_address(
        "\n  Ann   Example ,, \r\n\n\t4  Mill\tLane , x\n ,,, \n s w 1a9zz\u2028 , "
    )
    assert address.normalised_lines == ("Ann Example", "4 Mill Lane, x", "SW1A 9ZZ")
    assert address.is_valid


def test_names_of_the_uk_go_from_the_end() -> None:
    address = parse_postal_address(an_address(*UK, "Jersey", "Channel Islands", "UK"))
    assert address.normalised_lines == UK
    assert not address.is_international


def test_country_is_printed_by_its_canonical_name() -> None:
    address = parse_postal_address(an_address("Ann", "1 Rue X", "deutschland."), allow_international=True)
    assert address.normalised_lines == ("Ann", "1 Rue X", "Germany")
    assert address.postage_zone == "europe"
    assert address.postcode is None
    assert address.is_valid


def test_bfpo_line_comes_last() -> None:
    address = parse_postal_address(an_address("bfpo c/o 58", "Sgt Example", "Unit 4", "bf11aa", "UK"))
    assert address.normalised_lines == ("Sgt Example", "Unit 4", "BF1 1AA", "BFPO 58")
    assert address.bfpo_number == 58
    assert address.bfpo_address_lines == ("Sgt Example", "Unit 4")
    assert address.is_valid


def test_bare_bfpo_line_is_a_line_like_others_without_a_number() -> None:
    assert parse_postal_address(an_address("Sgt", "Unit 4", "BFPO")).bfpo_number is None


@pytest.mark.parametrize("lines", [("BFPO 58",), ("BFPO 58", "UK"), ("BFPO 58", "France"), ("UK",), ("",)])
def test_address_of_nothing_but_its_end_is_not_valid(lines: tuple[str, ...]) -> None:
    assert not parse_postal_address(an_address(*lines), allow_international=True).is_valid


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (UK, None),
        (UK[1:], "Address must be at least 3 lines"),
        (("1", "2", "3", "4", "5", "6", "7", UK[-1]), "Address must be no more than 7 lines"),
        (
            ("Ann", "-", UK[-1]),
            "The first 2 lines of the address must both include at least one alphanumeric character",
        ),
        (("Sgt", "Unit 4", "BFPO 58", "Spain"), "The last line of a BFPO address must not be a country."),
        (("Ann", "4 Mill Lane", "Bristol"), "Must be a real UK postcode"),
        (("Ann", "4 Mill Lane", "Spain"), "Must be a real UK postcode"),
        (
            ("Ann", "(4 Mill Lane", UK[-1]),
            "Address lines must not start with any of the following characters: @ ( ) = [ ] ” \\ / , < >",
        ),
        (("Ann", "~4 Mill Lane", UK[-1]), "Address lines must not start with any of"),
        (("Ann", "nfa", UK[-1]), "Must be a real address"),
        (("Ann", "of no fixed Address", UK[-1]), "Must be a real address"),
    ],
)
def test_first_fault_is_told_in_the_words_of_the_api(lines: tuple[str, ...], error: str | None) -> None:
    address = parse_postal_address(an_address(*lines))
    assert address.is_valid is (error is None)
    assert (address.api_error or "").startswith(error or "")


def test_last_line_may_be_a_country_when_that_is_allowed() -> None:
    address = parse_postal_address(an_address("Ann", "4 Mill Lane", "Bristol"), allow_international=True)
    assert address.api_error == "Last line of address must be a real UK postcode or another country"


@pytest.mark.parametrize(
    ("text", "postcode"),
    [
        ("sw1a 1aa", "SW1A 1AA"),
        ("S W 1 A\u200b1 A\u00a0A", "SW1A 1AA"),
        ("N1A 1AA", "N1A 1AA"),
        ("A1 1AA", None),
        ("SW1 1CA", None),
        ("SW1A-1AA", None),
        ("ſW1A 1AA", None),
        ("SW1A 1AA\nSW1A 1AA", None),
        ("", None),
    ],
)
def test_postcode_is_one_that_could_exist(text: str, postcode: str | None) -> None:
    assert normalise_postcode(text) == postcode


def test_line_7_takes_the_place_of_the_postcode_even_when_empty() -> None:
    values = {"Address line 1": "Ann", "ADDRESS_LINE_2": "4 Mill Lane", "postcode": UK[-1]}
    assert postal_address_from_personalisation(values).postcode == UK[-1]
    assert postal_address_from_personalisation(values | {"address line 7": ""}).postcode is None


def test_values_that_are_empty_leave_no_line() -> None:
    values = {"address_line_1": "Ann", "address_line_2": None, "address_line_3": 42, "postcode": UK[-1]}
    assert postal_address_from_personalisation(values).normalised_lines == ("Ann", "42", UK[-1])


@given(st.lists(st.sampled_from(["Ann", "4 Mill Lane", UK[-1], "BFPO 58", "BFPO", "Spain", "UK", " ,", ""])))
def test_valid_address_survives_its_own_personalisation(lines: list[str]) -> None:
    address = parse_postal_address(an_address(*lines), allow_international=True)
    # A foreign country before the UK's name is a line like any other; where a BFPO number came before both, it is the
    # last line when the address is read again.
    is_odd = address.bfpo_number is not None and "Spain" in address.normalised_lines
    if address.is_valid and not is_odd:
        values = address.as_personalisation()
        assert values is not None
        again = postal_address_from_personalisation(values, allow_international=True)
        assert again.normalised_lines == address.normalised_lines

"""Email addresses: what is accepted, and in which form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifyrules.email_addresses import (
    InvalidEmailAddress,
    format_email_address,
    is_government_email_address,
    parse_email_address,
)

LABEL_63 = "a" * 63


def test_address_keeps_its_case_and_is_sent_to_in_lower_case() -> None:
    address = parse_email_address(" \u200bJo.B+Tag@Dept.Exa\u00a0mple\n")
    assert address.accepted_as == "Jo.B+Tag@Dept.Example"
    assert address.normalised == "jo.b+tag@dept.example"


@pytest.mark.parametrize(
    "address",
    [
        ".jo.@dept.example",
        "!#$%&'*+/=?^_`{|}~-@dept.example",
        f"{'x' * 300}@dept.example",
        f"jo@{LABEL_63}.example",
        "jo@bücher.example",
        "jo@dept.xn--p1ai",
        "jo@dept.рф",
        "jo@de--pt.example",
    ],
)
def test_unusual_address_is_accepted(address: str) -> None:
    assert parse_email_address(address).accepted_as == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "jo",
        "jo@dept",
        "jo@@dept.example",
        "jo..b@dept.example",
        "jo@dept..example",
        "jo@dept.example.",
        "jo@dept.example。",
        "jö@dept.example",
        "jo b@dept.example",
        "jo@de_pt.example",
        "jo@-dept.example",
        "jo@de---pt.example",
        "jo@dept.e",
        "jo@dept.e1",
        "jo@dept.xn--",
        f"jo@{LABEL_63}a.example",
        f"{'x' * 308}@dept.example",
        "jo@" + f"{LABEL_63}." * 4 + "example",
        "jo@\u200fdept.example",
        "jo@dept.example\njo@dept.example",
    ],
)
def test_bad_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidEmailAddress):
        parse_email_address(address)


@given(st.text(alphabet="ab.@-_é 。xn", max_size=30))
def test_accepted_address_is_accepted_again_in_its_normal_form(raw: str) -> None:
    try:
        normalised = parse_email_address(raw).normalised
    except InvalidEmailAddress:
        return
    assert parse_email_address(normalised).normalised == normalised


def test_formatting_needs_no_valid_address() -> None:
    assert format_email_address(" Not An\u200b Address ") == "not an address"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("jo@gov.uk", True),
        ("jo@dept.GOV.uk", True),
        ("jo@notgov.uk", False),
        ("jo@gov.uk.example", False),
    ],
)
def test_public_sector_is_told_by_the_domain(address: str, expected: bool) -> None:
    assert is_government_email_address(address) is expected

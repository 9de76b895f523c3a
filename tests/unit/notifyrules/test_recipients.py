"""Comparing recipients, and the ones for trying things out."""

import pytest

from notifyrules.recipients import (
    PretendOutcome,
    format_recipient,
    is_on_guest_list,
    is_simulated_email_address,
    is_simulated_phone_number,
    is_tv_number,
    pretend_outcome_for_email_address,
    pretend_outcome_for_phone_number,
)


@pytest.mark.parametrize(
    ("recipient", "expected"),
    [
        ("07812 345678", "447812345678"),
        ("JO@Dept.Example ", "jo@dept.example"),
        ("Team", "Team"),
        ("999", "999"),
        ("", ""),
    ],
)
def test_recipient_is_normalised_when_it_is_one(recipient: str, expected: str) -> None:
    assert format_recipient(recipient) == expected


@pytest.mark.parametrize(
    ("recipient", "guest_list", "expected"),
    [
        ("07812345678", ["jo@dept.example", "+44 (0)7812 345678"], True),
        ("JO@dept.example", ["jo@Dept.Example"], True),
        ("07812345678", ["07812345679"], False),
        ("07812345678", [], False),
    ],
)
def test_guest_list_matches_however_a_guest_is_written(
    recipient: str,
    guest_list: list[str],
    expected: bool,
) -> None:
    assert is_on_guest_list(recipient, guest_list) is expected


@pytest.mark.parametrize("number", ["447700900000", "447700900111", "447700900222"])
def test_simulated_numbers_are_three(number: str) -> None:
    assert is_simulated_phone_number(number)
    assert not is_simulated_phone_number(f"{number}1")


def test_simulated_addresses_are_three() -> None:
    domain = "notifications.service.gov.uk"
    assert is_simulated_email_address(f"simulate-delivered@{domain}")
    assert is_simulated_email_address(f"simulate-delivered-2@{domain}")
    assert is_simulated_email_address(f"simulate-delivered-3@{domain}")
    assert not is_simulated_email_address(f"simulate-delivered-4@{domain}")


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        ("447700900002", PretendOutcome.PERMANENT_FAILURE),
        ("447700900003", PretendOutcome.TEMPORARY_FAILURE),
        ("447700900004", PretendOutcome.DELIVERED),
        ("447812345678", PretendOutcome.DELIVERED),
    ],
)
def test_number_decides_how_a_test_text_ends(number: str, outcome: PretendOutcome) -> None:
    assert pretend_outcome_for_phone_number(number) is outcome


@pytest.mark.parametrize(
    ("address", "outcome"),
    [
        ("perm-fail@simulator.notify", PretendOutcome.PERMANENT_FAILURE),
        ("temp-fail@simulator.notify", PretendOutcome.TEMPORARY_FAILURE),
        ("jo@dept.example", PretendOutcome.DELIVERED),
    ],
)
def test_address_decides_how_a_test_email_ends(address: str, outcome: PretendOutcome) -> None:
    assert pretend_outcome_for_email_address(address) is outcome


def test_tv_numbers_are_those_of_ofcom() -> None:
    assert is_tv_number("447700900123")
    assert not is_tv_number("447700800123")

"""Who a recipient is: comparing recipients, and the ones that exist for trying things out.

Parsing is in `phone_numbers` and `email_addresses`. Called by the notifications service when a message is
created, and by the sms and email services for messages of test keys.
"""

from collections.abc import Iterable
from enum import StrEnum

from notifyrules.email_addresses import InvalidEmailAddress, parse_email_address
from notifyrules.phone_numbers import InvalidPhoneNumber, parse_phone_number

_SIMULATED_PHONE_NUMBERS = frozenset({"447700900000", "447700900111", "447700900222"})
_SIMULATED_EMAIL_ADDRESSES = frozenset(
    f"simulate-delivered{number}@notifications.service.gov.uk" for number in ("", "-2", "-3")
)

# Kept for television by Ofcom; narrower than what `phone_numbers` lets through as drama numbers.
TV_NUMBERS_BEGIN = "447700900"


class PretendOutcome(StrEnum):
    """How a message of a test key ends, though no provider ever sees it."""

    DELIVERED = "delivered"
    TEMPORARY_FAILURE = "temporary_failure"
    PERMANENT_FAILURE = "permanent_failure"


_OUTCOME_OF_LAST_DIGITS = {
    "7700900002": PretendOutcome.PERMANENT_FAILURE,
    "7700900003": PretendOutcome.TEMPORARY_FAILURE,
}
_OUTCOME_OF_EMAIL_ADDRESS = {
    "perm-fail@simulator.notify": PretendOutcome.PERMANENT_FAILURE,
    "temp-fail@simulator.notify": PretendOutcome.TEMPORARY_FAILURE,
}


def format_recipient(recipient: str) -> str:
    """Return the normalised phone number or else email address that `recipient` is, or else `recipient`
    itself."""
    try:
        return parse_phone_number(recipient).normalised
    except InvalidPhoneNumber:
        pass
    try:
        return parse_email_address(recipient).normalised
    except InvalidEmailAddress:
        return recipient


def is_on_guest_list(recipient: str, guest_list: Iterable[str]) -> bool:
    """Return whether `recipient` is one of `guest_list`, however either of them is written."""
    formatted = format_recipient(recipient)
    return any(format_recipient(guest) == formatted for guest in guest_list)


def is_simulated_phone_number(normalised: str) -> bool:
    """Return whether a text to this number is checked and then dropped, with any kind of key."""
    return normalised in _SIMULATED_PHONE_NUMBERS


def is_simulated_email_address(normalised: str) -> bool:
    """Return whether an email to this address is checked and then dropped, with any kind of key."""
    return normalised in _SIMULATED_EMAIL_ADDRESSES


def pretend_outcome_for_phone_number(normalised: str) -> PretendOutcome:
    """Return how a text of a test key to this number ends."""
    return _OUTCOME_OF_LAST_DIGITS.get(normalised[-10:], PretendOutcome.DELIVERED)


def pretend_outcome_for_email_address(normalised: str) -> PretendOutcome:
    """Return how an email of a test key to this address ends."""
    return _OUTCOME_OF_EMAIL_ADDRESS.get(normalised, PretendOutcome.DELIVERED)


def is_tv_number(normalised: str) -> bool:
    """Return whether this is a UK mobile number kept for drama: many texts to such numbers are a mistake.

    Source: https://www.ofcom.org.uk/phones-and-broadband/phone-numbers/numbers-for-drama/
    """
    return normalised.startswith(TV_NUMBERS_BEGIN)

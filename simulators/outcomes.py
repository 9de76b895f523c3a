"""The magic numbers and addresses: which recipient makes a provider do what.

One table for all providers. What an outcome looks like on the wire of each provider is in that provider's
module; how a whole provider is made to fail is in `control.py`. README.md shows the same table, and a test
holds them together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """How a provider refuses or loses a request, whether by mode or by recipient."""

    ERROR = "error"  # answers 500
    TIMEOUT = "timeout"  # never answers; the message is not accepted
    THROTTLE = "throttle"  # answers 429, or what the provider says instead
    GARBAGE = "garbage"  # answers 200 with something that is not JSON
    REFUSE = "refuse"  # answers that the request is wrong, which no retry can mend
    DROP = "drop"  # closes the connection without an answer; the message is not accepted


class Report(StrEnum):
    """What a receipt says. Each provider has its own codes for these, and none for some of them."""

    DELIVERED = "delivered"
    PERMANENT = "permanent failure"
    TEMPORARY = "temporary failure"
    PENDING = "pending"  # Firetext alone
    FAILED_WITHOUT_CODE = "failed, no code"  # Firetext alone: permanent, or temporary when it was pending
    COMPLAINT = "complaint"  # SES alone
    UNKNOWN = "unknown status"  # a status that is in nobody's table
    FORGED = "forged"  # a receipt that was not signed by the provider; for texts an ordinary one


class Outcome(StrEnum):
    """What happens to one message. The value is the local part of the address that asks for it."""

    DELIVERED = "delivered"
    PERMANENT_FAILURE = "perm-fail"
    TEMPORARY_FAILURE = "temp-fail"
    LATE_RECEIPT = "late"
    DUPLICATE_RECEIPT = "duplicate"
    OUT_OF_ORDER = "out-of-order"
    PENDING_THEN_DELIVERED = "pending"
    PENDING_THEN_FAILED = "pending-fail"
    NO_RECEIPT = "no-receipt"
    UNKNOWN_STATUS = "unknown-status"
    EARLY_RECEIPT = "early"
    LOST_ANSWER = "lost-answer"
    SLOW_ANSWER = "slow"
    FAILS_ONCE = "fails-once"
    COMPLAINT = "complaint"
    FORGED_RECEIPT = "forged"
    ERROR = "error"
    TIMEOUT = "timeout"
    THROTTLED = "throttle"
    GARBAGE = "garbage"
    REFUSED = "invalid"
    DROPPED = "drop"


NUMBERS: Mapping[str, Outcome] = {
    "002": Outcome.PERMANENT_FAILURE,
    "003": Outcome.TEMPORARY_FAILURE,
    "010": Outcome.LATE_RECEIPT,
    "011": Outcome.DUPLICATE_RECEIPT,
    "012": Outcome.OUT_OF_ORDER,
    "013": Outcome.PENDING_THEN_DELIVERED,
    "014": Outcome.PENDING_THEN_FAILED,
    "015": Outcome.NO_RECEIPT,
    "016": Outcome.UNKNOWN_STATUS,
    "017": Outcome.EARLY_RECEIPT,
    "018": Outcome.LOST_ANSWER,
    "019": Outcome.SLOW_ANSWER,
    "020": Outcome.ERROR,
    "021": Outcome.TIMEOUT,
    "022": Outcome.THROTTLED,
    "023": Outcome.GARBAGE,
    "024": Outcome.REFUSED,
    "025": Outcome.DROPPED,
    "026": Outcome.FAILS_ONCE,
}
"""Last three digits of 07700 900 0xx, in the range that Ofcom keeps for drama. 000, 111 and 222 are left
out: the public contract has its own use for them, as it has for 002 and 003 with test keys, which never
reach a provider."""

ADDRESS_DOMAIN = "simulator.notify"

SES_DOMAIN = "simulator.amazonses.com"
SES_ADDRESSES: Mapping[str, Outcome] = {
    "success": Outcome.DELIVERED,
    "ooto": Outcome.DELIVERED,
    "bounce": Outcome.PERMANENT_FAILURE,
    "suppressionlist": Outcome.PERMANENT_FAILURE,
    "complaint": Outcome.COMPLAINT,
}
"""SES's own mailbox simulator (https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html)."""

FAULTS: Mapping[Outcome, Fault] = {
    Outcome.ERROR: Fault.ERROR,
    Outcome.TIMEOUT: Fault.TIMEOUT,
    Outcome.THROTTLED: Fault.THROTTLE,
    Outcome.GARBAGE: Fault.GARBAGE,
    Outcome.REFUSED: Fault.REFUSE,
    Outcome.DROPPED: Fault.DROP,
}
"""The outcomes where the provider does not accept the message at all."""

DESCRIPTIONS: Mapping[Outcome, str] = {
    Outcome.DELIVERED: "accepted, and delivered",
    Outcome.PERMANENT_FAILURE: "a receipt of permanent failure (email: permanent bounce; letter: rejected)",
    Outcome.TEMPORARY_FAILURE: "a receipt of temporary failure (email: transient bounce)",
    Outcome.LATE_RECEIPT: "delivered, but the receipt comes some seconds late",
    Outcome.DUPLICATE_RECEIPT: "the delivered receipt comes twice",
    Outcome.OUT_OF_ORDER: "delivered first, then a pending and a failed receipt, which must change nothing",
    Outcome.PENDING_THEN_DELIVERED: "Firetext: pending, then delivered; others: delivered",
    Outcome.PENDING_THEN_FAILED: "Firetext: pending, then failed without a code; others: temporary failure",
    Outcome.NO_RECEIPT: "accepted, and never heard of again",
    Outcome.UNKNOWN_STATUS: "a receipt with a status that nobody knows",
    Outcome.EARLY_RECEIPT: "the receipt comes before the answer to the request",
    Outcome.LOST_ANSWER: "accepted, but the answer is lost: a retry makes a duplicate",
    Outcome.SLOW_ANSWER: "accepted after some seconds",
    Outcome.FAILS_ONCE: "answers 500 to the first request with this reference, accepts the second",
    Outcome.COMPLAINT: "email: delivered, then a complaint; others: delivered",
    Outcome.FORGED_RECEIPT: "email: a notification with a wrong signature, which must change nothing",
    Outcome.ERROR: "answers 500",
    Outcome.TIMEOUT: "never answers",
    Outcome.THROTTLED: "answers 429 (SES: TooManyRequestsException)",
    Outcome.GARBAGE: "answers 200 with something that is not JSON",
    Outcome.REFUSED: "says that the request is wrong (SES: InvalidParameterValue; Firetext: code 6)",
    Outcome.DROPPED: "closes the connection without an answer, and keeps nothing",
}


@dataclass(frozen=True, slots=True)
class PlannedReceipt:
    """One receipt to send: what it says, how many steps after the first, and whether it is very late."""

    report: Report
    step: int = 0
    is_late: bool = False


_DELIVERED = (PlannedReceipt(Report.DELIVERED),)

RECEIPTS: Mapping[Outcome, tuple[PlannedReceipt, ...]] = {
    Outcome.PERMANENT_FAILURE: (PlannedReceipt(Report.PERMANENT),),
    Outcome.TEMPORARY_FAILURE: (PlannedReceipt(Report.TEMPORARY),),
    Outcome.LATE_RECEIPT: (PlannedReceipt(Report.DELIVERED, is_late=True),),
    Outcome.DUPLICATE_RECEIPT: (PlannedReceipt(Report.DELIVERED), PlannedReceipt(Report.DELIVERED, 1)),
    Outcome.OUT_OF_ORDER: (
        PlannedReceipt(Report.DELIVERED),
        PlannedReceipt(Report.PENDING, 1),
        PlannedReceipt(Report.TEMPORARY, 2),
    ),
    Outcome.PENDING_THEN_DELIVERED: (PlannedReceipt(Report.PENDING), PlannedReceipt(Report.DELIVERED, 1)),
    Outcome.PENDING_THEN_FAILED: (
        PlannedReceipt(Report.PENDING),
        PlannedReceipt(Report.FAILED_WITHOUT_CODE, 1),
    ),
    Outcome.NO_RECEIPT: (),
    Outcome.UNKNOWN_STATUS: (PlannedReceipt(Report.UNKNOWN),),
    Outcome.COMPLAINT: (PlannedReceipt(Report.DELIVERED), PlannedReceipt(Report.COMPLAINT, 1)),
    Outcome.FORGED_RECEIPT: (PlannedReceipt(Report.FORGED),),
}
"""What follows an accepted message; one delivered receipt where an outcome is not listed."""


_BY_NUMBER = {f"447700900{digits}": outcome for digits, outcome in NUMBERS.items()}
_BY_NAME = {outcome.value: outcome for outcome in Outcome}


def planned_receipts(outcome: Outcome) -> tuple[PlannedReceipt, ...]:
    """Return the receipts that follow an accepted message, in the order they are sent."""
    return RECEIPTS.get(outcome, _DELIVERED)


def outcome_for_number(msisdn: str) -> Outcome:
    """Return what happens to a text to this number, given in international form without `+`."""
    return _BY_NUMBER.get(msisdn, Outcome.DELIVERED)


def outcome_for_address(address: str) -> Outcome:
    """Return what happens to an email to this address. `name+label@` is `name@`, so that addresses can be
    unique."""
    local_part, _, domain = address.lower().rpartition("@")
    name = local_part.partition("+")[0]
    if domain == ADDRESS_DOMAIN:
        return outcome_by_name(name)
    if domain == SES_DOMAIN:
        return SES_ADDRESSES.get(name, Outcome.DELIVERED)
    return Outcome.DELIVERED


def outcome_by_name(name: str) -> Outcome:
    """Return the outcome of this name (`perm-fail`, …), delivered where there is none."""
    return _BY_NAME.get(name, Outcome.DELIVERED)

"""Statuses of notifications: the state machine, what the public API shows of it, and what is billed.

One table, `MAY_COME_FROM`, says which change is allowed; SQL repeats it as a guard (`WHERE status = ANY(…)`),
and the row count is the answer. What causes a change (receipts, retries, the print run) lives in the
services.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class NotificationType(StrEnum):
    """What kind of message it is."""

    SMS = "sms"
    EMAIL = "email"
    LETTER = "letter"


class KeyType(StrEnum):
    """What kind of API key made a notification: who it may go to, whether it is really sent and billed."""

    NORMAL = "normal"
    TEAM = "team"
    TEST = "test"


class NotificationStatus(StrEnum):
    """The status that is stored. The public API shows letters under other names: see `public_status`."""

    CREATED = "created"  # stored, not yet with a provider
    SENDING = "sending"  # the provider has it
    PENDING = "pending"  # text: the provider said that it failed, and will say later whether for good
    SENT = "sent"  # text: handed over abroad, where a receipt may never come
    DELIVERED = "delivered"  # for a letter: despatched by the printer
    TEMPORARY_FAILURE = "temporary-failure"
    PERMANENT_FAILURE = "permanent-failure"
    TECHNICAL_FAILURE = "technical-failure"  # our fault, not the recipient's: free of charge
    PENDING_VIRUS_CHECK = "pending-virus-check"  # letter made from an uploaded PDF
    VIRUS_SCAN_FAILED = "virus-scan-failed"  # letter: the scan found something
    VALIDATION_FAILED = (
        "validation-failed"  # letter: the PDF breaks the rules; text: bad number in a spreadsheet
    )
    CANCELLED = "cancelled"  # letter, by a user before the print run
    RETURNED_LETTER = "returned-letter"
    FAILED = "failed"  # no longer given to anything; may be found on old rows


_S = NotificationStatus

# A receipt can overtake the report that the provider took the message, so `created` may go straight to the
# end.
_AWAITING_RECEIPT = frozenset({_S.CREATED, _S.SENDING, _S.PENDING, _S.SENT})

_TEXT_OR_EMAIL = {
    _S.SENDING: frozenset({_S.CREATED}),
    _S.DELIVERED: _AWAITING_RECEIPT,
    _S.TEMPORARY_FAILURE: _AWAITING_RECEIPT,
    _S.PERMANENT_FAILURE: _AWAITING_RECEIPT,
    _S.TECHNICAL_FAILURE: _AWAITING_RECEIPT,
}

_LETTER = {
    _S.CREATED: frozenset({_S.PENDING_VIRUS_CHECK}),
    _S.SENDING: frozenset({_S.CREATED}),
    # A letter of a test key is delivered without a printer, as soon as its PDF has been checked.
    _S.DELIVERED: frozenset({_S.CREATED, _S.PENDING_VIRUS_CHECK, _S.SENDING}),
    _S.TECHNICAL_FAILURE: frozenset({_S.CREATED, _S.PENDING_VIRUS_CHECK, _S.SENDING}),
    _S.VALIDATION_FAILED: frozenset({_S.CREATED, _S.PENDING_VIRUS_CHECK}),
    _S.VIRUS_SCAN_FAILED: frozenset({_S.PENDING_VIRUS_CHECK}),
    _S.CANCELLED: frozenset({_S.CREATED, _S.PENDING_VIRUS_CHECK}),
    # The printer's list of returned letters comes weeks later and counts whatever we believed.
    _S.RETURNED_LETTER: frozenset(_S) - {_S.RETURNED_LETTER},
}

MAY_COME_FROM: Mapping[NotificationType, Mapping[NotificationStatus, frozenset[NotificationStatus]]] = (
    MappingProxyType(
        {
            NotificationType.SMS: MappingProxyType(
                _TEXT_OR_EMAIL
                | {_S.SENT: frozenset({_S.CREATED}), _S.PENDING: frozenset({_S.CREATED, _S.SENDING})}
            ),
            NotificationType.EMAIL: MappingProxyType(_TEXT_OR_EMAIL),
            NotificationType.LETTER: MappingProxyType(_LETTER),
        }
    )
)
"""For each type and new status, the statuses that a notification may have before. A status that is missing
can only be the first one."""

MAY_BEGIN_AS: Mapping[NotificationType, frozenset[NotificationStatus]] = MappingProxyType(
    {
        # A spreadsheet row with a bad number is kept, so that the row can be seen to have failed.
        NotificationType.SMS: frozenset({_S.CREATED, _S.VALIDATION_FAILED}),
        NotificationType.EMAIL: frozenset({_S.CREATED}),
        # Letters of test keys begin where the pretend printer would take them.
        NotificationType.LETTER: frozenset({_S.CREATED, _S.PENDING_VIRUS_CHECK, _S.SENDING, _S.DELIVERED}),
    }
)
"""The statuses with which a notification may be stored."""

FINAL = frozenset(
    {
        _S.SENT,
        _S.DELIVERED,
        _S.FAILED,
        _S.TECHNICAL_FAILURE,
        _S.TEMPORARY_FAILURE,
        _S.PERMANENT_FAILURE,
        _S.RETURNED_LETTER,
        _S.CANCELLED,
        _S.VALIDATION_FAILED,
    }
)
"""Statuses in which the public API shows `completed_at`, by the public contract. `sent` is one although a
receipt may still come, and `virus-scan-failed` is not one although nothing follows it."""

BILLABLE: Mapping[NotificationType, frozenset[NotificationStatus]] = MappingProxyType(
    {
        NotificationType.SMS: frozenset(
            {_S.SENDING, _S.SENT, _S.DELIVERED, _S.PENDING, _S.TEMPORARY_FAILURE, _S.PERMANENT_FAILURE}
        ),
        NotificationType.EMAIL: frozenset(
            {_S.SENDING, _S.DELIVERED, _S.TEMPORARY_FAILURE, _S.PERMANENT_FAILURE}
        ),
        NotificationType.LETTER: frozenset({_S.SENDING, _S.DELIVERED, _S.RETURNED_LETTER}),
    }
)
"""Statuses in which a notification counts towards usage: what a provider took is paid for."""

BILLABLE_KEY_TYPES = frozenset({KeyType.NORMAL, KeyType.TEAM})


def is_billable(notification_type: NotificationType, status: NotificationStatus, key_type: KeyType) -> bool:
    """Return whether a notification counts towards usage."""
    return key_type in BILLABLE_KEY_TYPES and status in BILLABLE[notification_type]


_LETTER_SHOWN_AS = {
    _S.CREATED: "accepted",
    _S.SENDING: "accepted",
    _S.DELIVERED: "received",
    _S.RETURNED_LETTER: "received",
}

_FILTER_STANDS_FOR = {
    "failed": frozenset(
        {
            _S.TECHNICAL_FAILURE,
            _S.TEMPORARY_FAILURE,
            _S.PERMANENT_FAILURE,
            _S.VALIDATION_FAILED,
            _S.VIRUS_SCAN_FAILED,
            _S.RETURNED_LETTER,
        }
    ),
    "accepted": frozenset({_S.CREATED, _S.SENDING}),
    "received": frozenset({_S.DELIVERED}),
}

FILTER_VALUES = (
    "cancelled",
    "created",
    "sending",
    "sent",
    "delivered",
    "pending",
    "failed",
    "technical-failure",
    "temporary-failure",
    "permanent-failure",
    "pending-virus-check",
    "validation-failed",
    "virus-scan-failed",
    "returned-letter",
    "accepted",
    "received",
)
"""Values of the `status` filter of the public API, in the order in which its error message lists them."""


def may_come_from(
    status: NotificationStatus, notification_type: NotificationType
) -> frozenset[NotificationStatus]:
    """Return the statuses from which a notification of this type may change to `status`, if any."""
    return MAY_COME_FROM[notification_type].get(status, frozenset())


def may_change(
    from_status: NotificationStatus, to_status: NotificationStatus, notification_type: NotificationType
) -> bool:
    """Return whether a notification of this type may change from one status to the other."""
    return from_status in may_come_from(to_status, notification_type)


def is_final(status: NotificationStatus) -> bool:
    """Return whether the public API shows this status as completed."""
    return status in FINAL


def public_status(notification_type: NotificationType, status: NotificationStatus) -> str:
    """Return the status as the public API shows it: letters have two names of their own."""
    if notification_type is NotificationType.LETTER:
        return _LETTER_SHOWN_AS.get(status, status.value)
    return status.value


def stored_statuses_for_filter(value: str) -> frozenset[NotificationStatus]:
    """Return the stored statuses that a `status` filter of the public API finds, among all types.

    Raises ValueError when `value` is not one of `FILTER_VALUES`.
    """
    stands_for = _FILTER_STANDS_FOR.get(value)
    return frozenset({NotificationStatus(value)}) if stands_for is None else stands_for

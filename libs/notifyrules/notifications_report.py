"""The report of a service's messages: its columns, and the words in which it tells statuses.

They are what teams that send know from GOV.UK Notify's own downloads, so that their spreadsheets go on working.
Called by the notifications service, which writes the rows.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from notifyrules.statuses import NotificationStatus, NotificationType

COLUMNS: Final = (
    "Recipient",
    "Reference",
    "Template",
    "Type",
    "Sent by",
    "Sent by email",
    "Job",
    "Status",
    "Time",
    "API key name",
)
"""In this order. Time is London's, `YYYY-MM-DD HH:MM:SS`."""

_S = NotificationStatus

_TEXT_OR_EMAIL: Final = {
    _S.FAILED: "Failed",
    _S.TECHNICAL_FAILURE: "Technical failure",
    _S.DELIVERED: "Delivered",
    _S.CREATED: "Sending",
    _S.SENDING: "Sending",
    _S.PENDING: "Sending",
}

STATUS_WORDS: Final[Mapping[NotificationType, Mapping[NotificationStatus, str]]] = MappingProxyType(
    {
        NotificationType.SMS: MappingProxyType(
            _TEXT_OR_EMAIL
            | {
                _S.TEMPORARY_FAILURE: "Phone not accepting messages right now",
                _S.PERMANENT_FAILURE: "Phone number doesn’t exist",
                _S.SENT: "Sent internationally",
            }
        ),
        NotificationType.EMAIL: MappingProxyType(
            _TEXT_OR_EMAIL
            | {
                _S.TEMPORARY_FAILURE: "Inbox not accepting messages right now",
                _S.PERMANENT_FAILURE: "Email address doesn’t exist",
                _S.SENT: "Delivered",
            }
        ),
        NotificationType.LETTER: MappingProxyType(
            {
                _S.TECHNICAL_FAILURE: "Technical failure",
                _S.PERMANENT_FAILURE: "Permanent failure",
                _S.CREATED: "Accepted",
                _S.SENDING: "Accepted",
                _S.DELIVERED: "Received",
            }
        ),
    }
)
"""A status without a word is told as it is."""


def status_word(notification_type: NotificationType, status: NotificationStatus) -> str:
    """Return how the report tells a status."""
    return STATUS_WORDS[notification_type].get(status, status.value)

"""The words of the report of messages."""

import pytest

from notifyrules.notifications_report import COLUMNS, status_word
from notifyrules.statuses import NotificationStatus, NotificationType


@pytest.mark.parametrize(
    ("type", "status", "word"),
    [
        ("sms", "created", "Sending"),
        ("sms", "pending", "Sending"),
        ("sms", "sent", "Sent internationally"),
        ("sms", "delivered", "Delivered"),
        ("sms", "permanent-failure", "Phone number doesn’t exist"),
        ("email", "temporary-failure", "Inbox not accepting messages right now"),
        ("email", "permanent-failure", "Email address doesn’t exist"),
        ("email", "technical-failure", "Technical failure"),
        ("letter", "sending", "Accepted"),
        ("letter", "delivered", "Received"),
        ("letter", "returned-letter", "returned-letter"),
        ("letter", "cancelled", "cancelled"),
    ],
)
def test_statuses_are_told_in_words_by_channel(type: str, status: str, word: str) -> None:
    assert status_word(NotificationType(type), NotificationStatus(status)) == word


def test_columns_are_in_the_order_that_teams_know() -> None:
    assert ", ".join(COLUMNS) == (
        "Recipient, Reference, Template, Type, Sent by, Sent by email, Job, Status, Time, API key name"
    )

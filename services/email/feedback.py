"""What SES told about an email, as values.

Read in `ses_notifications.py`, kept in `store.py`, applied in `matching.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from notifyrules.statuses import NotificationStatus


class FeedbackKind(StrEnum):
    """What happened to an email."""

    DELIVERY = "delivery"
    PERMANENT_BOUNCE = "permanent_bounce"
    TEMPORARY_BOUNCE = "temporary_bounce"
    COMPLAINT = "complaint"


STATUS_OF: Final = {
    FeedbackKind.DELIVERY: NotificationStatus.DELIVERED,
    FeedbackKind.PERMANENT_BOUNCE: NotificationStatus.PERMANENT_FAILURE,
    FeedbackKind.TEMPORARY_BOUNCE: NotificationStatus.TEMPORARY_FAILURE,
}
"""The status that each kind means; a complaint changes none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One notification of SES, less everything that could tell who the email went to."""

    message_id: str
    """SES's name of the email."""
    kind: FeedbackKind
    detail_code: str
    """Closed words such as `Permanent/General` or `abuse`; "" where SES gave none."""
    feedback_id: str
    """SES's name of the bounce or complaint; "" for a delivery."""
    mailed_at: datetime
    """When SES took the email."""
    happened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFeedback:
    """What SES told, and when we got it."""

    feedback: Feedback
    received_at: datetime

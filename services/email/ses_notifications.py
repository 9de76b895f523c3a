"""What SES tells about an email: reading its notifications and what they mean.

The format is https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html. Only what is used is read,
so that addresses and headers never become values here. How a notification comes and is trusted is in
`sns.py`; what is done about it in `receipts.py`, which calls this.
"""

import re
from datetime import datetime
from typing import Annotated, Final

import msgspec

from services.email.feedback import Feedback, FeedbackKind

_CODE: Final = re.compile(r"[A-Za-z-]{1,40}")
_ID: Final = re.compile(r"[!-~]{1,200}")


class UnreadableNotification(ValueError):  # noqa: N818 -- says what is wrong
    """Not a notification of SES, or not of a kind that is known. `kind` is a word that may be logged."""

    def __init__(self, kind: str) -> None:
        super().__init__("Not a notification of a known kind")
        self.kind = kind


_Time = Annotated[datetime, msgspec.Meta(tz=True)]


class _Mail(msgspec.Struct, rename="camel"):
    message_id: Annotated[str, msgspec.Meta(pattern="^[!-~]{1,200}$")]
    timestamp: _Time


class _Delivery(msgspec.Struct):
    timestamp: _Time | None = None


class _Bounce(msgspec.Struct, rename="camel"):
    bounce_type: str
    bounce_sub_type: str = ""
    feedback_id: str = ""
    timestamp: _Time | None = None


class _Complaint(msgspec.Struct, rename="camel"):
    feedback_id: str = ""
    complaint_feedback_type: str | None = None
    timestamp: _Time | None = None


class _Notification(msgspec.Struct, rename="camel"):
    notification_type: str
    mail: _Mail
    delivery: _Delivery | None = None
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None


_decode = msgspec.json.Decoder(_Notification).decode


def read_notification(message: str) -> Feedback:
    """Read the `Message` of an SNS message. Raises UnreadableNotification."""
    try:
        notification = _decode(message)
    except (msgspec.DecodeError, RecursionError) as err:
        raise UnreadableNotification("unreadable") from err
    mail = notification.mail
    kind, detail_code, feedback_id, happened_at = _feedback_in(notification)
    return Feedback(
        message_id=mail.message_id,
        kind=kind,
        detail_code=detail_code,
        feedback_id=feedback_id if _ID.fullmatch(feedback_id) else "",
        mailed_at=mail.timestamp,
        happened_at=happened_at or mail.timestamp,
    )


def _feedback_in(notification: _Notification) -> tuple[FeedbackKind, str, str, datetime | None]:
    """Kind, detail code, feedback id and time."""
    match notification:
        case _Notification(notification_type="Delivery"):
            delivery = notification.delivery or _Delivery()
            return FeedbackKind.DELIVERY, "", "", delivery.timestamp
        case _Notification(notification_type="Bounce", bounce=_Bounce() as bounce):
            permanent = bounce.bounce_type == "Permanent"
            kind = FeedbackKind.PERMANENT_BOUNCE if permanent else FeedbackKind.TEMPORARY_BOUNCE
            detail_code = f"{_code(bounce.bounce_type)}/{_code(bounce.bounce_sub_type)}"
            return kind, detail_code, bounce.feedback_id, bounce.timestamp
        case _Notification(notification_type="Complaint", complaint=_Complaint() as complaint):
            detail_code = _code(complaint.complaint_feedback_type or "")
            return FeedbackKind.COMPLAINT, detail_code, complaint.feedback_id, complaint.timestamp
        case _:
            raise UnreadableNotification(_code(notification.notification_type) or "unknown")


def _code(text: str) -> str:
    """A word of SES's lists as it is, "" for anything else."""
    return text if _CODE.fullmatch(text) else ""

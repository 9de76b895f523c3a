"""What SES's notifications mean."""

import json
from datetime import timedelta

import pytest

from notifyrules.statuses import NotificationStatus
from services.email.feedback import STATUS_OF, FeedbackKind
from services.email.ses_notifications import UnreadableNotification, read_notification
from tests.unit.email.builders import ADDRESS, MESSAGE_ID, NOW, ses_notification


@pytest.mark.parametrize(
    ("message", "kind", "detail_code", "feedback_id"),
    [
        (ses_notification("Delivery"), FeedbackKind.DELIVERY, "", ""),
        (ses_notification("Bounce"), FeedbackKind.PERMANENT_BOUNCE, "Permanent/General", "bounce-1"),
        (
            ses_notification("Bounce", bounceType="Transient", bounceSubType="MailboxFull"),
            FeedbackKind.TEMPORARY_BOUNCE,
            "Transient/MailboxFull",
            "bounce-1",
        ),
        (
            ses_notification("Bounce", bounceType="Undetermined", bounceSubType="Undetermined"),
            FeedbackKind.TEMPORARY_BOUNCE,
            "Undetermined/Undetermined",
            "bounce-1",
        ),
        (ses_notification("Complaint"), FeedbackKind.COMPLAINT, "abuse", "complaint-1"),
        (
            ses_notification("Complaint", complaintFeedbackType=None),
            FeedbackKind.COMPLAINT,
            "",
            "complaint-1",
        ),
        (
            ses_notification("Complaint", complaintFeedbackType="not-spam"),
            FeedbackKind.COMPLAINT,
            "not-spam",
            "complaint-1",
        ),
    ],
)
def test_each_kind_is_read(message: str, kind: FeedbackKind, detail_code: str, feedback_id: str) -> None:
    feedback = read_notification(message)
    assert (feedback.kind, feedback.detail_code, feedback.feedback_id) == (kind, detail_code, feedback_id)
    assert feedback.message_id == MESSAGE_ID
    assert feedback.mailed_at == NOW
    assert feedback.happened_at == NOW + timedelta(seconds=2)


def test_statuses_are_those_of_the_contract() -> None:
    assert {kind.value: status.value for kind, status in STATUS_OF.items()} == {
        "delivery": "delivered",
        "permanent_bounce": "permanent-failure",
        "temporary_bounce": "temporary-failure",
    }
    assert NotificationStatus.TECHNICAL_FAILURE not in STATUS_OF.values()


def test_no_address_is_left_in_what_was_read() -> None:
    for kind in ("Delivery", "Bounce", "Complaint"):
        assert ADDRESS not in repr(read_notification(ses_notification(kind)))


def test_free_text_never_becomes_a_code() -> None:
    told = ses_notification("Bounce", bounceType=ADDRESS, bounceSubType="a b", feedbackId="x\x00y")
    feedback = read_notification(told)
    assert (feedback.detail_code, feedback.feedback_id) == ("/", "")


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Successfully validated SNS topic for Amazon SES event publishing.", "unreadable"),
        ("", "unreadable"),
        ("[]", "unreadable"),
        ("{}", "unreadable"),
        (ses_notification("DeliveryDelay"), "DeliveryDelay"),
        (ses_notification(f"Odd {ADDRESS}"), "unknown"),
        (json.dumps(json.loads(ses_notification("Bounce")) | {"bounce": None}), "Bounce"),
        (ses_notification(message_id=""), "unreadable"),
        (ses_notification(message_id="a\x00b"), "unreadable"),
    ],
)
def test_what_is_not_a_known_notification_is_told_by_its_kind(message: str, kind: str) -> None:
    with pytest.raises(UnreadableNotification) as unreadable:
        read_notification(message)
    assert unreadable.value.kind == kind

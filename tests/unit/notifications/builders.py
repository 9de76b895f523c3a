"""Values with defaults, for tests of the notifications service."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from pydantic import SecretStr

from notifyrules.daily_limits import LIVE_LIMITS
from notifyrules.statuses import KeyType, NotificationType
from servicekit.ids import bucket_of, new_id
from services.notifications.contents import MessageSettings
from services.notifications.new_notifications import NewNotification
from services.notifications.secret_box import SecretBox
from services.notifications.sending_services import SendingService, TemplateVersion

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SERVICE_ID = UUID("01890000-0000-7000-8000-000000000001")
SENDER_ID = UUID("01890000-0000-7000-8000-000000000002")
REPLY_TO_ID = UUID("01890000-0000-7000-8000-000000000003")
SETTINGS = MessageSettings(
    email_domain="notify.example",
    api_host="https://api.example",
    admin_host="https://admin.example",
    download_host="https://files.example",
    secrets=SecretBox(SecretStr("a key for tests that is long enough")),
)


def a_service(
    *,
    restricted: bool = False,
    permissions: Iterable[str] = ("email", "sms", "letter"),
    prefix_sms: bool = False,
    allowed_recipients: Iterable[str] = (),
    active: bool = True,
    contact_link: str | None = "https://example.gov.uk/ask",
) -> SendingService:
    """A live service."""
    return SendingService(
        id=SERVICE_ID,
        name="Parking Permits",
        active=active,
        restricted=restricted,
        daily_limits=LIVE_LIMITS,
        permissions=frozenset(permissions),
        prefix_sms=prefix_sms,
        email_sender_name=None,
        contact_link=contact_link,
        branding=None,
        sms_senders={SENDER_ID: "07700900555"},
        default_sms_sender="PARKING",
        reply_tos={REPLY_TO_ID: "desk@example.com"},
        default_reply_to=None,
        allowed_recipients=frozenset(allowed_recipients),
    )


def a_template(
    body: str = "Hello ((name))",
    type: NotificationType = NotificationType.SMS,
    *,
    subject: str | None = None,
    is_priority: bool = False,
    has_unsubscribe_link: bool = False,
) -> TemplateVersion:
    """A text template."""
    return TemplateVersion(
        id=UUID("01890000-0000-7000-8000-00000000000a"),
        service_id=SERVICE_ID,
        type=type,
        name="A template",
        version=3,
        body=body,
        subject=subject if type is NotificationType.SMS else subject or "About ((name))",
        postage=None,
        letter_contact_block=None,
        is_priority=is_priority,
        has_unsubscribe_link=has_unsubscribe_link,
        archived=False,
        created_at=NOW,
        updated_at=None,
        created_by=None,
    )


def an_item(
    *,
    type: NotificationType = NotificationType.SMS,
    recipient: str = "07700 900123",
    personalisation: str = '{"name": "Ada"}',
    key_type: KeyType = KeyType.NORMAL,
    sms_sender_id: UUID | None = None,
    email_reply_to_id: UUID | None = None,
    one_click_unsubscribe_url: str | None = None,
    sanitise_content_for: tuple[str, ...] = (),
) -> NewNotification:
    """A text to make."""
    return NewNotification(
        id=new_id(bucket=bucket_of(SERVICE_ID)),
        service_id=SERVICE_ID,
        api_key_id=None,
        key_type=key_type,
        type=type,
        template_id=UUID("01890000-0000-7000-8000-00000000000a"),
        recipient=recipient,
        personalisation=personalisation,
        reference=None,
        sms_sender_id=sms_sender_id,
        email_reply_to_id=email_reply_to_id,
        one_click_unsubscribe_url=one_click_unsubscribe_url,
        sanitise_content_for=sanitise_content_for,
    )

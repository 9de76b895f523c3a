"""Things that tests of the email service are made of, with defaults: deliveries, SES's notifications, signed
SNS messages."""

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from deliverykit.types import Delivery, EmailContent, Lease
from notifyrules.statuses import KeyType
from services.email.clients.provider import OutgoingEmail

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_000, tzinfo=UTC)
TOPIC = "arn:aws:sns:eu-west-1:123456789012:ses-callbacks"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
SUBSCRIBE_URL = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t"
NOTIFICATION_ID = UUID("01958f00-0000-7000-8000-000000000001")
MESSAGE_ID = "010201958f000000-11111111-2222-3333-4444-555555555555-000000"
ADDRESS = "anna.private@example.com"

_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
    "UnsubscribeConfirmation": (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}


def iso(at: datetime) -> str:
    """As AWS writes times."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def some_content(**changes: object) -> EmailContent:
    """An email to be rendered."""
    values: dict[str, object] = {
        "email_address": ADDRESS,
        "from_name": "Passport Office",
        "from_address": "passport.office@notify.example",
        "reply_to_address": None,
        "subject_template": "Your ((thing))",
        "body_template": "Dear ((name)), your ((thing)) is ready.",
        "personalisation_json": '{"name": "Anna", "thing": "passport"}',
        "one_click_unsubscribe_url": None,
        "show_unsubscribe_link": False,
        "branding": None,
    }
    return EmailContent(**(values | changes))  # type: ignore[arg-type]  # values of a table


def a_delivery(
    *,
    notification_id: UUID = NOTIFICATION_ID,
    key_type: KeyType = KeyType.NORMAL,
    expires_at: datetime = NOW + timedelta(seconds=60),
    **content: object,
) -> Delivery:
    """A leased delivery; other names change its content."""
    return Delivery(
        notification_id=notification_id,
        attempt=1,
        service_id=UUID("01958f00-0000-7000-8000-00000000000f"),
        key_type=key_type,
        lease=Lease(expires_at),
        possible_duplicate=False,
        created_at=NOW,
        failed_providers=(),
        content=some_content(**content),
    )


def an_email(**changes: object) -> OutgoingEmail:
    """A rendered email."""
    values: dict[str, object] = {
        "notification_id": NOTIFICATION_ID,
        "to_address": ADDRESS,
        "from_name": "Passport Office",
        "from_address": "passport.office@notify.example",
        "reply_to_address": None,
        "subject": "Your passport",
        "text": "It is ready.",
        "html": "<p>It is ready.</p>",
        "unsubscribe_url": None,
    }
    return OutgoingEmail(**(values | changes))  # type: ignore[arg-type]  # values of a table


def ses_notification(
    kind: str = "Delivery", *, message_id: str = MESSAGE_ID, mailed_at: datetime = NOW, **details: object
) -> str:
    """What SES tells, as JSON; `details` go into the object of the kind."""
    mail = {
        "timestamp": iso(mailed_at),
        "messageId": message_id,
        "source": "passport.office@notify.example",
        "destination": [ADDRESS],
        "headersTruncated": False,
        "headers": [{"name": "To", "value": ADDRESS}],
        "commonHeaders": {"to": [ADDRESS], "subject": "Your passport"},
    }
    at = iso(mailed_at + timedelta(seconds=2))
    objects: dict[str, dict[str, object]] = {
        "Delivery": {"timestamp": at, "recipients": [ADDRESS], "smtpResponse": f"250 ok {ADDRESS}"},
        "Bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": ADDRESS}],
            "timestamp": at,
            "feedbackId": "bounce-1",
            "remoteMtaIp": "192.0.2.1",
        },
        "Complaint": {
            "feedbackId": "complaint-1",
            "complaintFeedbackType": "abuse",
            "timestamp": at,
            "complainedRecipients": [{"emailAddress": ADDRESS}],
        },
    }
    return json.dumps({"notificationType": kind, "mail": mail, kind.lower(): objects.get(kind, {}) | details})


def make_certificate(
    key: rsa.RSAPrivateKey, *, begins_at: datetime | None = None, ends_at: datetime | None = None
) -> bytes:
    """A self-signed certificate, PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins_at or NOW - timedelta(days=3650))
        .not_valid_after(ends_at or NOW + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


class SnsTopic:
    """Signs messages as SNS does for one topic."""

    def __init__(
        self, *, arn: str = TOPIC, certificate_url: str = CERTIFICATE_URL, key_bits: int = 2048
    ) -> None:
        self.arn = arn
        self.certificate_url = certificate_url
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=key_bits)
        self.certificate = make_certificate(self.key)

    def notification(
        self, message: str, *, at: datetime = NOW, version: str = "1", **fields: str
    ) -> dict[str, str]:
        """A signed notification; `fields` are part of what is signed."""
        return self._signed("Notification", message, at, version, fields)

    def confirmation(self, url: str = SUBSCRIBE_URL, *, at: datetime = NOW, **fields: str) -> dict[str, str]:
        """A signed subscription confirmation."""
        return self._signed(
            "SubscriptionConfirmation", "Please", at, "2", {"SubscribeURL": url, "Token": "t", **fields}
        )

    def unsubscription(self, *, at: datetime = NOW) -> dict[str, str]:
        """A signed message that tells of the end of the subscription."""
        fields = {"SubscribeURL": SUBSCRIBE_URL, "Token": "t"}
        return self._signed("UnsubscribeConfirmation", "Gone", at, "2", fields)

    def _signed(
        self, kind: str, message: str, at: datetime, version: str, fields: dict[str, str]
    ) -> dict[str, str]:
        body = {
            "Type": kind,
            "MessageId": "5f0c1e7a-0000-4000-8000-000000000000",
            "TopicArn": self.arn,
            "Message": message,
            "Timestamp": iso(at),
            **fields,
        }
        text = "".join(f"{name}\n{body[name]}\n" for name in _SIGNED[kind] if name in body)
        hash_of = hashes.SHA1() if version == "1" else hashes.SHA256()
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), hash_of)
        return {
            **body,
            "SignatureVersion": version,
            "Signature": base64.b64encode(signature).decode(),
            "SigningCertURL": self.certificate_url,
        }


def body_of(message: dict[str, str]) -> bytes:
    """The body of the request in which SNS posts a message."""
    return json.dumps(message).encode()

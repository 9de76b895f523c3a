"""What callbacks look like on the wire."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from servicekit.ids import new_id
from services.notifications.accounts import CallbackKind
from services.notifications.callbacks_bodies import (
    callback_body,
    callback_headers,
    new_signing_secret,
    signature,
)
from services.notifications.callbacks_store import DueCallback
from tests.unit.notifications.builders import NOW, SERVICE_ID, SETTINGS

BOX = SETTINGS.secrets
TEMPLATE_ID = UUID("01890000-0000-7000-8000-00000000000a")
SENT_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def a_callback(kind: CallbackKind = CallbackKind.DELIVERY_STATUS) -> DueCallback:
    """One that tells of nothing yet."""
    return DueCallback(
        id=new_id(),
        service_id=SERVICE_ID,
        kind=kind.value,
        notification_id=None,
        received_text_id=None,
        complaint_id=None,
        status=None,
        attempt=1,
        failures=0,
        run_at=NOW,
        is_due=True,
        reference=None,
        recipient=None,
        sent_at=None,
        updated_at=None,
        type=None,
        template_id=None,
        template_version=None,
        user_number_encrypted=None,
        notify_number=None,
        content_encrypted=None,
        text_sent_at=None,
        complained_at=None,
        url="https://example.com/hook",
        token_encrypted=BOX.encrypt("the token"),
        signing_secrets_encrypted=[],
    )


def body_of(callback: DueCallback) -> object:
    body = callback_body(callback, BOX)
    assert body is not None
    return json.loads(body)


def test_a_delivery_receipt_is_the_contracts() -> None:
    id = new_id(at=NOW)
    callback = replace(
        a_callback(),
        notification_id=id,
        status="delivered",
        recipient="07700900123",
        sent_at=SENT_AT,
        updated_at=NOW,
        type="sms",
        template_id=TEMPLATE_ID,
        template_version=2,
    )
    assert body_of(callback) == {
        "id": str(id),
        "reference": None,
        "to": "07700900123",
        "status": "delivered",
        "created_at": "2026-11-22T12:00:00.000000Z",
        "completed_at": "2026-11-22T12:00:00.000000Z",
        "sent_at": "2026-01-02T03:04:05.000000Z",
        "notification_type": "sms",
        "template_id": str(TEMPLATE_ID),
        "template_version": 2,
    }


def test_a_received_text_is_told_in_clear() -> None:
    id = new_id()
    callback = replace(
        a_callback(CallbackKind.INBOUND_SMS),
        received_text_id=id,
        user_number_encrypted=BOX.encrypt("447700900800"),
        notify_number="07700900777",
        content_encrypted=BOX.encrypt("été £5 🙂"),
        text_sent_at=SENT_AT,
    )
    assert body_of(callback) == {
        "id": str(id),
        "source_number": "447700900800",
        "destination_number": "07700900777",
        "message": "été £5 🙂",
        "date_received": "2026-01-02T03:04:05.000000Z",
    }


def test_a_complaint_names_the_message_and_its_recipient() -> None:
    notification_id, complaint_id = new_id(), new_id()
    callback = replace(
        a_callback(CallbackKind.COMPLAINT),
        notification_id=notification_id,
        complaint_id=complaint_id,
        reference="mine",
        recipient="Ada@example.com",
        complained_at=SENT_AT,
    )
    assert body_of(callback) == {
        "notification_id": str(notification_id),
        "complaint_id": str(complaint_id),
        "reference": "mine",
        "to": "Ada@example.com",
        "complaint_date": "2026-01-02T03:04:05.000000Z",
    }


@pytest.mark.parametrize("kind", CallbackKind)
def test_what_is_no_longer_kept_is_not_told_of(kind: CallbackKind) -> None:
    assert callback_body(a_callback(kind), BOX) is None


def test_headers_carry_token_id_time_and_a_signature_for_each_secret() -> None:
    secrets = [new_signing_secret(), new_signing_secret()]
    callback = replace(a_callback(), signing_secrets_encrypted=[BOX.encrypt(secret) for secret in secrets])
    headers = callback_headers(callback, b"{}", at=NOW, secret_box=BOX)
    seconds = str(int(NOW.timestamp()))
    assert headers == {
        "Content-Type": "application/json",
        "Authorization": "Bearer the token",
        "User-Agent": "notify-callbacks/1",
        "webhook-id": str(callback.id),
        "webhook-timestamp": seconds,
        "webhook-signature": signature(str(callback.id), seconds, b"{}", secrets),
    }
    assert len(headers["webhook-signature"].split(" ")) == 2


def test_an_endpoint_from_before_there_were_secrets_is_called_unsigned() -> None:
    assert "webhook-signature" not in callback_headers(a_callback(), b"{}", at=NOW, secret_box=BOX)


def test_a_signature_is_what_standard_webhooks_verify() -> None:
    # The example of the specification's reference libraries.
    secret, id, timestamp = (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
    )
    body = b'{"test": 2432232314}'
    assert signature(id, timestamp, body, [secret]) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_32_random_bytes_in_the_standard_form() -> None:
    secret = new_signing_secret()
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert secret != new_signing_secret()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, b"id.1.body", hashlib.sha256).digest()
    assert signature("id", "1", b"body", [secret]) == "v1," + base64.b64encode(digest).decode()

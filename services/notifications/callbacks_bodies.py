"""What a callback looks like on the wire: its body, by kind, and its headers.

Bodies are the public contract's (section 14). Requests carry the service's bearer token, and are signed as
Standard Webhooks have it (https://github.com/standard-webhooks/standard-webhooks, specification 1.0): an id
that stays the same however often it is sent, the time of this call, and a signature with each live secret.
"""

import base64
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from servicekit.ids import time_of
from services.notifications.accounts import CallbackKind
from services.notifications.callbacks_store import DueCallback, ReturnedLetterFacts
from services.notifications.secret_box import SecretBox

_SECRET_PREFIX = "whsec_"  # noqa: S105 -- the form of a secret, and none itself
_SECRET_BYTES = 32
USER_AGENT = "notify-callbacks/1"


def new_signing_secret() -> str:
    """A secret in the form that Standard Webhooks give it."""
    return _SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def callback_headers(
    callback: DueCallback, body: bytes, *, at: datetime, secret_box: SecretBox
) -> dict[str, str]:
    """All headers of a call that is made at a time."""
    message_id, timestamp = str(callback.id), str(int(at.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
    }
    if callback.token_encrypted is not None:
        headers["Authorization"] = f"Bearer {secret_box.decrypt(callback.token_encrypted)}"
    if callback.signing_secrets_encrypted:
        live = [secret_box.decrypt(secret) for secret in callback.signing_secrets_encrypted]
        headers["webhook-signature"] = signature(message_id, timestamp, body, live)
    return headers


def signature(message_id: str, timestamp: str, body: bytes, live_secrets: Sequence[str]) -> str:
    """Signatures with each secret, `v1,<base64>`, with spaces between."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(
        "v1,"
        + base64.b64encode(
            hmac.digest(base64.b64decode(secret.removeprefix(_SECRET_PREFIX)), signed, "sha256")
        ).decode()
        for secret in live_secrets
    )


def callback_body(callback: DueCallback, secret_box: SecretBox) -> bytes | None:
    """What a callback tells; None when what it is about is no longer kept."""
    facts: Mapping[str, object] | None
    match callback.kind:
        case CallbackKind.DELIVERY_STATUS:
            facts = _delivery_receipt(callback)
        case CallbackKind.INBOUND_SMS:
            facts = _received_text(callback, secret_box)
        case CallbackKind.COMPLAINT:
            facts = _complaint(callback)
        case _:
            facts = None
    return None if facts is None else msgspec.json.encode(facts)


def _delivery_receipt(callback: DueCallback) -> Mapping[str, object] | None:
    if callback.notification_id is None or callback.recipient is None:
        return None
    return {
        "id": str(callback.notification_id),
        "reference": callback.reference,
        "to": callback.recipient,
        "status": callback.status,
        "created_at": public_time(time_of(callback.notification_id)),
        "completed_at": public_time(callback.updated_at),
        "sent_at": public_time(callback.sent_at),
        "notification_type": callback.type,
        "template_id": str(callback.template_id),
        "template_version": callback.template_version,
    }


def _received_text(callback: DueCallback, secret_box: SecretBox) -> Mapping[str, object] | None:
    if callback.content_encrypted is None or callback.user_number_encrypted is None:
        return None
    return {
        "id": str(callback.received_text_id),
        "source_number": secret_box.decrypt(callback.user_number_encrypted),
        "destination_number": callback.notify_number,
        "message": secret_box.decrypt(callback.content_encrypted),
        "date_received": public_time(callback.text_sent_at),
    }


def _complaint(callback: DueCallback) -> Mapping[str, object] | None:
    if callback.complained_at is None or callback.recipient is None:
        return None
    return {
        "notification_id": str(callback.notification_id),
        "complaint_id": str(callback.complaint_id),
        "reference": callback.reference,
        "to": callback.recipient,
        "complaint_date": public_time(callback.complained_at),
    }


def returned_letter_body(letter: ReturnedLetterFacts) -> bytes:
    """What is told of a letter that came back. The template of uploaded letters is nobody's business."""
    is_uploaded = letter.is_precompiled
    return msgspec.json.encode(
        {
            "notification_id": str(letter.notification_id),
            "reference": letter.client_reference,
            "date_sent": public_time(time_of(letter.notification_id)),
            "sent_by": letter.sent_by or "API",
            "template_name": None if is_uploaded else letter.template_name,
            "template_id": None if is_uploaded else str(letter.template_id),
            "template_version": None if is_uploaded else letter.template_version,
            "spreadsheet_file_name": letter.job_name,
            # People count from one.
            "spreadsheet_row_number": None if letter.job_row is None else letter.job_row + 1,
            "upload_letter_file_name": letter.client_reference
            if is_uploaded and letter.sent_by is not None
            else None,
        }
    )


def public_time(moment: datetime | None) -> str | None:
    """UTC with six decimals and a Z, as everywhere in the public API."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if moment is not None else None

"""What endpoints hand to the other services, in the gateway's own types. Made from checked requests, turned
into protobuf in `convert`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from notifyrules.postage import Postage
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from services.api_gateway.field_rules import canonical_id
from services.api_gateway.json_body import to_json


class NewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One notification that somebody wants sent; its shape was checked."""

    type: NotificationType
    recipient: str
    """As written by the sender; "" for letters, whose address is in the personalisation."""
    template_id: str
    personalisation_json: str
    """A JSON object, or "" for none."""
    reference: str | None = None
    sender_id: str | None = None
    """The chosen text sender or reply-to address; None means the default one."""
    one_click_unsubscribe_url: str | None = None
    sanitise_content_for: tuple[str, ...] = ()
    precompiled_postage: str | None = None
    """Of a letter that is uploaded as a PDF, which has no template; None for everything else."""


class NotificationsFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which of a service's notifications are wanted."""

    service_id: str
    key_type: KeyType
    types: tuple[NotificationType, ...] = ()
    statuses: frozenset[NotificationStatus] = frozenset()
    reference: str | None = None
    include_jobs: bool = False
    older_than: str | None = None


def sms_message(body: Mapping[str, Any]) -> NewMessage:
    """A text, from a body that `schemas.sms_schema` passed."""
    return NewMessage(
        type=NotificationType.SMS,
        recipient=body["phone_number"],
        template_id=canonical_id(body["template_id"]),
        personalisation_json=_personalisation(body),
        reference=body.get("reference"),
        sender_id=_optional_id(body, "sms_sender_id"),
    )


def email_message(body: Mapping[str, Any]) -> NewMessage:
    """An email, from a body that `schemas.email_schema` passed."""
    return NewMessage(
        type=NotificationType.EMAIL,
        recipient=body["email_address"],
        template_id=canonical_id(body["template_id"]),
        personalisation_json=_personalisation(body),
        reference=body.get("reference"),
        sender_id=_optional_id(body, "email_reply_to_id"),
        one_click_unsubscribe_url=body.get("one_click_unsubscribe_url"),
        sanitise_content_for=tuple(body.get("sanitise_content_for") or ()),
    )


def letter_message(body: Mapping[str, Any]) -> NewMessage:
    """A letter from a template, from a body that `schemas.LETTER` passed."""
    return NewMessage(
        type=NotificationType.LETTER,
        recipient="",
        template_id=canonical_id(body["template_id"]),
        personalisation_json=_personalisation(body),
        reference=body.get("reference"),
    )


def precompiled_message(body: Mapping[str, Any]) -> NewMessage:
    """A letter that is uploaded, from a body that `schemas.PRECOMPILED_LETTER` passed; without its content."""
    return NewMessage(
        type=NotificationType.LETTER,
        recipient="",
        template_id="",
        personalisation_json="",
        reference=body["reference"],
        precompiled_postage=body.get("postage", Postage.SECOND.value),
    )


def _personalisation(body: Mapping[str, Any]) -> str:
    values = body.get("personalisation")
    return to_json(values) if values else ""


def _optional_id(body: Mapping[str, Any], name: str) -> str | None:
    return canonical_id(body[name]) if name in body else None

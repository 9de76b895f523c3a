"""A notification on its way in, as plain values: what is asked for, what is stored, what is answered.

Made by `convert` and `preparing`, stored by `store`, handed to senders by `delivering`. They are msgspec's structs and
not dataclasses, as four are made of each message: those took 7 µs of it, these take 1.
"""

from uuid import UUID

import msgspec

from notifyrules.postage import Postage
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from services.notifications.deliveries import Lane, MessageContent


class IdempotencyKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that a sender gave a request, so that repeating it does nothing twice."""

    hash: bytes  # 32 bytes, of the service and the key
    fingerprint: bytes  # 32 bytes, of the request
    context: str  # told again to whoever repeats it


class NewNotification(msgspec.Struct, frozen=True, kw_only=True):
    """One notification that a service asks for."""

    id: UUID
    service_id: UUID
    api_key_id: UUID | None
    key_type: KeyType
    type: NotificationType
    template_id: UUID
    recipient: str  # as the sender wrote it
    personalisation: str  # JSON object, or empty
    reference: str | None
    sms_sender_id: UUID | None
    email_reply_to_id: UUID | None
    one_click_unsubscribe_url: str | None
    sanitise_content_for: tuple[str, ...]
    idempotency: IdempotencyKey | None = None
    precompiled: Postage | None = None  # letter: uploaded as a PDF, and how it is posted


class SanitisedValue(msgspec.Struct, frozen=True, kw_only=True):
    """A value that was made harmless."""

    name: str
    unsanitised: str
    sanitised: str


class CreatedNotification(msgspec.Struct, frozen=True, kw_only=True):
    """What the sender is told."""

    id: UUID
    reference: str | None
    body: str
    subject: str | None
    sender: str  # name or number of a text, address of an email
    template_id: UUID
    template_version: int
    one_click_unsubscribe_url: str | None
    sanitised_values: tuple[SanitisedValue, ...]
    simulated: bool
    replayed: bool = False  # the first answer to a request that came again
    context: str = ""  # of that request
    postage: str | None = None  # of a letter
    is_precompiled: bool = False  # a letter that was uploaded as a PDF


class LetterRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of a new letter beside what every notification has."""

    reference: str  # the printer's name of it
    postage: Postage
    status: NotificationStatus
    is_precompiled: bool


class NotificationRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of a new notification."""

    id: UUID
    service_id: UUID
    template_id: UUID
    template_version: int
    type: NotificationType
    key_type: KeyType
    api_key_id: UUID | None
    recipient: str  # as given, stripped
    normalised_recipient: str  # as providers take it
    personalisation: str  # JSON object, sanitised where that was asked for
    reference: str | None
    sender: str | None  # text sender as shown, or reply-to address
    billable_units: int
    rate_multiplier: int
    international: bool
    expects_receipt: bool  # the country of the number reports delivery
    unsubscribe_url: str | None
    lane: Lane


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """An item that passed every check: what to store, what to answer, what a sender would need."""

    row: NotificationRow
    answer: CreatedNotification
    content: MessageContent
    abroad: bool = False  # a text that counts as one to another country
    letter: LetterRow | None = None  # of a letter
    idempotency: IdempotencyKey | None = None

"""Checking one new letter, in the contract's order, and making ready what is stored, answered and printed.

Letters from templates, and letters uploaded as PDFs, whose pages only the letters service looks at. Pure
functions, as in `preparing`. Source of the order and the wording: public contract, sections 3, 7 and 9.
"""

import json
import secrets
import string
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid5

from notifyrules.placeholders import Personalisation
from notifyrules.postage import Postage, postage_for_zone
from notifyrules.postal_addresses import (
    ADDRESS_LINES_1_TO_6,
    LAST_ADDRESS_LINE,
    POSTCODE,
    PostalAddress,
    postal_address_from_personalisation,
)
from notifyrules.qr_codes import MAX_BYTES, too_long_qr_code
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.errors import InvalidRequest, RuleBroken, Violation
from services.notifications.contents import MessageSettings, parse_personalisation, templated_letter
from services.notifications.deliveries import Lane, LetterContent
from services.notifications.files import files_in
from services.notifications.new_notifications import (
    CreatedNotification,
    LetterRow,
    NewNotification,
    NotificationRow,
    Prepared,
)
from services.notifications.preparing import check_complete, lane_of
from services.notifications.sending_services import (
    Permission,
    SendingService,
    TemplateVersion,
    compiled_letter,
)

REFERENCE_CHARACTERS: Final = string.ascii_uppercase + string.digits
REFERENCE_LENGTH: Final = 16
PRECOMPILED_POSTAGES: Final = (Postage.FIRST, Postage.SECOND, Postage.ECONOMY)

_PRECOMPILED_NAME: Final = "Pre-compiled PDF"
_PRECOMPILED_TEMPLATES: Final = UUID("b1a3cf8e-5d0c-5c38-9a3a-6f2f7f3f0f52")
"""The name space of the ids of templates that stand for uploaded letters, one for each service."""
PRECOMPILED_VALUES: Final = json.dumps({"address_line_1": "Provided as PDF"})
"""What is stored as the values of an uploaded letter, whose address is in the PDF."""
_ADDRESS_FIELDS: Final = (*ADDRESS_LINES_1_TO_6, LAST_ADDRESS_LINE, POSTCODE)


def prepare_letter(
    item: NewNotification, service: SendingService, template: TemplateVersion, settings: MessageSettings
) -> Prepared:
    """Check a letter from a template. Raises RuleBroken and InvalidRequest, with the contract's wording."""
    values = parse_personalisation(item.personalisation)
    letter = compiled_letter(template)
    personalisation = Personalisation(values)
    body = letter.body(personalisation)
    _check_qr_codes(body)
    check_complete(letter, personalisation)
    if letter.is_empty(personalisation):
        raise RuleBroken("MESSAGE_EMPTY", "Your message is empty.")
    if files_in(values):
        raise RuleBroken("FILE_NOT_ALLOWED", "Can only send a file by email")
    check_letters_allowed(service, item.key_type)
    address = _checked_address(values, service)
    postage = postage_for_zone(address.postage_zone, Postage(template.postage or Postage.SECOND))
    status = first_status(item.key_type, settings)
    row = LetterRow(reference=new_reference(), postage=postage, status=status, is_precompiled=False)
    text = item.personalisation or "{}"
    return Prepared(
        row=_notification_row(item, template, text, postage, lane_of(template)),
        letter=row,
        answer=_answer(item, template, postage, body=body, subject=letter.subject(personalisation)),
        content=LetterContent(
            reference=row.reference,
            postage=postage,
            allow_international=_may_send_abroad(service),
            wants_pretend_receipt=wants_pretend_receipt(item.key_type, status),
            templated=templated_letter(text, template, service),
        ),
        idempotency=item.idempotency,
    )


def prepare_precompiled(
    item: NewNotification, service: SendingService, template: TemplateVersion, postage: Postage
) -> Prepared:
    """Check a letter that the letters service has as a PDF. `template`: the one that stands for such letters.

    Raises RuleBroken.
    """
    check_letters_allowed(service, item.key_type)
    status = NotificationStatus.PENDING_VIRUS_CHECK
    row = LetterRow(reference=new_reference(), postage=postage, status=status, is_precompiled=True)
    return Prepared(
        row=_notification_row(item, template, PRECOMPILED_VALUES, postage, Lane.NORMAL),
        letter=row,
        answer=_answer(item, template, postage, body="", subject=_PRECOMPILED_NAME),
        content=LetterContent(
            reference=row.reference,
            postage=postage,
            allow_international=_may_send_abroad(service),
            wants_pretend_receipt=False,
            templated=None,
        ),
        idempotency=item.idempotency,
    )


def check_letters_allowed(service: SendingService, key_type: KeyType) -> None:
    """Raise RuleBroken where a kind of key, or a service in trial mode, may send no letters."""
    if key_type is KeyType.TEAM:
        raise RuleBroken("LETTER_NOT_ALLOWED", "Cannot send letters with a team api key")
    if service.restricted and key_type is not KeyType.TEST:
        raise RuleBroken("LETTER_NOT_ALLOWED", "Cannot send letters when service is in trial mode")


def first_status(key_type: KeyType, settings: MessageSettings) -> NotificationStatus:
    """The status with which a letter from a template is stored: nothing is printed for a test key."""
    if key_type is not KeyType.TEST:
        return NotificationStatus.CREATED
    if settings.pretend_letter_receipts:
        return NotificationStatus.SENDING
    return NotificationStatus.DELIVERED


def wants_pretend_receipt(key_type: KeyType, status: NotificationStatus) -> bool:
    """Whether the printer's report is to be pretended once the PDF is there."""
    return key_type is KeyType.TEST and status is NotificationStatus.SENDING


def new_reference() -> str:
    """A name of a letter for the printer."""
    return "".join(secrets.choice(REFERENCE_CHARACTERS) for _ in range(REFERENCE_LENGTH))


def precompiled_template_id(service_id: UUID) -> UUID:
    """The id of the template that stands for a service's uploaded letters."""
    return uuid5(_PRECOMPILED_TEMPLATES, str(service_id))


def precompiled_template(service_id: UUID, now: datetime) -> TemplateVersion:
    """The template that stands for a service's uploaded letters: without content, and in no list."""
    return TemplateVersion(
        id=precompiled_template_id(service_id),
        service_id=service_id,
        type=NotificationType.LETTER,
        name=_PRECOMPILED_NAME,
        version=1,
        body="",
        subject=_PRECOMPILED_NAME,
        postage=Postage.SECOND.value,
        letter_contact_block=None,
        is_priority=False,
        has_unsubscribe_link=False,
        archived=False,
        created_at=now.astimezone(UTC),
        updated_at=None,
        created_by=None,
        hidden=True,
    )


def _check_qr_codes(body: str) -> None:
    data = too_long_qr_code(body)
    if data is not None:
        raise RuleBroken(
            "QR_CODE_TOO_LONG",
            "Cannot create a usable QR code - the link is too long",
            metadata={"data": data, "num_bytes": str(len(data.encode())), "max_bytes": str(MAX_BYTES)},
        )


def _checked_address(values: dict[str, object], service: SendingService) -> PostalAddress:
    # Names count as they are spelled here, unlike those of placeholders.
    given = {name: values[name] for name in _ADDRESS_FIELDS if name in values}
    address = postal_address_from_personalisation(given, allow_international=_may_send_abroad(service))
    error = address.api_error
    if error is not None:
        raise InvalidRequest([Violation("personalisation", error)])
    return address


def _may_send_abroad(service: SendingService) -> bool:
    return Permission.INTERNATIONAL_LETTERS in service.permissions


def _notification_row(
    item: NewNotification, template: TemplateVersion, personalisation: str, postage: Postage, lane: Lane
) -> NotificationRow:
    return NotificationRow(
        id=item.id,
        service_id=item.service_id,
        template_id=template.id,
        template_version=template.version,
        type=item.type,
        key_type=item.key_type,
        api_key_id=item.api_key_id,
        recipient="",
        normalised_recipient="",
        personalisation=personalisation,
        reference=item.reference,
        sender=None,
        billable_units=0,
        rate_multiplier=0,
        international=is_abroad(postage),
        expects_receipt=True,
        unsubscribe_url=None,
        lane=lane,
    )


def is_abroad(postage: Postage) -> bool:
    """Whether a letter leaves the UK."""
    return postage in (Postage.EUROPE, Postage.REST_OF_WORLD)


def _answer(
    item: NewNotification, template: TemplateVersion, postage: Postage, *, body: str, subject: str
) -> CreatedNotification:
    return CreatedNotification(
        id=item.id,
        reference=item.reference,
        body=body,
        subject=subject,
        sender="",
        template_id=template.id,
        template_version=template.version,
        one_click_unsubscribe_url=None,
        sanitised_values=(),
        simulated=False,
        postage=postage.value,
        is_precompiled=template.hidden,
    )

"""Checking one new notification, in the contract's order, and making ready what is stored, answered and sent.

Texts and emails; letters are in `preparing_letters`. Pure functions: the service and its template are handed in.
Source of the order and the wording: public contract, sections 3, 5, 6 and 9. Called by `creating`, for single
notifications and rows of jobs alike.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from notifyrules import email_addresses, recipients
from notifyrules.phone_numbers import InvalidPhoneNumber, PhoneNumber, check_allowed, parse_phone_number
from notifyrules.placeholders import Personalisation, normalise_key
from notifyrules.sanitising import sanitise_value
from notifyrules.statuses import KeyType
from notifyrules.templates import MAX_EMAIL_BYTES, EmailTemplate, LetterTemplate, SmsTemplate
from notifyrules.text import strip_and_remove_obscure_whitespace
from servicekit.errors import InvalidRequest, RuleBroken, Violation
from services.notifications.contents import MessageSettings, email_content, parse_personalisation
from services.notifications.deliveries import Lane, TextContent
from services.notifications.files import check_files, files_in, not_stored, simulated_link
from services.notifications.new_notifications import (
    CreatedNotification,
    NewNotification,
    NotificationRow,
    Prepared,
    SanitisedValue,
)
from services.notifications.sending_services import (
    Permission,
    SendingService,
    TemplateVersion,
    compiled_email,
    compiled_sms,
    shown_sms_sender,
)

MAX_SMS_LENGTH = 918
"""UTF-16 code units of a text without the service's name: six fragments."""

TOO_LONG = "MESSAGE_TOO_LONG"
"""Reason of the refusal that comes last of all."""
_TEAM_KEY_REFUSAL = "Can’t send to this recipient using a team-only API key"
_TRIAL_REFUSAL = (
    "Can’t send to this recipient when service is in trial mode "
    "– see https://www.notifications.service.gov.uk/trial-mode"
)


@dataclass(slots=True)
class _Values:
    """Personalisation on its way: the text that is stored and the values that are filled in."""

    text: str
    values: dict[str, object]
    sanitised: tuple[SanitisedValue, ...] = field(default=())


def prepare_text(
    item: NewNotification,
    number: PhoneNumber,
    service: SendingService,
    template: TemplateVersion,
    *,
    multiplier: int,
) -> Prepared:
    """Check a text whose number is well formed. Raises RuleBroken, with the reason and the contract's
    wording. `multiplier`: how many fragments each of its fragments counts as.
    """
    values = _read_personalisation(item, sanitise=False)
    sms = compiled_sms(template.body, service.sms_prefix)
    personalisation = Personalisation(values.values)
    check_complete(sms, personalisation)
    content = sms.render(personalisation)
    if content.length == 0:
        raise RuleBroken("MESSAGE_EMPTY", "Your message is empty.")
    if files_in(values.values):
        raise RuleBroken("FILE_NOT_ALLOWED", "Can only send a file by email")
    sender = chosen_sms_sender(item.sms_sender_id, service)
    _check_recipient_allowed(item, service, number.normalised)
    _check_number_allowed(number, service)
    if content.length > MAX_SMS_LENGTH:
        raise RuleBroken(
            TOO_LONG,
            f"Your message is too long. Text messages cannot be longer than {MAX_SMS_LENGTH} characters. "
            f"Your message is {content.length} characters long.",
        )
    return Prepared(
        row=NotificationRow(
            id=item.id,
            service_id=item.service_id,
            template_id=template.id,
            template_version=template.version,
            type=item.type,
            key_type=item.key_type,
            api_key_id=item.api_key_id,
            recipient=strip_and_remove_obscure_whitespace(item.recipient),
            normalised_recipient=number.normalised,
            personalisation=values.text,
            reference=item.reference,
            sender=sender,
            billable_units=content.fragments,
            rate_multiplier=multiplier,
            international=number.is_international,
            expects_receipt=not number.is_international or bool(number.reports_delivery),
            unsubscribe_url=None,
            lane=lane_of(template),
        ),
        answer=_answer(
            item,
            template,
            body=content.body,
            sender=sender,
            simulated=recipients.is_simulated_phone_number(number.normalised),
        ),
        content=TextContent(
            phone_number=number.normalised,
            sender=sender,
            body=content.text,
            international=number.is_international,
        ),
        abroad=not number.is_uk,
        idempotency=item.idempotency,
    )


def prepare_email(
    item: NewNotification,
    address: email_addresses.EmailAddress,
    service: SendingService,
    template: TemplateVersion,
    settings: MessageSettings,
) -> Prepared:
    """Check an email whose address is well formed. Raises RuleBroken, with the reason and the contract's
    wording.
    """
    values = _read_personalisation(item, sanitise=True)
    email = compiled_email(template.subject or "", template.body)
    personalisation = Personalisation(values.values)
    check_complete(email, personalisation)
    if email.is_empty(personalisation):
        raise RuleBroken("MESSAGE_EMPTY", "Your message is empty.")
    reply_to = chosen_reply_to(item.email_reply_to_id, service)
    _check_recipient_allowed(item, service, address.normalised)
    simulated = recipients.is_simulated_email_address(address.normalised)
    if files := files_in(values.values):
        check_files(files, service, settings)
        if not simulated:
            raise not_stored()
        links = dict.fromkeys(files, simulated_link(service, settings))
        personalisation = Personalisation(values.values | links)
    body = email.body(personalisation)
    size_bytes = len(body.encode())
    if size_bytes > MAX_EMAIL_BYTES:
        raise RuleBroken(
            TOO_LONG,
            f"Your message is too long. Emails cannot be longer than {MAX_EMAIL_BYTES} bytes. "
            f"Your message is {size_bytes} bytes.",
        )
    return Prepared(
        row=NotificationRow(
            id=item.id,
            service_id=item.service_id,
            template_id=template.id,
            template_version=template.version,
            type=item.type,
            key_type=item.key_type,
            api_key_id=item.api_key_id,
            recipient=address.accepted_as,
            normalised_recipient=address.normalised,
            personalisation=values.text,
            reference=item.reference,
            sender=reply_to,
            billable_units=0,
            rate_multiplier=0,
            international=False,
            expects_receipt=True,
            unsubscribe_url=item.one_click_unsubscribe_url,
            lane=lane_of(template),
        ),
        answer=_answer(
            item,
            template,
            body=body,
            subject=email.subject(personalisation),
            sender=service.from_address(settings.email_domain),
            sanitised=values.sanitised,
            simulated=simulated,
        ),
        content=email_content(
            notification_id=item.id,
            email_address=address.normalised,
            reply_to=reply_to,
            personalisation=values.text,
            unsubscribe_url=item.one_click_unsubscribe_url,
            service=service,
            template=template,
            settings=settings,
        ),
        idempotency=item.idempotency,
    )


def parse_recipient_number(raw: str) -> PhoneNumber:
    """The number, if it is one that anybody may send to. Raises InvalidRequest with the contract's wording."""
    try:
        number = parse_phone_number(raw)
        # Where nobody at all may send to is a fault of the number; what this service may do is checked later.
        check_allowed(number, allow_international=True, allow_landline=True)
    except InvalidPhoneNumber as fault:
        raise InvalidRequest(
            [Violation("phone_number", f"phone_number {fault.error.api_message}")]
        ) from fault
    return number


def parse_recipient_address(raw: str) -> email_addresses.EmailAddress:
    """The address, if it is one. Raises InvalidRequest with the contract's wording."""
    try:
        return email_addresses.parse_email_address(raw)
    except email_addresses.InvalidEmailAddress as fault:
        raise InvalidRequest(
            [Violation("email_address", f"email_address {email_addresses.MESSAGE}")]
        ) from fault


def _read_personalisation(item: NewNotification, *, sanitise: bool) -> _Values:
    if not item.personalisation:
        return _Values("{}", {})
    values = parse_personalisation(item.personalisation)
    if not sanitise or not item.sanitise_content_for:
        return _Values(item.personalisation, values)
    sanitised = []
    wanted = {normalise_key(name) for name in item.sanitise_content_for}
    for name, value in values.items():
        if isinstance(value, str) and normalise_key(name) in wanted:
            harmless = sanitise_value(value)
            if harmless != value:
                sanitised.append(SanitisedValue(name=name, unsanitised=value, sanitised=harmless))
                values[name] = harmless
    return _Values(json.dumps(values, ensure_ascii=False), values, tuple(sanitised))


def check_complete(
    template: SmsTemplate | EmailTemplate | LetterTemplate, personalisation: Personalisation
) -> None:
    """Raise RuleBroken where placeholders have no value."""
    missing = template.missing(personalisation)
    if missing:
        raise RuleBroken("MISSING_PERSONALISATION", f"Missing personalisation: {', '.join(missing)}")


def chosen_sms_sender(sender_id: UUID | None, service: SendingService) -> str:
    """The sender of a text as it is shown. Raises RuleBroken."""
    sender = service.default_sms_sender if sender_id is None else service.sms_senders.get(sender_id)
    if sender is None:
        raise _sender_not_found("sms_sender_id", sender_id, service)
    return shown_sms_sender(sender)


def chosen_reply_to(reply_to_id: UUID | None, service: SendingService) -> str | None:
    """The reply-to address of an email, if there is one. Raises RuleBroken."""
    if reply_to_id is None:
        return service.default_reply_to
    reply_to = service.reply_tos.get(reply_to_id)
    if reply_to is None:
        raise _sender_not_found("email_reply_to_id", reply_to_id, service)
    return reply_to


def _sender_not_found(name: str, sender_id: UUID | None, service: SendingService) -> RuleBroken:
    return RuleBroken(
        "SENDER_NOT_FOUND", f"{name} {sender_id} does not exist in database for service id {service.id}"
    )


def recipient_refusal(
    normalised: str, *, key_type: KeyType, restricted: bool, allowed: Collection[str]
) -> RuleBroken | None:
    """Why a key of a service may not send to a recipient; None when it may. `restricted`: in trial mode."""
    if key_type is KeyType.TEST or (key_type is KeyType.NORMAL and not restricted):
        return None
    if normalised in allowed:
        return None
    if key_type is KeyType.TEAM:
        return RuleBroken("RECIPIENT_NOT_ON_TEAM", _TEAM_KEY_REFUSAL)
    return RuleBroken("RECIPIENT_NOT_IN_TRIAL", _TRIAL_REFUSAL)


def _check_recipient_allowed(item: NewNotification, service: SendingService, normalised: str) -> None:
    refusal = recipient_refusal(
        normalised,
        key_type=item.key_type,
        restricted=service.restricted,
        allowed=service.allowed_recipients,
    )
    if refusal is not None:
        raise refusal


def _check_number_allowed(number: PhoneNumber, service: SendingService) -> None:
    if not number.is_uk and Permission.INTERNATIONAL_SMS not in service.permissions:
        raise RuleBroken("INTERNATIONAL_NOT_ALLOWED", "Cannot send to international mobile numbers")
    if number.is_uk and number.is_landline and Permission.SMS_TO_UK_LANDLINES not in service.permissions:
        raise RuleBroken("LANDLINE_NOT_ALLOWED", "Not a UK mobile number")


def lane_of(template: TemplateVersion) -> Lane:
    """Which queue a message of a template waits in."""
    return Lane.PRIORITY if template.is_priority else Lane.NORMAL


def _answer(
    item: NewNotification,
    template: TemplateVersion,
    *,
    body: str,
    sender: str,
    simulated: bool,
    subject: str | None = None,
    sanitised: tuple[SanitisedValue, ...] = (),
) -> CreatedNotification:
    return CreatedNotification(
        id=item.id,
        reference=item.reference,
        body=body,
        subject=subject,
        sender=sender,
        template_id=template.id,
        template_version=template.version,
        one_click_unsubscribe_url=item.one_click_unsubscribe_url,
        sanitised_values=sanitised,
        simulated=simulated,
    )

"""What a sender needs to send a notification: made when it is accepted, and again when it is claimed from the
table.

Nothing filled in is stored: a template's version never changes, so the same values give the same message.
"""

import json
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from notifyrules.placeholders import Personalisation
from servicekit.errors import InvalidRequest, Violation
from services.notifications.deliveries import EmailContent, TemplatedLetter, TextContent
from services.notifications.secret_box import SecretBox
from services.notifications.sending_services import SendingService, TemplateVersion, compiled_sms


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSettings:
    """What messages need beside their values, service and template."""

    email_domain: str
    api_host: str
    admin_host: str
    download_host: str
    secrets: SecretBox
    pretend_letter_receipts: bool = False  # letters of test keys wait for a report, instead of being over


def parse_personalisation(text: str) -> dict[str, object]:
    """A JSON object of values; empty text is none. Raises InvalidRequest."""
    try:
        values = json.loads(text) if text else {}
    except (ValueError, RecursionError) as err:
        raise InvalidRequest([Violation("personalisation", "personalisation is not valid JSON")]) from err
    if not isinstance(values, dict):
        raise InvalidRequest([Violation("personalisation", "personalisation is not of type object")])
    return cast("dict[str, object]", values)


def text_content(
    *,
    phone_number: str,
    sender: str,
    international: bool,
    personalisation: str,
    service: SendingService,
    template: TemplateVersion,
) -> TextContent:
    """What the sms service needs to send a text."""
    sms = compiled_sms(template.body, service.sms_prefix)
    return TextContent(
        phone_number=phone_number,
        sender=sender,
        body=sms.render(Personalisation(parse_personalisation(personalisation))).text,
        international=international,
    )


def email_content(
    *,
    notification_id: UUID,
    email_address: str,
    reply_to: str | None,
    personalisation: str,
    unsubscribe_url: str | None,
    service: SendingService,
    template: TemplateVersion,
    settings: MessageSettings,
) -> EmailContent:
    """What the email service needs to render and send an email."""
    url = unsubscribe_link(notification_id, unsubscribe_url, template, settings)
    return EmailContent(
        email_address=email_address,
        from_name=service.from_name,
        from_address=service.from_address(settings.email_domain),
        reply_to_address=reply_to,
        subject_template=template.subject or "",
        body_template=template.body,
        personalisation=personalisation,
        one_click_unsubscribe_url=url,
        show_unsubscribe_link=template.has_unsubscribe_link and url is not None,
        branding=service.branding,
    )


def templated_letter(
    personalisation: str, template: TemplateVersion, service: SendingService
) -> TemplatedLetter:
    """What the letters service needs to make the pages of a letter."""
    return TemplatedLetter(
        subject_template=template.subject or "",
        body_template=template.body,
        contact_block_template=template.letter_contact_block,
        personalisation=personalisation,
        welsh_subject_template=template.letter_welsh_subject,
        welsh_body_template=template.letter_welsh_body,
        logo_svg=service.letter_logo_svg,
        attachment_id=template.letter_attachment_id,
    )


def unsubscribe_link(
    notification_id: UUID, given_url: str | None, template: TemplateVersion, settings: MessageSettings
) -> str | None:
    """The link that the sender gave, else one of ours where the template asks for it."""
    if given_url is not None or not template.has_unsubscribe_link:
        return given_url
    token = settings.secrets.unsubscribe_token(notification_id)
    return f"{settings.api_host}/unsubscribe/{notification_id}/{token}"

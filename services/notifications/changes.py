"""What is recorded of changes to accounts: the facts of a service, an organisation and so on, without personal data.

Addresses, numbers and names of people are not in them: "set", or a count, or the id of whoever it is. Called by the
stores, which record them in the transaction of the change.
"""

from datetime import datetime
from typing import Any

import psycopg

from operationskit.audit import Change, Values, differences, record
from servicekit.errors import Conflict
from services.notifications.accounts import Organisation, Service
from services.notifications.sending_services import TemplateVersion


def check_version(thing: str, based_on_version: int, current: int) -> None:
    """Raise Conflict when a change was made from another version than the current one; 0 means whichever."""
    if based_on_version not in (0, current):
        raise Conflict(
            f"The {thing} was changed meanwhile (version {current}, not {based_on_version}): "
            "read it again and repeat the change"
        )


def service_facts(service: Service) -> Values:
    """A service's own settings."""
    limits, look = service.daily_limits, service.branding
    return {
        "name": service.name,
        "active": service.active,
        "restricted": service.restricted,
        "permissions": sorted(service.permissions),
        "prefix_sms": service.prefix_sms,
        "contact_link": presence(service.contact_link),
        "rate_limit": service.rate_limit,
        "email_limit": limits.email,
        "sms_limit": limits.sms,
        "letter_limit": limits.letter,
        "international_sms_limit": limits.international_sms,
        "organisation_id": None if service.organisation_id is None else str(service.organisation_id),
        "email_sender_name": service.email_sender_name,
        "branding": None
        if look is None
        else {"text": look.text, "colour": look.colour, "logo_url": look.logo_url, "banner": look.banner},
        "archived": service.archived_at is not None,
    }


def organisation_facts(organisation: Organisation) -> Values:
    """An organisation."""
    agreement = organisation.agreement
    return {
        "name": organisation.name,
        "organisation_type": organisation.organisation_type,
        "agreement_version": None if agreement is None else agreement.version,
        "agreement_signed_by": None if agreement is None else str(agreement.signed_by),
        "agreement_on_behalf_of": None if agreement is None else presence(agreement.on_behalf_of),
    }


def template_facts(template: TemplateVersion) -> Values:
    """A template; its text is in its versions."""
    return {
        "name": template.name,
        "type": template.type.value,
        "version": template.version,
        "is_priority": template.is_priority,
        "has_unsubscribe_link": template.has_unsubscribe_link,
        "postage": template.postage,
        "welsh": presence(template.letter_welsh_body),
        "attachment": presence(template.letter_attachment_id),
        "archived": template.archived,
    }


def presence(value: object) -> str | None:
    """That there is something, without saying what."""
    return "set" if value else None


async def record_service(
    connection: psycopg.AsyncConnection[Any],
    type: str,
    before: Service | None,
    after: Service,
    now: datetime,
    counts: Values | None = None,
) -> None:
    """Record what changed of a service's own settings, and how much of what belongs to it (`counts`)."""
    old = {} if before is None else service_facts(before)
    was, is_now = differences(old, service_facts(after))
    change = Change(
        type=type,
        subject=str(after.id),
        service_id=after.id,
        before=None if before is None else was,
        after={**is_now, **(counts or {})},
    )
    await record(connection, change, now)

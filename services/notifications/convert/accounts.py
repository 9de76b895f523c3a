"""accounts.proto ⇄ values."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast
from uuid import UUID

from notify.notifications.v1 import accounts_pb2 as pb
from services.notifications.accounts import (
    ApiKey,
    CallbackKind,
    DailyLimits,
    LetterContact,
    Organisation,
    Sender,
    Service,
    ServiceChanges,
    ServiceCredentials,
    ServiceDetails,
    User,
)
from services.notifications.convert.values import KEY_TYPE_NUMBERS, invalid, timestamp
from services.notifications.sending_services import Branding

_KINDS: Mapping[int, CallbackKind] = MappingProxyType(
    {
        pb.CALLBACK_KIND_DELIVERY_STATUS: CallbackKind.DELIVERY_STATUS,
        pb.CALLBACK_KIND_INBOUND_SMS: CallbackKind.INBOUND_SMS,
        pb.CALLBACK_KIND_COMPLAINT: CallbackKind.COMPLAINT,
        pb.CALLBACK_KIND_RETURNED_LETTER: CallbackKind.RETURNED_LETTER,
    }
)
KIND_NUMBERS = {kind: cast("pb.CallbackKind", number) for number, kind in _KINDS.items()}


def callback_kind(number: int) -> CallbackKind:
    """What a callback tells of. Raises InvalidRequest."""
    kind = _KINDS.get(number)
    if kind is None:
        raise invalid("kind", "kind is not set, or not known")
    return kind


def credentials_response(credentials: ServiceCredentials) -> pb.GetServiceCredentialsResponse:
    """What requests of a service are checked against."""
    return pb.GetServiceCredentialsResponse(
        service_id=str(credentials.service_id),
        active=credentials.active,
        restricted=credentials.restricted,
        rate_limit=credentials.rate_limit,
        daily_limits=daily_limits(credentials.daily_limits),
        name=credentials.name,
        contact_link=credentials.contact_link,
        keys=[
            pb.ApiKeyCredential(
                id=str(key.id), type=KEY_TYPE_NUMBERS[key.key_type], secret=key.secret, revoked=key.revoked
            )
            for key in credentials.keys
        ],
    )


def daily_limits(limits: DailyLimits) -> pb.DailyLimits:
    """Messages a day."""
    return pb.DailyLimits(
        email=limits.email, sms=limits.sms, letter=limits.letter, international_sms=limits.international_sms
    )


def organisation(value: Organisation) -> pb.Organisation:
    """An organisation."""
    return pb.Organisation(id=str(value.id), name=value.name, organisation_type=value.organisation_type)


def user(value: User) -> pb.User:
    """A person."""
    return pb.User(
        id=str(value.id),
        name=value.name,
        email_address=value.email_address,
        mobile_number=value.mobile_number,
    )


def service(value: Service) -> pb.Service:
    """A service."""
    return pb.Service(
        id=str(value.id),
        name=value.name,
        active=value.active,
        restricted=value.restricted,
        permissions=value.permissions,
        prefix_sms=value.prefix_sms,
        contact_link=value.contact_link,
        rate_limit=value.rate_limit,
        daily_limits=daily_limits(value.daily_limits),
        organisation_id=_text(value.organisation_id),
        email_sender_name=value.email_sender_name,
        version=value.version,
        email_branding=_branding(value.branding) if value.branding is not None else None,
        create_time=timestamp(value.created_at),
    )


def service_changes(request: pb.UpdateServiceRequest) -> ServiceChanges:
    """What is to change of a service."""
    limits, look = request.daily_limits, request.email_branding
    return ServiceChanges(
        name=request.name if request.HasField("name") else None,
        active=request.active if request.HasField("active") else None,
        restricted=request.restricted if request.HasField("restricted") else None,
        permissions=tuple(request.permissions.permissions) if request.HasField("permissions") else None,
        prefix_sms=request.prefix_sms if request.HasField("prefix_sms") else None,
        contact_link=request.contact_link if request.HasField("contact_link") else None,
        rate_limit=request.rate_limit if request.HasField("rate_limit") else None,
        daily_limits=DailyLimits(
            email=limits.email,
            sms=limits.sms,
            letter=limits.letter,
            international_sms=limits.international_sms,
        )
        if request.HasField("daily_limits")
        else None,
        email_sender_name=request.email_sender_name if request.HasField("email_sender_name") else None,
        branding=Branding(
            text=look.text,
            colour=look.colour,
            logo_url=look.logo_url,
            alt_text=look.alt_text,
            banner=look.banner,
        )
        if request.HasField("email_branding")
        else None,
    )


def service_response(details: ServiceDetails) -> pb.GetServiceResponse:
    """A service with all that belongs to it."""
    return pb.GetServiceResponse(
        service=service(details.service),
        sms_senders=[sms_sender(sender) for sender in details.sms_senders],
        email_reply_tos=[email_reply_to(reply_to) for reply_to in details.reply_tos],
        letter_contacts=[letter_contact(contact) for contact in details.letter_contacts],
        api_keys=[api_key(key) for key in details.api_keys],
        members=[user(member) for member in details.members],
        guest_list=details.guest_list,
        callbacks=[callback(kind, url) for kind, url in details.callbacks.items()],
    )


def api_key(key: ApiKey) -> pb.ApiKey:
    """A key without its secret."""
    return pb.ApiKey(
        id=str(key.id),
        name=key.name,
        type=KEY_TYPE_NUMBERS[key.key_type],
        create_time=timestamp(key.created_at),
        revoke_time=timestamp(key.revoked_at) if key.revoked_at is not None else None,
    )


def sms_sender(sender: Sender) -> pb.SmsSender:
    """A text sender."""
    return pb.SmsSender(
        id=str(sender.id), value=sender.value, is_default=sender.is_default, archived=sender.archived
    )


def email_reply_to(sender: Sender) -> pb.EmailReplyTo:
    """A reply-to address."""
    return pb.EmailReplyTo(
        id=str(sender.id), value=sender.value, is_default=sender.is_default, archived=sender.archived
    )


def letter_contact(contact: LetterContact) -> pb.LetterContact:
    """A letter contact."""
    return pb.LetterContact(id=str(contact.id), value=contact.value)


def callback(kind: CallbackKind, url: str) -> pb.ServiceCallback:
    """A callback without its token."""
    return pb.ServiceCallback(kind=KIND_NUMBERS[kind], url=url)


def _branding(branding: Branding) -> pb.ServiceBranding:
    return pb.ServiceBranding(
        text=branding.text,
        colour=branding.colour,
        logo_url=branding.logo_url,
        alt_text=branding.alt_text,
        banner=branding.banner,
    )


def _text(id: UUID | None) -> str | None:
    return str(id) if id is not None else None

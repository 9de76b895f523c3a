"""accounts.proto ⇄ values."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast
from uuid import UUID

from notify.notifications.v1 import accounts_pb2 as pb
from notify.notifications.v1 import limits_pb2
from notifyrules.daily_limits import TemporaryLimit
from services.notifications.accounts import (
    ApiKey,
    CallbackKind,
    DailyLimits,
    LetterContact,
    MemberPermissions,
    Organisation,
    OrganisationChange,
    Sender,
    Service,
    ServiceChanges,
    ServiceCredentials,
    ServiceDetails,
    User,
)
from services.notifications.convert.values import KEY_TYPE_NUMBERS, TYPE_NUMBERS, id_from, invalid, timestamp
from services.notifications.limits import LimitName
from services.notifications.senders_store import SenderKind
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


LIMIT_NUMBERS: Mapping[str, "limits_pb2.LimitKind"] = MappingProxyType(
    {
        LimitName.RATE: limits_pb2.LIMIT_KIND_RATE,
        LimitName.EMAIL: limits_pb2.LIMIT_KIND_EMAIL,
        LimitName.SMS: limits_pb2.LIMIT_KIND_SMS,
        LimitName.LETTER: limits_pb2.LIMIT_KIND_LETTER,
        LimitName.INTERNATIONAL_SMS: limits_pb2.LIMIT_KIND_INTERNATIONAL_SMS,
    }
)
_SENDER_KINDS: Mapping[int, SenderKind] = MappingProxyType(
    {
        pb.SENDER_KIND_SMS: SenderKind.SMS,
        pb.SENDER_KIND_EMAIL_REPLY_TO: SenderKind.EMAIL_REPLY_TO,
    }
)


def sender_kind(number: int) -> SenderKind:
    """Which kind of sender. Raises InvalidRequest."""
    kind = _SENDER_KINDS.get(number)
    if kind is None:
        raise invalid("kind", "kind is not set, or not known")
    return kind


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
        temporary_limits=[_temporary_limit(limit) for limit in credentials.temporary_limits],
    )


def daily_limits(limits: DailyLimits) -> pb.DailyLimits:
    """Messages a day."""
    return pb.DailyLimits(
        email=limits.email, sms=limits.sms, letter=limits.letter, international_sms=limits.international_sms
    )


def organisation(value: Organisation) -> pb.Organisation:
    """An organisation."""
    agreement = value.agreement
    return pb.Organisation(
        id=str(value.id),
        name=value.name,
        organisation_type=value.organisation_type,
        version=value.version,
        agreement=None
        if agreement is None
        else pb.Agreement(
            version=agreement.version,
            signed_by_user_id=str(agreement.signed_by),
            on_behalf_of=agreement.on_behalf_of,
            sign_time=timestamp(agreement.signed_at),
        ),
    )


def user(value: User) -> pb.User:
    """A person."""
    return pb.User(
        id=str(value.id),
        name=value.name,
        email_address=value.email_address,
        mobile_number=value.mobile_number,
        version=value.version,
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
        archive_time=None if value.archived_at is None else timestamp(value.archived_at),
        go_live_time=None if value.went_live_at is None else timestamp(value.went_live_at),
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
        organisation=_organisation_change(request),
    )


def service_response(details: ServiceDetails) -> pb.GetServiceResponse:
    """A service with all that belongs to it."""
    return pb.GetServiceResponse(
        service=service(details.service),
        sms_senders=[sms_sender(each) for each in details.sms_senders],
        email_reply_tos=[email_reply_to(reply_to) for reply_to in details.reply_tos],
        letter_contacts=[letter_contact(contact) for contact in details.letter_contacts],
        api_keys=[api_key(key) for key in details.api_keys],
        members=[user(member) for member in details.members],
        guest_list=details.guest_list,
        callbacks=[callback(kind, url) for kind, url in details.callbacks.items()],
        member_permissions=[member_permissions(member) for member in details.member_permissions],
        retentions=[
            pb.Retention(type=TYPE_NUMBERS[channel], days=days)
            for channel, days in details.retentions.items()
        ],
        guest_list_version=details.guest_list_version,
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


def member_permissions(member: MemberPermissions) -> pb.MemberPermissions:
    """What a member may do."""
    return pb.MemberPermissions(
        user_id=str(member.user_id), permissions=member.permissions, version=member.version
    )


def sms_sender(value: Sender) -> pb.SmsSender:
    """A text sender."""
    return pb.SmsSender(
        id=str(value.id),
        value=value.value,
        is_default=value.is_default,
        archived=value.archived,
        version=value.version,
    )


def email_reply_to(value: Sender) -> pb.EmailReplyTo:
    """A reply-to address."""
    return pb.EmailReplyTo(
        id=str(value.id),
        value=value.value,
        is_default=value.is_default,
        archived=value.archived,
        version=value.version,
    )


def sender(kind: "pb.SenderKind", value: Sender) -> pb.Sender:
    """A sender of either kind."""
    return pb.Sender(
        kind=kind,
        id=str(value.id),
        value=value.value,
        is_default=value.is_default,
        archived=value.archived,
        version=value.version,
    )


def letter_contact(contact: LetterContact) -> pb.LetterContact:
    """A letter contact."""
    return pb.LetterContact(id=str(contact.id), value=contact.value)


def callback(kind: CallbackKind, url: str) -> pb.ServiceCallback:
    """A callback without its token."""
    return pb.ServiceCallback(kind=KIND_NUMBERS[kind], url=url)


def _organisation_change(request: pb.UpdateServiceRequest) -> OrganisationChange | None:
    if not request.HasField("organisation_id"):
        return None
    if not request.organisation_id:
        return OrganisationChange(None)
    return OrganisationChange(id_from(request.organisation_id, "organisation_id"))


def _temporary_limit(limit: TemporaryLimit) -> limits_pb2.TemporaryLimit:
    return limits_pb2.TemporaryLimit(
        kind=LIMIT_NUMBERS[limit.name], value=limit.value, end_time=timestamp(limit.ends_at)
    )


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

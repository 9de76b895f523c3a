import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from notify.notifications.v1 import limits_pb2 as _limits_pb2
from notify.notifications.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SenderKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SENDER_KIND_UNSPECIFIED: _ClassVar[SenderKind]
    SENDER_KIND_SMS: _ClassVar[SenderKind]
    SENDER_KIND_EMAIL_REPLY_TO: _ClassVar[SenderKind]

class VerificationState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERIFICATION_STATE_UNSPECIFIED: _ClassVar[VerificationState]
    VERIFICATION_STATE_PENDING: _ClassVar[VerificationState]
    VERIFICATION_STATE_VERIFIED: _ClassVar[VerificationState]
    VERIFICATION_STATE_FAILED: _ClassVar[VerificationState]

class CallbackKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CALLBACK_KIND_UNSPECIFIED: _ClassVar[CallbackKind]
    CALLBACK_KIND_DELIVERY_STATUS: _ClassVar[CallbackKind]
    CALLBACK_KIND_INBOUND_SMS: _ClassVar[CallbackKind]
    CALLBACK_KIND_COMPLAINT: _ClassVar[CallbackKind]
    CALLBACK_KIND_RETURNED_LETTER: _ClassVar[CallbackKind]
SENDER_KIND_UNSPECIFIED: SenderKind
SENDER_KIND_SMS: SenderKind
SENDER_KIND_EMAIL_REPLY_TO: SenderKind
VERIFICATION_STATE_UNSPECIFIED: VerificationState
VERIFICATION_STATE_PENDING: VerificationState
VERIFICATION_STATE_VERIFIED: VerificationState
VERIFICATION_STATE_FAILED: VerificationState
CALLBACK_KIND_UNSPECIFIED: CallbackKind
CALLBACK_KIND_DELIVERY_STATUS: CallbackKind
CALLBACK_KIND_INBOUND_SMS: CallbackKind
CALLBACK_KIND_COMPLAINT: CallbackKind
CALLBACK_KIND_RETURNED_LETTER: CallbackKind

class GetServiceCredentialsRequest(_message.Message):
    __slots__ = ("service_id",)
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    def __init__(self, service_id: _Optional[str] = ...) -> None: ...

class GetServiceCredentialsResponse(_message.Message):
    __slots__ = ("service_id", "active", "restricted", "rate_limit", "daily_limits", "keys", "name", "contact_link", "temporary_limits")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    RESTRICTED_FIELD_NUMBER: _ClassVar[int]
    RATE_LIMIT_FIELD_NUMBER: _ClassVar[int]
    DAILY_LIMITS_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTACT_LINK_FIELD_NUMBER: _ClassVar[int]
    TEMPORARY_LIMITS_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    active: bool
    restricted: bool
    rate_limit: int
    daily_limits: DailyLimits
    keys: _containers.RepeatedCompositeFieldContainer[ApiKeyCredential]
    name: str
    contact_link: str
    temporary_limits: _containers.RepeatedCompositeFieldContainer[_limits_pb2.TemporaryLimit]
    def __init__(self, service_id: _Optional[str] = ..., active: _Optional[bool] = ..., restricted: _Optional[bool] = ..., rate_limit: _Optional[int] = ..., daily_limits: _Optional[_Union[DailyLimits, _Mapping]] = ..., keys: _Optional[_Iterable[_Union[ApiKeyCredential, _Mapping]]] = ..., name: _Optional[str] = ..., contact_link: _Optional[str] = ..., temporary_limits: _Optional[_Iterable[_Union[_limits_pb2.TemporaryLimit, _Mapping]]] = ...) -> None: ...

class ApiKeyCredential(_message.Message):
    __slots__ = ("id", "type", "secret", "revoked")
    ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    REVOKED_FIELD_NUMBER: _ClassVar[int]
    id: str
    type: _types_pb2.KeyType
    secret: str
    revoked: bool
    def __init__(self, id: _Optional[str] = ..., type: _Optional[_Union[_types_pb2.KeyType, str]] = ..., secret: _Optional[str] = ..., revoked: _Optional[bool] = ...) -> None: ...

class DailyLimits(_message.Message):
    __slots__ = ("email", "sms", "letter", "international_sms")
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    SMS_FIELD_NUMBER: _ClassVar[int]
    LETTER_FIELD_NUMBER: _ClassVar[int]
    INTERNATIONAL_SMS_FIELD_NUMBER: _ClassVar[int]
    email: int
    sms: int
    letter: int
    international_sms: int
    def __init__(self, email: _Optional[int] = ..., sms: _Optional[int] = ..., letter: _Optional[int] = ..., international_sms: _Optional[int] = ...) -> None: ...

class Organisation(_message.Message):
    __slots__ = ("id", "name", "organisation_type", "version", "agreement")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_TYPE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    organisation_type: str
    version: int
    agreement: Agreement
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., organisation_type: _Optional[str] = ..., version: _Optional[int] = ..., agreement: _Optional[_Union[Agreement, _Mapping]] = ...) -> None: ...

class Agreement(_message.Message):
    __slots__ = ("version", "signed_by_user_id", "on_behalf_of", "sign_time")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SIGNED_BY_USER_ID_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    SIGN_TIME_FIELD_NUMBER: _ClassVar[int]
    version: str
    signed_by_user_id: str
    on_behalf_of: str
    sign_time: _timestamp_pb2.Timestamp
    def __init__(self, version: _Optional[str] = ..., signed_by_user_id: _Optional[str] = ..., on_behalf_of: _Optional[str] = ..., sign_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetOrganisationRequest(_message.Message):
    __slots__ = ("organisation_id",)
    ORGANISATION_ID_FIELD_NUMBER: _ClassVar[int]
    organisation_id: str
    def __init__(self, organisation_id: _Optional[str] = ...) -> None: ...

class GetOrganisationResponse(_message.Message):
    __slots__ = ("organisation",)
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    organisation: Organisation
    def __init__(self, organisation: _Optional[_Union[Organisation, _Mapping]] = ...) -> None: ...

class UpdateOrganisationRequest(_message.Message):
    __slots__ = ("organisation_id", "based_on_version", "name", "organisation_type")
    ORGANISATION_ID_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_VERSION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_TYPE_FIELD_NUMBER: _ClassVar[int]
    organisation_id: str
    based_on_version: int
    name: str
    organisation_type: str
    def __init__(self, organisation_id: _Optional[str] = ..., based_on_version: _Optional[int] = ..., name: _Optional[str] = ..., organisation_type: _Optional[str] = ...) -> None: ...

class UpdateOrganisationResponse(_message.Message):
    __slots__ = ("organisation",)
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    organisation: Organisation
    def __init__(self, organisation: _Optional[_Union[Organisation, _Mapping]] = ...) -> None: ...

class SignAgreementRequest(_message.Message):
    __slots__ = ("organisation_id", "based_on_version", "agreement_version", "signed_by_user_id", "on_behalf_of", "sign_time")
    ORGANISATION_ID_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_VERSION_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    SIGNED_BY_USER_ID_FIELD_NUMBER: _ClassVar[int]
    ON_BEHALF_OF_FIELD_NUMBER: _ClassVar[int]
    SIGN_TIME_FIELD_NUMBER: _ClassVar[int]
    organisation_id: str
    based_on_version: int
    agreement_version: str
    signed_by_user_id: str
    on_behalf_of: str
    sign_time: _timestamp_pb2.Timestamp
    def __init__(self, organisation_id: _Optional[str] = ..., based_on_version: _Optional[int] = ..., agreement_version: _Optional[str] = ..., signed_by_user_id: _Optional[str] = ..., on_behalf_of: _Optional[str] = ..., sign_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SignAgreementResponse(_message.Message):
    __slots__ = ("organisation",)
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    organisation: Organisation
    def __init__(self, organisation: _Optional[_Union[Organisation, _Mapping]] = ...) -> None: ...

class CreateOrganisationRequest(_message.Message):
    __slots__ = ("request_id", "name", "organisation_type")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_TYPE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    name: str
    organisation_type: str
    def __init__(self, request_id: _Optional[str] = ..., name: _Optional[str] = ..., organisation_type: _Optional[str] = ...) -> None: ...

class CreateOrganisationResponse(_message.Message):
    __slots__ = ("organisation",)
    ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    organisation: Organisation
    def __init__(self, organisation: _Optional[_Union[Organisation, _Mapping]] = ...) -> None: ...

class ListOrganisationsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "name")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    name: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class ListOrganisationsResponse(_message.Message):
    __slots__ = ("organisations", "next_page_token")
    ORGANISATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    organisations: _containers.RepeatedCompositeFieldContainer[Organisation]
    next_page_token: str
    def __init__(self, organisations: _Optional[_Iterable[_Union[Organisation, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class User(_message.Message):
    __slots__ = ("id", "name", "email_address", "mobile_number", "version")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    EMAIL_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    MOBILE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    email_address: str
    mobile_number: str
    version: int
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., email_address: _Optional[str] = ..., mobile_number: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class ListUsersRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListUsersResponse(_message.Message):
    __slots__ = ("users", "next_page_token")
    USERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    users: _containers.RepeatedCompositeFieldContainer[User]
    next_page_token: str
    def __init__(self, users: _Optional[_Iterable[_Union[User, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateUserRequest(_message.Message):
    __slots__ = ("user_id", "based_on_version", "name", "email_address", "mobile_number")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_VERSION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    EMAIL_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    MOBILE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    based_on_version: int
    name: str
    email_address: str
    mobile_number: str
    def __init__(self, user_id: _Optional[str] = ..., based_on_version: _Optional[int] = ..., name: _Optional[str] = ..., email_address: _Optional[str] = ..., mobile_number: _Optional[str] = ...) -> None: ...

class UpdateUserResponse(_message.Message):
    __slots__ = ("user",)
    USER_FIELD_NUMBER: _ClassVar[int]
    user: User
    def __init__(self, user: _Optional[_Union[User, _Mapping]] = ...) -> None: ...

class CreateUserRequest(_message.Message):
    __slots__ = ("request_id", "name", "email_address", "mobile_number")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    EMAIL_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    MOBILE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    name: str
    email_address: str
    mobile_number: str
    def __init__(self, request_id: _Optional[str] = ..., name: _Optional[str] = ..., email_address: _Optional[str] = ..., mobile_number: _Optional[str] = ...) -> None: ...

class CreateUserResponse(_message.Message):
    __slots__ = ("user",)
    USER_FIELD_NUMBER: _ClassVar[int]
    user: User
    def __init__(self, user: _Optional[_Union[User, _Mapping]] = ...) -> None: ...

class GetUserRequest(_message.Message):
    __slots__ = ("email_address",)
    EMAIL_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    email_address: str
    def __init__(self, email_address: _Optional[str] = ...) -> None: ...

class GetUserResponse(_message.Message):
    __slots__ = ("user",)
    USER_FIELD_NUMBER: _ClassVar[int]
    user: User
    def __init__(self, user: _Optional[_Union[User, _Mapping]] = ...) -> None: ...

class Service(_message.Message):
    __slots__ = ("id", "name", "active", "restricted", "permissions", "prefix_sms", "contact_link", "rate_limit", "daily_limits", "organisation_id", "email_sender_name", "version", "email_branding", "create_time", "archive_time", "go_live_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    RESTRICTED_FIELD_NUMBER: _ClassVar[int]
    PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    PREFIX_SMS_FIELD_NUMBER: _ClassVar[int]
    CONTACT_LINK_FIELD_NUMBER: _ClassVar[int]
    RATE_LIMIT_FIELD_NUMBER: _ClassVar[int]
    DAILY_LIMITS_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_ID_FIELD_NUMBER: _ClassVar[int]
    EMAIL_SENDER_NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    EMAIL_BRANDING_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ARCHIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    GO_LIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    active: bool
    restricted: bool
    permissions: _containers.RepeatedScalarFieldContainer[str]
    prefix_sms: bool
    contact_link: str
    rate_limit: int
    daily_limits: DailyLimits
    organisation_id: str
    email_sender_name: str
    version: int
    email_branding: ServiceBranding
    create_time: _timestamp_pb2.Timestamp
    archive_time: _timestamp_pb2.Timestamp
    go_live_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., active: _Optional[bool] = ..., restricted: _Optional[bool] = ..., permissions: _Optional[_Iterable[str]] = ..., prefix_sms: _Optional[bool] = ..., contact_link: _Optional[str] = ..., rate_limit: _Optional[int] = ..., daily_limits: _Optional[_Union[DailyLimits, _Mapping]] = ..., organisation_id: _Optional[str] = ..., email_sender_name: _Optional[str] = ..., version: _Optional[int] = ..., email_branding: _Optional[_Union[ServiceBranding, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., archive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., go_live_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ServiceBranding(_message.Message):
    __slots__ = ("text", "colour", "logo_url", "alt_text", "banner")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    COLOUR_FIELD_NUMBER: _ClassVar[int]
    LOGO_URL_FIELD_NUMBER: _ClassVar[int]
    ALT_TEXT_FIELD_NUMBER: _ClassVar[int]
    BANNER_FIELD_NUMBER: _ClassVar[int]
    text: str
    colour: str
    logo_url: str
    alt_text: str
    banner: bool
    def __init__(self, text: _Optional[str] = ..., colour: _Optional[str] = ..., logo_url: _Optional[str] = ..., alt_text: _Optional[str] = ..., banner: _Optional[bool] = ...) -> None: ...

class CreateServiceRequest(_message.Message):
    __slots__ = ("request_id", "name", "organisation_id", "permissions", "restricted", "user_id", "default_sms_sender")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_ID_FIELD_NUMBER: _ClassVar[int]
    PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    RESTRICTED_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_SMS_SENDER_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    name: str
    organisation_id: str
    permissions: _containers.RepeatedScalarFieldContainer[str]
    restricted: bool
    user_id: str
    default_sms_sender: str
    def __init__(self, request_id: _Optional[str] = ..., name: _Optional[str] = ..., organisation_id: _Optional[str] = ..., permissions: _Optional[_Iterable[str]] = ..., restricted: _Optional[bool] = ..., user_id: _Optional[str] = ..., default_sms_sender: _Optional[str] = ...) -> None: ...

class CreateServiceResponse(_message.Message):
    __slots__ = ("service",)
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    service: Service
    def __init__(self, service: _Optional[_Union[Service, _Mapping]] = ...) -> None: ...

class UpdateServiceRequest(_message.Message):
    __slots__ = ("service_id", "based_on_version", "name", "active", "restricted", "permissions", "prefix_sms", "contact_link", "rate_limit", "daily_limits", "email_sender_name", "email_branding", "organisation_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_VERSION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    RESTRICTED_FIELD_NUMBER: _ClassVar[int]
    PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    PREFIX_SMS_FIELD_NUMBER: _ClassVar[int]
    CONTACT_LINK_FIELD_NUMBER: _ClassVar[int]
    RATE_LIMIT_FIELD_NUMBER: _ClassVar[int]
    DAILY_LIMITS_FIELD_NUMBER: _ClassVar[int]
    EMAIL_SENDER_NAME_FIELD_NUMBER: _ClassVar[int]
    EMAIL_BRANDING_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    based_on_version: int
    name: str
    active: bool
    restricted: bool
    permissions: PermissionSet
    prefix_sms: bool
    contact_link: str
    rate_limit: int
    daily_limits: DailyLimits
    email_sender_name: str
    email_branding: ServiceBranding
    organisation_id: str
    def __init__(self, service_id: _Optional[str] = ..., based_on_version: _Optional[int] = ..., name: _Optional[str] = ..., active: _Optional[bool] = ..., restricted: _Optional[bool] = ..., permissions: _Optional[_Union[PermissionSet, _Mapping]] = ..., prefix_sms: _Optional[bool] = ..., contact_link: _Optional[str] = ..., rate_limit: _Optional[int] = ..., daily_limits: _Optional[_Union[DailyLimits, _Mapping]] = ..., email_sender_name: _Optional[str] = ..., email_branding: _Optional[_Union[ServiceBranding, _Mapping]] = ..., organisation_id: _Optional[str] = ...) -> None: ...

class PermissionSet(_message.Message):
    __slots__ = ("permissions",)
    PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    permissions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, permissions: _Optional[_Iterable[str]] = ...) -> None: ...

class UpdateServiceResponse(_message.Message):
    __slots__ = ("service",)
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    service: Service
    def __init__(self, service: _Optional[_Union[Service, _Mapping]] = ...) -> None: ...

class GetServiceRequest(_message.Message):
    __slots__ = ("service_id", "name")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    name: str
    def __init__(self, service_id: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class GetServiceResponse(_message.Message):
    __slots__ = ("service", "sms_senders", "email_reply_tos", "letter_contacts", "api_keys", "members", "guest_list", "callbacks", "member_permissions", "retentions", "guest_list_version")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    SMS_SENDERS_FIELD_NUMBER: _ClassVar[int]
    EMAIL_REPLY_TOS_FIELD_NUMBER: _ClassVar[int]
    LETTER_CONTACTS_FIELD_NUMBER: _ClassVar[int]
    API_KEYS_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    GUEST_LIST_FIELD_NUMBER: _ClassVar[int]
    CALLBACKS_FIELD_NUMBER: _ClassVar[int]
    MEMBER_PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    RETENTIONS_FIELD_NUMBER: _ClassVar[int]
    GUEST_LIST_VERSION_FIELD_NUMBER: _ClassVar[int]
    service: Service
    sms_senders: _containers.RepeatedCompositeFieldContainer[SmsSender]
    email_reply_tos: _containers.RepeatedCompositeFieldContainer[EmailReplyTo]
    letter_contacts: _containers.RepeatedCompositeFieldContainer[LetterContact]
    api_keys: _containers.RepeatedCompositeFieldContainer[ApiKey]
    members: _containers.RepeatedCompositeFieldContainer[User]
    guest_list: _containers.RepeatedScalarFieldContainer[str]
    callbacks: _containers.RepeatedCompositeFieldContainer[ServiceCallback]
    member_permissions: _containers.RepeatedCompositeFieldContainer[MemberPermissions]
    retentions: _containers.RepeatedCompositeFieldContainer[Retention]
    guest_list_version: int
    def __init__(self, service: _Optional[_Union[Service, _Mapping]] = ..., sms_senders: _Optional[_Iterable[_Union[SmsSender, _Mapping]]] = ..., email_reply_tos: _Optional[_Iterable[_Union[EmailReplyTo, _Mapping]]] = ..., letter_contacts: _Optional[_Iterable[_Union[LetterContact, _Mapping]]] = ..., api_keys: _Optional[_Iterable[_Union[ApiKey, _Mapping]]] = ..., members: _Optional[_Iterable[_Union[User, _Mapping]]] = ..., guest_list: _Optional[_Iterable[str]] = ..., callbacks: _Optional[_Iterable[_Union[ServiceCallback, _Mapping]]] = ..., member_permissions: _Optional[_Iterable[_Union[MemberPermissions, _Mapping]]] = ..., retentions: _Optional[_Iterable[_Union[Retention, _Mapping]]] = ..., guest_list_version: _Optional[int] = ...) -> None: ...

class MemberPermissions(_message.Message):
    __slots__ = ("user_id", "permissions", "version")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    permissions: _containers.RepeatedScalarFieldContainer[str]
    version: int
    def __init__(self, user_id: _Optional[str] = ..., permissions: _Optional[_Iterable[str]] = ..., version: _Optional[int] = ...) -> None: ...

class Retention(_message.Message):
    __slots__ = ("type", "days")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    type: _types_pb2.NotificationType
    days: int
    def __init__(self, type: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., days: _Optional[int] = ...) -> None: ...

class SetMemberPermissionsRequest(_message.Message):
    __slots__ = ("service_id", "user_id", "based_on_version", "permissions")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_VERSION_FIELD_NUMBER: _ClassVar[int]
    PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    user_id: str
    based_on_version: int
    permissions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, service_id: _Optional[str] = ..., user_id: _Optional[str] = ..., based_on_version: _Optional[int] = ..., permissions: _Optional[_Iterable[str]] = ...) -> None: ...

class SetMemberPermissionsResponse(_message.Message):
    __slots__ = ("member_permissions",)
    MEMBER_PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    member_permissions: MemberPermissions
    def __init__(self, member_permissions: _Optional[_Union[MemberPermissions, _Mapping]] = ...) -> None: ...

class RemoveServiceMemberRequest(_message.Message):
    __slots__ = ("service_id", "user_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    user_id: str
    def __init__(self, service_id: _Optional[str] = ..., user_id: _Optional[str] = ...) -> None: ...

class RemoveServiceMemberResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GoLiveRequest(_message.Message):
    __slots__ = ("service_id", "based_on_version")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_VERSION_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    based_on_version: int
    def __init__(self, service_id: _Optional[str] = ..., based_on_version: _Optional[int] = ...) -> None: ...

class GoLiveResponse(_message.Message):
    __slots__ = ("service",)
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    service: Service
    def __init__(self, service: _Optional[_Union[Service, _Mapping]] = ...) -> None: ...

class ArchiveServiceRequest(_message.Message):
    __slots__ = ("service_id", "based_on_version", "dry_run")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_VERSION_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    based_on_version: int
    dry_run: bool
    def __init__(self, service_id: _Optional[str] = ..., based_on_version: _Optional[int] = ..., dry_run: _Optional[bool] = ...) -> None: ...

class ArchiveServiceResponse(_message.Message):
    __slots__ = ("service", "archived_template_count", "revoked_api_key_count")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    ARCHIVED_TEMPLATE_COUNT_FIELD_NUMBER: _ClassVar[int]
    REVOKED_API_KEY_COUNT_FIELD_NUMBER: _ClassVar[int]
    service: Service
    archived_template_count: int
    revoked_api_key_count: int
    def __init__(self, service: _Optional[_Union[Service, _Mapping]] = ..., archived_template_count: _Optional[int] = ..., revoked_api_key_count: _Optional[int] = ...) -> None: ...

class UnarchiveServiceRequest(_message.Message):
    __slots__ = ("service_id", "based_on_version", "dry_run")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_VERSION_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    based_on_version: int
    dry_run: bool
    def __init__(self, service_id: _Optional[str] = ..., based_on_version: _Optional[int] = ..., dry_run: _Optional[bool] = ...) -> None: ...

class UnarchiveServiceResponse(_message.Message):
    __slots__ = ("service", "restored_template_count", "restored_api_key_count")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    RESTORED_TEMPLATE_COUNT_FIELD_NUMBER: _ClassVar[int]
    RESTORED_API_KEY_COUNT_FIELD_NUMBER: _ClassVar[int]
    service: Service
    restored_template_count: int
    restored_api_key_count: int
    def __init__(self, service: _Optional[_Union[Service, _Mapping]] = ..., restored_template_count: _Optional[int] = ..., restored_api_key_count: _Optional[int] = ...) -> None: ...

class SetRetentionRequest(_message.Message):
    __slots__ = ("service_id", "based_on_version", "type", "days")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_VERSION_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    based_on_version: int
    type: _types_pb2.NotificationType
    days: int
    def __init__(self, service_id: _Optional[str] = ..., based_on_version: _Optional[int] = ..., type: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., days: _Optional[int] = ...) -> None: ...

class SetRetentionResponse(_message.Message):
    __slots__ = ("service",)
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    service: Service
    def __init__(self, service: _Optional[_Union[Service, _Mapping]] = ...) -> None: ...

class ListServicesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListServicesResponse(_message.Message):
    __slots__ = ("services", "next_page_token")
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    services: _containers.RepeatedCompositeFieldContainer[Service]
    next_page_token: str
    def __init__(self, services: _Optional[_Iterable[_Union[Service, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AddServiceMemberRequest(_message.Message):
    __slots__ = ("service_id", "user_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    user_id: str
    def __init__(self, service_id: _Optional[str] = ..., user_id: _Optional[str] = ...) -> None: ...

class AddServiceMemberResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ApiKey(_message.Message):
    __slots__ = ("id", "name", "type", "create_time", "revoke_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    REVOKE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    type: _types_pb2.KeyType
    create_time: _timestamp_pb2.Timestamp
    revoke_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., type: _Optional[_Union[_types_pb2.KeyType, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoke_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateApiKeyRequest(_message.Message):
    __slots__ = ("service_id", "name", "type", "user_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    name: str
    type: _types_pb2.KeyType
    user_id: str
    def __init__(self, service_id: _Optional[str] = ..., name: _Optional[str] = ..., type: _Optional[_Union[_types_pb2.KeyType, str]] = ..., user_id: _Optional[str] = ...) -> None: ...

class CreateApiKeyResponse(_message.Message):
    __slots__ = ("api_key", "secret", "full_key")
    API_KEY_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    FULL_KEY_FIELD_NUMBER: _ClassVar[int]
    api_key: ApiKey
    secret: str
    full_key: str
    def __init__(self, api_key: _Optional[_Union[ApiKey, _Mapping]] = ..., secret: _Optional[str] = ..., full_key: _Optional[str] = ...) -> None: ...

class RevokeApiKeyRequest(_message.Message):
    __slots__ = ("service_id", "api_key_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    API_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    api_key_id: str
    def __init__(self, service_id: _Optional[str] = ..., api_key_id: _Optional[str] = ...) -> None: ...

class RevokeApiKeyResponse(_message.Message):
    __slots__ = ("api_key",)
    API_KEY_FIELD_NUMBER: _ClassVar[int]
    api_key: ApiKey
    def __init__(self, api_key: _Optional[_Union[ApiKey, _Mapping]] = ...) -> None: ...

class SmsSender(_message.Message):
    __slots__ = ("id", "value", "is_default", "archived", "version")
    ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    IS_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    id: str
    value: str
    is_default: bool
    archived: bool
    version: int
    def __init__(self, id: _Optional[str] = ..., value: _Optional[str] = ..., is_default: _Optional[bool] = ..., archived: _Optional[bool] = ..., version: _Optional[int] = ...) -> None: ...

class CreateSmsSenderRequest(_message.Message):
    __slots__ = ("service_id", "value", "is_default")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    IS_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    value: str
    is_default: bool
    def __init__(self, service_id: _Optional[str] = ..., value: _Optional[str] = ..., is_default: _Optional[bool] = ...) -> None: ...

class CreateSmsSenderResponse(_message.Message):
    __slots__ = ("sms_sender",)
    SMS_SENDER_FIELD_NUMBER: _ClassVar[int]
    sms_sender: SmsSender
    def __init__(self, sms_sender: _Optional[_Union[SmsSender, _Mapping]] = ...) -> None: ...

class ArchiveSmsSenderRequest(_message.Message):
    __slots__ = ("service_id", "sms_sender_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    SMS_SENDER_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    sms_sender_id: str
    def __init__(self, service_id: _Optional[str] = ..., sms_sender_id: _Optional[str] = ...) -> None: ...

class ArchiveSmsSenderResponse(_message.Message):
    __slots__ = ("sms_sender",)
    SMS_SENDER_FIELD_NUMBER: _ClassVar[int]
    sms_sender: SmsSender
    def __init__(self, sms_sender: _Optional[_Union[SmsSender, _Mapping]] = ...) -> None: ...

class EmailReplyTo(_message.Message):
    __slots__ = ("id", "value", "is_default", "archived", "version")
    ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    IS_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    id: str
    value: str
    is_default: bool
    archived: bool
    version: int
    def __init__(self, id: _Optional[str] = ..., value: _Optional[str] = ..., is_default: _Optional[bool] = ..., archived: _Optional[bool] = ..., version: _Optional[int] = ...) -> None: ...

class CreateEmailReplyToRequest(_message.Message):
    __slots__ = ("service_id", "value", "is_default")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    IS_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    value: str
    is_default: bool
    def __init__(self, service_id: _Optional[str] = ..., value: _Optional[str] = ..., is_default: _Optional[bool] = ...) -> None: ...

class CreateEmailReplyToResponse(_message.Message):
    __slots__ = ("email_reply_to",)
    EMAIL_REPLY_TO_FIELD_NUMBER: _ClassVar[int]
    email_reply_to: EmailReplyTo
    def __init__(self, email_reply_to: _Optional[_Union[EmailReplyTo, _Mapping]] = ...) -> None: ...

class ArchiveEmailReplyToRequest(_message.Message):
    __slots__ = ("service_id", "email_reply_to_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    EMAIL_REPLY_TO_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    email_reply_to_id: str
    def __init__(self, service_id: _Optional[str] = ..., email_reply_to_id: _Optional[str] = ...) -> None: ...

class ArchiveEmailReplyToResponse(_message.Message):
    __slots__ = ("email_reply_to",)
    EMAIL_REPLY_TO_FIELD_NUMBER: _ClassVar[int]
    email_reply_to: EmailReplyTo
    def __init__(self, email_reply_to: _Optional[_Union[EmailReplyTo, _Mapping]] = ...) -> None: ...

class Sender(_message.Message):
    __slots__ = ("kind", "id", "value", "is_default", "archived", "version")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    IS_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    kind: SenderKind
    id: str
    value: str
    is_default: bool
    archived: bool
    version: int
    def __init__(self, kind: _Optional[_Union[SenderKind, str]] = ..., id: _Optional[str] = ..., value: _Optional[str] = ..., is_default: _Optional[bool] = ..., archived: _Optional[bool] = ..., version: _Optional[int] = ...) -> None: ...

class UpdateSenderRequest(_message.Message):
    __slots__ = ("service_id", "kind", "sender_id", "based_on_version", "value", "is_default")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SENDER_ID_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_VERSION_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    IS_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    kind: SenderKind
    sender_id: str
    based_on_version: int
    value: str
    is_default: bool
    def __init__(self, service_id: _Optional[str] = ..., kind: _Optional[_Union[SenderKind, str]] = ..., sender_id: _Optional[str] = ..., based_on_version: _Optional[int] = ..., value: _Optional[str] = ..., is_default: _Optional[bool] = ...) -> None: ...

class UpdateSenderResponse(_message.Message):
    __slots__ = ("sender",)
    SENDER_FIELD_NUMBER: _ClassVar[int]
    sender: Sender
    def __init__(self, sender: _Optional[_Union[Sender, _Mapping]] = ...) -> None: ...

class VerifyEmailReplyToRequest(_message.Message):
    __slots__ = ("request_id", "service_id", "value", "is_default")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    IS_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    service_id: str
    value: str
    is_default: bool
    def __init__(self, request_id: _Optional[str] = ..., service_id: _Optional[str] = ..., value: _Optional[str] = ..., is_default: _Optional[bool] = ...) -> None: ...

class VerifyEmailReplyToResponse(_message.Message):
    __slots__ = ("state", "email_reply_to", "notification_id")
    STATE_FIELD_NUMBER: _ClassVar[int]
    EMAIL_REPLY_TO_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    state: VerificationState
    email_reply_to: EmailReplyTo
    notification_id: str
    def __init__(self, state: _Optional[_Union[VerificationState, str]] = ..., email_reply_to: _Optional[_Union[EmailReplyTo, _Mapping]] = ..., notification_id: _Optional[str] = ...) -> None: ...

class LetterContact(_message.Message):
    __slots__ = ("id", "value")
    ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    id: str
    value: str
    def __init__(self, id: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class CreateLetterContactRequest(_message.Message):
    __slots__ = ("service_id", "value")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    value: str
    def __init__(self, service_id: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class CreateLetterContactResponse(_message.Message):
    __slots__ = ("letter_contact",)
    LETTER_CONTACT_FIELD_NUMBER: _ClassVar[int]
    letter_contact: LetterContact
    def __init__(self, letter_contact: _Optional[_Union[LetterContact, _Mapping]] = ...) -> None: ...

class SetGuestListRequest(_message.Message):
    __slots__ = ("service_id", "phone_numbers", "email_addresses", "based_on_version")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    PHONE_NUMBERS_FIELD_NUMBER: _ClassVar[int]
    EMAIL_ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_VERSION_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    phone_numbers: _containers.RepeatedScalarFieldContainer[str]
    email_addresses: _containers.RepeatedScalarFieldContainer[str]
    based_on_version: int
    def __init__(self, service_id: _Optional[str] = ..., phone_numbers: _Optional[_Iterable[str]] = ..., email_addresses: _Optional[_Iterable[str]] = ..., based_on_version: _Optional[int] = ...) -> None: ...

class SetGuestListResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ServiceCallback(_message.Message):
    __slots__ = ("kind", "url")
    KIND_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    kind: CallbackKind
    url: str
    def __init__(self, kind: _Optional[_Union[CallbackKind, str]] = ..., url: _Optional[str] = ...) -> None: ...

class SetCallbackRequest(_message.Message):
    __slots__ = ("service_id", "kind", "url", "bearer_token")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    BEARER_TOKEN_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    kind: CallbackKind
    url: str
    bearer_token: str
    def __init__(self, service_id: _Optional[str] = ..., kind: _Optional[_Union[CallbackKind, str]] = ..., url: _Optional[str] = ..., bearer_token: _Optional[str] = ...) -> None: ...

class SetCallbackResponse(_message.Message):
    __slots__ = ("callback", "signing_secret")
    CALLBACK_FIELD_NUMBER: _ClassVar[int]
    SIGNING_SECRET_FIELD_NUMBER: _ClassVar[int]
    callback: ServiceCallback
    signing_secret: str
    def __init__(self, callback: _Optional[_Union[ServiceCallback, _Mapping]] = ..., signing_secret: _Optional[str] = ...) -> None: ...

class InboundNumber(_message.Message):
    __slots__ = ("number", "provider", "service_id", "first_used_time")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_USED_TIME_FIELD_NUMBER: _ClassVar[int]
    number: str
    provider: str
    service_id: str
    first_used_time: _timestamp_pb2.Timestamp
    def __init__(self, number: _Optional[str] = ..., provider: _Optional[str] = ..., service_id: _Optional[str] = ..., first_used_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ImportInboundNumbersRequest(_message.Message):
    __slots__ = ("numbers", "provider", "dry_run")
    NUMBERS_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    numbers: _containers.RepeatedScalarFieldContainer[str]
    provider: str
    dry_run: bool
    def __init__(self, numbers: _Optional[_Iterable[str]] = ..., provider: _Optional[str] = ..., dry_run: _Optional[bool] = ...) -> None: ...

class ImportInboundNumbersResponse(_message.Message):
    __slots__ = ("added_count", "known_count")
    ADDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    KNOWN_COUNT_FIELD_NUMBER: _ClassVar[int]
    added_count: int
    known_count: int
    def __init__(self, added_count: _Optional[int] = ..., known_count: _Optional[int] = ...) -> None: ...

class ReleaseInboundNumberRequest(_message.Message):
    __slots__ = ("number",)
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    number: str
    def __init__(self, number: _Optional[str] = ...) -> None: ...

class ReleaseInboundNumberResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetInboundNumberStockRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetInboundNumberStockResponse(_message.Message):
    __slots__ = ("free_count", "assigned_count", "low_below_count", "low")
    FREE_COUNT_FIELD_NUMBER: _ClassVar[int]
    ASSIGNED_COUNT_FIELD_NUMBER: _ClassVar[int]
    LOW_BELOW_COUNT_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    free_count: int
    assigned_count: int
    low_below_count: int
    low: bool
    def __init__(self, free_count: _Optional[int] = ..., assigned_count: _Optional[int] = ..., low_below_count: _Optional[int] = ..., low: _Optional[bool] = ...) -> None: ...

class DescribeIdRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class DescribeIdResponse(_message.Message):
    __slots__ = ("kind", "name", "service_id", "create_time")
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    kind: str
    name: str
    service_id: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, kind: _Optional[str] = ..., name: _Optional[str] = ..., service_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AddInboundNumberRequest(_message.Message):
    __slots__ = ("number", "provider", "service_id")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    number: str
    provider: str
    service_id: str
    def __init__(self, number: _Optional[str] = ..., provider: _Optional[str] = ..., service_id: _Optional[str] = ...) -> None: ...

class AddInboundNumberResponse(_message.Message):
    __slots__ = ("inbound_number",)
    INBOUND_NUMBER_FIELD_NUMBER: _ClassVar[int]
    inbound_number: InboundNumber
    def __init__(self, inbound_number: _Optional[_Union[InboundNumber, _Mapping]] = ...) -> None: ...

class AssignInboundNumberRequest(_message.Message):
    __slots__ = ("number", "service_id")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    number: str
    service_id: str
    def __init__(self, number: _Optional[str] = ..., service_id: _Optional[str] = ...) -> None: ...

class AssignInboundNumberResponse(_message.Message):
    __slots__ = ("inbound_number",)
    INBOUND_NUMBER_FIELD_NUMBER: _ClassVar[int]
    inbound_number: InboundNumber
    def __init__(self, inbound_number: _Optional[_Union[InboundNumber, _Mapping]] = ...) -> None: ...

class ListInboundNumbersRequest(_message.Message):
    __slots__ = ("service_id", "free_only", "page_size", "page_token")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    FREE_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    free_only: bool
    page_size: int
    page_token: str
    def __init__(self, service_id: _Optional[str] = ..., free_only: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListInboundNumbersResponse(_message.Message):
    __slots__ = ("inbound_numbers", "next_page_token")
    INBOUND_NUMBERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    inbound_numbers: _containers.RepeatedCompositeFieldContainer[InboundNumber]
    next_page_token: str
    def __init__(self, inbound_numbers: _Optional[_Iterable[_Union[InboundNumber, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

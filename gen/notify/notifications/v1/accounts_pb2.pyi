import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from notify.notifications.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CallbackKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CALLBACK_KIND_UNSPECIFIED: _ClassVar[CallbackKind]
    CALLBACK_KIND_DELIVERY_STATUS: _ClassVar[CallbackKind]
    CALLBACK_KIND_INBOUND_SMS: _ClassVar[CallbackKind]
    CALLBACK_KIND_COMPLAINT: _ClassVar[CallbackKind]
    CALLBACK_KIND_RETURNED_LETTER: _ClassVar[CallbackKind]
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
    __slots__ = ("service_id", "active", "restricted", "rate_limit", "daily_limits", "keys", "name", "contact_link")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    RESTRICTED_FIELD_NUMBER: _ClassVar[int]
    RATE_LIMIT_FIELD_NUMBER: _ClassVar[int]
    DAILY_LIMITS_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTACT_LINK_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    active: bool
    restricted: bool
    rate_limit: int
    daily_limits: DailyLimits
    keys: _containers.RepeatedCompositeFieldContainer[ApiKeyCredential]
    name: str
    contact_link: str
    def __init__(self, service_id: _Optional[str] = ..., active: _Optional[bool] = ..., restricted: _Optional[bool] = ..., rate_limit: _Optional[int] = ..., daily_limits: _Optional[_Union[DailyLimits, _Mapping]] = ..., keys: _Optional[_Iterable[_Union[ApiKeyCredential, _Mapping]]] = ..., name: _Optional[str] = ..., contact_link: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("id", "name", "organisation_type")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_TYPE_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    organisation_type: str
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., organisation_type: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("id", "name", "email_address", "mobile_number")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    EMAIL_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    MOBILE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    email_address: str
    mobile_number: str
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., email_address: _Optional[str] = ..., mobile_number: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("id", "name", "active", "restricted", "permissions", "prefix_sms", "contact_link", "rate_limit", "daily_limits", "organisation_id", "email_sender_name", "version", "email_branding", "create_time")
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
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., active: _Optional[bool] = ..., restricted: _Optional[bool] = ..., permissions: _Optional[_Iterable[str]] = ..., prefix_sms: _Optional[bool] = ..., contact_link: _Optional[str] = ..., rate_limit: _Optional[int] = ..., daily_limits: _Optional[_Union[DailyLimits, _Mapping]] = ..., organisation_id: _Optional[str] = ..., email_sender_name: _Optional[str] = ..., version: _Optional[int] = ..., email_branding: _Optional[_Union[ServiceBranding, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

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
    __slots__ = ("service_id", "based_on_version", "name", "active", "restricted", "permissions", "prefix_sms", "contact_link", "rate_limit", "daily_limits", "email_sender_name", "email_branding")
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
    def __init__(self, service_id: _Optional[str] = ..., based_on_version: _Optional[int] = ..., name: _Optional[str] = ..., active: _Optional[bool] = ..., restricted: _Optional[bool] = ..., permissions: _Optional[_Union[PermissionSet, _Mapping]] = ..., prefix_sms: _Optional[bool] = ..., contact_link: _Optional[str] = ..., rate_limit: _Optional[int] = ..., daily_limits: _Optional[_Union[DailyLimits, _Mapping]] = ..., email_sender_name: _Optional[str] = ..., email_branding: _Optional[_Union[ServiceBranding, _Mapping]] = ...) -> None: ...

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
    __slots__ = ("service", "sms_senders", "email_reply_tos", "letter_contacts", "api_keys", "members", "guest_list", "callbacks")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    SMS_SENDERS_FIELD_NUMBER: _ClassVar[int]
    EMAIL_REPLY_TOS_FIELD_NUMBER: _ClassVar[int]
    LETTER_CONTACTS_FIELD_NUMBER: _ClassVar[int]
    API_KEYS_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    GUEST_LIST_FIELD_NUMBER: _ClassVar[int]
    CALLBACKS_FIELD_NUMBER: _ClassVar[int]
    service: Service
    sms_senders: _containers.RepeatedCompositeFieldContainer[SmsSender]
    email_reply_tos: _containers.RepeatedCompositeFieldContainer[EmailReplyTo]
    letter_contacts: _containers.RepeatedCompositeFieldContainer[LetterContact]
    api_keys: _containers.RepeatedCompositeFieldContainer[ApiKey]
    members: _containers.RepeatedCompositeFieldContainer[User]
    guest_list: _containers.RepeatedScalarFieldContainer[str]
    callbacks: _containers.RepeatedCompositeFieldContainer[ServiceCallback]
    def __init__(self, service: _Optional[_Union[Service, _Mapping]] = ..., sms_senders: _Optional[_Iterable[_Union[SmsSender, _Mapping]]] = ..., email_reply_tos: _Optional[_Iterable[_Union[EmailReplyTo, _Mapping]]] = ..., letter_contacts: _Optional[_Iterable[_Union[LetterContact, _Mapping]]] = ..., api_keys: _Optional[_Iterable[_Union[ApiKey, _Mapping]]] = ..., members: _Optional[_Iterable[_Union[User, _Mapping]]] = ..., guest_list: _Optional[_Iterable[str]] = ..., callbacks: _Optional[_Iterable[_Union[ServiceCallback, _Mapping]]] = ...) -> None: ...

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
    __slots__ = ("id", "value", "is_default", "archived")
    ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    IS_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    id: str
    value: str
    is_default: bool
    archived: bool
    def __init__(self, id: _Optional[str] = ..., value: _Optional[str] = ..., is_default: _Optional[bool] = ..., archived: _Optional[bool] = ...) -> None: ...

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
    __slots__ = ("id", "value", "is_default", "archived")
    ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    IS_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    id: str
    value: str
    is_default: bool
    archived: bool
    def __init__(self, id: _Optional[str] = ..., value: _Optional[str] = ..., is_default: _Optional[bool] = ..., archived: _Optional[bool] = ...) -> None: ...

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
    __slots__ = ("service_id", "phone_numbers", "email_addresses")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    PHONE_NUMBERS_FIELD_NUMBER: _ClassVar[int]
    EMAIL_ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    phone_numbers: _containers.RepeatedScalarFieldContainer[str]
    email_addresses: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, service_id: _Optional[str] = ..., phone_numbers: _Optional[_Iterable[str]] = ..., email_addresses: _Optional[_Iterable[str]] = ...) -> None: ...

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
    __slots__ = ("number", "provider", "service_id")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    number: str
    provider: str
    service_id: str
    def __init__(self, number: _Optional[str] = ..., provider: _Optional[str] = ..., service_id: _Optional[str] = ...) -> None: ...

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

import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from notify.notifications.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Template(_message.Message):
    __slots__ = ("id", "service_id", "type", "name", "version", "body", "subject", "create_time", "update_time", "created_by_email_address", "postage", "letter_contact_block", "placeholders", "is_priority", "is_archived", "has_unsubscribe_link", "letter_welsh_subject", "letter_welsh_body", "letter_attachment_id")
    ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_EMAIL_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    POSTAGE_FIELD_NUMBER: _ClassVar[int]
    LETTER_CONTACT_BLOCK_FIELD_NUMBER: _ClassVar[int]
    PLACEHOLDERS_FIELD_NUMBER: _ClassVar[int]
    IS_PRIORITY_FIELD_NUMBER: _ClassVar[int]
    IS_ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    HAS_UNSUBSCRIBE_LINK_FIELD_NUMBER: _ClassVar[int]
    LETTER_WELSH_SUBJECT_FIELD_NUMBER: _ClassVar[int]
    LETTER_WELSH_BODY_FIELD_NUMBER: _ClassVar[int]
    LETTER_ATTACHMENT_ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    service_id: str
    type: _types_pb2.NotificationType
    name: str
    version: int
    body: str
    subject: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    created_by_email_address: str
    postage: str
    letter_contact_block: str
    placeholders: _containers.RepeatedScalarFieldContainer[str]
    is_priority: bool
    is_archived: bool
    has_unsubscribe_link: bool
    letter_welsh_subject: str
    letter_welsh_body: str
    letter_attachment_id: str
    def __init__(self, id: _Optional[str] = ..., service_id: _Optional[str] = ..., type: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., name: _Optional[str] = ..., version: _Optional[int] = ..., body: _Optional[str] = ..., subject: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., created_by_email_address: _Optional[str] = ..., postage: _Optional[str] = ..., letter_contact_block: _Optional[str] = ..., placeholders: _Optional[_Iterable[str]] = ..., is_priority: _Optional[bool] = ..., is_archived: _Optional[bool] = ..., has_unsubscribe_link: _Optional[bool] = ..., letter_welsh_subject: _Optional[str] = ..., letter_welsh_body: _Optional[str] = ..., letter_attachment_id: _Optional[str] = ...) -> None: ...

class CreateTemplateRequest(_message.Message):
    __slots__ = ("request_id", "service_id", "type", "name", "body", "subject", "postage", "letter_contact_id", "is_priority", "has_unsubscribe_link", "user_id", "letter_welsh_subject", "letter_welsh_body", "letter_attachment_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    POSTAGE_FIELD_NUMBER: _ClassVar[int]
    LETTER_CONTACT_ID_FIELD_NUMBER: _ClassVar[int]
    IS_PRIORITY_FIELD_NUMBER: _ClassVar[int]
    HAS_UNSUBSCRIBE_LINK_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    LETTER_WELSH_SUBJECT_FIELD_NUMBER: _ClassVar[int]
    LETTER_WELSH_BODY_FIELD_NUMBER: _ClassVar[int]
    LETTER_ATTACHMENT_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    service_id: str
    type: _types_pb2.NotificationType
    name: str
    body: str
    subject: str
    postage: str
    letter_contact_id: str
    is_priority: bool
    has_unsubscribe_link: bool
    user_id: str
    letter_welsh_subject: str
    letter_welsh_body: str
    letter_attachment_id: str
    def __init__(self, request_id: _Optional[str] = ..., service_id: _Optional[str] = ..., type: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., name: _Optional[str] = ..., body: _Optional[str] = ..., subject: _Optional[str] = ..., postage: _Optional[str] = ..., letter_contact_id: _Optional[str] = ..., is_priority: _Optional[bool] = ..., has_unsubscribe_link: _Optional[bool] = ..., user_id: _Optional[str] = ..., letter_welsh_subject: _Optional[str] = ..., letter_welsh_body: _Optional[str] = ..., letter_attachment_id: _Optional[str] = ...) -> None: ...

class CreateTemplateResponse(_message.Message):
    __slots__ = ("template",)
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    template: Template
    def __init__(self, template: _Optional[_Union[Template, _Mapping]] = ...) -> None: ...

class UpdateTemplateRequest(_message.Message):
    __slots__ = ("service_id", "template_id", "based_on_version", "name", "body", "subject", "postage", "is_priority", "has_unsubscribe_link", "user_id", "letter_welsh_subject", "letter_welsh_body", "letter_attachment_id", "letter_contact_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_VERSION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    POSTAGE_FIELD_NUMBER: _ClassVar[int]
    IS_PRIORITY_FIELD_NUMBER: _ClassVar[int]
    HAS_UNSUBSCRIBE_LINK_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    LETTER_WELSH_SUBJECT_FIELD_NUMBER: _ClassVar[int]
    LETTER_WELSH_BODY_FIELD_NUMBER: _ClassVar[int]
    LETTER_ATTACHMENT_ID_FIELD_NUMBER: _ClassVar[int]
    LETTER_CONTACT_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    template_id: str
    based_on_version: int
    name: str
    body: str
    subject: str
    postage: str
    is_priority: bool
    has_unsubscribe_link: bool
    user_id: str
    letter_welsh_subject: str
    letter_welsh_body: str
    letter_attachment_id: str
    letter_contact_id: str
    def __init__(self, service_id: _Optional[str] = ..., template_id: _Optional[str] = ..., based_on_version: _Optional[int] = ..., name: _Optional[str] = ..., body: _Optional[str] = ..., subject: _Optional[str] = ..., postage: _Optional[str] = ..., is_priority: _Optional[bool] = ..., has_unsubscribe_link: _Optional[bool] = ..., user_id: _Optional[str] = ..., letter_welsh_subject: _Optional[str] = ..., letter_welsh_body: _Optional[str] = ..., letter_attachment_id: _Optional[str] = ..., letter_contact_id: _Optional[str] = ...) -> None: ...

class UpdateTemplateResponse(_message.Message):
    __slots__ = ("template",)
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    template: Template
    def __init__(self, template: _Optional[_Union[Template, _Mapping]] = ...) -> None: ...

class ArchiveTemplateRequest(_message.Message):
    __slots__ = ("service_id", "template_id", "user_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    template_id: str
    user_id: str
    def __init__(self, service_id: _Optional[str] = ..., template_id: _Optional[str] = ..., user_id: _Optional[str] = ...) -> None: ...

class ArchiveTemplateResponse(_message.Message):
    __slots__ = ("template",)
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    template: Template
    def __init__(self, template: _Optional[_Union[Template, _Mapping]] = ...) -> None: ...

class GetTemplateRequest(_message.Message):
    __slots__ = ("service_id", "template_id", "version")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    template_id: str
    version: int
    def __init__(self, service_id: _Optional[str] = ..., template_id: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class GetTemplateResponse(_message.Message):
    __slots__ = ("template",)
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    template: Template
    def __init__(self, template: _Optional[_Union[Template, _Mapping]] = ...) -> None: ...

class ListTemplatesRequest(_message.Message):
    __slots__ = ("service_id", "type", "page_size", "page_token")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    type: _types_pb2.NotificationType
    page_size: int
    page_token: str
    def __init__(self, service_id: _Optional[str] = ..., type: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTemplatesResponse(_message.Message):
    __slots__ = ("templates", "next_page_token")
    TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    templates: _containers.RepeatedCompositeFieldContainer[Template]
    next_page_token: str
    def __init__(self, templates: _Optional[_Iterable[_Union[Template, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class PreviewTemplateRequest(_message.Message):
    __slots__ = ("service_id", "template_id", "personalisation_json")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONALISATION_JSON_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    template_id: str
    personalisation_json: str
    def __init__(self, service_id: _Optional[str] = ..., template_id: _Optional[str] = ..., personalisation_json: _Optional[str] = ...) -> None: ...

class PreviewTemplateResponse(_message.Message):
    __slots__ = ("template", "body", "subject", "html")
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    HTML_FIELD_NUMBER: _ClassVar[int]
    template: Template
    body: str
    subject: str
    html: str
    def __init__(self, template: _Optional[_Union[Template, _Mapping]] = ..., body: _Optional[str] = ..., subject: _Optional[str] = ..., html: _Optional[str] = ...) -> None: ...

from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_REQUEST: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_FOUND: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_REQUEST: ErrorReason
ERROR_REASON_NOT_FOUND: ErrorReason

class PreviewLetterRequest(_message.Message):
    __slots__ = ("service_id", "template_id", "personalisation_json")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONALISATION_JSON_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    template_id: str
    personalisation_json: str
    def __init__(self, service_id: _Optional[str] = ..., template_id: _Optional[str] = ..., personalisation_json: _Optional[str] = ...) -> None: ...

class PreviewLetterResponse(_message.Message):
    __slots__ = ("pdf", "page_count")
    PDF_FIELD_NUMBER: _ClassVar[int]
    PAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    pdf: bytes
    page_count: int
    def __init__(self, pdf: _Optional[bytes] = ..., page_count: _Optional[int] = ...) -> None: ...

class GetLetterPdfRequest(_message.Message):
    __slots__ = ("service_id", "notification_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    notification_id: str
    def __init__(self, service_id: _Optional[str] = ..., notification_id: _Optional[str] = ...) -> None: ...

class GetLetterPdfResponse(_message.Message):
    __slots__ = ("pdf",)
    PDF_FIELD_NUMBER: _ClassVar[int]
    pdf: bytes
    def __init__(self, pdf: _Optional[bytes] = ...) -> None: ...

class HandleReceiptRequest(_message.Message):
    __slots__ = ("body", "token")
    BODY_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    body: bytes
    token: str
    def __init__(self, body: _Optional[bytes] = ..., token: _Optional[str] = ...) -> None: ...

class HandleReceiptResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

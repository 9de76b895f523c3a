import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_REQUEST: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_FILE_TYPE_NOT_ALLOWED: _ClassVar[ErrorReason]
    ERROR_REASON_FILE_EMPTY: _ClassVar[ErrorReason]
    ERROR_REASON_FILE_TOO_LARGE: _ClassVar[ErrorReason]
    ERROR_REASON_FILE_NAME_TOO_LONG: _ClassVar[ErrorReason]
    ERROR_REASON_FILE_INFECTED: _ClassVar[ErrorReason]

class DocumentState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DOCUMENT_STATE_UNSPECIFIED: _ClassVar[DocumentState]
    DOCUMENT_STATE_AVAILABLE: _ClassVar[DocumentState]
    DOCUMENT_STATE_EXPIRED: _ClassVar[DocumentState]
    DOCUMENT_STATE_BLOCKED: _ClassVar[DocumentState]
    DOCUMENT_STATE_CONFIRMATION_NEEDED: _ClassVar[DocumentState]

class ConfirmOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONFIRM_OUTCOME_UNSPECIFIED: _ClassVar[ConfirmOutcome]
    CONFIRM_OUTCOME_CONFIRMED: _ClassVar[ConfirmOutcome]
    CONFIRM_OUTCOME_WRONG: _ClassVar[ConfirmOutcome]
    CONFIRM_OUTCOME_LOCKED: _ClassVar[ConfirmOutcome]
    CONFIRM_OUTCOME_NOT_ASKED_FOR: _ClassVar[ConfirmOutcome]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_REQUEST: ErrorReason
ERROR_REASON_NOT_FOUND: ErrorReason
ERROR_REASON_FILE_TYPE_NOT_ALLOWED: ErrorReason
ERROR_REASON_FILE_EMPTY: ErrorReason
ERROR_REASON_FILE_TOO_LARGE: ErrorReason
ERROR_REASON_FILE_NAME_TOO_LONG: ErrorReason
ERROR_REASON_FILE_INFECTED: ErrorReason
DOCUMENT_STATE_UNSPECIFIED: DocumentState
DOCUMENT_STATE_AVAILABLE: DocumentState
DOCUMENT_STATE_EXPIRED: DocumentState
DOCUMENT_STATE_BLOCKED: DocumentState
DOCUMENT_STATE_CONFIRMATION_NEEDED: DocumentState
CONFIRM_OUTCOME_UNSPECIFIED: ConfirmOutcome
CONFIRM_OUTCOME_CONFIRMED: ConfirmOutcome
CONFIRM_OUTCOME_WRONG: ConfirmOutcome
CONFIRM_OUTCOME_LOCKED: ConfirmOutcome
CONFIRM_OUTCOME_NOT_ASKED_FOR: ConfirmOutcome

class StoreDocumentRequest(_message.Message):
    __slots__ = ("spec", "chunk")
    SPEC_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    spec: DocumentSpec
    chunk: bytes
    def __init__(self, spec: _Optional[_Union[DocumentSpec, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class DocumentSpec(_message.Message):
    __slots__ = ("service_id", "file_name", "is_csv", "confirmation_email", "retention_weeks")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    IS_CSV_FIELD_NUMBER: _ClassVar[int]
    CONFIRMATION_EMAIL_FIELD_NUMBER: _ClassVar[int]
    RETENTION_WEEKS_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    file_name: str
    is_csv: bool
    confirmation_email: str
    retention_weeks: int
    def __init__(self, service_id: _Optional[str] = ..., file_name: _Optional[str] = ..., is_csv: _Optional[bool] = ..., confirmation_email: _Optional[str] = ..., retention_weeks: _Optional[int] = ...) -> None: ...

class StoreDocumentResponse(_message.Message):
    __slots__ = ("document_id", "url", "mime_type", "expire_time")
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    MIME_TYPE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    document_id: str
    url: str
    mime_type: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, document_id: _Optional[str] = ..., url: _Optional[str] = ..., mime_type: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DeleteDocumentRequest(_message.Message):
    __slots__ = ("service_id", "document_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    document_id: str
    def __init__(self, service_id: _Optional[str] = ..., document_id: _Optional[str] = ...) -> None: ...

class DeleteDocumentResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DocumentLink(_message.Message):
    __slots__ = ("service_id", "document_id", "key")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    document_id: str
    key: bytes
    def __init__(self, service_id: _Optional[str] = ..., document_id: _Optional[str] = ..., key: _Optional[bytes] = ...) -> None: ...

class DescribeDocumentRequest(_message.Message):
    __slots__ = ("link",)
    LINK_FIELD_NUMBER: _ClassVar[int]
    link: DocumentLink
    def __init__(self, link: _Optional[_Union[DocumentLink, _Mapping]] = ...) -> None: ...

class DescribeDocumentResponse(_message.Message):
    __slots__ = ("state", "file_name", "mime_type", "size_bytes", "expire_time", "confirmation_needed")
    STATE_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    MIME_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    CONFIRMATION_NEEDED_FIELD_NUMBER: _ClassVar[int]
    state: DocumentState
    file_name: str
    mime_type: str
    size_bytes: int
    expire_time: _timestamp_pb2.Timestamp
    confirmation_needed: bool
    def __init__(self, state: _Optional[_Union[DocumentState, str]] = ..., file_name: _Optional[str] = ..., mime_type: _Optional[str] = ..., size_bytes: _Optional[int] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., confirmation_needed: _Optional[bool] = ...) -> None: ...

class ConfirmRecipientRequest(_message.Message):
    __slots__ = ("link", "email_address")
    LINK_FIELD_NUMBER: _ClassVar[int]
    EMAIL_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    link: DocumentLink
    email_address: str
    def __init__(self, link: _Optional[_Union[DocumentLink, _Mapping]] = ..., email_address: _Optional[str] = ...) -> None: ...

class ConfirmRecipientResponse(_message.Message):
    __slots__ = ("outcome", "pass_token", "locked_until_time")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PASS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LOCKED_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    outcome: ConfirmOutcome
    pass_token: str
    locked_until_time: _timestamp_pb2.Timestamp
    def __init__(self, outcome: _Optional[_Union[ConfirmOutcome, str]] = ..., pass_token: _Optional[str] = ..., locked_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DownloadDocumentRequest(_message.Message):
    __slots__ = ("link", "pass_token")
    LINK_FIELD_NUMBER: _ClassVar[int]
    PASS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    link: DocumentLink
    pass_token: str
    def __init__(self, link: _Optional[_Union[DocumentLink, _Mapping]] = ..., pass_token: _Optional[str] = ...) -> None: ...

class DownloadDocumentResponse(_message.Message):
    __slots__ = ("head", "chunk")
    HEAD_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    head: DownloadHead
    chunk: bytes
    def __init__(self, head: _Optional[_Union[DownloadHead, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class DownloadHead(_message.Message):
    __slots__ = ("state", "file_name", "mime_type", "size_bytes")
    STATE_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    MIME_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    state: DocumentState
    file_name: str
    mime_type: str
    size_bytes: int
    def __init__(self, state: _Optional[_Union[DocumentState, str]] = ..., file_name: _Optional[str] = ..., mime_type: _Optional[str] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class Document(_message.Message):
    __slots__ = ("id", "service_id", "state", "mime_type", "size_bytes", "create_time", "expire_time", "remove_time", "confirmation_needed", "downloads", "locked_until_time", "actions")
    ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    MIME_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    REMOVE_TIME_FIELD_NUMBER: _ClassVar[int]
    CONFIRMATION_NEEDED_FIELD_NUMBER: _ClassVar[int]
    DOWNLOADS_FIELD_NUMBER: _ClassVar[int]
    LOCKED_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    id: str
    service_id: str
    state: DocumentState
    mime_type: str
    size_bytes: int
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    remove_time: _timestamp_pb2.Timestamp
    confirmation_needed: bool
    downloads: int
    locked_until_time: _timestamp_pb2.Timestamp
    actions: _containers.RepeatedCompositeFieldContainer[DocumentAction]
    def __init__(self, id: _Optional[str] = ..., service_id: _Optional[str] = ..., state: _Optional[_Union[DocumentState, str]] = ..., mime_type: _Optional[str] = ..., size_bytes: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., remove_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., confirmation_needed: _Optional[bool] = ..., downloads: _Optional[int] = ..., locked_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., actions: _Optional[_Iterable[_Union[DocumentAction, _Mapping]]] = ...) -> None: ...

class DocumentAction(_message.Message):
    __slots__ = ("time", "caller", "blocked", "reason")
    TIME_FIELD_NUMBER: _ClassVar[int]
    CALLER_FIELD_NUMBER: _ClassVar[int]
    BLOCKED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    caller: str
    blocked: bool
    reason: str
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., caller: _Optional[str] = ..., blocked: _Optional[bool] = ..., reason: _Optional[str] = ...) -> None: ...

class GetDocumentRequest(_message.Message):
    __slots__ = ("document_id",)
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    document_id: str
    def __init__(self, document_id: _Optional[str] = ...) -> None: ...

class GetDocumentResponse(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: Document
    def __init__(self, document: _Optional[_Union[Document, _Mapping]] = ...) -> None: ...

class ListDocumentsRequest(_message.Message):
    __slots__ = ("service_id", "london_date", "page_size", "page_token")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    london_date: str
    page_size: int
    page_token: str
    def __init__(self, service_id: _Optional[str] = ..., london_date: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDocumentsResponse(_message.Message):
    __slots__ = ("documents", "next_page_token")
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    documents: _containers.RepeatedCompositeFieldContainer[Document]
    next_page_token: str
    def __init__(self, documents: _Optional[_Iterable[_Union[Document, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DocumentSelection(_message.Message):
    __slots__ = ("document_ids", "service_id", "london_date")
    DOCUMENT_IDS_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    document_ids: _containers.RepeatedScalarFieldContainer[str]
    service_id: str
    london_date: str
    def __init__(self, document_ids: _Optional[_Iterable[str]] = ..., service_id: _Optional[str] = ..., london_date: _Optional[str] = ...) -> None: ...

class BlockDocumentsRequest(_message.Message):
    __slots__ = ("selection", "reason")
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    selection: DocumentSelection
    reason: str
    def __init__(self, selection: _Optional[_Union[DocumentSelection, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class BlockDocumentsResponse(_message.Message):
    __slots__ = ("changed",)
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    changed: int
    def __init__(self, changed: _Optional[int] = ...) -> None: ...

class UnblockDocumentsRequest(_message.Message):
    __slots__ = ("selection", "reason")
    SELECTION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    selection: DocumentSelection
    reason: str
    def __init__(self, selection: _Optional[_Union[DocumentSelection, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class UnblockDocumentsResponse(_message.Message):
    __slots__ = ("changed",)
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    changed: int
    def __init__(self, changed: _Optional[int] = ...) -> None: ...

class RemoveExpiredRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RemoveExpiredResponse(_message.Message):
    __slots__ = ("files", "bytes", "orphans", "forgotten", "failed")
    FILES_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    ORPHANS_FIELD_NUMBER: _ClassVar[int]
    FORGOTTEN_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    files: int
    bytes: int
    orphans: int
    forgotten: int
    failed: int
    def __init__(self, files: _Optional[int] = ..., bytes: _Optional[int] = ..., orphans: _Optional[int] = ..., forgotten: _Optional[int] = ..., failed: _Optional[int] = ...) -> None: ...

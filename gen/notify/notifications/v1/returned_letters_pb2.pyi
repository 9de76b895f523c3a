import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RecordReturnedLettersRequest(_message.Message):
    __slots__ = ("references",)
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    references: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, references: _Optional[_Iterable[str]] = ...) -> None: ...

class RecordReturnedLettersResponse(_message.Message):
    __slots__ = ("recorded_count", "repeated_count", "unknown_references")
    RECORDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REPEATED_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_REFERENCES_FIELD_NUMBER: _ClassVar[int]
    recorded_count: int
    repeated_count: int
    unknown_references: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, recorded_count: _Optional[int] = ..., repeated_count: _Optional[int] = ..., unknown_references: _Optional[_Iterable[str]] = ...) -> None: ...

class ListReturnedLettersRequest(_message.Message):
    __slots__ = ("service_id", "page_size", "page_token")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    page_size: int
    page_token: str
    def __init__(self, service_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListReturnedLettersResponse(_message.Message):
    __slots__ = ("letters", "next_page_token")
    LETTERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    letters: _containers.RepeatedCompositeFieldContainer[ReturnedLetter]
    next_page_token: str
    def __init__(self, letters: _Optional[_Iterable[_Union[ReturnedLetter, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ReturnedLetter(_message.Message):
    __slots__ = ("notification_id", "letter_reference", "reference", "report_time", "create_time")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    LETTER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    REPORT_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    letter_reference: str
    reference: str
    report_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, notification_id: _Optional[str] = ..., letter_reference: _Optional[str] = ..., reference: _Optional[str] = ..., report_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

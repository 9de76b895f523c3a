import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RecordRequestsRequest(_message.Message):
    __slots__ = ("process_id", "counts", "refused")
    PROCESS_ID_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    process_id: str
    counts: _containers.RepeatedCompositeFieldContainer[RequestCount]
    refused: _containers.RepeatedCompositeFieldContainer[RefusedRequests]
    def __init__(self, process_id: _Optional[str] = ..., counts: _Optional[_Iterable[_Union[RequestCount, _Mapping]]] = ..., refused: _Optional[_Iterable[_Union[RefusedRequests, _Mapping]]] = ...) -> None: ...

class RequestCount(_message.Message):
    __slots__ = ("london_date", "requests", "failed")
    LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    london_date: str
    requests: int
    failed: int
    def __init__(self, london_date: _Optional[str] = ..., requests: _Optional[int] = ..., failed: _Optional[int] = ...) -> None: ...

class RefusedRequests(_message.Message):
    __slots__ = ("id", "service_id", "api_key_id", "method", "route", "status", "error", "reason", "fields", "count", "first_time", "last_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    API_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    FIRST_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    service_id: str
    api_key_id: str
    method: str
    route: str
    status: int
    error: str
    reason: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    count: int
    first_time: _timestamp_pb2.Timestamp
    last_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., service_id: _Optional[str] = ..., api_key_id: _Optional[str] = ..., method: _Optional[str] = ..., route: _Optional[str] = ..., status: _Optional[int] = ..., error: _Optional[str] = ..., reason: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ..., count: _Optional[int] = ..., first_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RecordRequestsResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListRefusedRequestsRequest(_message.Message):
    __slots__ = ("service_id", "status", "from_time", "until_time", "page_size", "page_token")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    status: int
    from_time: _timestamp_pb2.Timestamp
    until_time: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    def __init__(self, service_id: _Optional[str] = ..., status: _Optional[int] = ..., from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRefusedRequestsResponse(_message.Message):
    __slots__ = ("refused", "next_page_token")
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    refused: _containers.RepeatedCompositeFieldContainer[RefusedRequests]
    next_page_token: str
    def __init__(self, refused: _Optional[_Iterable[_Union[RefusedRequests, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

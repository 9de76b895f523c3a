import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LimitKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LIMIT_KIND_UNSPECIFIED: _ClassVar[LimitKind]
    LIMIT_KIND_RATE: _ClassVar[LimitKind]
    LIMIT_KIND_EMAIL: _ClassVar[LimitKind]
    LIMIT_KIND_SMS: _ClassVar[LimitKind]
    LIMIT_KIND_LETTER: _ClassVar[LimitKind]
    LIMIT_KIND_INTERNATIONAL_SMS: _ClassVar[LimitKind]
LIMIT_KIND_UNSPECIFIED: LimitKind
LIMIT_KIND_RATE: LimitKind
LIMIT_KIND_EMAIL: LimitKind
LIMIT_KIND_SMS: LimitKind
LIMIT_KIND_LETTER: LimitKind
LIMIT_KIND_INTERNATIONAL_SMS: LimitKind

class TemporaryLimit(_message.Message):
    __slots__ = ("kind", "value", "end_time")
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    kind: LimitKind
    value: int
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, kind: _Optional[_Union[LimitKind, str]] = ..., value: _Optional[int] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Limit(_message.Message):
    __slots__ = ("kind", "value", "lasting_value", "default_value", "old_value", "end_time", "set_by", "reason", "set_time")
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LASTING_VALUE_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_VALUE_FIELD_NUMBER: _ClassVar[int]
    OLD_VALUE_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    SET_BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SET_TIME_FIELD_NUMBER: _ClassVar[int]
    kind: LimitKind
    value: int
    lasting_value: int
    default_value: int
    old_value: int
    end_time: _timestamp_pb2.Timestamp
    set_by: str
    reason: str
    set_time: _timestamp_pb2.Timestamp
    def __init__(self, kind: _Optional[_Union[LimitKind, str]] = ..., value: _Optional[int] = ..., lasting_value: _Optional[int] = ..., default_value: _Optional[int] = ..., old_value: _Optional[int] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., set_by: _Optional[str] = ..., reason: _Optional[str] = ..., set_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetLimitsRequest(_message.Message):
    __slots__ = ("service_id",)
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    def __init__(self, service_id: _Optional[str] = ...) -> None: ...

class GetLimitsResponse(_message.Message):
    __slots__ = ("limits", "service_version")
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    SERVICE_VERSION_FIELD_NUMBER: _ClassVar[int]
    limits: _containers.RepeatedCompositeFieldContainer[Limit]
    service_version: int
    def __init__(self, limits: _Optional[_Iterable[_Union[Limit, _Mapping]]] = ..., service_version: _Optional[int] = ...) -> None: ...

class SetLimitRequest(_message.Message):
    __slots__ = ("service_id", "based_on_version", "kind", "value", "end_time")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    based_on_version: int
    kind: LimitKind
    value: int
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, service_id: _Optional[str] = ..., based_on_version: _Optional[int] = ..., kind: _Optional[_Union[LimitKind, str]] = ..., value: _Optional[int] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SetLimitResponse(_message.Message):
    __slots__ = ("limit",)
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    limit: Limit
    def __init__(self, limit: _Optional[_Union[Limit, _Mapping]] = ...) -> None: ...

class EndTemporaryLimitRequest(_message.Message):
    __slots__ = ("service_id", "based_on_version", "kind")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    based_on_version: int
    kind: LimitKind
    def __init__(self, service_id: _Optional[str] = ..., based_on_version: _Optional[int] = ..., kind: _Optional[_Union[LimitKind, str]] = ...) -> None: ...

class EndTemporaryLimitResponse(_message.Message):
    __slots__ = ("limit",)
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    limit: Limit
    def __init__(self, limit: _Optional[_Union[Limit, _Mapping]] = ...) -> None: ...

class ListRaisedLimitsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRaisedLimitsResponse(_message.Message):
    __slots__ = ("limits", "next_page_token")
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    limits: _containers.RepeatedCompositeFieldContainer[RaisedLimit]
    next_page_token: str
    def __init__(self, limits: _Optional[_Iterable[_Union[RaisedLimit, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RaisedLimit(_message.Message):
    __slots__ = ("service_id", "service_name", "limit")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    service_name: str
    limit: Limit
    def __init__(self, service_id: _Optional[str] = ..., service_name: _Optional[str] = ..., limit: _Optional[_Union[Limit, _Mapping]] = ...) -> None: ...

class CheckCapacityRequest(_message.Message):
    __slots__ = ("service_id", "kind", "value")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    kind: LimitKind
    value: int
    def __init__(self, service_id: _Optional[str] = ..., kind: _Optional[_Union[LimitKind, str]] = ..., value: _Optional[int] = ...) -> None: ...

class CheckCapacityResponse(_message.Message):
    __slots__ = ("providers",)
    PROVIDERS_FIELD_NUMBER: _ClassVar[int]
    providers: _containers.RepeatedCompositeFieldContainer[ProviderCapacity]
    def __init__(self, providers: _Optional[_Iterable[_Union[ProviderCapacity, _Mapping]]] = ...) -> None: ...

class ProviderCapacity(_message.Message):
    __slots__ = ("provider", "kind", "daily_capacity", "raised_total", "total", "exceeded")
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    DAILY_CAPACITY_FIELD_NUMBER: _ClassVar[int]
    RAISED_TOTAL_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    EXCEEDED_FIELD_NUMBER: _ClassVar[int]
    provider: str
    kind: LimitKind
    daily_capacity: int
    raised_total: int
    total: int
    exceeded: bool
    def __init__(self, provider: _Optional[str] = ..., kind: _Optional[_Union[LimitKind, str]] = ..., daily_capacity: _Optional[int] = ..., raised_total: _Optional[int] = ..., total: _Optional[int] = ..., exceeded: _Optional[bool] = ...) -> None: ...

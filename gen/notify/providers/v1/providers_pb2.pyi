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

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_REQUEST: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_CONFLICT: _ClassVar[ErrorReason]
    ERROR_REASON_LAST_ACTIVE_PROVIDER: _ClassVar[ErrorReason]

class StatisticsPeriod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATISTICS_PERIOD_UNSPECIFIED: _ClassVar[StatisticsPeriod]
    STATISTICS_PERIOD_DAY: _ClassVar[StatisticsPeriod]
    STATISTICS_PERIOD_MONTH: _ClassVar[StatisticsPeriod]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_REQUEST: ErrorReason
ERROR_REASON_NOT_FOUND: ErrorReason
ERROR_REASON_CONFLICT: ErrorReason
ERROR_REASON_LAST_ACTIVE_PROVIDER: ErrorReason
STATISTICS_PERIOD_UNSPECIFIED: StatisticsPeriod
STATISTICS_PERIOD_DAY: StatisticsPeriod
STATISTICS_PERIOD_MONTH: StatisticsPeriod

class Provider(_message.Message):
    __slots__ = ("name", "notification_type", "weight", "resting_weight", "active", "supports_international", "version", "update_time", "update_reason", "updated_by", "is_automatic", "max_per_second", "max_in_flight", "monthly_cap", "month_volume", "recent")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_TYPE_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    RESTING_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    SUPPORTS_INTERNATIONAL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_REASON_FIELD_NUMBER: _ClassVar[int]
    UPDATED_BY_FIELD_NUMBER: _ClassVar[int]
    IS_AUTOMATIC_FIELD_NUMBER: _ClassVar[int]
    MAX_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    MAX_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    MONTHLY_CAP_FIELD_NUMBER: _ClassVar[int]
    MONTH_VOLUME_FIELD_NUMBER: _ClassVar[int]
    RECENT_FIELD_NUMBER: _ClassVar[int]
    name: str
    notification_type: _types_pb2.NotificationType
    weight: int
    resting_weight: int
    active: bool
    supports_international: bool
    version: int
    update_time: _timestamp_pb2.Timestamp
    update_reason: str
    updated_by: str
    is_automatic: bool
    max_per_second: float
    max_in_flight: int
    monthly_cap: int
    month_volume: int
    recent: RecentAnswers
    def __init__(self, name: _Optional[str] = ..., notification_type: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., weight: _Optional[int] = ..., resting_weight: _Optional[int] = ..., active: _Optional[bool] = ..., supports_international: _Optional[bool] = ..., version: _Optional[int] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_reason: _Optional[str] = ..., updated_by: _Optional[str] = ..., is_automatic: _Optional[bool] = ..., max_per_second: _Optional[float] = ..., max_in_flight: _Optional[int] = ..., monthly_cap: _Optional[int] = ..., month_volume: _Optional[int] = ..., recent: _Optional[_Union[RecentAnswers, _Mapping]] = ...) -> None: ...

class RecentAnswers(_message.Message):
    __slots__ = ("since_time", "request_count", "failed_count", "delivered_count", "slow_share")
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAILED_COUNT_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SLOW_SHARE_FIELD_NUMBER: _ClassVar[int]
    since_time: _timestamp_pb2.Timestamp
    request_count: int
    failed_count: int
    delivered_count: int
    slow_share: float
    def __init__(self, since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_count: _Optional[int] = ..., failed_count: _Optional[int] = ..., delivered_count: _Optional[int] = ..., slow_share: _Optional[float] = ...) -> None: ...

class ListProvidersRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListProvidersResponse(_message.Message):
    __slots__ = ("providers",)
    PROVIDERS_FIELD_NUMBER: _ClassVar[int]
    providers: _containers.RepeatedCompositeFieldContainer[Provider]
    def __init__(self, providers: _Optional[_Iterable[_Union[Provider, _Mapping]]] = ...) -> None: ...

class UpdateProvidersRequest(_message.Message):
    __slots__ = ("updates",)
    UPDATES_FIELD_NUMBER: _ClassVar[int]
    updates: _containers.RepeatedCompositeFieldContainer[ProviderUpdate]
    def __init__(self, updates: _Optional[_Iterable[_Union[ProviderUpdate, _Mapping]]] = ...) -> None: ...

class ProviderUpdate(_message.Message):
    __slots__ = ("name", "based_on_version", "weight", "resting_weight", "active")
    NAME_FIELD_NUMBER: _ClassVar[int]
    BASED_ON_VERSION_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    RESTING_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    name: str
    based_on_version: int
    weight: int
    resting_weight: int
    active: bool
    def __init__(self, name: _Optional[str] = ..., based_on_version: _Optional[int] = ..., weight: _Optional[int] = ..., resting_weight: _Optional[int] = ..., active: _Optional[bool] = ...) -> None: ...

class UpdateProvidersResponse(_message.Message):
    __slots__ = ("providers",)
    PROVIDERS_FIELD_NUMBER: _ClassVar[int]
    providers: _containers.RepeatedCompositeFieldContainer[Provider]
    def __init__(self, providers: _Optional[_Iterable[_Union[Provider, _Mapping]]] = ...) -> None: ...

class ProviderChange(_message.Message):
    __slots__ = ("name", "version", "weight", "resting_weight", "active", "change_time", "reason", "changed_by", "is_automatic")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    RESTING_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CHANGED_BY_FIELD_NUMBER: _ClassVar[int]
    IS_AUTOMATIC_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    weight: int
    resting_weight: int
    active: bool
    change_time: _timestamp_pb2.Timestamp
    reason: str
    changed_by: str
    is_automatic: bool
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., weight: _Optional[int] = ..., resting_weight: _Optional[int] = ..., active: _Optional[bool] = ..., change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ..., changed_by: _Optional[str] = ..., is_automatic: _Optional[bool] = ...) -> None: ...

class ListProviderChangesRequest(_message.Message):
    __slots__ = ("name", "page_size", "page_token")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    name: str
    page_size: int
    page_token: str
    def __init__(self, name: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListProviderChangesResponse(_message.Message):
    __slots__ = ("changes", "next_page_token")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[ProviderChange]
    next_page_token: str
    def __init__(self, changes: _Optional[_Iterable[_Union[ProviderChange, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetProviderStatisticsRequest(_message.Message):
    __slots__ = ("name", "from_london_date", "to_london_date", "period")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FROM_LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    TO_LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    name: str
    from_london_date: str
    to_london_date: str
    period: StatisticsPeriod
    def __init__(self, name: _Optional[str] = ..., from_london_date: _Optional[str] = ..., to_london_date: _Optional[str] = ..., period: _Optional[_Union[StatisticsPeriod, str]] = ...) -> None: ...

class GetProviderStatisticsResponse(_message.Message):
    __slots__ = ("statistics",)
    STATISTICS_FIELD_NUMBER: _ClassVar[int]
    statistics: _containers.RepeatedCompositeFieldContainer[ProviderStatistics]
    def __init__(self, statistics: _Optional[_Iterable[_Union[ProviderStatistics, _Mapping]]] = ...) -> None: ...

class ProviderStatistics(_message.Message):
    __slots__ = ("name", "from_london_date", "answers", "request_time", "created_to_sent", "sent_to_delivered", "slow_share")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FROM_LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATED_TO_SENT_FIELD_NUMBER: _ClassVar[int]
    SENT_TO_DELIVERED_FIELD_NUMBER: _ClassVar[int]
    SLOW_SHARE_FIELD_NUMBER: _ClassVar[int]
    name: str
    from_london_date: str
    answers: Answers
    request_time: Latency
    created_to_sent: Latency
    sent_to_delivered: Latency
    slow_share: float
    def __init__(self, name: _Optional[str] = ..., from_london_date: _Optional[str] = ..., answers: _Optional[_Union[Answers, _Mapping]] = ..., request_time: _Optional[_Union[Latency, _Mapping]] = ..., created_to_sent: _Optional[_Union[Latency, _Mapping]] = ..., sent_to_delivered: _Optional[_Union[Latency, _Mapping]] = ..., slow_share: _Optional[float] = ...) -> None: ...

class Answers(_message.Message):
    __slots__ = ("accepted_count", "refused_count", "throttled_count", "server_error_count", "timeout_count", "connection_count", "unreadable_count")
    ACCEPTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REFUSED_COUNT_FIELD_NUMBER: _ClassVar[int]
    THROTTLED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SERVER_ERROR_COUNT_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_COUNT_FIELD_NUMBER: _ClassVar[int]
    CONNECTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNREADABLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    accepted_count: int
    refused_count: int
    throttled_count: int
    server_error_count: int
    timeout_count: int
    connection_count: int
    unreadable_count: int
    def __init__(self, accepted_count: _Optional[int] = ..., refused_count: _Optional[int] = ..., throttled_count: _Optional[int] = ..., server_error_count: _Optional[int] = ..., timeout_count: _Optional[int] = ..., connection_count: _Optional[int] = ..., unreadable_count: _Optional[int] = ...) -> None: ...

class Latency(_message.Message):
    __slots__ = ("count", "p50_seconds", "p90_seconds", "p95_seconds", "p99_seconds")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    P50_SECONDS_FIELD_NUMBER: _ClassVar[int]
    P90_SECONDS_FIELD_NUMBER: _ClassVar[int]
    P95_SECONDS_FIELD_NUMBER: _ClassVar[int]
    P99_SECONDS_FIELD_NUMBER: _ClassVar[int]
    count: int
    p50_seconds: float
    p90_seconds: float
    p95_seconds: float
    p99_seconds: float
    def __init__(self, count: _Optional[int] = ..., p50_seconds: _Optional[float] = ..., p90_seconds: _Optional[float] = ..., p95_seconds: _Optional[float] = ..., p99_seconds: _Optional[float] = ...) -> None: ...

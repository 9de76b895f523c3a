import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from notify.notifications.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Period(_message.Message):
    __slots__ = ("first_london_date", "last_london_date")
    FIRST_LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    LAST_LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    first_london_date: str
    last_london_date: str
    def __init__(self, first_london_date: _Optional[str] = ..., last_london_date: _Optional[str] = ...) -> None: ...

class ReadStatusSummaryRequest(_message.Message):
    __slots__ = ("period", "service_id", "type")
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    period: Period
    service_id: str
    type: _types_pb2.NotificationType
    def __init__(self, period: _Optional[_Union[Period, _Mapping]] = ..., service_id: _Optional[str] = ..., type: _Optional[_Union[_types_pb2.NotificationType, str]] = ...) -> None: ...

class ReadStatusSummaryResponse(_message.Message):
    __slots__ = ("counts",)
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    counts: _containers.RepeatedCompositeFieldContainer[TypeStatusCount]
    def __init__(self, counts: _Optional[_Iterable[_Union[TypeStatusCount, _Mapping]]] = ...) -> None: ...

class TypeStatusCount(_message.Message):
    __slots__ = ("type", "status", "count")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    type: _types_pb2.NotificationType
    status: _types_pb2.NotificationStatus
    count: int
    def __init__(self, type: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ..., count: _Optional[int] = ...) -> None: ...

class ReadDeliveryTimesRequest(_message.Message):
    __slots__ = ("period", "service_id")
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    period: Period
    service_id: str
    def __init__(self, period: _Optional[_Union[Period, _Mapping]] = ..., service_id: _Optional[str] = ...) -> None: ...

class ReadDeliveryTimesResponse(_message.Message):
    __slots__ = ("times",)
    TIMES_FIELD_NUMBER: _ClassVar[int]
    times: _containers.RepeatedCompositeFieldContainer[DeliveryTimes]
    def __init__(self, times: _Optional[_Iterable[_Union[DeliveryTimes, _Mapping]]] = ...) -> None: ...

class DeliveryTimes(_message.Message):
    __slots__ = ("type", "total", "under_1_minute", "from_1_to_5_minutes", "from_5_to_10_minutes", "from_10_to_30_minutes", "over_30_minutes")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    UNDER_1_MINUTE_FIELD_NUMBER: _ClassVar[int]
    FROM_1_TO_5_MINUTES_FIELD_NUMBER: _ClassVar[int]
    FROM_5_TO_10_MINUTES_FIELD_NUMBER: _ClassVar[int]
    FROM_10_TO_30_MINUTES_FIELD_NUMBER: _ClassVar[int]
    OVER_30_MINUTES_FIELD_NUMBER: _ClassVar[int]
    type: _types_pb2.NotificationType
    total: int
    under_1_minute: int
    from_1_to_5_minutes: int
    from_5_to_10_minutes: int
    from_10_to_30_minutes: int
    over_30_minutes: int
    def __init__(self, type: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., total: _Optional[int] = ..., under_1_minute: _Optional[int] = ..., from_1_to_5_minutes: _Optional[int] = ..., from_5_to_10_minutes: _Optional[int] = ..., from_10_to_30_minutes: _Optional[int] = ..., over_30_minutes: _Optional[int] = ...) -> None: ...

class ReadProcessingTimesRequest(_message.Message):
    __slots__ = ("period", "service_id")
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    period: Period
    service_id: str
    def __init__(self, period: _Optional[_Union[Period, _Mapping]] = ..., service_id: _Optional[str] = ...) -> None: ...

class ReadProcessingTimesResponse(_message.Message):
    __slots__ = ("days",)
    DAYS_FIELD_NUMBER: _ClassVar[int]
    days: _containers.RepeatedCompositeFieldContainer[ProcessingTime]
    def __init__(self, days: _Optional[_Iterable[_Union[ProcessingTime, _Mapping]]] = ...) -> None: ...

class ProcessingTime(_message.Message):
    __slots__ = ("london_date", "total", "within_10_seconds")
    LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    WITHIN_10_SECONDS_FIELD_NUMBER: _ClassVar[int]
    london_date: str
    total: int
    within_10_seconds: int
    def __init__(self, london_date: _Optional[str] = ..., total: _Optional[int] = ..., within_10_seconds: _Optional[int] = ...) -> None: ...

class FindFailingServicesRequest(_message.Message):
    __slots__ = ("period", "min_messages", "min_share", "permanent_only", "max_services")
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    MIN_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    MIN_SHARE_FIELD_NUMBER: _ClassVar[int]
    PERMANENT_ONLY_FIELD_NUMBER: _ClassVar[int]
    MAX_SERVICES_FIELD_NUMBER: _ClassVar[int]
    period: Period
    min_messages: int
    min_share: float
    permanent_only: bool
    max_services: int
    def __init__(self, period: _Optional[_Union[Period, _Mapping]] = ..., min_messages: _Optional[int] = ..., min_share: _Optional[float] = ..., permanent_only: _Optional[bool] = ..., max_services: _Optional[int] = ...) -> None: ...

class FindFailingServicesResponse(_message.Message):
    __slots__ = ("services",)
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    services: _containers.RepeatedCompositeFieldContainer[FailingService]
    def __init__(self, services: _Optional[_Iterable[_Union[FailingService, _Mapping]]] = ...) -> None: ...

class FailingService(_message.Message):
    __slots__ = ("service_id", "service_name", "type", "total", "failed")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    service_name: str
    type: _types_pb2.NotificationType
    total: int
    failed: int
    def __init__(self, service_id: _Optional[str] = ..., service_name: _Optional[str] = ..., type: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., total: _Optional[int] = ..., failed: _Optional[int] = ...) -> None: ...

class FindServicesTextingDramaNumbersRequest(_message.Message):
    __slots__ = ("period", "min_texts", "max_services")
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    MIN_TEXTS_FIELD_NUMBER: _ClassVar[int]
    MAX_SERVICES_FIELD_NUMBER: _ClassVar[int]
    period: Period
    min_texts: int
    max_services: int
    def __init__(self, period: _Optional[_Union[Period, _Mapping]] = ..., min_texts: _Optional[int] = ..., max_services: _Optional[int] = ...) -> None: ...

class FindServicesTextingDramaNumbersResponse(_message.Message):
    __slots__ = ("services",)
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    services: _containers.RepeatedCompositeFieldContainer[DramaService]
    def __init__(self, services: _Optional[_Iterable[_Union[DramaService, _Mapping]]] = ...) -> None: ...

class DramaService(_message.Message):
    __slots__ = ("service_id", "service_name", "texts", "to_drama_numbers")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_NAME_FIELD_NUMBER: _ClassVar[int]
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    TO_DRAMA_NUMBERS_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    service_name: str
    texts: int
    to_drama_numbers: int
    def __init__(self, service_id: _Optional[str] = ..., service_name: _Optional[str] = ..., texts: _Optional[int] = ..., to_drama_numbers: _Optional[int] = ...) -> None: ...

class ReadAvailabilityRequest(_message.Message):
    __slots__ = ("period",)
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    period: Period
    def __init__(self, period: _Optional[_Union[Period, _Mapping]] = ...) -> None: ...

class ReadAvailabilityResponse(_message.Message):
    __slots__ = ("days",)
    DAYS_FIELD_NUMBER: _ClassVar[int]
    days: _containers.RepeatedCompositeFieldContainer[AvailabilityOfDay]
    def __init__(self, days: _Optional[_Iterable[_Union[AvailabilityOfDay, _Mapping]]] = ...) -> None: ...

class AvailabilityOfDay(_message.Message):
    __slots__ = ("london_date", "requests", "failed")
    LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    london_date: str
    requests: int
    failed: int
    def __init__(self, london_date: _Optional[str] = ..., requests: _Optional[int] = ..., failed: _Optional[int] = ...) -> None: ...

class ReadNotificationsReportRequest(_message.Message):
    __slots__ = ("service_id", "from_time", "until_time", "types", "with_test_keys", "page_token")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    WITH_TEST_KEYS_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    from_time: _timestamp_pb2.Timestamp
    until_time: _timestamp_pb2.Timestamp
    types: _containers.RepeatedScalarFieldContainer[_types_pb2.NotificationType]
    with_test_keys: bool
    page_token: str
    def __init__(self, service_id: _Optional[str] = ..., from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., types: _Optional[_Iterable[_Union[_types_pb2.NotificationType, str]]] = ..., with_test_keys: _Optional[bool] = ..., page_token: _Optional[str] = ...) -> None: ...

class ReadNotificationsReportResponse(_message.Message):
    __slots__ = ("header", "lines", "row_count", "page_token", "reached_time")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    REACHED_TIME_FIELD_NUMBER: _ClassVar[int]
    header: str
    lines: bytes
    row_count: int
    page_token: str
    reached_time: _timestamp_pb2.Timestamp
    def __init__(self, header: _Optional[str] = ..., lines: _Optional[bytes] = ..., row_count: _Optional[int] = ..., page_token: _Optional[str] = ..., reached_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListDeliveryRecordsRequest(_message.Message):
    __slots__ = ("service_id", "reference", "page_size", "page_token")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    reference: str
    page_size: int
    page_token: str
    def __init__(self, service_id: _Optional[str] = ..., reference: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDeliveryRecordsResponse(_message.Message):
    __slots__ = ("records", "next_page_token")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[DeliveryRecord]
    next_page_token: str
    def __init__(self, records: _Optional[_Iterable[_Union[DeliveryRecord, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeliveryRecord(_message.Message):
    __slots__ = ("notification_id", "type", "key_type", "status", "template_id", "template_version", "create_time", "send_time", "update_time", "provider", "is_past_retention")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    KEY_TYPE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_VERSION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    IS_PAST_RETENTION_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    type: _types_pb2.NotificationType
    key_type: _types_pb2.KeyType
    status: _types_pb2.NotificationStatus
    template_id: str
    template_version: int
    create_time: _timestamp_pb2.Timestamp
    send_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    provider: str
    is_past_retention: bool
    def __init__(self, notification_id: _Optional[str] = ..., type: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., key_type: _Optional[_Union[_types_pb2.KeyType, str]] = ..., status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ..., template_id: _Optional[str] = ..., template_version: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., provider: _Optional[str] = ..., is_past_retention: _Optional[bool] = ...) -> None: ...

class ReadUsersReportRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReadUsersReportResponse(_message.Message):
    __slots__ = ("users",)
    USERS_FIELD_NUMBER: _ClassVar[int]
    users: _containers.RepeatedCompositeFieldContainer[ReportedUser]
    def __init__(self, users: _Optional[_Iterable[_Union[ReportedUser, _Mapping]]] = ...) -> None: ...

class ReportedUser(_message.Message):
    __slots__ = ("user_id", "name", "email_address", "create_time", "services")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    EMAIL_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    name: str
    email_address: str
    create_time: _timestamp_pb2.Timestamp
    services: _containers.RepeatedCompositeFieldContainer[UserService]
    def __init__(self, user_id: _Optional[str] = ..., name: _Optional[str] = ..., email_address: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., services: _Optional[_Iterable[_Union[UserService, _Mapping]]] = ...) -> None: ...

class UserService(_message.Message):
    __slots__ = ("service_id", "service_name", "is_active", "is_trial", "permissions")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_NAME_FIELD_NUMBER: _ClassVar[int]
    IS_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    IS_TRIAL_FIELD_NUMBER: _ClassVar[int]
    PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    service_name: str
    is_active: bool
    is_trial: bool
    permissions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, service_id: _Optional[str] = ..., service_name: _Optional[str] = ..., is_active: _Optional[bool] = ..., is_trial: _Optional[bool] = ..., permissions: _Optional[_Iterable[str]] = ...) -> None: ...

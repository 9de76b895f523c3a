import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from notify.notifications.v1 import idempotency_pb2 as _idempotency_pb2
from notify.notifications.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class JobStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JOB_STATUS_UNSPECIFIED: _ClassVar[JobStatus]
    JOB_STATUS_SCHEDULED: _ClassVar[JobStatus]
    JOB_STATUS_PENDING: _ClassVar[JobStatus]
    JOB_STATUS_IN_PROGRESS: _ClassVar[JobStatus]
    JOB_STATUS_FINISHED: _ClassVar[JobStatus]
    JOB_STATUS_CANCELLED: _ClassVar[JobStatus]
    JOB_STATUS_SENDING_LIMITS_EXCEEDED: _ClassVar[JobStatus]

class BadRows(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BAD_ROWS_UNSPECIFIED: _ClassVar[BadRows]
    BAD_ROWS_REFUSE: _ClassVar[BadRows]
    BAD_ROWS_SKIP: _ClassVar[BadRows]

class RowState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROW_STATE_UNSPECIFIED: _ClassVar[RowState]
    ROW_STATE_MADE: _ClassVar[RowState]
    ROW_STATE_WAITING: _ClassVar[RowState]
    ROW_STATE_BAD: _ClassVar[RowState]
    ROW_STATE_TEST_RECIPIENT: _ClassVar[RowState]
    ROW_STATE_NOT_MADE: _ClassVar[RowState]
    ROW_STATE_NOT_KEPT: _ClassVar[RowState]
JOB_STATUS_UNSPECIFIED: JobStatus
JOB_STATUS_SCHEDULED: JobStatus
JOB_STATUS_PENDING: JobStatus
JOB_STATUS_IN_PROGRESS: JobStatus
JOB_STATUS_FINISHED: JobStatus
JOB_STATUS_CANCELLED: JobStatus
JOB_STATUS_SENDING_LIMITS_EXCEEDED: JobStatus
BAD_ROWS_UNSPECIFIED: BadRows
BAD_ROWS_REFUSE: BadRows
BAD_ROWS_SKIP: BadRows
ROW_STATE_UNSPECIFIED: RowState
ROW_STATE_MADE: RowState
ROW_STATE_WAITING: RowState
ROW_STATE_BAD: RowState
ROW_STATE_TEST_RECIPIENT: RowState
ROW_STATE_NOT_MADE: RowState
ROW_STATE_NOT_KEPT: RowState

class CreateJobRequest(_message.Message):
    __slots__ = ("spec", "csv", "table")
    SPEC_FIELD_NUMBER: _ClassVar[int]
    CSV_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    spec: JobSpec
    csv: bytes
    table: bytes
    def __init__(self, spec: _Optional[_Union[JobSpec, _Mapping]] = ..., csv: _Optional[bytes] = ..., table: _Optional[bytes] = ...) -> None: ...

class JobSpec(_message.Message):
    __slots__ = ("id", "service_id", "api_key_id", "key_type", "template_id", "name", "reference", "start_time", "bad_rows", "sms_sender_id", "email_reply_to_id", "idempotency", "check_only")
    ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    API_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_TYPE_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    BAD_ROWS_FIELD_NUMBER: _ClassVar[int]
    SMS_SENDER_ID_FIELD_NUMBER: _ClassVar[int]
    EMAIL_REPLY_TO_ID_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_FIELD_NUMBER: _ClassVar[int]
    CHECK_ONLY_FIELD_NUMBER: _ClassVar[int]
    id: str
    service_id: str
    api_key_id: str
    key_type: _types_pb2.KeyType
    template_id: str
    name: str
    reference: str
    start_time: _timestamp_pb2.Timestamp
    bad_rows: BadRows
    sms_sender_id: str
    email_reply_to_id: str
    idempotency: _idempotency_pb2.IdempotencyKey
    check_only: bool
    def __init__(self, id: _Optional[str] = ..., service_id: _Optional[str] = ..., api_key_id: _Optional[str] = ..., key_type: _Optional[_Union[_types_pb2.KeyType, str]] = ..., template_id: _Optional[str] = ..., name: _Optional[str] = ..., reference: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., bad_rows: _Optional[_Union[BadRows, str]] = ..., sms_sender_id: _Optional[str] = ..., email_reply_to_id: _Optional[str] = ..., idempotency: _Optional[_Union[_idempotency_pb2.IdempotencyKey, _Mapping]] = ..., check_only: _Optional[bool] = ...) -> None: ...

class CreateJobResponse(_message.Message):
    __slots__ = ("job", "row_faults", "row_count", "replayed", "context", "bad_row_count", "simulated_row_count")
    JOB_FIELD_NUMBER: _ClassVar[int]
    ROW_FAULTS_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    BAD_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    job: Job
    row_faults: _containers.RepeatedCompositeFieldContainer[RowFault]
    row_count: int
    replayed: bool
    context: str
    bad_row_count: int
    simulated_row_count: int
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ..., row_faults: _Optional[_Iterable[_Union[RowFault, _Mapping]]] = ..., row_count: _Optional[int] = ..., replayed: _Optional[bool] = ..., context: _Optional[str] = ..., bad_row_count: _Optional[int] = ..., simulated_row_count: _Optional[int] = ...) -> None: ...

class RowFault(_message.Message):
    __slots__ = ("reason", "rows")
    REASON_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    reason: str
    rows: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, reason: _Optional[str] = ..., rows: _Optional[_Iterable[int]] = ...) -> None: ...

class Job(_message.Message):
    __slots__ = ("id", "service_id", "type", "key_type", "template_id", "template_version", "name", "reference", "status", "create_time", "start_time", "process_time", "end_time", "row_count", "bad_row_count", "simulated_row_count", "made_count", "status_counts", "pause_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    KEY_TYPE_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_VERSION_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    PROCESS_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    BAD_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    MADE_COUNT_FIELD_NUMBER: _ClassVar[int]
    STATUS_COUNTS_FIELD_NUMBER: _ClassVar[int]
    PAUSE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    service_id: str
    type: _types_pb2.NotificationType
    key_type: _types_pb2.KeyType
    template_id: str
    template_version: int
    name: str
    reference: str
    status: JobStatus
    create_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    process_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    row_count: int
    bad_row_count: int
    simulated_row_count: int
    made_count: int
    status_counts: _containers.RepeatedCompositeFieldContainer[StatusCount]
    pause_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., service_id: _Optional[str] = ..., type: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., key_type: _Optional[_Union[_types_pb2.KeyType, str]] = ..., template_id: _Optional[str] = ..., template_version: _Optional[int] = ..., name: _Optional[str] = ..., reference: _Optional[str] = ..., status: _Optional[_Union[JobStatus, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., process_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., row_count: _Optional[int] = ..., bad_row_count: _Optional[int] = ..., simulated_row_count: _Optional[int] = ..., made_count: _Optional[int] = ..., status_counts: _Optional[_Iterable[_Union[StatusCount, _Mapping]]] = ..., pause_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class StatusCount(_message.Message):
    __slots__ = ("status", "count")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    status: _types_pb2.NotificationStatus
    count: int
    def __init__(self, status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ..., count: _Optional[int] = ...) -> None: ...

class GetJobRequest(_message.Message):
    __slots__ = ("service_id", "job_id", "with_row_faults")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    WITH_ROW_FAULTS_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    job_id: str
    with_row_faults: bool
    def __init__(self, service_id: _Optional[str] = ..., job_id: _Optional[str] = ..., with_row_faults: _Optional[bool] = ...) -> None: ...

class GetJobResponse(_message.Message):
    __slots__ = ("job", "row_faults")
    JOB_FIELD_NUMBER: _ClassVar[int]
    ROW_FAULTS_FIELD_NUMBER: _ClassVar[int]
    job: Job
    row_faults: _containers.RepeatedCompositeFieldContainer[RowFault]
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ..., row_faults: _Optional[_Iterable[_Union[RowFault, _Mapping]]] = ...) -> None: ...

class ListJobsRequest(_message.Message):
    __slots__ = ("service_id", "page_size", "page_token")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    page_size: int
    page_token: str
    def __init__(self, service_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListJobsResponse(_message.Message):
    __slots__ = ("jobs", "next_page_token")
    JOBS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    jobs: _containers.RepeatedCompositeFieldContainer[Job]
    next_page_token: str
    def __init__(self, jobs: _Optional[_Iterable[_Union[Job, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CancelJobRequest(_message.Message):
    __slots__ = ("service_id", "job_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    job_id: str
    def __init__(self, service_id: _Optional[str] = ..., job_id: _Optional[str] = ...) -> None: ...

class CancelJobResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: Job
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ...) -> None: ...

class PauseJobRequest(_message.Message):
    __slots__ = ("service_id", "job_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    job_id: str
    def __init__(self, service_id: _Optional[str] = ..., job_id: _Optional[str] = ...) -> None: ...

class PauseJobResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: Job
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ...) -> None: ...

class ResumeJobRequest(_message.Message):
    __slots__ = ("service_id", "job_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    job_id: str
    def __init__(self, service_id: _Optional[str] = ..., job_id: _Optional[str] = ...) -> None: ...

class ResumeJobResponse(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: Job
    def __init__(self, job: _Optional[_Union[Job, _Mapping]] = ...) -> None: ...

class ReadJobResultsRequest(_message.Message):
    __slots__ = ("service_id", "job_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    job_id: str
    def __init__(self, service_id: _Optional[str] = ..., job_id: _Optional[str] = ...) -> None: ...

class ReadJobResultsResponse(_message.Message):
    __slots__ = ("rows",)
    ROWS_FIELD_NUMBER: _ClassVar[int]
    rows: _containers.RepeatedCompositeFieldContainer[RowResult]
    def __init__(self, rows: _Optional[_Iterable[_Union[RowResult, _Mapping]]] = ...) -> None: ...

class RowResult(_message.Message):
    __slots__ = ("row", "state", "recipient", "notification_id", "status", "faults")
    ROW_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    row: int
    state: RowState
    recipient: str
    notification_id: str
    status: _types_pb2.NotificationStatus
    faults: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, row: _Optional[int] = ..., state: _Optional[_Union[RowState, str]] = ..., recipient: _Optional[str] = ..., notification_id: _Optional[str] = ..., status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ..., faults: _Optional[_Iterable[str]] = ...) -> None: ...

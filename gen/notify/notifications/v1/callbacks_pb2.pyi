import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from notify.notifications.v1 import accounts_pb2 as _accounts_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CallbackOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CALLBACK_OUTCOME_UNSPECIFIED: _ClassVar[CallbackOutcome]
    CALLBACK_OUTCOME_TAKEN: _ClassVar[CallbackOutcome]
    CALLBACK_OUTCOME_RETRY: _ClassVar[CallbackOutcome]
    CALLBACK_OUTCOME_REFUSED: _ClassVar[CallbackOutcome]
    CALLBACK_OUTCOME_GIVEN_UP: _ClassVar[CallbackOutcome]

class ComplaintOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPLAINT_OUTCOME_UNSPECIFIED: _ClassVar[ComplaintOutcome]
    COMPLAINT_OUTCOME_RECORDED: _ClassVar[ComplaintOutcome]
    COMPLAINT_OUTCOME_REPEATED: _ClassVar[ComplaintOutcome]
    COMPLAINT_OUTCOME_UNKNOWN_NOTIFICATION: _ClassVar[ComplaintOutcome]
CALLBACK_OUTCOME_UNSPECIFIED: CallbackOutcome
CALLBACK_OUTCOME_TAKEN: CallbackOutcome
CALLBACK_OUTCOME_RETRY: CallbackOutcome
CALLBACK_OUTCOME_REFUSED: CallbackOutcome
CALLBACK_OUTCOME_GIVEN_UP: CallbackOutcome
COMPLAINT_OUTCOME_UNSPECIFIED: ComplaintOutcome
COMPLAINT_OUTCOME_RECORDED: ComplaintOutcome
COMPLAINT_OUTCOME_REPEATED: ComplaintOutcome
COMPLAINT_OUTCOME_UNKNOWN_NOTIFICATION: ComplaintOutcome

class ListCallbackEndpointsRequest(_message.Message):
    __slots__ = ("service_id",)
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    def __init__(self, service_id: _Optional[str] = ...) -> None: ...

class ListCallbackEndpointsResponse(_message.Message):
    __slots__ = ("endpoints",)
    ENDPOINTS_FIELD_NUMBER: _ClassVar[int]
    endpoints: _containers.RepeatedCompositeFieldContainer[CallbackEndpoint]
    def __init__(self, endpoints: _Optional[_Iterable[_Union[CallbackEndpoint, _Mapping]]] = ...) -> None: ...

class CallbackEndpoint(_message.Message):
    __slots__ = ("kind", "url", "secret_count", "failing_since", "next_probe_time", "waiting_count")
    KIND_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    SECRET_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAILING_SINCE_FIELD_NUMBER: _ClassVar[int]
    NEXT_PROBE_TIME_FIELD_NUMBER: _ClassVar[int]
    WAITING_COUNT_FIELD_NUMBER: _ClassVar[int]
    kind: _accounts_pb2.CallbackKind
    url: str
    secret_count: int
    failing_since: _timestamp_pb2.Timestamp
    next_probe_time: _timestamp_pb2.Timestamp
    waiting_count: int
    def __init__(self, kind: _Optional[_Union[_accounts_pb2.CallbackKind, str]] = ..., url: _Optional[str] = ..., secret_count: _Optional[int] = ..., failing_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_probe_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., waiting_count: _Optional[int] = ...) -> None: ...

class RotateCallbackSecretRequest(_message.Message):
    __slots__ = ("service_id", "kind")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    kind: _accounts_pb2.CallbackKind
    def __init__(self, service_id: _Optional[str] = ..., kind: _Optional[_Union[_accounts_pb2.CallbackKind, str]] = ...) -> None: ...

class RotateCallbackSecretResponse(_message.Message):
    __slots__ = ("signing_secret",)
    SIGNING_SECRET_FIELD_NUMBER: _ClassVar[int]
    signing_secret: str
    def __init__(self, signing_secret: _Optional[str] = ...) -> None: ...

class RetireCallbackSecretRequest(_message.Message):
    __slots__ = ("service_id", "kind")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    kind: _accounts_pb2.CallbackKind
    def __init__(self, service_id: _Optional[str] = ..., kind: _Optional[_Union[_accounts_pb2.CallbackKind, str]] = ...) -> None: ...

class RetireCallbackSecretResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CallbackAttempt(_message.Message):
    __slots__ = ("callback_id", "attempt", "service_id", "kind", "notification_id", "received_text_id", "complaint_id", "attempt_time", "duration", "result", "outcome")
    CALLBACK_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_TEXT_ID_FIELD_NUMBER: _ClassVar[int]
    COMPLAINT_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_TIME_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    callback_id: str
    attempt: int
    service_id: str
    kind: _accounts_pb2.CallbackKind
    notification_id: str
    received_text_id: str
    complaint_id: str
    attempt_time: _timestamp_pb2.Timestamp
    duration: _duration_pb2.Duration
    result: str
    outcome: CallbackOutcome
    def __init__(self, callback_id: _Optional[str] = ..., attempt: _Optional[int] = ..., service_id: _Optional[str] = ..., kind: _Optional[_Union[_accounts_pb2.CallbackKind, str]] = ..., notification_id: _Optional[str] = ..., received_text_id: _Optional[str] = ..., complaint_id: _Optional[str] = ..., attempt_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., result: _Optional[str] = ..., outcome: _Optional[_Union[CallbackOutcome, str]] = ...) -> None: ...

class ListCallbackAttemptsRequest(_message.Message):
    __slots__ = ("service_id", "notification_id", "callback_id", "kind", "from_time", "until_time", "failed_only", "page_size", "page_token")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    CALLBACK_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    FAILED_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    notification_id: str
    callback_id: str
    kind: _accounts_pb2.CallbackKind
    from_time: _timestamp_pb2.Timestamp
    until_time: _timestamp_pb2.Timestamp
    failed_only: bool
    page_size: int
    page_token: str
    def __init__(self, service_id: _Optional[str] = ..., notification_id: _Optional[str] = ..., callback_id: _Optional[str] = ..., kind: _Optional[_Union[_accounts_pb2.CallbackKind, str]] = ..., from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., failed_only: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCallbackAttemptsResponse(_message.Message):
    __slots__ = ("attempts", "next_page_token")
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    attempts: _containers.RepeatedCompositeFieldContainer[CallbackAttempt]
    next_page_token: str
    def __init__(self, attempts: _Optional[_Iterable[_Union[CallbackAttempt, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ReplayCallbacksRequest(_message.Message):
    __slots__ = ("callback_ids", "span", "reason", "page_token", "dry_run")
    CALLBACK_IDS_FIELD_NUMBER: _ClassVar[int]
    SPAN_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    callback_ids: CallbackIds
    span: CallbackSpan
    reason: str
    page_token: str
    dry_run: bool
    def __init__(self, callback_ids: _Optional[_Union[CallbackIds, _Mapping]] = ..., span: _Optional[_Union[CallbackSpan, _Mapping]] = ..., reason: _Optional[str] = ..., page_token: _Optional[str] = ..., dry_run: _Optional[bool] = ...) -> None: ...

class CallbackIds(_message.Message):
    __slots__ = ("ids",)
    IDS_FIELD_NUMBER: _ClassVar[int]
    ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, ids: _Optional[_Iterable[str]] = ...) -> None: ...

class CallbackSpan(_message.Message):
    __slots__ = ("service_id", "kind", "from_time", "until_time", "failed_only")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    FAILED_ONLY_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    kind: _accounts_pb2.CallbackKind
    from_time: _timestamp_pb2.Timestamp
    until_time: _timestamp_pb2.Timestamp
    failed_only: bool
    def __init__(self, service_id: _Optional[str] = ..., kind: _Optional[_Union[_accounts_pb2.CallbackKind, str]] = ..., from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., failed_only: _Optional[bool] = ...) -> None: ...

class ReplayCallbacksResponse(_message.Message):
    __slots__ = ("replayed_count", "next_page_token")
    REPLAYED_COUNT_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    replayed_count: int
    next_page_token: str
    def __init__(self, replayed_count: _Optional[int] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RecordComplaintsRequest(_message.Message):
    __slots__ = ("complaints",)
    COMPLAINTS_FIELD_NUMBER: _ClassVar[int]
    complaints: _containers.RepeatedCompositeFieldContainer[NewComplaint]
    def __init__(self, complaints: _Optional[_Iterable[_Union[NewComplaint, _Mapping]]] = ...) -> None: ...

class NewComplaint(_message.Message):
    __slots__ = ("notification_id", "feedback_id", "complaint_type", "complaint_time")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    FEEDBACK_ID_FIELD_NUMBER: _ClassVar[int]
    COMPLAINT_TYPE_FIELD_NUMBER: _ClassVar[int]
    COMPLAINT_TIME_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    feedback_id: str
    complaint_type: str
    complaint_time: _timestamp_pb2.Timestamp
    def __init__(self, notification_id: _Optional[str] = ..., feedback_id: _Optional[str] = ..., complaint_type: _Optional[str] = ..., complaint_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RecordComplaintsResponse(_message.Message):
    __slots__ = ("outcomes",)
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedScalarFieldContainer[ComplaintOutcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[ComplaintOutcome, str]]] = ...) -> None: ...

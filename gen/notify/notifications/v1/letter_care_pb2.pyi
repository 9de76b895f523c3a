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

class LetterCondition(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LETTER_CONDITION_UNSPECIFIED: _ClassVar[LetterCondition]
    LETTER_CONDITION_LATE: _ClassVar[LetterCondition]
    LETTER_CONDITION_UNSENT: _ClassVar[LetterCondition]
    LETTER_CONDITION_PENDING_VIRUS_CHECK: _ClassVar[LetterCondition]
    LETTER_CONDITION_TECHNICAL_FAILURE: _ClassVar[LetterCondition]
    LETTER_CONDITION_CANCELLABLE: _ClassVar[LetterCondition]

class LetterEnd(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LETTER_END_UNSPECIFIED: _ClassVar[LetterEnd]
    LETTER_END_DELIVERED: _ClassVar[LetterEnd]
    LETTER_END_PERMANENT_FAILURE: _ClassVar[LetterEnd]

class EndLetterOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    END_LETTER_OUTCOME_UNSPECIFIED: _ClassVar[EndLetterOutcome]
    END_LETTER_OUTCOME_ENDED: _ClassVar[EndLetterOutcome]
    END_LETTER_OUTCOME_ALREADY: _ClassVar[EndLetterOutcome]
    END_LETTER_OUTCOME_BEING_PRINTED: _ClassVar[EndLetterOutcome]
    END_LETTER_OUTCOME_NOT_ALLOWED: _ClassVar[EndLetterOutcome]
    END_LETTER_OUTCOME_NOT_FOUND: _ClassVar[EndLetterOutcome]
LETTER_CONDITION_UNSPECIFIED: LetterCondition
LETTER_CONDITION_LATE: LetterCondition
LETTER_CONDITION_UNSENT: LetterCondition
LETTER_CONDITION_PENDING_VIRUS_CHECK: LetterCondition
LETTER_CONDITION_TECHNICAL_FAILURE: LetterCondition
LETTER_CONDITION_CANCELLABLE: LetterCondition
LETTER_END_UNSPECIFIED: LetterEnd
LETTER_END_DELIVERED: LetterEnd
LETTER_END_PERMANENT_FAILURE: LetterEnd
END_LETTER_OUTCOME_UNSPECIFIED: EndLetterOutcome
END_LETTER_OUTCOME_ENDED: EndLetterOutcome
END_LETTER_OUTCOME_ALREADY: EndLetterOutcome
END_LETTER_OUTCOME_BEING_PRINTED: EndLetterOutcome
END_LETTER_OUTCOME_NOT_ALLOWED: EndLetterOutcome
END_LETTER_OUTCOME_NOT_FOUND: EndLetterOutcome

class FindLettersRequest(_message.Message):
    __slots__ = ("condition", "service_id", "made_from", "made_until", "page_size", "page_token", "job_id")
    CONDITION_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    MADE_FROM_FIELD_NUMBER: _ClassVar[int]
    MADE_UNTIL_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    condition: LetterCondition
    service_id: str
    made_from: _timestamp_pb2.Timestamp
    made_until: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    job_id: str
    def __init__(self, condition: _Optional[_Union[LetterCondition, str]] = ..., service_id: _Optional[str] = ..., made_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., made_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., job_id: _Optional[str] = ...) -> None: ...

class FindLettersResponse(_message.Message):
    __slots__ = ("letters", "next_page_token")
    LETTERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    letters: _containers.RepeatedCompositeFieldContainer[FoundLetter]
    next_page_token: str
    def __init__(self, letters: _Optional[_Iterable[_Union[FoundLetter, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class FoundLetter(_message.Message):
    __slots__ = ("notification_id", "service_id", "letter_reference", "status", "postage", "create_time", "send_time", "has_delivery")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    LETTER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    POSTAGE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    HAS_DELIVERY_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    service_id: str
    letter_reference: str
    status: _types_pb2.NotificationStatus
    postage: str
    create_time: _timestamp_pb2.Timestamp
    send_time: _timestamp_pb2.Timestamp
    has_delivery: bool
    def __init__(self, notification_id: _Optional[str] = ..., service_id: _Optional[str] = ..., letter_reference: _Optional[str] = ..., status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ..., postage: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., has_delivery: _Optional[bool] = ...) -> None: ...

class EndLettersRequest(_message.Message):
    __slots__ = ("notification_ids", "end")
    NOTIFICATION_IDS_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    notification_ids: _containers.RepeatedScalarFieldContainer[str]
    end: LetterEnd
    def __init__(self, notification_ids: _Optional[_Iterable[str]] = ..., end: _Optional[_Union[LetterEnd, str]] = ...) -> None: ...

class EndLettersResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[EndLetterResult]
    def __init__(self, results: _Optional[_Iterable[_Union[EndLetterResult, _Mapping]]] = ...) -> None: ...

class EndLetterResult(_message.Message):
    __slots__ = ("outcome", "status", "create_time")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    outcome: EndLetterOutcome
    status: _types_pb2.NotificationStatus
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, outcome: _Optional[_Union[EndLetterOutcome, str]] = ..., status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

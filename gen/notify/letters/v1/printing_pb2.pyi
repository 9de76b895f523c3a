import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PrintRunOrigin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRINT_RUN_ORIGIN_UNSPECIFIED: _ClassVar[PrintRunOrigin]
    PRINT_RUN_ORIGIN_SCHEDULE: _ClassVar[PrintRunOrigin]
    PRINT_RUN_ORIGIN_BY_HAND: _ClassVar[PrintRunOrigin]

class PrintRunState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRINT_RUN_STATE_UNSPECIFIED: _ClassVar[PrintRunState]
    PRINT_RUN_STATE_COLLECTING: _ClassVar[PrintRunState]
    PRINT_RUN_STATE_PRINTING: _ClassVar[PrintRunState]
PRINT_RUN_ORIGIN_UNSPECIFIED: PrintRunOrigin
PRINT_RUN_ORIGIN_SCHEDULE: PrintRunOrigin
PRINT_RUN_ORIGIN_BY_HAND: PrintRunOrigin
PRINT_RUN_STATE_UNSPECIFIED: PrintRunState
PRINT_RUN_STATE_COLLECTING: PrintRunState
PRINT_RUN_STATE_PRINTING: PrintRunState

class CollateLettersRequest(_message.Message):
    __slots__ = ("london_date",)
    LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    london_date: str
    def __init__(self, london_date: _Optional[str] = ...) -> None: ...

class CollateLettersResponse(_message.Message):
    __slots__ = ("print_run",)
    PRINT_RUN_FIELD_NUMBER: _ClassVar[int]
    print_run: PrintRun
    def __init__(self, print_run: _Optional[_Union[PrintRun, _Mapping]] = ...) -> None: ...

class GetPrintRunRequest(_message.Message):
    __slots__ = ("print_run_id",)
    PRINT_RUN_ID_FIELD_NUMBER: _ClassVar[int]
    print_run_id: str
    def __init__(self, print_run_id: _Optional[str] = ...) -> None: ...

class GetPrintRunResponse(_message.Message):
    __slots__ = ("print_run",)
    PRINT_RUN_FIELD_NUMBER: _ClassVar[int]
    print_run: PrintRun
    def __init__(self, print_run: _Optional[_Union[PrintRun, _Mapping]] = ...) -> None: ...

class ListPrintRunsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPrintRunsResponse(_message.Message):
    __slots__ = ("print_runs", "next_page_token")
    PRINT_RUNS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    print_runs: _containers.RepeatedCompositeFieldContainer[PrintRun]
    next_page_token: str
    def __init__(self, print_runs: _Optional[_Iterable[_Union[PrintRun, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class PrintRun(_message.Message):
    __slots__ = ("id", "london_date", "origin", "state", "create_time", "collect_time", "volumes", "progress")
    ID_FIELD_NUMBER: _ClassVar[int]
    LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    COLLECT_TIME_FIELD_NUMBER: _ClassVar[int]
    VOLUMES_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    id: str
    london_date: str
    origin: PrintRunOrigin
    state: PrintRunState
    create_time: _timestamp_pb2.Timestamp
    collect_time: _timestamp_pb2.Timestamp
    volumes: _containers.RepeatedCompositeFieldContainer[PrintVolume]
    progress: PrintProgress
    def __init__(self, id: _Optional[str] = ..., london_date: _Optional[str] = ..., origin: _Optional[_Union[PrintRunOrigin, str]] = ..., state: _Optional[_Union[PrintRunState, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., collect_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., volumes: _Optional[_Iterable[_Union[PrintVolume, _Mapping]]] = ..., progress: _Optional[_Union[PrintProgress, _Mapping]] = ...) -> None: ...

class PrintVolume(_message.Message):
    __slots__ = ("postage", "letter_count", "sheet_count")
    POSTAGE_FIELD_NUMBER: _ClassVar[int]
    LETTER_COUNT_FIELD_NUMBER: _ClassVar[int]
    SHEET_COUNT_FIELD_NUMBER: _ClassVar[int]
    postage: str
    letter_count: int
    sheet_count: int
    def __init__(self, postage: _Optional[str] = ..., letter_count: _Optional[int] = ..., sheet_count: _Optional[int] = ...) -> None: ...

class PrintProgress(_message.Message):
    __slots__ = ("waiting_count", "retrying_count", "handed_over_count", "rejected_count", "cancelled_count")
    WAITING_COUNT_FIELD_NUMBER: _ClassVar[int]
    RETRYING_COUNT_FIELD_NUMBER: _ClassVar[int]
    HANDED_OVER_COUNT_FIELD_NUMBER: _ClassVar[int]
    REJECTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_COUNT_FIELD_NUMBER: _ClassVar[int]
    waiting_count: int
    retrying_count: int
    handed_over_count: int
    rejected_count: int
    cancelled_count: int
    def __init__(self, waiting_count: _Optional[int] = ..., retrying_count: _Optional[int] = ..., handed_over_count: _Optional[int] = ..., rejected_count: _Optional[int] = ..., cancelled_count: _Optional[int] = ...) -> None: ...

class MakeReportTokenRequest(_message.Message):
    __slots__ = ("notification_id",)
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    def __init__(self, notification_id: _Optional[str] = ...) -> None: ...

class MakeReportTokenResponse(_message.Message):
    __slots__ = ("token",)
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: str
    def __init__(self, token: _Optional[str] = ...) -> None: ...

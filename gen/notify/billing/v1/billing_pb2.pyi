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
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_REQUEST: ErrorReason
ERROR_REASON_NOT_FOUND: ErrorReason

class GetRatesRequest(_message.Message):
    __slots__ = ("london_date",)
    LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    london_date: str
    def __init__(self, london_date: _Optional[str] = ...) -> None: ...

class GetRatesResponse(_message.Message):
    __slots__ = ("sms_fragment_ten_thousandths",)
    SMS_FRAGMENT_TEN_THOUSANDTHS_FIELD_NUMBER: _ClassVar[int]
    sms_fragment_ten_thousandths: int
    def __init__(self, sms_fragment_ten_thousandths: _Optional[int] = ...) -> None: ...

class GetUsageRequest(_message.Message):
    __slots__ = ("service_id", "from_london_date", "to_london_date")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    FROM_LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    TO_LONDON_DATE_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    from_london_date: str
    to_london_date: str
    def __init__(self, service_id: _Optional[str] = ..., from_london_date: _Optional[str] = ..., to_london_date: _Optional[str] = ...) -> None: ...

class GetUsageResponse(_message.Message):
    __slots__ = ("lines",)
    LINES_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedCompositeFieldContainer[UsageLine]
    def __init__(self, lines: _Optional[_Iterable[_Union[UsageLine, _Mapping]]] = ...) -> None: ...

class UsageLine(_message.Message):
    __slots__ = ("channel", "chargeable_units", "cost_ten_thousandths")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    CHARGEABLE_UNITS_FIELD_NUMBER: _ClassVar[int]
    COST_TEN_THOUSANDTHS_FIELD_NUMBER: _ClassVar[int]
    channel: str
    chargeable_units: int
    cost_ten_thousandths: int
    def __init__(self, channel: _Optional[str] = ..., chargeable_units: _Optional[int] = ..., cost_ten_thousandths: _Optional[int] = ...) -> None: ...

import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SmsProvider(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SMS_PROVIDER_UNSPECIFIED: _ClassVar[SmsProvider]
    SMS_PROVIDER_MMG: _ClassVar[SmsProvider]
    SMS_PROVIDER_FIRETEXT: _ClassVar[SmsProvider]

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_REQUEST: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_FOUND: _ClassVar[ErrorReason]

class InboundAnswer(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INBOUND_ANSWER_UNSPECIFIED: _ClassVar[InboundAnswer]
    INBOUND_ANSWER_OK: _ClassVar[InboundAnswer]
    INBOUND_ANSWER_RECEIVED: _ClassVar[InboundAnswer]
    INBOUND_ANSWER_NO_CREDENTIALS: _ClassVar[InboundAnswer]
    INBOUND_ANSWER_WRONG_CREDENTIALS: _ClassVar[InboundAnswer]
    INBOUND_ANSWER_MALFORMED: _ClassVar[InboundAnswer]
SMS_PROVIDER_UNSPECIFIED: SmsProvider
SMS_PROVIDER_MMG: SmsProvider
SMS_PROVIDER_FIRETEXT: SmsProvider
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_REQUEST: ErrorReason
ERROR_REASON_NOT_FOUND: ErrorReason
INBOUND_ANSWER_UNSPECIFIED: InboundAnswer
INBOUND_ANSWER_OK: InboundAnswer
INBOUND_ANSWER_RECEIVED: InboundAnswer
INBOUND_ANSWER_NO_CREDENTIALS: InboundAnswer
INBOUND_ANSWER_WRONG_CREDENTIALS: InboundAnswer
INBOUND_ANSWER_MALFORMED: InboundAnswer

class HandleReceiptsRequest(_message.Message):
    __slots__ = ("receipts",)
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    receipts: _containers.RepeatedCompositeFieldContainer[RawReceipt]
    def __init__(self, receipts: _Optional[_Iterable[_Union[RawReceipt, _Mapping]]] = ...) -> None: ...

class RawReceipt(_message.Message):
    __slots__ = ("provider", "body", "receive_time")
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    provider: SmsProvider
    body: bytes
    receive_time: _timestamp_pb2.Timestamp
    def __init__(self, provider: _Optional[_Union[SmsProvider, str]] = ..., body: _Optional[bytes] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class HandleReceiptsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ReceiptResult]
    def __init__(self, results: _Optional[_Iterable[_Union[ReceiptResult, _Mapping]]] = ...) -> None: ...

class ReceiptResult(_message.Message):
    __slots__ = ("faults",)
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    faults: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, faults: _Optional[_Iterable[str]] = ...) -> None: ...

class HandleInboundRequest(_message.Message):
    __slots__ = ("provider", "body", "authorization", "receive_time")
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    AUTHORIZATION_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    provider: SmsProvider
    body: bytes
    authorization: str
    receive_time: _timestamp_pb2.Timestamp
    def __init__(self, provider: _Optional[_Union[SmsProvider, str]] = ..., body: _Optional[bytes] = ..., authorization: _Optional[str] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class HandleInboundResponse(_message.Message):
    __slots__ = ("answer", "faults")
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    answer: InboundAnswer
    faults: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, answer: _Optional[_Union[InboundAnswer, str]] = ..., faults: _Optional[_Iterable[str]] = ...) -> None: ...

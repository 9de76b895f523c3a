import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
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
    ERROR_REASON_SIGNATURE_REFUSED: _ClassVar[ErrorReason]

class ReceiptOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECEIPT_OUTCOME_UNSPECIFIED: _ClassVar[ReceiptOutcome]
    RECEIPT_OUTCOME_ACCEPTED: _ClassVar[ReceiptOutcome]
    RECEIPT_OUTCOME_MALFORMED: _ClassVar[ReceiptOutcome]
    RECEIPT_OUTCOME_FORBIDDEN: _ClassVar[ReceiptOutcome]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_REQUEST: ErrorReason
ERROR_REASON_SIGNATURE_REFUSED: ErrorReason
RECEIPT_OUTCOME_UNSPECIFIED: ReceiptOutcome
RECEIPT_OUTCOME_ACCEPTED: ReceiptOutcome
RECEIPT_OUTCOME_MALFORMED: ReceiptOutcome
RECEIPT_OUTCOME_FORBIDDEN: ReceiptOutcome

class HandleReceiptsRequest(_message.Message):
    __slots__ = ("receipts",)
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    receipts: _containers.RepeatedCompositeFieldContainer[RawReceipt]
    def __init__(self, receipts: _Optional[_Iterable[_Union[RawReceipt, _Mapping]]] = ...) -> None: ...

class RawReceipt(_message.Message):
    __slots__ = ("body", "receive_time")
    BODY_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    body: bytes
    receive_time: _timestamp_pb2.Timestamp
    def __init__(self, body: _Optional[bytes] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class HandleReceiptsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ReceiptResult]
    def __init__(self, results: _Optional[_Iterable[_Union[ReceiptResult, _Mapping]]] = ...) -> None: ...

class ReceiptResult(_message.Message):
    __slots__ = ("outcome",)
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    outcome: ReceiptOutcome
    def __init__(self, outcome: _Optional[_Union[ReceiptOutcome, str]] = ...) -> None: ...

class PreviewEmailRequest(_message.Message):
    __slots__ = ("subject_template", "body_template", "personalisation_json")
    SUBJECT_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    BODY_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    PERSONALISATION_JSON_FIELD_NUMBER: _ClassVar[int]
    subject_template: str
    body_template: str
    personalisation_json: str
    def __init__(self, subject_template: _Optional[str] = ..., body_template: _Optional[str] = ..., personalisation_json: _Optional[str] = ...) -> None: ...

class PreviewEmailResponse(_message.Message):
    __slots__ = ("subject", "text", "html")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    HTML_FIELD_NUMBER: _ClassVar[int]
    subject: str
    text: str
    html: str
    def __init__(self, subject: _Optional[str] = ..., text: _Optional[str] = ..., html: _Optional[str] = ...) -> None: ...

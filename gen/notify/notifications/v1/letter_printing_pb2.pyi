from notify.notifications.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetPrintFactsRequest(_message.Message):
    __slots__ = ("notification_ids",)
    NOTIFICATION_IDS_FIELD_NUMBER: _ClassVar[int]
    notification_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, notification_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class GetPrintFactsResponse(_message.Message):
    __slots__ = ("letters",)
    LETTERS_FIELD_NUMBER: _ClassVar[int]
    letters: _containers.RepeatedCompositeFieldContainer[PrintFacts]
    def __init__(self, letters: _Optional[_Iterable[_Union[PrintFacts, _Mapping]]] = ...) -> None: ...

class PrintFacts(_message.Message):
    __slots__ = ("notification_id", "status", "service_is_active", "organisation_id")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SERVICE_IS_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_ID_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    status: _types_pb2.NotificationStatus
    service_is_active: bool
    organisation_id: str
    def __init__(self, notification_id: _Optional[str] = ..., status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ..., service_is_active: _Optional[bool] = ..., organisation_id: _Optional[str] = ...) -> None: ...

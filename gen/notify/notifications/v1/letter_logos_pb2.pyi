import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SetLetterLogoRequest(_message.Message):
    __slots__ = ("service_id", "organisation_id", "name", "svg")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANISATION_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SVG_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    organisation_id: str
    name: str
    svg: str
    def __init__(self, service_id: _Optional[str] = ..., organisation_id: _Optional[str] = ..., name: _Optional[str] = ..., svg: _Optional[str] = ...) -> None: ...

class SetLetterLogoResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetLetterLogoRequest(_message.Message):
    __slots__ = ("service_id",)
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    def __init__(self, service_id: _Optional[str] = ...) -> None: ...

class GetLetterLogoResponse(_message.Message):
    __slots__ = ("logo",)
    LOGO_FIELD_NUMBER: _ClassVar[int]
    logo: LetterLogo
    def __init__(self, logo: _Optional[_Union[LetterLogo, _Mapping]] = ...) -> None: ...

class LetterLogo(_message.Message):
    __slots__ = ("name", "svg", "is_of_organisation", "update_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SVG_FIELD_NUMBER: _ClassVar[int]
    IS_OF_ORGANISATION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    svg: str
    is_of_organisation: bool
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., svg: _Optional[str] = ..., is_of_organisation: _Optional[bool] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

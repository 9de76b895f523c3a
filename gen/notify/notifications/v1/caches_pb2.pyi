from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CacheKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CACHE_KIND_UNSPECIFIED: _ClassVar[CacheKind]
    CACHE_KIND_SERVICES: _ClassVar[CacheKind]
    CACHE_KIND_TEMPLATES: _ClassVar[CacheKind]
    CACHE_KIND_USERS: _ClassVar[CacheKind]
CACHE_KIND_UNSPECIFIED: CacheKind
CACHE_KIND_SERVICES: CacheKind
CACHE_KIND_TEMPLATES: CacheKind
CACHE_KIND_USERS: CacheKind

class PurgeCachesRequest(_message.Message):
    __slots__ = ("kinds",)
    KINDS_FIELD_NUMBER: _ClassVar[int]
    kinds: _containers.RepeatedScalarFieldContainer[CacheKind]
    def __init__(self, kinds: _Optional[_Iterable[_Union[CacheKind, str]]] = ...) -> None: ...

class PurgeCachesResponse(_message.Message):
    __slots__ = ("dropped_count", "told_count")
    DROPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOLD_COUNT_FIELD_NUMBER: _ClassVar[int]
    dropped_count: int
    told_count: int
    def __init__(self, dropped_count: _Optional[int] = ..., told_count: _Optional[int] = ...) -> None: ...

class CheckCachesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CheckCachesResponse(_message.Message):
    __slots__ = ("checked_count", "stale_entries")
    CHECKED_COUNT_FIELD_NUMBER: _ClassVar[int]
    STALE_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    checked_count: int
    stale_entries: _containers.RepeatedCompositeFieldContainer[StaleEntry]
    def __init__(self, checked_count: _Optional[int] = ..., stale_entries: _Optional[_Iterable[_Union[StaleEntry, _Mapping]]] = ...) -> None: ...

class StaleEntry(_message.Message):
    __slots__ = ("kind", "id")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    kind: CacheKind
    id: str
    def __init__(self, kind: _Optional[_Union[CacheKind, str]] = ..., id: _Optional[str] = ...) -> None: ...

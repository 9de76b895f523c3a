from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class IdempotencyKey(_message.Message):
    __slots__ = ("key", "fingerprint", "context")
    KEY_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    key: str
    fingerprint: bytes
    context: str
    def __init__(self, key: _Optional[str] = ..., fingerprint: _Optional[bytes] = ..., context: _Optional[str] = ...) -> None: ...

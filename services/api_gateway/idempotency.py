"""Requests that a sender may repeat: the header `Idempotency-Key`, and what is told apart by it.

The notifications service keeps what was answered, in the transaction that stores the message; here is only how
a request is named. Called by the endpoints that send. Requests without the header never come here.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from servicekit.errors import InvalidRequest, Violation
from services.api_gateway.http import Header, Request
from services.api_gateway.openapi_fields import accepts

HEADER: Final = "Idempotency-Key"
REPLAYED: Final[Header] = (b"idempotent-replayed", b"true")
"""Says of an answer that it is the first one again."""

_NAME: Final = HEADER.lower().encode()
_KEY: Final = re.compile(r"[\x20-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A sender's name for one request."""

    key: str
    fingerprint: bytes
    """Of what was asked for: 32 bytes."""
    root: str
    """What links in the answer begin with: the first answer's, whoever asks for it again."""


@accepts({"type": "string", "pattern": r"^[\x20-\x7e]+$", "minLength": 1, "maxLength": 255})
def is_idempotency_key(name: str, value: str) -> Sequence[str]:
    """A sender's name for a request."""
    return () if _KEY.fullmatch(value) else (f"{name} must be 1 to 255 printable ASCII characters",)


@accepts({"type": "string", "const": "true"})
def is_replayed(_name: str, _value: str) -> Sequence[str]:
    """What an answer says that was given before."""
    return ()


def has_key(request: Request) -> bool:
    """Whether the header was sent."""
    return request.header(_NAME) is not None


def checked_key(request: Request) -> str | None:
    """The header's value; None without the header. Raises InvalidRequest."""
    key = request.header(_NAME)
    faults = () if key is None else is_idempotency_key(HEADER, key)
    if faults:
        raise InvalidRequest([Violation(HEADER, fault) for fault in faults])
    return key


def request_key(request: Request, body: Mapping[str, Any]) -> RequestKey | None:
    """The key of a request whose body was read; None without the header. Raises InvalidRequest."""
    key = checked_key(request)
    return None if key is None else RequestKey(key, _fingerprint(request.path, body), request.root)


def _fingerprint(path: str, body: Mapping[str, Any]) -> bytes:
    """Of the endpoint and the values that were sent, in whatever order and with whatever spaces."""
    values = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{path}\n{values}".encode()).digest()

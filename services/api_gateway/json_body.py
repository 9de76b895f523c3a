"""JSON bodies of requests: read as Python reads JSON, with the public contract's odd cases (section 1).

Not here: which fields there may be (`schemas`).
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from servicekit.clock import monotonic
from servicekit.errors import InvalidRequest, RuleBroken, Violation
from services.api_gateway import metrics
from services.api_gateway.errors import INVALID_JSON

MAX_DEPTH: Final = 200
"""Python's own limit depends on how deep the stack is just then; this one is the same everywhere, and other
services can read again what passed here."""

INVALID_MESSAGE: Final = "Invalid JSON supplied in POST data"
# What may stand for a NUL or for half of a surrogate pair: their escapes, UTF-8 bytes of a half, and any
# NUL byte (raw NULs are not JSON, but UTF-16 and UTF-32 are full of them). Most bodies have none and are
# not looked at again.
_SUSPICIOUS: Final = re.compile(rb"\\u0000|\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]|\x00")

_encode_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def parse_object(body: bytes) -> dict[str, Any]:
    """Read a body as a JSON object. JSON that is false in Python (`null`, `[]`, `""`, `0`, `false`) is an
    empty one.

    Raises RuleBroken INVALID_JSON for what is no JSON or nested deeper than MAX_DEPTH, InvalidRequest for
    other JSON than an object.
    """
    began = monotonic()
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as err:
        raise RuleBroken(INVALID_JSON, INVALID_MESSAGE) from err
    finally:
        metrics.record_json_parsing(monotonic() - began)
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise RuleBroken(INVALID_JSON, INVALID_MESSAGE)
    if not value:
        return {}
    if not isinstance(value, dict):
        raise InvalidRequest([Violation("", f"{printed(value)} is not of type object")])
    return value


def printed(value: object) -> str:
    """A value as error messages show it: as Python prints it, less every single quote."""
    return repr(value).replace("'", "")


def to_json(value: object) -> str:
    """A value as JSON text that says the same when Python reads it again: `NaN` and `Infinity` stay as they
    are."""
    return _encode_json(value)


def unstorable_fields(body: bytes, value: Mapping[str, Any]) -> list[str]:
    """The fields of an object that hold, at any depth, text that no database takes: NUL, or half of a
    surrogate pair."""
    if _SUSPICIOUS.search(body) is None:
        return []
    return [name for name, held in value.items() if any(not is_storable(text) for text in _texts(held))]


def is_storable(text: str) -> bool:
    """Whether a text can be stored: it has no NUL and no half of a surrogate pair."""
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _texts(value: object) -> Iterator[str]:
    """All texts in a value, names too."""
    waiting = [value]
    while waiting:
        held = waiting.pop()
        if isinstance(held, str):
            yield held
        elif isinstance(held, dict):
            yield from held
            waiting.extend(held.values())
        elif isinstance(held, list):
            waiting.extend(held)


def _depth(value: object) -> int:
    depth = 0
    level = [value]
    while level := [held for held in level if isinstance(held, dict | list)]:
        depth += 1
        level = [inner for held in level for inner in (held.values() if isinstance(held, dict) else held)]
    return depth

"""`notifyctl api-token`: the bearer token that the public API wants, from a full API key. For curl and other hand
work.
"""

import re
from dataclasses import dataclass

import jwt

from clients.notifyctl.output import CommandError
from servicekit import clock

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_FULL_KEY = re.compile(rf"(?:.*-)?({_UUID})-({_UUID})")


@dataclass(frozen=True, slots=True, kw_only=True)
class FullKey:
    """The two parts of a full API key that matter."""

    service_id: str
    secret: str


def parse_full_key(text: str) -> FullKey:
    """Take `<name>-<service id>-<secret>` apart. Raises CommandError."""
    found = _FULL_KEY.fullmatch(text.strip().lower())
    if not found:
        raise CommandError("that is not a full API key: <name>-<service id>-<secret>")
    return FullKey(service_id=found[1], secret=found[2])


def mint(key: FullKey) -> str:
    """A token as the official clients make it; good for about 30 seconds."""
    claims = {"iss": key.service_id, "iat": int(clock.now().timestamp())}
    return jwt.encode(claims, key.secret, algorithm="HS256")

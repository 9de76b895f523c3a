"""Encryption at rest of what must come back in clear: API secrets (HS256 needs them), callback tokens and
signing secrets, received texts.

How is `servicekit.at_rest`'s matter. Links in messages are signed here too; for how long one is good is the
rule of `unsubscribing`.
"""

import base64
import binascii
import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from pydantic import SecretStr

from servicekit import clock
from servicekit.at_rest import EncryptionBox

_LINK = struct.Struct(">B16sI")
"""Version, notification id, seconds since 1970 (good until 2106)."""
_LINK_VERSION = 1
_LINK_SIGNATURE_BYTES = 16
"""128 bits of the HMAC: nobody guesses them, and a link stays short."""


@dataclass(frozen=True, slots=True)
class UnsubscribeToken:
    """What a token that we made says."""

    notification_id: UUID
    issued_at: datetime


class SecretBox(EncryptionBox):
    """Encrypts, marks and signs with the keys of the settings. Raises ValueError for a key under 32 characters."""

    def __init__(self, keys: SecretStr) -> None:
        super().__init__(keys, b"notify at rest:")

    def mark(self, parts: Sequence[str]) -> bytes:
        """32 bytes that are the same for the same parts, and tell nothing of them to who has not the key."""
        framed = b"".join(struct.pack(">I", len(part)) + part for part in (text.encode() for text in parts))
        return hmac.digest(self._keys[0], b"mark:" + framed, "sha256")

    def unsubscribe_token(self, notification_id: UUID, issued_at: datetime | None = None) -> str:
        """A token that only we could have made, which says itself what it is for and when it was made (now,
        unless told otherwise)."""
        seconds = int((issued_at or clock.now()).timestamp())
        claims = _LINK.pack(_LINK_VERSION, notification_id.bytes, seconds)
        return base64.urlsafe_b64encode(claims + _signature(self._keys[0], claims)).rstrip(b"=").decode()

    def read_unsubscribe_token(self, token: str) -> UnsubscribeToken | None:
        """What a token says; None when none of our keys made it. However old it is, it is read."""
        try:
            raw = base64.b64decode(token.encode() + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError):
            return None
        if len(raw) != _LINK.size + _LINK_SIGNATURE_BYTES:
            return None
        claims, given = raw[: _LINK.size], raw[_LINK.size :]
        # Every key is tried, whichever fits, so that the time taken tells nothing.
        fits = [hmac.compare_digest(_signature(key, claims), given) for key in self._keys]
        version, id_bytes, seconds = _LINK.unpack(claims)
        if not any(fits) or version != _LINK_VERSION:
            return None
        return UnsubscribeToken(UUID(bytes=id_bytes), datetime.fromtimestamp(seconds, UTC))


def _signature(key: bytes, claims: bytes) -> bytes:
    return hmac.digest(key, b"unsubscribe:" + claims, "sha256")[:_LINK_SIGNATURE_BYTES]

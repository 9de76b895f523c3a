"""Tokens with which the print provider reports on a letter: each is good for one notification, for ever.

They stand in the URL that goes with a print request. Whoever has one can report on that letter and nothing else.
"""

import base64
import hashlib
import hmac
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from pydantic import SecretStr

from servicekit.ids import parse_id

REPORT_PATH: Final = "/notifications/letter/status"
_MIN_KEY_CHARACTERS: Final = 32


class ReportTokens:
    """Makes and reads them. The first key signs, all are tried when reading, so that keys can be rotated."""

    def __init__(self, keys: SecretStr) -> None:
        """`keys`: comma separated. Raises ValueError for one of fewer than 32 characters, or none."""
        texts = [text.strip() for text in keys.get_secret_value().split(",") if text.strip()]
        if not texts or any(len(text) < _MIN_KEY_CHARACTERS for text in texts):
            raise ValueError("secret_keys needs at least one key of 32 characters or more")
        self._keys = [hashlib.sha256(b"notify letter reports:" + text.encode()).digest() for text in texts]

    def make(self, notification_id: UUID) -> str:
        """The token of a letter: its id, and who signed it."""
        return f"{notification_id}.{_signature(self._keys[0], notification_id)}"

    def read(self, token: str) -> UUID | None:
        """The letter that a token is for; None when it is none of ours."""
        text, _, given = token.rpartition(".")
        try:
            notification_id = parse_id(text)
        except ValueError:
            return None
        # Every key is tried, whichever fits, so that the time taken tells nothing.
        fits = [
            hmac.compare_digest(_signature(key, notification_id).encode(), given.encode())
            for key in self._keys
        ]
        return notification_id if any(fits) else None

    def report_url(self, api_url: str, notification_id: UUID) -> str:
        """Where the provider reports on a letter. `api_url`: base of the public API, without a slash at its end."""
        return f"{api_url}{REPORT_PATH}?{urlencode({'token': self.make(notification_id)})}"


def _signature(key: bytes, notification_id: UUID) -> str:
    digest = hmac.digest(key, b"letter report:" + notification_id.bytes, "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")

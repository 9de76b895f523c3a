"""Encryption at rest of what must come back in clear: API secrets (HS256 needs them) and callback tokens.

Fernet (AES-128-CBC with HMAC-SHA256) with several keys: the first encrypts, all decrypt, so that keys can be
rotated without a stop. Keys are derived from the settings' texts, which may be any long random string. Links
in messages are signed here too.
"""

import base64
import hashlib
import hmac
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from servicekit.errors import InternalError

_MIN_KEY_CHARACTERS = 32


class SecretBox:
    """Encrypts and decrypts with the keys of the settings. Raises ValueError for a key under 32 characters."""

    def __init__(self, keys: SecretStr) -> None:
        texts = [text.strip() for text in keys.get_secret_value().split(",") if text.strip()]
        if not texts or any(len(text) < _MIN_KEY_CHARACTERS for text in texts):
            raise ValueError("secret_keys needs at least one key of 32 characters or more")
        self._keys = [hashlib.sha256(b"notify at rest:" + text.encode()).digest() for text in texts]
        self._fernet = MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in self._keys])

    def encrypt(self, text: str) -> bytes:
        """The text, encrypted with the first key."""
        return self._fernet.encrypt(text.encode())

    def decrypt(self, encrypted: bytes) -> str:
        """The text again. Raises InternalError when none of the keys fits."""
        try:
            return self._fernet.decrypt(encrypted).decode()
        except InvalidToken as err:
            raise InternalError from err

    def unsubscribe_token(self, notification_id: UUID) -> str:
        """A token that only we could have made for this notification's unsubscribe link."""
        return self._signature(self._keys[0], notification_id)

    def is_unsubscribe_token(self, notification_id: UUID, token: str) -> bool:
        """Whether the token was made by us, with any of the keys, for this notification."""
        return any(hmac.compare_digest(self._signature(key, notification_id), token) for key in self._keys)

    @staticmethod
    def _signature(key: bytes, notification_id: UUID) -> str:
        digest = hmac.digest(key, b"unsubscribe:" + notification_id.bytes, "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

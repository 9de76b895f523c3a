"""Encryption at rest of what must come back in clear: API secrets, callback tokens, a provider's passwords.

Fernet (AES-128-CBC with HMAC-SHA256) with several keys: the first encrypts, all decrypt, so that keys can be rotated
without a stop. Keys are derived from the settings' texts, which may be any long random string, and from a purpose, so
that one service's ciphertext is nothing to another one with the same text.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from servicekit.errors import InternalError

_MIN_KEY_CHARACTERS = 32


class EncryptionBox:
    """Encrypts and decrypts with the keys of the setting `secret_keys`, for one purpose (fixed bytes, part of what is
    stored). Raises ValueError for a key of fewer than 32 characters, or none."""

    def __init__(self, keys: SecretStr, purpose: bytes) -> None:
        texts = [text.strip() for text in keys.get_secret_value().split(",") if text.strip()]
        if not texts or any(len(text) < _MIN_KEY_CHARACTERS for text in texts):
            raise ValueError("secret_keys needs at least one key of 32 characters or more")
        self._keys = [hashlib.sha256(purpose + text.encode()).digest() for text in texts]
        fernets = [Fernet(base64.urlsafe_b64encode(key)) for key in self._keys]
        self._first, self._fernet = fernets[0], MultiFernet(fernets)

    def encrypt(self, text: str) -> bytes:
        """The text, encrypted with the first key."""
        return self._fernet.encrypt(text.encode())

    def decrypt(self, encrypted: bytes) -> str:
        """The text again. Raises InternalError when none of the keys fits."""
        try:
            return self._fernet.decrypt(encrypted).decode()
        except InvalidToken as err:
            raise InternalError from err

    def renewed(self, encrypted: bytes) -> bytes | None:
        """The same text, encrypted with the first key; None when it is so already.

        Raises InternalError when none of the keys fits.
        """
        try:
            self._first.decrypt(encrypted)
        except InvalidToken:
            return self.encrypt(self.decrypt(encrypted))
        return None

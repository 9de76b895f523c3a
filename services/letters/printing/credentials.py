"""What the print provider knows us by: user name, password and API key, kept encrypted in our own table.

The settings say what they are at first; from then on the table does, because they are rotated. Signing in and
rotating are in `provider` and `rotation`.
"""

import base64
import hashlib
import secrets
import string
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from servicekit.errors import InternalError

_MIN_KEY_CHARACTERS: Final = 32
PASSWORD_CHARACTERS: Final = 30
_SPECIAL: Final = "!#$%&()*+-./:;<=>?@[]^_{|}~"
_ALPHABETS: Final = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SPECIAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """As they are stored, in clear."""

    username: str
    password: str = field(repr=False)
    next_password: str | None = field(default=None, repr=False)
    """A change to it was begun: whichever of the two the provider takes is right."""
    api_key: str = field(repr=False)
    password_changed_for: date | None = None
    """The day (UTC) whose rotation was done."""
    api_key_changed_for: date | None = None
    version: int = 1
    """A change names the version it was based on."""


class CredentialsBox:
    """Encrypts what is stored. The first key encrypts, all decrypt, so that keys can be rotated."""

    def __init__(self, keys: SecretStr) -> None:
        """Raises ValueError for a key of fewer than 32 characters, or none."""
        texts = [text.strip() for text in keys.get_secret_value().split(",") if text.strip()]
        if not texts or any(len(text) < _MIN_KEY_CHARACTERS for text in texts):
            raise ValueError("secret_keys needs at least one key of 32 characters or more")
        digests = (hashlib.sha256(b"notify letters at rest:" + text.encode()).digest() for text in texts)
        self._fernet = MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])

    def encrypt(self, text: str) -> bytes:
        """The text, encrypted."""
        return self._fernet.encrypt(text.encode())

    def decrypt(self, encrypted: bytes) -> str:
        """The text again. Raises InternalError when none of the keys fits."""
        try:
            return self._fernet.decrypt(encrypted).decode()
        except InvalidToken as err:
            raise InternalError from err


def new_password() -> str:
    """30 random characters with at least one lower case and one upper case letter, digit and special
    character."""
    characters = [secrets.choice(alphabet) for alphabet in _ALPHABETS]
    everything = "".join(_ALPHABETS)
    characters += [secrets.choice(everything) for _ in range(PASSWORD_CHARACTERS - len(characters))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)

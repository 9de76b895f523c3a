"""What the print provider knows us by: user name, password and API key, kept encrypted in our own table.

The settings say what they are at first; from then on the table does, because they are rotated. Signing in and
rotating are in `provider` and `rotation`.
"""

import secrets
import string
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from pydantic import SecretStr

from servicekit.at_rest import EncryptionBox

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


class CredentialsBox(EncryptionBox):
    """Encrypts what is stored. Raises ValueError for a key of fewer than 32 characters, or none."""

    def __init__(self, keys: SecretStr) -> None:
        super().__init__(keys, b"notify letters at rest:")


def new_password() -> str:
    """30 random characters with at least one lower case and one upper case letter, digit and special
    character."""
    characters = [secrets.choice(alphabet) for alphabet in _ALPHABETS]
    everything = "".join(_ALPHABETS)
    characters += [secrets.choice(everything) for _ in range(PASSWORD_CHARACTERS - len(characters))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)

"""The secrets of one stack: made once, kept in files of `HOME/secrets` that only their owner can read.

They stay the same from one start to the next, so that data encrypted yesterday can be read today. `make
reset` drops them with the data.
"""

import secrets
from pathlib import Path

from servicekit.identity import new_operator_key

_BYTES = 32


class StackSecrets:
    """Secrets by name. A name's value is made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> str:
        """The secret of this name: 64 hexadecimal digits, always the same."""
        path = self.path(name)
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            pass
        value = secrets.token_hex(_BYTES)
        write_private(path, value)
        return value

    def operator_key(self) -> str:
        """The key that people's tokens are signed with, always the same."""
        path = self.path("operator_key")
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            pass
        key = new_operator_key().private
        write_private(path, key)
        return key

    def path(self, name: str) -> Path:
        """The file that holds the secret of this name."""
        return self._folder / name


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.touch(mode=0o600)
    fresh.write_text(text)
    fresh.replace(path)

"""What an object store does, whichever it is. `local_folder` and `s3` are the two there are.

All calls block, some on the network: call them in a thread (`asyncio.to_thread`). A store may be used by any
number of threads. Every call may be made twice: what is done already is done.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from filekit.object_store.keys import Area, ObjectKey


class ObjectMissing(LookupError):  # noqa: N818 -- says what is wrong
    """There is no such file, or no more."""

    def __init__(self, key: ObjectKey) -> None:
        super().__init__(f"There is no {key}")
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """A file with what was noted about it."""

    data: bytes = field(repr=False)
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInfo:
    """A file in a list."""

    key: ObjectKey
    size_bytes: int
    stored_at: datetime  # UTC


class ObjectStore(Protocol):
    """Keeps files. Every method raises `servicekit.errors.Unavailable` when the store is away."""

    def check(self) -> None:
        """Return if files can be kept here."""

    def put(self, key: ObjectKey, data: bytes, metadata: Mapping[str, str] | None = None) -> None:
        """Keep a file, whole or not at all; one of that name is replaced.

        Metadata is printable ASCII, its names in lower case (`checked_metadata`). Raises ValueError when not.
        """

    def get(self, key: ObjectKey) -> StoredObject:
        """Return a file. Raises ObjectMissing."""

    def get_part(self, key: ObjectKey, start: int, size_bytes: int) -> bytes:
        """Return up to `size_bytes` (at least 1) of a file from its byte `start` on; fewer at its end.

        For reading a large file without having it in memory. Raises ObjectMissing.
        """

    def exists(self, key: ObjectKey) -> bool:
        """Return whether there is such a file."""

    def move(self, source: ObjectKey, target: ObjectKey, metadata: Mapping[str, str] | None = None) -> None:
        """Give a file another place, with `metadata` instead of its own where given.

        Where it has moved before, nothing happens. Raises ObjectMissing when it is in neither place.
        """

    def delete(self, key: ObjectKey) -> None:
        """Delete a file, if there is one."""

    def list(self, area: Area, folder: str = "") -> Iterator[ObjectInfo]:
        """Return the files of an area, or of a folder of it (`2026-01-05`), in order of their names."""


_MOST_METADATA_CHARACTERS = 1_500  # S3 allows 2 kB with the names


def checked_metadata(metadata: Mapping[str, str] | None) -> dict[str, str]:
    """Return metadata as every store can keep it. Raises ValueError."""
    checked = dict(metadata or {})
    for name, value in checked.items():
        is_name = name.replace("_", "").replace("-", "").isalnum() and name == name.lower()
        if not (is_name and name.isascii() and value.isascii() and (value.isprintable() or not value)):
            raise ValueError("metadata must be printable ASCII with names in lower case")
    if sum(len(name) + len(value) for name, value in checked.items()) > _MOST_METADATA_CHARACTERS:
        raise ValueError("too much metadata for one file")
    return checked

"""The names of stored files: areas, and keys in them that can't be wrong.

A key is made of checked parts only, so that no name of anything can lead out of its area. What the files of
an area are called is its service's business.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_SEGMENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}", re.ASCII)
_MOST_SEGMENTS: Final = 3
RESERVED_SUFFIX: Final = ".metadata"  # the local folder's own files


class Area(StrEnum):
    """What a file is. Each area is a folder, with a rule of its own for how long its files stay.

    All services' areas are here, so that no two of them share one by accident in a common bucket.
    """

    QUARANTINE = "quarantine"  # uploads that nobody has looked at yet
    ORIGINALS = "originals"  # uploads as they came, for a week after they were found good
    SANITISED = "sanitised"  # uploads made fit for print, until they become letters
    INVALID = "invalid"  # letters that failed a check, with the reason in their metadata
    LETTERS = "letters"  # ready for print, and after it
    TEST_LETTERS = "test-letters"  # the same for test keys: never printed
    ATTACHMENTS = "attachments"  # pages that belong to templates
    DOCUMENTS = "documents"  # files sent by email, encrypted


@dataclass(frozen=True, slots=True, order=True)
class ObjectKey:
    """Where a file is. `name` may have folders: `2026-01-05/NOTIFY.….PDF`. Raises ValueError when it is bad.

    A part begins with a letter or digit and has letters, digits, dots, hyphens and underscores.
    """

    area: Area
    name: str

    def __post_init__(self) -> None:
        segments = self.name.split("/")
        if len(segments) > _MOST_SEGMENTS or not all(map(_SEGMENT.fullmatch, segments)):
            raise ValueError("not the name of a stored file")
        if self.name.lower().endswith(RESERVED_SUFFIX):
            raise ValueError("a stored file may not be called like its own metadata")

    def __str__(self) -> str:
        return f"{self.area}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> "ObjectKey":
        """Return the key that `str` wrote. Raises ValueError."""
        area, _, name = text.partition("/")
        return cls(Area(area), name)

"""What the documents service speaks of: documents, their states, and what becomes of tries to open them.

Plain values without behaviour beyond what follows from their own fields.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from filekit.object_store.keys import Area, ObjectKey
from servicekit.ids import time_of

MAX_FILE_NAME_CHARACTERS: Final = 100
MAX_RETENTION_WEEKS: Final = 78


class DocumentState(StrEnum):
    """What can be done with a document now."""

    AVAILABLE = "available"
    EXPIRED = "expired"
    BLOCKED = "blocked"
    CONFIRMATION_NEEDED = "confirmation-needed"


class ConfirmOutcome(StrEnum):
    """What became of a try to confirm an address."""

    CONFIRMED = "confirmed"
    WRONG = "wrong"
    LOCKED = "locked"
    NOT_ASKED_FOR = "not-asked-for"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSpec:
    """What is known of a file before its content."""

    service_id: UUID
    file_name: str | None = field(repr=False)
    is_csv: bool
    """Without a name: text is CSV."""
    confirmation_email: str | None = field(repr=False)
    retention: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentIds:
    """Which document, and whose."""

    service_id: UUID
    document_id: UUID

    @property
    def object_key(self) -> ObjectKey:
        """Where its file is: in the folder of the day (UTC) on which it was stored, which its id tells."""
        return ObjectKey(
            Area.DOCUMENTS, f"{day_folder(time_of(self.document_id))}/{self.service_id}/{self.document_id}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLink:
    """What a link says."""

    ids: DocumentIds
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A row: nothing in it opens the file or names it."""

    ids: DocumentIds
    mime_type: str
    size_bytes: int
    created_at: datetime
    expires_at: datetime
    sealed_name: bytes = field(repr=False)
    """The file's name, encrypted; also what a key is checked by."""
    confirmation: bytes | None = field(repr=False)
    """A digest of the address to be confirmed, keyed by the link's key; None: no confirmation."""
    pass_secret: bytes = field(repr=False)
    """What passes are signed with. Whoever has the link has not got this."""
    locked_until: datetime | None
    downloads: int
    blocked_at: datetime | None
    removed_at: datetime | None

    def state(self, now: datetime) -> DocumentState:
        """What can be done with it, confirmation apart."""
        if self.blocked_at is not None:
            return DocumentState.BLOCKED
        if self.removed_at is not None or self.expires_at <= now:
            return DocumentState.EXPIRED
        return DocumentState.AVAILABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that an operator did to a document."""

    at: datetime
    caller: str
    blocked: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Documents that an operator chose: by id, or all of a service's of a day."""

    document_ids: tuple[UUID, ...] = ()
    service_id: UUID | None = None
    london_day: date | None = None


def day_folder(moment: datetime) -> str:
    """The folder of files that were stored on the day (UTC) of `moment`."""
    return moment.astimezone(UTC).date().isoformat()

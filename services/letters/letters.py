"""What is known of letters once they were prepared: the values of the table `letters`, and what may become of them.

Made by `preparing`, read by `reading` and by the print run (`printing`), stored by `store`. Not here: the PDFs.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from filekit.object_store.keys import ObjectKey
from notifyrules.postage import Postage
from notifyrules.statuses import KeyType


class LetterState(StrEnum):
    """Where a letter is on its way."""

    READY = "ready"
    """It waits for the print run."""
    REQUESTED = "requested"
    """The printer is being asked; it may have it already."""
    HANDED_OVER = "handed_over"
    DESPATCHED = "despatched"
    REJECTED = "rejected"
    """The printer refused it."""
    CANCELLED = "cancelled"
    """Never printed; may be so before it was prepared."""
    PRETENDED = "pretended"
    """Made with a test key: never printed."""
    INVALID = "invalid"
    """It breaks a rule; see the fault."""
    INFECTED = "infected"
    """A virus was found in it."""


TO_BE_PRINTED: Final = frozenset({LetterState.READY, LetterState.REQUESTED})
"""Letters that must stay, whatever is asked."""

VIRUS_FOUND: Final = "virus-scan-failed"
"""The fault of an infected letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter, as its row has it. None: not known, because it was cancelled before it was prepared."""

    notification_id: UUID
    service_id: UUID
    state: LetterState
    state_changed_at: datetime
    created_at: datetime | None = None
    """When the notification was accepted."""
    prepared_at: datetime | None = None
    """When its PDF was made, or refused."""
    key_type: KeyType | None = None
    is_uploaded: bool | None = None
    reference: str | None = None
    """The printer's name of it: 16 capitals and digits."""
    postage: Postage | None = None
    """As the address made it."""
    page_count: int | None = None
    """None also where pages could not be counted."""
    sheets: int = 0
    """Of paper, to be paid for."""
    address_lines: tuple[str, ...] | None = field(default=None, repr=False)
    """As printed in the window."""
    object_key: ObjectKey | None = None
    """Where its PDF is; None: nobody gets to see it."""
    fault: str | None = None
    """Code of the public contract."""
    invalid_pages: tuple[int, ...] = ()

    @property
    def is_prepared(self) -> bool:
        """Its PDF was made or refused."""
        return self.prepared_at is not None


class CancelOutcome(StrEnum):
    """Whether a letter will be printed."""

    CANCELLED = "cancelled"
    TOO_LATE = "too_late"
    NEVER_PRINTED = "never_printed"


_NEVER_PRINTED: Final = frozenset({LetterState.PRETENDED, LetterState.INVALID, LetterState.INFECTED})


def cancel_outcome(state: LetterState) -> CancelOutcome:
    """Return what a letter in this state, after it was tried to cancel it, means for who asked."""
    if state is LetterState.CANCELLED:
        return CancelOutcome.CANCELLED
    return CancelOutcome.NEVER_PRINTED if state in _NEVER_PRINTED else CancelOutcome.TOO_LATE

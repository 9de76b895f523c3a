"""The values of printing: runs, letters under way, and what became of them. Made by `store`, read by all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from notifyrules.postage import Postage


class RunOrigin(StrEnum):
    """Why a print run was made."""

    SCHEDULE = "schedule"
    BY_HAND = "by_hand"


class RunState(StrEnum):
    """How far a print run is."""

    COLLECTING = "collecting"  # nothing of it is printed
    PRINTING = "printing"  # its letters are known, and are or were handed over


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """How much of a postage class."""

    letters: int
    sheets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintRun:
    """One print run."""

    id: UUID
    day: date
    """London's; letters made before 17:30 of it were taken."""
    origin: RunOrigin
    state: RunState
    created_at: datetime
    collected_at: datetime | None
    volumes: Mapping[Postage, Volume]
    """The volume report, in the order in which letters are handed over; empty while collecting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintProgress:
    """How the letters of a run stand."""

    waiting: int
    retrying: int
    """Of those waiting."""
    handed_over: int
    rejected: int
    cancelled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedLetter:
    """A letter that this process may hand over until its lease ends."""

    notification_id: UUID
    service_id: UUID
    reference: str
    postage: Postage
    address_lines: tuple[str, ...] = field(repr=False)
    object_key: str
    attempt: int
    """Number of the lease; results name it."""
    failures: int
    """How often the provider did not take it before."""


class EndState(StrEnum):
    """Where handing over can end: states of the letters table."""

    HANDED_OVER = "handed_over"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintResult:
    """What became of one leased letter: `state`, or `next_at` when it is tried again."""

    notification_id: UUID
    attempt: int
    state: EndState | None = None
    next_at: datetime | None = None
    is_failure: bool = False
    """The provider was asked and did not take it."""
    error: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterReport:
    """What the provider reported about a letter."""

    notification_id: UUID
    is_despatched: bool
    """Otherwise it was rejected."""
    despatched_on: date | None
    """London's day."""
    cost_class: str | None
    """`sorted` or `unsorted`."""
    sheets: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PretendReport:
    """A letter of a test key whose report is to be pretended."""

    notification_id: UUID
    postage: Postage
    sheets: int
    attempt: int

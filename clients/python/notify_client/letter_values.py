"""What the letters client answers. Times are aware and in UTC."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from notifyrules.postage import Postage


class LetterState(StrEnum):
    """Where a letter is on its way."""

    READY = "ready"
    """It waits for the print run."""
    REQUESTED = "requested"
    """The printer is being asked."""
    HANDED_OVER = "handed_over"
    DESPATCHED = "despatched"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    PRETENDED = "pretended"
    """Made with a test key: never printed."""
    INVALID = "invalid"
    """It breaks a rule; see its fault."""
    INFECTED = "infected"
    """A virus was found in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a letter, or an attachment, must not be printed."""

    code: str
    """Such as `content-outside-printable-area`; docs/letters.md has them all."""
    invalid_pages: tuple[int, ...]
    """From 1; none when it is no page's."""
    title: str
    detail: str
    """What the people who sent it can do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter that was prepared. What is None is not known, because it was cancelled before."""

    notification_id: str
    service_id: str
    state: LetterState
    state_changed_at: datetime
    created_at: datetime | None
    reference: str | None
    """The printer's name of it."""
    postage: Postage | None
    page_count: int | None
    """None also when pages could not be counted."""
    sheets: int
    is_uploaded: bool
    fault: Fault | None
    print_run_day: date | None
    """In London; None for a letter that is not printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPreview:
    """What a template would look like."""

    pdf: bytes = field(repr=False)
    page_count: int
    welsh_page_count: int
    attachment_page_count: int
    fault: Fault | None
    """Why a letter like this would not be printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPage:
    """A picture of a page."""

    png: bytes = field(repr=False)
    page_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """What became of an upload: without a fault it is stored."""

    page_count: int | None
    fault: Fault | None

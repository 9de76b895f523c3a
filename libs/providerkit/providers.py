"""Providers as their operators see them: values alone. Rows are `store`'s matter; what a weight does, a sender's."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

SYSTEM_USER: Final = "system"
"""Who changes weights by rule."""
MAX_WEIGHT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider and how much it is used."""

    name: str
    """As it is called in records."""
    weight: int
    """0 to 100; messages are shared out in this proportion."""
    resting_weight: int
    """What the weight drifts back to."""
    active: bool
    """It is used."""
    supports_international: bool
    version: int
    """Counts changes, from 1."""
    updated_at: datetime
    update_reason: str
    updated_by: str = SYSTEM_USER
    is_automatic: bool = False
    """A rule changed it last, nobody by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderChange:
    """A change to one provider; None leaves a part as it is."""

    name: str
    weight: int | None = None
    resting_weight: int | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecord:
    """What is written beside a change."""

    reason: str
    changed_by: str
    at: datetime
    is_automatic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PastChange:
    """A version of a provider, as its history has it."""

    name: str
    version: int
    weight: int
    resting_weight: int | None
    """None: it was not recorded then."""
    active: bool
    changed_at: datetime
    reason: str
    changed_by: str
    is_automatic: bool


Decide = Callable[[Sequence[Provider]], Sequence[ProviderChange]]
ChangeProviders = Callable[[Decide, ChangeRecord], Awaitable[list[Provider]]]
"""Locks all providers, changes those that `decide` says, and answers them as they are now."""

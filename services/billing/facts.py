"""What is counted: the key of a daily fact, and which fact a notification belongs to. Pure.

One rule for the feed, for rebuilds and for checks. Which statuses and keys count is
`notifyrules.statuses.is_billable`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from notifyrules.london_time import london_date
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType, is_billable
from servicekit.ids import time_of


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationFacts:
    """What is billed of a notification, or of many that are alike."""

    version: int  # 0: of many
    service_id: UUID
    template_id: UUID
    type: NotificationType
    key_type: KeyType
    status: NotificationStatus
    provider: str | None
    billable_units: int
    rate_multiplier: int
    postage: str | None


@dataclass(frozen=True, slots=True)
class FactKey:
    """Messages of one London day that are alike in all that is billed. Order of fields: the database's."""

    service_id: UUID
    london_date: date
    channel: NotificationType
    template_id: UUID
    key_type: KeyType
    provider: str  # "": none
    postage: str  # "": not a letter
    units: int  # fragments of each text, sheets of each letter, 0 for emails
    rate_multiplier: int  # 1 but for texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A notification that changed, as it is now; None: it is no longer kept."""

    id: UUID
    facts: NotificationFacts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesPage:
    """Changes from the feed, and where to go on."""

    changes: tuple[Change, ...]
    position: str
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A notification in the books: by which version, and counted in which fact (None: in none)."""

    id: UUID
    version: int
    key: FactKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsGroup:
    """Notifications that are alike, with ids of 16 bytes and versions of 4 (big-endian), packed."""

    facts: NotificationFacts
    count: int
    ids: bytes
    versions: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsLot:
    """The next notifications in order of ids: none up to `last_id` is missing."""

    groups: tuple[FactsGroup, ...]
    last_id: UUID


def fact_key(facts: NotificationFacts, day: date) -> FactKey | None:
    """The fact that a notification made on a London day is counted in; None where it does not count."""
    if not is_billable(facts.type, facts.status, facts.key_type):
        return None
    is_text, is_letter = facts.type is NotificationType.SMS, facts.type is NotificationType.LETTER
    return FactKey(
        service_id=facts.service_id,
        london_date=day,
        channel=facts.type,
        template_id=facts.template_id,
        key_type=facts.key_type,
        provider=facts.provider or "",
        postage=(facts.postage or "") if is_letter else "",
        units=facts.billable_units if is_text or is_letter else 0,
        rate_multiplier=facts.rate_multiplier if is_text else 1,
    )


def day_of(id: UUID) -> date:
    """The London day on which a notification was made. Raises ValueError for an id that has no time."""
    return london_date(time_of(id))


def newest_states(changes: Iterable[Change]) -> list[State]:
    """The newest state of each notification among changes, in order of ids.

    Those of test keys never count, whatever becomes of them, and are left out; so are those that are no
    longer kept: what was counted of them stays.
    """
    newest: dict[UUID, NotificationFacts] = {}
    for change in changes:
        facts = change.facts
        if facts is None or facts.key_type is KeyType.TEST:
            continue
        known = newest.get(change.id)
        if known is None or known.version < facts.version:
            newest[change.id] = facts
    return [
        State(id=id, version=facts.version, key=fact_key(facts, day_of(id)))
        for id, facts in sorted(newest.items())
    ]


def count_by_key(groups: Iterable[FactsGroup], day: date) -> dict[FactKey, int]:
    """How many of some notifications of one day are counted in each fact."""
    counts: dict[FactKey, int] = {}
    for group in groups:
        key = fact_key(group.facts, day)
        if key is not None:
            counts[key] = counts.get(key, 0) + group.count
    return counts


def distinct_keys(keys: Iterable[FactKey | None]) -> Sequence[FactKey]:
    """Each key once, in the order of its first place."""
    return list(dict.fromkeys(key for key in keys if key is not None))

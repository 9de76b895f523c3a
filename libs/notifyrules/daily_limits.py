"""How many messages a service may send in a day: what is limited, whom a limit binds, what a refusal says.

Source: public contract, section 4. Counting is not here: services count in `servicekit.counters`, under the
names that this module gives, so that all of them count together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from notifyrules.statuses import KeyType


class LimitKind(StrEnum):
    """What is counted for a day. A text abroad counts twice: as `sms` and as `international_sms`."""

    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    INTERNATIONAL_SMS = "international_sms"


LIVE_LIMITS: Mapping[LimitKind, int] = MappingProxyType(
    {
        LimitKind.EMAIL: 250_000,
        LimitKind.SMS: 250_000,
        LimitKind.LETTER: 20_000,
        LimitKind.INTERNATIONAL_SMS: 100,
    }
)
"""What a live service may send unless told otherwise; a trial service's test key has them too."""


RATE = "rate"
"""Name of the limit of requests a minute, beside those of a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryLimit:
    """A limit that holds until a time."""

    name: str
    """A LimitKind's value, or RATE."""
    value: int
    ends_at: datetime


def value_at(name: str, lasting: int, temporary: Sequence[TemporaryLimit], now: datetime) -> int:
    """What a limit is at a moment: the temporary one until its end, from then on the lasting one.

    Whoever holds both needs nobody to tell when that is: a limit ends by itself, on time, whatever is down.
    """
    for limit in temporary:
        if limit.name == name and now < limit.ends_at:
            return limit.value
    return lasting


def limit_for(kind: LimitKind, own_limit: int, key_type: KeyType, *, restricted: bool) -> int:
    """The limit that binds a key of a service whose own limit is `own_limit`."""
    return LIVE_LIMITS[kind] if restricted and key_type is KeyType.TEST else own_limit


def is_counted(key_type: KeyType) -> bool:
    """Whether messages of such a key are counted. Those of test keys never are, so that only a limit of
    nought can refuse them.
    """
    return key_type is not KeyType.TEST


def counter_name(service_id: UUID | str, kind: LimitKind, now: datetime) -> str:
    """The name of a service's count for the day (UTC) of `now`."""
    return f"notify:sent:{service_id}:{kind.value}:{now.astimezone(UTC).date().isoformat()}"


def until_tomorrow(now: datetime) -> timedelta:
    """How long the day (UTC) of `now` still lasts."""
    tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), UTC) - now


def refusal(kind: LimitKind, limit: int) -> str:
    """What a service is told when its limit does not allow what it asks for."""
    return f"Exceeded send limits ({kind.value}: {limit}) for today"

"""Limits of services: what may be set, what counts as raised, and what providers could carry. The SQL is in
`limits_store`; holding messages against limits is in `sending_limits` and in the gateway.

A temporary limit is a row with an end beside the one that holds for good. Whoever reads limits compares the end with
the time, so it ends on time whatever is down (`notifyrules.daily_limits.value_at`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from notifyrules.daily_limits import RATE
from servicekit.errors import InvalidRequest, Violation
from services.notifications.accounts import DEFAULT_RATE_LIMIT, LIVE_LIMITS, TRIAL_LIMITS

MAX_LIMIT: Final = 2**31 - 1
LONGEST_TEMPORARY_LIMIT: Final = timedelta(days=366)


class LimitName(StrEnum):
    """What is limited."""

    RATE = RATE
    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    INTERNATIONAL_SMS = "international_sms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One limit of a service."""

    name: LimitName
    lasting_value: int
    default_value: int
    """What services of its kind (live or in trial) begin with."""
    temporary_value: int | None
    ends_at: datetime | None
    old_value: int | None
    """Before it was last set; None where it never was."""
    set_by: str
    reason: str
    set_at: datetime | None

    @property
    def value(self) -> int:
        """What holds now."""
        return self.lasting_value if self.temporary_value is None else self.temporary_value

    @property
    def is_raised(self) -> bool:
        """It is above what services begin with."""
        return self.value > self.default_value


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLimits:
    """All limits of a service."""

    service_id: UUID
    service_name: str
    service_version: int
    limits: Mapping[LimitName, Limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLimit:
    """A limit that is to be set."""

    name: LimitName
    value: int
    ends_at: datetime | None
    """None: for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What live services may send in a day."""

    raised: int
    all: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What a provider takes in a day."""

    provider: str
    name: LimitName
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityCheck:
    """A provider's capacity beside what services may send through it."""

    capacity: Capacity
    totals: Totals

    @property
    def is_exceeded(self) -> bool:
        """The raised limits alone are more than it takes."""
        return self.totals.raised > self.capacity.messages


def default_limits(*, restricted: bool) -> Mapping[LimitName, int]:
    """What services begin with, live or in trial."""
    limits = TRIAL_LIMITS if restricted else LIVE_LIMITS
    return {
        LimitName.RATE: DEFAULT_RATE_LIMIT,
        LimitName.EMAIL: limits.email,
        LimitName.SMS: limits.sms,
        LimitName.LETTER: limits.letter,
        LimitName.INTERNATIONAL_SMS: limits.international_sms,
    }


def checked_limit(new: NewLimit, now: datetime) -> NewLimit:
    """A limit that may be set. Raises InvalidRequest."""
    if not 0 <= new.value <= MAX_LIMIT:
        raise InvalidRequest([Violation("value", f"value must be between 0 and {MAX_LIMIT}")])
    if new.ends_at is not None and not now < new.ends_at <= now + LONGEST_TEMPORARY_LIMIT:
        raise InvalidRequest([Violation("end_time", "end_time must be in the future, and within 366 days")])
    return new


def parse_capacities(text: str) -> tuple[Capacity, ...]:
    """`sms/mmg=5000000, email/ses=…`. Raises ValueError."""
    capacities = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, messages = part.partition("=")
        channel, _, provider = name.partition("/")
        if not provider or not messages.strip().isdecimal():
            raise ValueError(f"{part!r} is not like sms/mmg=5000000")
        capacities.append(
            Capacity(
                provider=provider.strip(), name=LimitName(channel.strip()), messages=int(messages.strip())
            )
        )
    return tuple(sorted(capacities, key=lambda capacity: (capacity.name, capacity.provider)))


def check_capacities(
    capacities: Sequence[Capacity], totals: Mapping[LimitName, Totals]
) -> list[CapacityCheck]:
    """Each provider beside what its channel may have to carry: any one of them may be the only one that is up."""
    nothing = Totals(raised=0, all=0)
    return [
        CapacityCheck(capacity=capacity, totals=totals.get(capacity.name, nothing)) for capacity in capacities
    ]

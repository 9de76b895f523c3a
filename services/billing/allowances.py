"""Free allowances of services: how many fragments of a financial year cost nothing, and why. Pure.

Source: the published rules. A value that was set for a service holds for its year and is carried over to the
years after; it wins over everything. Else a service that was charged for 300,000 fragments or more in the year
before has none; else the type of its organisation decides.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from notifyrules.rates import RateKind, Rates, financial_year, first_day

HIGH_USE_UNITS: Final = 300_000


class AllowanceReason(StrEnum):
    """Why an allowance is what it is."""

    ORGANISATION_TYPE = "organisation_type"
    CUSTOM = "custom"
    CARRIED_OVER = "carried_over"
    HIGH_USE = "high_use"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Fragments that are free in a financial year."""

    free_units: int
    reason: AllowanceReason


def allowance_of(
    rates: Rates, service_id: UUID, year: int, *, organisation_type: str | None, units_last_year: int
) -> Allowance:
    """The allowance of a service in a financial year."""
    start = first_day(year)
    custom = rates.at(RateKind.SERVICE_ALLOWANCE, str(service_id), start)
    if custom is not None:
        is_new = financial_year(custom.from_date) == year
        reason = AllowanceReason.CUSTOM if is_new else AllowanceReason.CARRIED_OVER
        return Allowance(free_units=custom.value, reason=reason)
    if units_last_year >= HIGH_USE_UNITS:
        return Allowance(free_units=0, reason=AllowanceReason.HIGH_USE)
    return Allowance(
        free_units=rates.free_allowance(organisation_type, start), reason=AllowanceReason.ORGANISATION_TYPE
    )

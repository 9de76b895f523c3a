"""Prices and free allowances by date, and what a message costs by them: one rule for bills and the public API.

Money is an integer number of ten-thousandths of a pound, in which every price is whole; sums are exact, and
nothing here rounds. The published figures are `reference/billing_rates.json`; those in force are the billing
service's, which begins with the published ones. Source: GOV.UK Notify's published pricing.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from notifyrules.phone_numbers import PhoneNumber
from notifyrules.postage import Postage
from notifyrules.reference import billing_rates, sms_prefixes
from notifyrules.statuses import NotificationType

MAX_SHEETS = 5
"""A letter has at most so many sheets; one that claims more costs as much."""
NO_TYPE = "other"
"""The organisation type whose allowance a service without one has."""
_FIRST_DAY = date(2016, 4, 1)
"""Of the first financial year."""


class RateKind(StrEnum):
    """What a figure is for. Its `key` says which one."""

    TEXT = "text"  # key "": ten-thousandths of a pound a fragment
    LETTER = "letter"  # key "second/2", postage and sheets: ten-thousandths of a pound a letter
    MULTIPLIER = "multiplier"  # key "1242", a phone prefix: how many times the price of a fragment
    FREE_ALLOWANCE = "free_allowance"  # key: the type of an organisation; fragments a financial year
    SERVICE_ALLOWANCE = "service_allowance"  # key: a service's id; fragments a financial year


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A figure from a day (London) on."""

    kind: RateKind
    key: str
    from_date: date
    value: int


class Rates:
    """Figures by date; those of a day are the latest that begin on or before it."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        self._by_key: dict[tuple[RateKind, str], tuple[list[date], list[Rate]]] = {}
        for rate in sorted(rates, key=lambda each: each.from_date):
            starts, found = self._by_key.setdefault((rate.kind, rate.key), ([], []))
            starts.append(rate.from_date)
            found.append(rate)

    def at(self, kind: RateKind, key: str, day: date) -> Rate | None:
        """The figure in force on a day; None where none has begun."""
        starts, found = self._by_key.get((kind, key), ([], []))
        place = bisect_right(starts, day)
        return found[place - 1] if place else None

    def text_rate(self, day: date) -> int:
        """The price of a fragment. A day before the first price has that one."""
        return self._price(RateKind.TEXT, "", day)

    def letter_rate(self, day: date, postage: str, sheets: int) -> int:
        """The price of a letter; 0 without sheets, or for a postage that has no price. Before the first price,
        that one.
        """
        return self._price(RateKind.LETTER, letter_key(postage, sheets), day) if sheets > 0 else 0

    def free_allowance(self, organisation_type: str | None, day: date) -> int:
        """Free fragments of a financial year that begins on `day`, by the type of organisation."""
        found = self.at(RateKind.FREE_ALLOWANCE, organisation_type or NO_TYPE, day)
        found = found or self.at(RateKind.FREE_ALLOWANCE, NO_TYPE, day)
        return found.value if found else 0

    def multipliers(self, day: date) -> dict[str, int]:
        """What a fragment of a text abroad counts as on a day, by prefix."""
        prefixes = [key for kind, key in self._by_key if kind is RateKind.MULTIPLIER]
        found = {prefix: self.at(RateKind.MULTIPLIER, prefix, day) for prefix in prefixes}
        return {prefix: rate.value for prefix, rate in found.items() if rate is not None}

    def multiplier(self, number: PhoneNumber, day: date) -> int:
        """How many fragments each fragment of a text to a number counts as: 1 within the UK."""
        if not number.is_international:
            return 1
        found = self.at(RateKind.MULTIPLIER, number.country_prefix, day)
        return found.value if found else number.rate_multiplier or 1

    def all(self) -> list[Rate]:
        """Every figure, by kind, key and date."""
        return [rate for _, (_, found) in sorted(self._by_key.items()) for rate in found]

    def _price(self, kind: RateKind, key: str, day: date) -> int:
        found = self.at(kind, key, day)
        if found is None:
            _, every = self._by_key.get((kind, key), ([], []))
            found = every[0] if every else None
        return found.value if found else 0


def letter_key(postage: str, sheets: int) -> str:
    """The key of a letter's price."""
    return f"{postage}/{min(sheets, MAX_SHEETS)}"


def unit_rate(rates: Rates, type: NotificationType, day: date, units: int, postage: str | None) -> int:
    """The price of a fragment of a text, of a whole letter of so many sheets, or of an email, on the day that
    it was made.
    """
    match type:
        case NotificationType.SMS:
            return rates.text_rate(day)
        case NotificationType.LETTER:
            return rates.letter_rate(day, postage or "", units)
        case NotificationType.EMAIL:
            return 0


def chargeable_units(type: NotificationType, units: int, multiplier: int) -> int:
    """What is charged for a message: fragments times the multiplier, one letter, or one email that costs
    nothing.
    """
    return units * multiplier if type is NotificationType.SMS else 1


def price(
    rates: Rates, type: NotificationType, day: date, *, units: int, multiplier: int, postage: str | None
) -> int:
    """What one message costs, free allowance aside, in ten-thousandths of a pound."""
    return chargeable_units(type, units, multiplier) * unit_rate(rates, type, day, units, postage)


def financial_year(day: date) -> int:
    """The year in which the financial year of a day (London) begins: on 1 April."""
    return day.year if (day.month, day.day) >= (4, 1) else day.year - 1


def first_day(year: int) -> date:
    """The first day of a financial year."""
    return date(year, 4, 1)


def last_day(year: int) -> date:
    """The last day of a financial year."""
    return date(year + 1, 3, 31)


@cache
def published() -> Rates:
    """The figures as they were published."""
    found = billing_rates()
    texts = [_rate(RateKind.TEXT, "", start, value) for start, value in found["text"].items()]
    letters = [
        _rate(RateKind.LETTER, letter_key(postage, sheets), start, value)
        for postage, by_date in found["letter"].items()
        for start, values in by_date.items()
        for sheets, value in enumerate(values, start=1)
    ]
    allowances = [
        _rate(RateKind.FREE_ALLOWANCE, organisation_type, start, value)
        for organisation_type, by_date in found["free_allowance"].items()
        for start, value in by_date.items()
    ]
    prefixes = [
        Rate(kind=RateKind.MULTIPLIER, key=prefix, from_date=_FIRST_DAY, value=facts.rate_multiplier)
        for prefix, facts in sms_prefixes().items()
    ]
    return Rates([*texts, *letters, *allowances, *prefixes])


def sms_rate_ten_thousandths(london_date: date) -> int:
    """The published price of one text fragment on a day (London), in units of 0.0001 pounds."""
    return published().text_rate(london_date)


def letter_rate_ten_thousandths(postage: Postage, sheets: int, london_date: date) -> int:
    """The published price of a letter made on a day (London), in units of 0.0001 pounds; 0 for no sheets."""
    return published().letter_rate(london_date, postage.value, sheets)


def _rate(kind: RateKind, key: str, start: str, value: int) -> Rate:
    return Rate(kind=kind, key=key, from_date=date.fromisoformat(start), value=value)

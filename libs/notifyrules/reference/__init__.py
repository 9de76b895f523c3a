"""Tables of facts, read from the JSON files beside this one when they are first asked for, and kept.

What the files hold and where they come from is in README.md here. Rules that use a table live in the modules
that call these functions.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsPrefix:
    """What text messages to a country code (or a North American area code) cost and allow."""

    rate_multiplier: int  # a fragment counts as this many
    needs_numeric_sender: bool  # a text from a name does not arrive
    reports_delivery: bool  # a receipt can be believed


def _read(name: str) -> Any:
    return json.loads(files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8"))


@cache
def sms_prefixes() -> Mapping[str, SmsPrefix]:
    """Return the countries that texts can be sent to, by prefix: a country code, or 1 plus an area code.

    The entry 44 is for the crown dependencies: a text within the UK counts once.
    """
    return MappingProxyType(
        {
            prefix: SmsPrefix(
                rate_multiplier=facts["rate_multiplier"],
                needs_numeric_sender=facts["numeric_sender"],
                reports_delivery=facts["delivery_receipts"] == "YES",
            )
            for prefix, facts in _read("sms_prefixes").items()
        }
    )


@cache
def country_zones() -> Mapping[str, str]:
    """Return the postage zone of each country, by its canonical name."""
    return MappingProxyType(_read("country_zones"))


@cache
def country_synonyms() -> Mapping[str, Sequence[str]]:
    """Return the other names that people write for a country, by its canonical name."""
    return MappingProxyType(_read("country_synonyms"))


@cache
def postcode_areas() -> frozenset[str]:
    """Return the letters that a UK postcode can begin with."""
    return frozenset(_read("postcode_areas"))


@cache
def bank_holidays() -> frozenset[date]:
    """Return the days, Monday to Saturday, on which nothing is printed or delivered in England and Wales."""
    return frozenset(map(date.fromisoformat, _read("bank_holidays_england_and_wales")))


def billing_rates() -> Any:
    """Return the published prices and free allowances, by kind, key and first day: see `notifyrules.rates`."""
    return _read("billing_rates")

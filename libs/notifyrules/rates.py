"""Published prices that the public API shows with a message. What is billed, and allowances, are the billing
service's.
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from notifyrules.postage import Postage

_SMS_RATES = (
    (date(2016, 5, 18), 165),
    (date(2017, 4, 1), 158),
    (date(2021, 4, 1), 160),
    (date(2022, 4, 1), 161),
    (date(2022, 5, 1), 172),
    (date(2023, 4, 1), 197),
    (date(2024, 4, 1), 227),
    (date(2025, 4, 1), 233),
    (date(2026, 4, 1), 240),
)
_STARTS = [start for start, _ in _SMS_RATES]

_ABROAD = ((date(2026, 5, 3), (18_000, 18_400, 18_800, 19_200, 19_600)),)
_LETTER_RATES: Mapping[Postage, tuple[tuple[date, tuple[int, ...]], ...]] = MappingProxyType(
    {
        Postage.FIRST: ((date(2026, 4, 7), (15_600, 16_100, 16_600, 17_100, 17_600)),),
        Postage.SECOND: ((date(2026, 1, 5), (7_300, 7_700, 8_200, 8_700, 9_100)),),
        Postage.ECONOMY: ((date(2026, 7, 1), (6_380, 6_840, 7_240, 7_790, 8_230)),),
        Postage.EUROPE: _ABROAD,
        Postage.REST_OF_WORLD: _ABROAD,
    }
)
"""By postage: from which day (London), and the price of 1 to 5 sheets."""

MAX_SHEETS = 5


def sms_rate_ten_thousandths(london_date: date) -> int:
    """The price of one text fragment on a day (London), in units of 0.0001 pounds.

    Days before the first published rate have that one. Source: GOV.UK Notify's published pricing.
    """
    return _SMS_RATES[max(0, bisect_right(_STARTS, london_date) - 1)][1]


def letter_rate_ten_thousandths(postage: Postage, sheets: int, london_date: date) -> int:
    """The price of a letter made on a day (London), in units of 0.0001 pounds; 0 for no sheets.

    Days before the first rate known here have that one. Raises ValueError for more sheets than a letter can
    have. Source: GOV.UK Notify's published pricing.
    """
    if not 0 <= sheets <= MAX_SHEETS:
        raise ValueError(f"a letter has 0 to {MAX_SHEETS} sheets")
    if sheets == 0:
        return 0
    rates = _LETTER_RATES[postage]
    starts = [start for start, _ in rates]
    return rates[max(0, bisect_right(starts, london_date) - 1)][1][sheets - 1]

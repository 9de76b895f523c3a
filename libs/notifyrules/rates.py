"""Published prices that the public API shows with a message. What is billed, and allowances, are the billing
service's.
"""

from bisect import bisect_right
from datetime import date

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


def sms_rate_ten_thousandths(london_date: date) -> int:
    """The price of one text fragment on a day (London), in units of 0.0001 pounds.

    Days before the first published rate have that one. Source: GOV.UK Notify's published pricing.
    """
    return _SMS_RATES[max(0, bisect_right(_STARTS, london_date) - 1)][1]

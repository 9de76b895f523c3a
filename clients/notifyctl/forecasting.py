"""What a spreadsheet of texts amounts to, before it is sent: how many of how many fragments, to which
countries' prices. Counted by the rules that count them when they are sent; nothing leaves this machine but the sums.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from clients.notifyctl.output import CommandError
from notifyrules.csv_recipients import UnreadableCsv, read_csv
from notifyrules.phone_numbers import InvalidPhoneNumber, parse_phone_number
from notifyrules.placeholders import Personalisation, normalise_key
from notifyrules.rates import Rates
from notifyrules.templates import SmsTemplate

_PHONE_NUMBER = normalise_key("phone number")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCounts:
    """Texts of a spreadsheet."""

    by_size: dict[tuple[int, int], int]  # fragments and multiplier → how many
    bad_rows: int  # whose number is none


def count_texts(text: str, template: SmsTemplate, rates: Rates, day: date) -> TextCounts:
    """Count the texts of a spreadsheet, by the multipliers of a London day.

    Raises CommandError where it cannot be read, or has no numbers.
    """
    try:
        headers, rows = read_csv(text)
    except UnreadableCsv as err:
        raise CommandError(f"the file is no CSV: {err}") from None
    keys = [normalise_key(header) for header in headers]
    if _PHONE_NUMBER not in keys:
        raise CommandError("the file has no column phone number")
    counts: Counter[tuple[int, int]] = Counter()
    bad_rows = 0
    for row in rows:
        cells = dict(zip(headers, row, strict=False))
        try:
            number = parse_phone_number(dict(zip(keys, row, strict=False)).get(_PHONE_NUMBER, ""))
        except InvalidPhoneNumber:
            bad_rows += 1
            continue
        counts[template.measure(Personalisation(cells)).fragments, rates.multiplier(number, day)] += 1
    return TextCounts(by_size=dict(counts), bad_rows=bad_rows)

"""Prints what the rules about recipients cost, in microseconds a call. Run as a script."""

import timeit
from collections.abc import Callable
from datetime import UTC, datetime

from notifyrules.csv_recipients import CsvRules, read_csv_recipients
from notifyrules.email_addresses import parse_email_address
from notifyrules.letter_timings import letter_timings
from notifyrules.phone_numbers import check_allowed, parse_any_phone_number, parse_phone_number
from notifyrules.postage import Postage
from notifyrules.postal_addresses import parse_postal_address
from notifyrules.recipients import format_recipient
from notifyrules.templates import SmsTemplate
from notifyrules.text import normalise_whitespace, strip_and_remove_obscure_whitespace

ROWS = 1_000
SPREADSHEET = "phone number,name\n" + "".join(f"07812{row:06d},Ann {row}\n" for row in range(ROWS))
GREETING = SmsTemplate("Hello ((name)), your appointment is tomorrow", "Parks")
ADDRESS = "Ann Example\n4 Mill Lane\nThornbury\nbs19zz\nEngland"
UPLOAD_TIME = datetime(2026, 6, 8, 12, tzinfo=UTC)


def parse_and_allow() -> None:
    check_allowed(parse_phone_number("07812 345678"), allow_international=False, allow_landline=False)


CALLS: list[tuple[str, Callable[[], object], int]] = [
    ("UK mobile, parsed and allowed", parse_and_allow, 1),
    ("UK mobile, the long way", lambda: parse_any_phone_number("07812 345678"), 1),
    ("number of a crown dependency", lambda: parse_phone_number("07797 712345"), 1),
    ("number abroad", lambda: parse_phone_number("+33 6 12 34 54 18"), 1),
    ("email address", lambda: parse_email_address("jo.bloggs@dept.example.gov.uk"), 1),
    ("email address with a host outside ASCII", lambda: parse_email_address("jo@bücher.example"), 1),
    ("recipient of unknown kind: email", lambda: format_recipient("jo.bloggs@dept.example"), 1),
    ("postal address", lambda: parse_postal_address(ADDRESS), 1),
    ("letter timings", lambda: letter_timings(UPLOAD_TIME, Postage.SECOND), 1),
    ("whitespace, normalised", lambda: normalise_whitespace("Hello there, how  are you? " * 10), 1),
    ("whitespace, stripped", lambda: strip_and_remove_obscure_whitespace(" jo@dept.example "), 1),
    ("row of a spreadsheet", lambda: read_csv_recipients(SPREADSHEET, GREETING, CsvRules()), ROWS),
]


def main() -> None:
    for name, call, units in CALLS:
        number = max(1, 2_000 // units)
        best_s = min(timeit.repeat(call, number=number, repeat=5)) / number / units
        print(f"{best_s * 1e6:8.2f} µs  {name}")


if __name__ == "__main__":
    main()

"""Spreadsheets of recipients: columns, rows and everything that is wrong with them, before anything is sent.

Rows come as CSV text: a header, then a row for each message. A whole file is read at once, so that all its
errors can be shown; 100,000 rows take seconds, and callers do it away from the event loop. Single rows are
the matter of `csv_rows`. Called by the notifications service when a spreadsheet is checked and when its
messages are made.
"""

import csv
import io
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from notifyrules.csv_rows import (
    EMAIL_ADDRESS,
    LINE_7,
    LINES_1_TO_6,
    MISSING,
    PHONE_NUMBER,
    CsvRow,
    CsvRules,
    RowReader,
    Template,
    recipient_keys,
)
from notifyrules.placeholders import normalise_key
from notifyrules.postal_addresses import POSTCODE
from notifyrules.recipients import format_recipient
from notifyrules.templates import LetterTemplate, SmsTemplate
from notifyrules.text import ALL_WHITESPACE, strip_and_remove_obscure_whitespace

__all__ = [
    "MISSING",
    "CsvRecipients",
    "CsvRow",
    "CsvRules",
    "UnreadableCsv",
    "read_csv",
    "read_csv_recipients",
    "read_recipients",
]

# Address columns are not among these: which of them a letter needs is its sender's choice.
_HEADERS_OF_RECIPIENTS = {PHONE_NUMBER: "phone number", EMAIL_ADDRESS: "email address"}
_FEWEST_ADDRESS_COLUMNS = 3


class UnreadableCsv(ValueError):  # noqa: N818 - says what is wrong, as our other refusals do
    """The text is no CSV that could be read, because a cell is longer than any sensible one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvRecipients:
    """A whole spreadsheet. `has_errors` says whether anything keeps it from being sent."""

    column_headers: tuple[str, ...]
    """As written, each text once."""
    missing_column_headers: tuple[str, ...]
    """Placeholders and recipient columns that have no column, sorted; address columns never count."""
    duplicate_recipient_column_headers: tuple[str, ...]
    """Recipient columns that occur more than once, as written, each text once."""
    has_recipient_columns: bool
    """There are columns that can hold a recipient."""
    rows: tuple[CsvRow | None, ...]
    """None for rows past the limit."""
    is_for_sms: bool
    rules: CsvRules

    @property
    def row_count(self) -> int:
        """How many rows there are, those past the limit included."""
        return len(self.rows)

    @property
    def has_too_many_rows(self) -> bool:
        """There are more rows than a file may have."""
        return self.row_count > self.rules.max_rows

    @property
    def has_more_rows_than_can_send(self) -> bool:
        """There are more rows than the service may still send messages."""
        return self.rules.remaining_messages is not None and self.row_count > self.rules.remaining_messages

    @property
    def is_allowed_to_send(self) -> bool | None:
        """Every recipient is on the guest list, if there is one. None when rows are past the limit."""
        if self.has_too_many_rows:
            return None
        if not self.rules.guest_list:
            return True
        guests = set(map(format_recipient, self.rules.guest_list))
        return all(_is_guest(row, guests) for row in self.rows if row)

    @property
    def international_sms_count(self) -> int | None:
        """How many texts would go outside +44; None when rows are past the limit or lack a number."""
        if not self.is_for_sms:
            return 0
        if any(row is None or row.recipient is None for row in self.rows):
            return None
        return sum(bool(row and row.phone_number and not row.phone_number.is_uk) for row in self.rows)

    @property
    def has_more_international_sms_than_can_send(self) -> bool | None:
        """There are more such texts than the service may still send; None when they can't be counted."""
        count = self.international_sms_count
        if count is None:
            return None
        remaining = self.rules.remaining_international_sms
        return remaining is not None and count > max(remaining, 0)

    @property
    def rows_with_errors(self) -> tuple[CsvRow, ...]:
        """The rows whose messages can't be sent."""
        return tuple(row for row in self.rows if row and row.has_error)

    @property
    def has_errors(self) -> bool:
        """Something keeps the spreadsheet from being sent."""
        return bool(
            self.missing_column_headers
            or self.duplicate_recipient_column_headers
            or not self.has_recipient_columns
            or self.has_too_many_rows
            or self.has_more_rows_than_can_send
            or not self.is_allowed_to_send
            or self.has_more_international_sms_than_can_send
            or self.rows_with_errors
        )

    @property
    def displayed_rows(self) -> tuple[CsvRow, ...]:
        """The rows that a page shows: those with errors; or the first ones, also when a column is missing."""
        with_errors = self.rows_with_errors
        if with_errors and not self.missing_column_headers:
            return with_errors[: self.rules.max_errors_shown]
        return tuple(filter(None, self.rows[: self.rules.max_initial_rows_shown]))


def read_csv_recipients(text: str, template: Template, rules: CsvRules) -> CsvRecipients:
    """Return what `text` means as a spreadsheet for `template`. Raises UnreadableCsv."""
    headers, lines = read_csv(text)
    return read_recipients(headers, lines, template, rules)


def read_recipients(
    headers: Sequence[str], lines: Sequence[Sequence[str]], template: Template, rules: CsvRules
) -> CsvRecipients:
    """Return what a header and the lines below it, as cells, mean as a spreadsheet for `template`."""
    keys = [normalise_key(header) for header in headers]
    occurrences = Counter(keys)
    repeated = {key for key in recipient_keys(template) if occurrences[key] > 1}
    reader = RowReader(headers, _width(lines), template, rules)
    return CsvRecipients(
        column_headers=tuple(dict.fromkeys(headers)),
        missing_column_headers=_missing_column_headers(occurrences, template),
        duplicate_recipient_column_headers=tuple(
            header for header, key in dict(zip(headers, keys, strict=True)).items() if key in repeated
        ),
        has_recipient_columns=_has_recipient_columns(occurrences, template),
        rows=tuple(
            reader.row(index, line) if index < rules.max_rows else None for index, line in enumerate(lines)
        ),
        is_for_sms=isinstance(template, SmsTemplate),
        rules=rules,
    )


def read_csv(text: str) -> tuple[list[str], list[list[str]]]:
    """Return the header and the other lines, as cells; of a blank line between others, none. Raises
    UnreadableCsv.
    """
    stripped = text.strip(ALL_WHITESPACE).rstrip(ALL_WHITESPACE + ",")
    # An empty newline lets every kind of line end through to the reader, which knows them all.
    try:
        lines = list(csv.reader(io.StringIO(stripped, newline=""), skipinitialspace=True))
    except csv.Error as refused:
        raise UnreadableCsv("a cell is too long") from refused
    return (lines[0], lines[1:]) if lines else ([], [])


def _width(lines: Sequence[Sequence[str]]) -> int:
    """Return how many columns are in use: of those to the right, no line has anything in its cell."""
    width = 0
    for line in lines:
        for position in range(len(line), width, -1):
            if strip_and_remove_obscure_whitespace(line[position - 1]):
                width = position
                break
    return width


def _missing_column_headers(keys: Collection[str], template: Template) -> tuple[str, ...]:
    wanted = {normalise_key(name): name for name in template.placeholders}
    for key in recipient_keys(template):
        if key in _HEADERS_OF_RECIPIENTS:
            wanted[key] = _HEADERS_OF_RECIPIENTS[key]
        else:
            wanted.pop(key, None)
    return tuple(sorted(name for key, name in wanted.items() if key not in keys))


def _has_recipient_columns(keys: Collection[str], template: Template) -> bool:
    if not isinstance(template, LetterTemplate):
        return recipient_keys(template)[0] in keys
    return any(
        len({*LINES_1_TO_6, last}.intersection(keys)) >= _FEWEST_ADDRESS_COLUMNS
        for last in (POSTCODE, LINE_7)
    )


def _is_guest(row: CsvRow, guests: Collection[str]) -> bool:
    if row.postal_address is not None:
        return True
    return isinstance(row.recipient, str) and format_recipient(row.recipient) in guests

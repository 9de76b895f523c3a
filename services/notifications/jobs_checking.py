"""Checking a job's table: what is wrong with it and its rows, and what is stored of those that are good.

Pure, and a few seconds of work for a long table: it runs in a process of its own (`jobs_checker`), and gives
what is stored as text that the database takes as it is. The rules of spreadsheets are
`notifyrules.csv_recipients`'; who may be sent to is `preparing`'s.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import msgspec

from notifyrules import recipients, sms_content
from notifyrules.csv_recipients import (
    CsvRecipients,
    CsvRow,
    CsvRules,
    UnreadableCsv,
    read_csv,
    read_recipients,
)
from notifyrules.csv_rows import Template
from notifyrules.email_addresses import parse_email_address
from notifyrules.phone_numbers import PhoneNumber
from notifyrules.placeholders import Personalisation, normalise_key
from notifyrules.postage import Postage, PostageZone, postage_for_zone
from notifyrules.postal_addresses import ADDRESS_LINES_1_TO_6, LAST_ADDRESS_LINE, POSTCODE, PostalAddress
from notifyrules.qr_codes import MAX_BYTES
from notifyrules.statuses import KeyType, NotificationType
from notifyrules.templates import MAX_EMAIL_BYTES, EmailTemplate, LetterTemplate, SmsTemplate
from notifyrules.text import strip_and_remove_obscure_whitespace
from services.notifications.preparing import recipient_refusal

MAX_ROWS: Final = 100_000
MAX_REFERENCE_CHARACTERS: Final = 1_000
LOT_ROWS: Final = 500
"""Rows that are stored, and later made into notifications, together."""

_REFERENCE: Final = normalise_key("reference")
_NUL: Final = "\x00"
_MOST_BYTES_OF_A_CHARACTER: Final = 4
_ADDRESS_NAMES: Final = {
    normalise_key(name): name for name in (*ADDRESS_LINES_1_TO_6, LAST_ADDRESS_LINE, POSTCODE)
}
"""Address columns under the names that values of single letters have."""
_ADDRESS_COLUMNS: Final = "address line 1 to address line 7, postcode"
_WHERE: Final = re.compile(r"`\$((?:\[\d+\])*)`")

Cell = str | int | float | bool | None


class TableForm(StrEnum):
    """How a table was written; the value is the name of the request's field."""

    CSV = "csv"
    ROWS = "rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckTask:
    """A table, and what its rows are held against."""

    form: TableForm
    content: bytes
    type: NotificationType
    subject: str
    body: str
    prefix: str | None  # the service's name before texts
    reference: str | None  # of rows without one
    key_type: KeyType
    restricted: bool
    allowed_recipients: frozenset[str]
    allow_international: bool  # texts, or letters
    allow_landline: bool
    contact_block: str | None = None  # of letters, as what follows
    welsh_subject: str | None = None
    welsh_body: str | None = None
    postage: Postage | None = None  # of those that stay in the country
    multipliers: Mapping[str, int] = field(default_factory=dict)  # of texts abroad, by prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Rows that are stored together."""

    row_count: int
    abroad_count: int  # texts to other countries
    rows: bytes  # a JSON array of StoredRow


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedTable:
    """What is wrong with a table, and the rows that notifications can be made of."""

    faults: tuple[str, ...]  # of the table as a whole: then there are no rows
    row_faults: Mapping[str, Sequence[int]]  # numbers of rows, from 1, by what is wrong with them
    row_count: int
    bad_row_count: int
    simulated_row_count: int
    lots: tuple[Lot, ...]


class StoredRow(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={
        "row": "n",
        "recipient": "as",
        "normalised": "to",
        "personalisation": "p",
        "reference": "ref",
        "units": "u",
        "multiplier": "x",
        "international": "i",
        "receipt": "d",
        "postage": "po",
    },
):
    """What is stored of a row: the columns that its notification will have, under short names, as there are
    many. `make_job_lot` and `make_letter_job_lot` in queries.sql read them.
    """

    row: int
    recipient: str | None = None  # None: as normalised
    normalised: str
    personalisation: str
    reference: str | None = None
    units: int = 1
    multiplier: int = 1
    international: bool = False
    receipt: bool = True  # expects a receipt
    postage: Postage | None = None  # of a letter


class _Unreadable(ValueError):  # noqa: N818 -- says what is wrong, as our other refusals do
    """The table can't be read; the text says why."""


def check_table(task: CheckTask) -> CheckedTable:
    """Check every row of a table. Raises nothing that the table's content could cause."""
    try:
        headers, lines = _read(task)
    except _Unreadable as refused:
        return _refused(0, str(refused))
    template = _template(task)
    if len(lines) > MAX_ROWS:
        return _refused(len(lines), f"{task.form} has {len(lines)} rows, more than {MAX_ROWS}")
    table = read_recipients(headers, lines, template, _rules(task))
    faults = _table_faults(table, task.form)
    if faults:
        return _refused(len(lines), *faults)
    return _RowSorter(task, template, headers).sorted(table, lines)


def _refused(row_count: int, *faults: str) -> CheckedTable:
    return CheckedTable(
        faults=faults, row_faults={}, row_count=row_count, bad_row_count=0, simulated_row_count=0, lots=()
    )


def _template(task: CheckTask) -> Template:
    match task.type:
        case NotificationType.SMS:
            return SmsTemplate(task.body, task.prefix)
        case NotificationType.EMAIL:
            return EmailTemplate(task.subject, task.body)
        case NotificationType.LETTER:
            return LetterTemplate(
                task.subject,
                task.body,
                task.contact_block,
                welsh_subject=task.welsh_subject,
                welsh_content=task.welsh_body,
            )


def _rules(task: CheckTask) -> CsvRules:
    return CsvRules(
        allow_international_sms=task.allow_international,
        allow_international_letters=task.allow_international,
        allow_landline=task.allow_landline,
        max_rows=MAX_ROWS,
    )


def _read(task: CheckTask) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    if task.form is TableForm.ROWS:
        return _read_rows(task.content)
    try:
        return read_csv(task.content.decode("utf-8-sig"))
    except UnicodeDecodeError as refused:
        raise _Unreadable("csv is not UTF-8") from refused
    except UnreadableCsv as refused:
        raise _Unreadable(f"csv can not be read: {refused}") from refused


def _read_rows(content: bytes) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    try:
        rows = msgspec.json.decode(content, type=list[list[Cell]])
    except msgspec.ValidationError as refused:
        where = _WHERE.search(str(refused))
        depth = where[1] if where is not None else ""
        wanted = "string, number, boolean, null" if depth.count("[") == 2 else "array"
        raise _Unreadable(f"rows{depth} is not of type {wanted}") from refused
    except (msgspec.DecodeError, RecursionError) as refused:
        raise _Unreadable("rows is not valid JSON") from refused
    if not rows:
        return [], []
    headers, *lines = ([_shown(cell) for cell in row] for row in rows)
    return headers, lines


def _shown(cell: Cell) -> str:
    """A cell as text: as Python prints it, like values of single messages."""
    if type(cell) is str:
        return cell
    return "" if cell is None else str(cell)


def _table_faults(table: CsvRecipients, form: TableForm) -> list[str]:
    if not table.column_headers or not any(table.column_headers):
        return [f"{form} has no header row"]
    faults = []
    if table.missing_column_headers:
        faults.append(f"{form} has no column {_listed(table.missing_column_headers)}")
    if table.duplicate_recipient_column_headers:
        headers = _listed(table.duplicate_recipient_column_headers)
        faults.append(f"{form} has more than one column {headers}")
    if not table.has_recipient_columns and not table.missing_column_headers:
        faults.append(f"{form} has fewer than three columns for addresses: {_ADDRESS_COLUMNS}")
    if not table.row_count:
        faults.append(f"{form} has no rows below its header")
    return faults


def _listed(headers: Sequence[str]) -> str:
    return ", ".join(headers)


class _RowSorter:
    """Puts rows where they belong: to be stored, bad, or only simulated."""

    def __init__(self, task: CheckTask, template: Template, headers: Sequence[str]) -> None:
        self._task = task
        self._template = template
        self._shown_names = {normalise_key(header): header for header in reversed(headers)}
        keys = [normalise_key(header) for header in headers]
        self._reference_at = keys.index(_REFERENCE) if _REFERENCE in keys else None
        self._placeholder_count = task.body.count("((")
        self._has_nul = _NUL.encode() in task.content or b"\\u0000" in task.content
        self._encode = msgspec.json.Encoder().encode
        self._row_faults: dict[str, list[int]] = {}
        self._bad = self._simulated = 0
        self._good: list[StoredRow] = []
        self._abroad = 0
        self._lots: list[Lot] = []

    def sorted(self, table: CsvRecipients, lines: Sequence[Sequence[str]]) -> CheckedTable:
        """All rows of a table that has no fault as a whole."""
        for row, line in zip(table.rows, lines, strict=True):
            if row is not None:
                self._sort(row, line)
        self._close_lot()
        return CheckedTable(
            faults=(),
            row_faults=self._row_faults,
            row_count=table.row_count,
            bad_row_count=self._bad,
            simulated_row_count=self._simulated,
            lots=tuple(self._lots),
        )

    def _sort(self, row: CsvRow, line: Sequence[str]) -> None:
        reference = self._reference(line)
        faults = self._faults(row, line, reference)
        if faults:
            self._bad += 1
            for fault in faults:
                self._row_faults.setdefault(fault, []).append(row.index + 1)
            return
        stored = self._stored(row, reference)
        if stored is None:
            self._simulated += 1
            return
        self._good.append(stored)
        self._abroad += row.phone_number is not None and not row.phone_number.is_uk
        if len(self._good) == LOT_ROWS:
            self._close_lot()

    def _stored(self, row: CsvRow, reference: str | None) -> StoredRow | None:
        """What is stored of a good row; None for a simulated recipient."""
        if row.postal_address is not None:
            return self._letter(row, row.postal_address, reference)
        return self._text(row, reference) if row.phone_number is not None else self._email(row, reference)

    def _close_lot(self) -> None:
        if self._good:
            lot = Lot(row_count=len(self._good), abroad_count=self._abroad, rows=self._encode(self._good))
            self._lots.append(lot)
            self._good, self._abroad = [], 0

    def _reference(self, line: Sequence[str]) -> str | None:
        at = self._reference_at
        if at is None:
            return self._task.reference
        return strip_and_remove_obscure_whitespace(line[at]) or None if at < len(line) else None

    def _faults(self, row: CsvRow, line: Sequence[str], reference: str | None) -> list[str]:
        faults = [f"{self._shown_names.get(key, key)}: {fault}" for key, fault in row.cell_errors.items()]
        if row.postal_address is not None and row.postal_address.api_error is not None:
            faults.append(row.postal_address.api_error)
        if row.is_qr_code_too_long:
            faults.append(f"Cannot create a usable QR code - the link is longer than {MAX_BYTES} bytes")
        if row.is_message_too_long:
            faults.append(f"Message is longer than {sms_content.MAX_LENGTH} characters")
        if row.is_message_empty:
            faults.append("Your message is empty.")
        if reference is not None and len(reference) > MAX_REFERENCE_CHARACTERS:
            faults.append(f"reference: longer than {MAX_REFERENCE_CHARACTERS} characters")
        if self._has_nul and any(_NUL in cell for cell in line):
            faults.append("A cell has characters that cannot be stored: NUL")
        if not faults:
            faults = self._late_faults(row)
        return faults

    def _late_faults(self, row: CsvRow) -> list[str]:
        """What can be said of rows whose cells are right."""
        if row.postal_address is not None:
            return []
        refusal = recipient_refusal(
            self._normalised(row),
            key_type=self._task.key_type,
            restricted=self._task.restricted,
            allowed=self._task.allowed_recipients,
        )
        if refusal is not None:
            return [refusal.message]
        if isinstance(self._template, EmailTemplate) and self._may_be_too_long(row):
            body = self._template.body(Personalisation(row.personalisation))
            if len(body.encode()) > MAX_EMAIL_BYTES:
                return [f"Message is longer than {MAX_EMAIL_BYTES} bytes"]
        return []

    def _may_be_too_long(self, row: CsvRow) -> bool:
        """Whether it is worth filling the email in to see."""
        longest = sum(map(_characters, row.personalisation.values())) * self._placeholder_count
        return (longest + len(self._task.body)) * _MOST_BYTES_OF_A_CHARACTER > MAX_EMAIL_BYTES

    def _normalised(self, row: CsvRow) -> str:
        if row.phone_number is not None:
            return row.phone_number.normalised
        return parse_email_address(str(row.recipient)).normalised

    def _text(self, row: CsvRow, reference: str | None) -> StoredRow | None:
        """A good row of a text; None for a simulated recipient."""
        number = row.phone_number
        if number is None or recipients.is_simulated_phone_number(number.normalised):
            return None
        return StoredRow(
            row=row.index + 1,
            recipient=_unless(str(row.recipient), number.normalised),
            normalised=number.normalised,
            personalisation=self._encode(row.personalisation).decode(),
            reference=reference,
            units=row.fragments,
            multiplier=self._multiplier(number),
            international=number.is_international,
            receipt=not number.is_international or bool(number.reports_delivery),
        )

    def _letter(self, row: CsvRow, address: PostalAddress, reference: str | None) -> StoredRow:
        """A good row of a letter. Its address is among its values, as that of a letter sent alone."""
        own = self._task.postage or Postage.SECOND
        values = {
            _ADDRESS_NAMES.get(key, key): cell
            for key, cell in row.personalisation.items()
            if cell is not None or key not in _ADDRESS_NAMES
        }
        return StoredRow(
            row=row.index + 1,
            normalised="",
            personalisation=self._encode(values).decode(),
            reference=reference,
            units=0,
            multiplier=0,
            international=address.postage_zone is not PostageZone.UNITED_KINGDOM,
            postage=postage_for_zone(address.postage_zone, own),
        )

    def _multiplier(self, number: PhoneNumber) -> int:
        published = number.rate_multiplier or 1
        return self._task.multipliers.get(number.country_prefix, published) if number.is_international else 1

    def _email(self, row: CsvRow, reference: str | None) -> StoredRow | None:
        """A good row of an email; None for a simulated recipient."""
        address = parse_email_address(str(row.recipient))
        if recipients.is_simulated_email_address(address.normalised):
            return None
        return StoredRow(
            row=row.index + 1,
            recipient=_unless(address.accepted_as, address.normalised),
            normalised=address.normalised,
            personalisation=self._encode(row.personalisation).decode(),
            reference=reference,
            units=0,
            multiplier=0,
            international=False,
            receipt=True,
        )


def _unless(text: str, other: str) -> str | None:
    return None if text == other else text


def _characters(cell: Collection[str | None] | None) -> int:
    """How many characters a cell, or a list of them, has at most when it is filled in."""
    if isinstance(cell, str):
        return len(cell)
    return sum(len(item or "") + len(", and ") for item in cell) if cell is not None else 0

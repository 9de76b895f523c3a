"""Rows of a spreadsheet of recipients: from a line of cells to a message-to-be and its errors.

What is wrong with the file as a whole is in `csv_recipients`, which is the only caller.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from notifyrules import sms_content
from notifyrules.email_addresses import InvalidEmailAddress, parse_email_address
from notifyrules.phone_numbers import InvalidPhoneNumber, PhoneNumber, check_allowed, parse_phone_number
from notifyrules.placeholders import Personalisation, normalise_key
from notifyrules.postal_addresses import (
    ADDRESS_LINES_1_TO_6,
    LAST_ADDRESS_LINE,
    POSTCODE,
    PostalAddress,
    postal_address_from_personalisation,
)
from notifyrules.qr_codes import too_long_qr_code_bytes
from notifyrules.templates import EmailTemplate, LetterTemplate, SmsTemplate
from notifyrules.text import strip_and_remove_obscure_whitespace

MISSING = "Missing"
"""What is wrong with a cell that should hold something and doesn't."""

Template: TypeAlias = SmsTemplate | EmailTemplate | LetterTemplate
Cell: TypeAlias = str | list[str | None] | None
"""What a row holds for one name; a list when columns with the same header belong together."""

PHONE_NUMBER = normalise_key("phone number")
EMAIL_ADDRESS = normalise_key("email address")
LINES_1_TO_6 = tuple(map(normalise_key, ADDRESS_LINES_1_TO_6))
LINE_7 = normalise_key(LAST_ADDRESS_LINE)

_ADDRESS_COLUMNS = (*LINES_1_TO_6, POSTCODE, LINE_7)


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvRules:
    """What the service that sends may do. None means without limit."""

    guest_list: Sequence[str] = ()
    """The only recipients allowed, unless empty."""
    remaining_messages: int | None = None
    remaining_international_sms: int | None = None
    allow_international_sms: bool = False
    allow_international_letters: bool = False
    allow_landline: bool = False
    max_rows: int = 100_000
    """Rows past this are counted, but not looked at."""
    max_errors_shown: int = 20
    max_initial_rows_shown: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvRow:
    """One message-to-be."""

    index: int
    """From 0; the header does not count."""
    recipient: str | tuple[Cell, ...] | None
    """The cleaned cell; for letters lines 1 to 6, postcode and line 7. Of these each may be None."""
    personalisation: Mapping[str, Cell]
    """Values of recipient columns and placeholders, by the name in its comparing form."""
    cell_errors: Mapping[str, str]
    """What is wrong with a cell, by the same names. Faults of postal addresses are in `postal_address`."""
    ignored_columns: tuple[str, ...]
    """Names, in comparing form and sorted, of columns that the template has no use for."""
    extra_cells: tuple[str, ...]
    """Cells beyond the last header, as they are."""
    phone_number: PhoneNumber | None
    """Of a text: the number, when it is one. It may be one that the service may not send to."""
    postal_address: PostalAddress | None
    """Of a letter: its address, valid or not."""
    has_bad_recipient: bool
    """The recipient is wrong, rather than missing."""
    is_message_too_long: bool
    is_message_empty: bool
    is_qr_code_too_long: bool
    fragments: int
    """What a text is billed as; 0 for other messages."""

    @property
    def has_missing_data(self) -> bool:
        """Some cell that should hold something doesn't."""
        return MISSING in self.cell_errors.values()

    @property
    def has_error(self) -> bool:
        """The row's message can't be sent."""
        return (
            bool(self.cell_errors)
            or self.has_bad_recipient
            or self.is_message_too_long
            or self.is_message_empty
            or self.is_qr_code_too_long
        )


def recipient_keys(template: Template) -> tuple[str, ...]:
    """Return the names, in comparing form, of the columns that hold a recipient."""
    match template:
        case SmsTemplate():
            return (PHONE_NUMBER,)
        case EmailTemplate():
            return (EMAIL_ADDRESS,)
        case LetterTemplate():
            return _ADDRESS_COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recipient:
    cell: str | tuple[Cell, ...] | None
    error: str | None = None
    phone_number: PhoneNumber | None = None
    postal_address: PostalAddress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    is_too_long: bool = False
    is_empty: bool
    is_qr_code_too_long: bool = False
    fragments: int = 0


class RowReader:
    """Turns lines of cells into rows; holds what is the same for all of them.

    `width` is how many columns are in use: no line has anything in a cell to the right of them.
    """

    def __init__(self, headers: Sequence[str], width: int, template: Template, rules: CsvRules) -> None:
        keys = [normalise_key(header) for header in headers]
        placeholders = frozenset(map(normalise_key, template.placeholders))
        self._recipient_keys = recipient_keys(template)
        self._columns = tuple(zip(headers, keys, strict=True))
        self._width = width
        self._template = template
        self._rules = rules
        used = placeholders.union(self._recipient_keys)
        self._used_key_of = {header: key for header, key in self._columns if key in used}
        self._ignored_columns = tuple(sorted(filter(None, set(keys) - used)))
        # A postal address is judged as a whole. Of two phone number columns one may be empty: their being two
        # is the error.
        occurrences = Counter(keys)
        self._may_be_missing = frozenset(
            key
            for key in self._recipient_keys
            if isinstance(template, LetterTemplate) or occurrences[key] > 1
        )

    def row(self, index: int, line: Sequence[str]) -> CsvRow:
        """Return what the cells of `line` mean; a cell that is not there is an empty one."""
        personalisation = self._personalisation(line)
        cell_errors = {
            key: MISSING
            for key, cell in personalisation.items()
            if cell is None and key not in self._may_be_missing
        }
        recipient = self._recipient(personalisation)
        if recipient.error is not None and recipient.postal_address is None:
            cell_errors[self._recipient_keys[0]] = recipient.error
        message = self._message(Personalisation(personalisation))
        return CsvRow(
            index=index,
            recipient=recipient.cell,
            personalisation=personalisation,
            cell_errors=cell_errors,
            ignored_columns=self._ignored_columns,
            extra_cells=tuple(line[len(self._columns) : self._width]),
            phone_number=recipient.phone_number,
            postal_address=recipient.postal_address,
            has_bad_recipient=recipient.error is not None,
            is_message_too_long=message.is_too_long,
            is_message_empty=message.is_empty,
            is_qr_code_too_long=message.is_qr_code_too_long,
            fragments=message.fragments,
        )

    def _personalisation(self, line: Sequence[str]) -> dict[str, Cell]:
        """Return the cells of the columns that are used, by the comparing form of their header.

        Columns that have the exact same header make a list, from the first cell that holds something. Of
        recipient columns, and of columns whose headers only match, the last one counts.
        """
        cells: dict[str, Cell] = {}
        in_use = self._columns[: self._width]
        for position, (header, key) in enumerate(in_use):
            raw = line[position] if position < len(line) else ""
            cell = strip_and_remove_obscure_whitespace(raw) or None
            before = None if key in self._recipient_keys else cells.get(header)
            if isinstance(before, list):
                before.append(cell)
            else:
                cells[header] = [before, cell] if before else cell
        for header, _ in self._columns[self._width :]:
            cells.setdefault(header, None)
        return {
            self._used_key_of[header]: cell for header, cell in cells.items() if header in self._used_key_of
        }

    def _recipient(self, personalisation: Mapping[str, Cell]) -> _Recipient:
        if isinstance(self._template, LetterTemplate):
            address = postal_address_from_personalisation(
                personalisation, allow_international=self._rules.allow_international_letters
            )
            cells = tuple(personalisation.get(key) for key in _ADDRESS_COLUMNS)
            return _Recipient(cell=cells, error=address.api_error, postal_address=address)
        cell = personalisation.get(self._recipient_keys[0])
        if not isinstance(cell, str):
            return _Recipient(cell=None)
        if isinstance(self._template, EmailTemplate):
            return _email_recipient(cell)
        return _sms_recipient(cell, self._rules)

    def _message(self, values: Personalisation) -> _Message:
        match self._template:
            case SmsTemplate() as template:
                size = template.measure(values)
                return _Message(
                    is_too_long=size.length > sms_content.MAX_LENGTH,
                    is_empty=size.length == 0,
                    fragments=size.fragments,
                )
            case EmailTemplate() as template:
                return _Message(is_empty=template.is_empty(values))
            case LetterTemplate() as template:
                return _Message(
                    is_empty=template.is_empty(values),
                    is_qr_code_too_long=too_long_qr_code_bytes(template.body(values)) is not None,
                )


def _email_recipient(cell: str) -> _Recipient:
    try:
        parse_email_address(cell)
    except InvalidEmailAddress as refused:
        return _Recipient(cell=cell, error=str(refused))
    return _Recipient(cell=cell)


def _sms_recipient(cell: str, rules: CsvRules) -> _Recipient:
    number = None
    try:
        number = parse_phone_number(cell)
        check_allowed(
            number,
            allow_international=rules.allow_international_sms,
            allow_landline=rules.allow_landline,
        )
    except InvalidPhoneNumber as refused:
        return _Recipient(cell=cell, error=refused.error.message, phone_number=number)
    return _Recipient(cell=cell, phone_number=number)

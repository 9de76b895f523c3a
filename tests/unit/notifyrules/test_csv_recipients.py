"""Spreadsheets of recipients."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifyrules.csv_recipients import (
    MISSING,
    CsvRecipients,
    CsvRow,
    CsvRules,
    UnreadableCsv,
    read_csv_recipients,
)
from notifyrules.templates import EmailTemplate, LetterTemplate, SmsTemplate

GREETING = SmsTemplate("Hi ((name))")


def read(
    text: str, template: SmsTemplate | EmailTemplate | LetterTemplate = GREETING, **rules: object
) -> CsvRecipients:
    return read_csv_recipients(text, template, CsvRules(**rules))  # type: ignore[arg-type] # any of its fields


def only_row(recipients: CsvRecipients) -> CsvRow:
    (row,) = recipients.rows
    assert row is not None
    return row


def test_good_spreadsheet_has_no_errors() -> None:
    recipients = read("\ufeffPhone Number, name\r\n07812 345678,Ann\r\n07900111222,Bob\r\n,,,\n")
    assert not recipients.has_errors
    assert [row and row.recipient for row in recipients.rows] == ["07812 345678", "07900111222"]
    assert [row and row.personalisation["name"] for row in recipients.rows] == ["Ann", "Bob"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(line_end: str) -> None:
    recipients = read(line_end.join(["phone number,name", "07812345678,Ann", "07812345678,Bob"]))
    assert recipients.row_count == 2
    assert not recipients.has_errors


def test_errors_are_told_by_cell() -> None:
    recipients = read("phone number,name\n07812345678,\nbad,Ann\n,Bob\n")
    assert [row and set(row.cell_errors) for row in recipients.rows] == [
        {"name"},
        {"phonenumber"},
        {"phonenumber"},
    ]
    assert [row and row.has_missing_data for row in recipients.rows] == [True, False, True]
    assert [row and row.has_bad_recipient for row in recipients.rows] == [False, True, False]
    assert [row.index for row in recipients.displayed_rows] == [0, 1, 2]


def test_missing_columns_are_told_and_first_rows_shown() -> None:
    recipients = read("number\nbad\n", max_initial_rows_shown=1)
    assert recipients.missing_column_headers == ("name", "phone number")
    assert not recipients.has_recipient_columns
    assert [row.index for row in recipients.displayed_rows] == [0]
    assert only_row(recipients).ignored_columns == ("number",)


def test_columns_with_the_same_header_make_a_list() -> None:
    recipients = read("phone number,name,name,name\n07812345678,,a,\n07812345678,a,,c\n")
    assert [row and row.personalisation["name"] for row in recipients.rows] == [["a", None], ["a", None, "c"]]


def test_of_columns_whose_headers_only_match_the_last_one_counts() -> None:
    row = only_row(read("phone number,name,NAME\n07812345678,a,b\n"))
    assert row.personalisation["name"] == "b"


def test_column_that_is_empty_to_the_end_does_not_count() -> None:
    recipients = read("phone number,phone number\n07812345678,\n07812345678,\n", SmsTemplate("Hi"))
    assert [row and row.recipient for row in recipients.rows] == ["07812345678", "07812345678"]


def test_second_recipient_column_is_the_only_error_when_it_is_empty() -> None:
    recipients = read("phone number,PHONE_NUMBER,name\n07812345678,,Ann\n")
    assert recipients.duplicate_recipient_column_headers == ("phone number", "PHONE_NUMBER")
    assert recipients.has_errors
    assert not only_row(recipients).has_error


def test_cells_beyond_the_headers_are_kept_apart() -> None:
    assert only_row(read("phone number,name\n07812345678,Ann,,x\n")).extra_cells == ("", "x")


def test_rows_past_the_limit_are_counted_but_not_looked_at() -> None:
    recipients = read("phone number,name\n" + "07812345678,Ann\n" * 3, max_rows=2)
    assert recipients.row_count == 3
    assert recipients.has_too_many_rows
    assert recipients.rows[2] is None
    assert recipients.is_allowed_to_send is None
    assert recipients.international_sms_count is None


@pytest.mark.parametrize(("remaining", "expected"), [(None, False), (2, False), (1, True), (0, True)])
def test_rows_are_held_against_what_may_still_be_sent(remaining: int | None, expected: bool) -> None:
    recipients = read("phone number,name\n" + "07812345678,Ann\n" * 2, remaining_messages=remaining)
    assert recipients.has_more_rows_than_can_send is expected
    assert recipients.has_errors is expected


@pytest.mark.parametrize(("remaining", "expected"), [(None, False), (2, False), (1, True), (-1, True)])
def test_international_texts_are_counted_whether_allowed_or_not(
    remaining: int | None, expected: bool
) -> None:
    recipients = read(
        "phone number\n+33612345418\n+353850123456\nbad\n+447797712345\n",
        SmsTemplate("Hi"),
        remaining_international_sms=remaining,
    )
    assert recipients.international_sms_count == 2
    assert recipients.has_more_international_sms_than_can_send is expected


def test_everyone_must_be_on_the_guest_list() -> None:
    text = "phone number,name\n07812345678,Ann\n07900111222,Bob\n"
    assert read(text, guest_list=["+447812345678", "+447900111222"]).is_allowed_to_send
    assert not read(text, guest_list=["+447812345678"]).is_allowed_to_send
    assert read(text, guest_list=[]).is_allowed_to_send


@pytest.mark.parametrize(("length", "expected"), [(916, False), (917, True)])
def test_text_may_be_too_long(length: int, expected: bool) -> None:
    row = only_row(read(f"phone number,x\n07812345678,{'v' * length}\n", SmsTemplate("a ((x))", "Parks")))
    assert row.is_message_too_long is expected
    assert row.has_error is expected


@pytest.mark.parametrize(
    ("template", "header"),
    [(SmsTemplate("((x??y))"), "phone number"), (EmailTemplate("Hi", "((x??y)) ((x??z))"), "email address")],
)
def test_message_may_come_out_empty(template: SmsTemplate | EmailTemplate, header: str) -> None:
    row = only_row(read(f"{header},x\njo@dept.example,no\n", template))
    assert row.is_message_empty
    assert row.has_error


def test_letter_is_judged_by_its_address() -> None:
    letter = LetterTemplate("Hi", "Dear ((address line 1)) ((address line 5))")
    recipients = read(
        "address line 1,ADDRESS_LINE_2,postcode\nAnn,4 Mill Lane,bs19zz\nAnn,,bs19zz\nAnn,x,Spain\n", letter
    )
    assert not recipients.missing_column_headers
    assert [row and row.has_bad_recipient for row in recipients.rows] == [False, True, True]
    assert [row and row.cell_errors for row in recipients.rows] == [{}, {}, {}]
    assert recipients.rows[0]
    assert recipients.rows[0].recipient == ("Ann", "4 Mill Lane", None, None, None, None, "bs19zz", None)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("address line 1,postcode", False),
        ("address line 1,address line 6,postcode", True),
        ("address line 1,address line 2,address line 7", True),
        ("address line 1,address line 7,postcode", False),
    ],
)
def test_letter_needs_three_address_columns(headers: str, expected: bool) -> None:
    assert read(headers, LetterTemplate("Hi", "Hello")).has_recipient_columns is expected


def test_empty_text_is_a_spreadsheet_without_columns() -> None:
    recipients = read(" \n,, ")
    assert recipients.column_headers == ()
    assert recipients.row_count == 0
    assert recipients.has_errors


def test_cell_beyond_all_measure_is_refused() -> None:
    with pytest.raises(UnreadableCsv):
        read("phone number,name\n07812345678," + "x" * 200_000)


@given(st.text(alphabet='phone number,name\n\r"07\u200b'))
def test_any_text_is_a_spreadsheet(text: str) -> None:
    recipients = read(f"phone number,name\n{text}")
    assert all(row is not None and set(row.cell_errors) <= {"phonenumber", "name"} for row in recipients.rows)
    assert MISSING not in recipients.column_headers

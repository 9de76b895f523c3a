"""Tables of recipients: what is wrong with them, and what is stored of good rows."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifyrules.phone_numbers import parse_phone_number
from notifyrules.postage import Postage
from notifyrules.statuses import KeyType, NotificationType
from services.notifications import jobs_checking
from services.notifications.jobs_checking import (
    CheckedTable,
    CheckTask,
    StoredRow,
    TableForm,
    check_table,
)


def a_task(content: str | bytes | list[Any], **changes: Any) -> CheckTask:
    """A table of texts; a list is one in JSON."""
    values: dict[str, Any] = {
        "form": TableForm.ROWS if isinstance(content, list) else TableForm.CSV,
        "type": NotificationType.SMS,
        "subject": "",
        "body": "Hello ((name))",
        "prefix": None,
        "reference": None,
        "key_type": KeyType.NORMAL,
        "restricted": False,
        "allowed_recipients": frozenset(),
        "allow_international": False,
        "allow_landline": False,
    }
    if isinstance(content, list):
        content = json.dumps(content)
    raw = content if isinstance(content, bytes) else content.encode()
    return CheckTask(content=raw, **{**values, **changes})


def checked(content: str | bytes | list[Any], **changes: Any) -> CheckedTable:
    return check_table(a_task(content, **changes))


def stored(table: CheckedTable) -> list[StoredRow]:
    return [row for lot in table.lots for row in msgspec.json.decode(lot.rows, type=list[StoredRow])]


LETTERS = {
    "type": NotificationType.LETTER,
    "subject": "For ((name))",
    "body": "Dear ((name))",
    "contact_block": "((office))",
    "postage": Postage.FIRST,
}
ADDRESSED = "address line 1,ADDRESS_LINE_2,Postcode,name,office\n"
EMAILS = {"type": NotificationType.EMAIL, "subject": "For ((name))"}


def test_csv_and_rows_mean_the_same() -> None:
    rows = [["phone number", "name", "reference"], ["07700900123", "Ada", "one"], ["+447700900124", 5, None]]
    csv = "phone number,name,reference\n07700900123,Ada,one\n+447700900124,5,\n"
    assert stored(checked(rows)) == stored(checked(csv)) != []


def test_what_is_stored_of_a_row() -> None:
    (row,) = stored(checked("Phone Number,NAME\n07700 900123,Ada\n", prefix="A service", reference="all"))
    assert row == StoredRow(
        row=1,
        recipient="07700 900123",
        normalised="447700900123",
        personalisation='{"phonenumber":"07700 900123","name":"Ada"}',
        reference="all",
    )


def test_numbers_are_printed_as_python_prints_them() -> None:
    (row,) = stored(checked([["phone number", "name"], [447700900123, 1.5]]))
    assert json.loads(row.personalisation) == {"phonenumber": "447700900123", "name": "1.5"}
    assert "True" in stored(checked([["phone number", "name"], ["07700900123", True]]))[0].personalisation


def test_fragments_and_the_country_are_stored() -> None:
    content = [["phone number", "name"], ["+33612345678", "x" * 200]]
    (row,) = stored(checked(content, allow_international=True))
    assert (row.units, row.international, row.multiplier > 0) == (2, True, True)
    (lot,) = checked(content, allow_international=True).lots
    assert (lot.row_count, lot.abroad_count) == (1, 1)


def test_texts_abroad_count_as_the_day_of_the_job_has_it() -> None:
    content = "phone number,name\n+33612345678,Ada\n07700900123,Bob\n+4915123456789,Eve\n"
    table = checked(content, allow_international=True, multipliers={"33": 9, "44": 5})
    published = parse_phone_number("+4915123456789").rate_multiplier
    assert [row.multiplier for row in stored(table)] == [9, 1, published]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["", "Ada"], "phone number: Missing"),
        (["0770", "Ada"], "phone number: Mobile number is too short"),
        (["07700900123", ""], "name: Missing"),
        (["07700900123", "x" * 1_000], "Message is longer than 918 characters"),
        (["+33612345678", "Ada"], "phone number: This does not look like a UK mobile number"),
        (["07700900123", "a\x00b"], "A cell has characters that cannot be stored: NUL"),
    ],
)
def test_why_a_row_is_bad(cells: list[str], reason: str) -> None:
    table = checked([["phone number", "name"], ["07700900123", "Ada"], cells])
    ((said, rows),) = table.row_faults.items()
    assert (said.startswith(reason), rows, table.bad_row_count) == (True, [2], 1)
    assert [row.row for row in stored(table)] == [1]


def test_a_row_may_have_several_faults() -> None:
    table = checked("phone number,name\n0770,\n")
    assert (len(table.row_faults), table.bad_row_count) == (2, 1)


def test_a_reference_that_is_too_long() -> None:
    table = checked([["phone number", "name", "reference"], ["07700900123", "Ada", "x" * 1_001]])
    assert list(table.row_faults) == ["reference: longer than 1000 characters"]


def test_an_email_that_is_too_long() -> None:
    long, short = "x" * 1_100_000, "x" * 900_000
    table = checked(
        [["email address", "name"], ["a@example.com", long], ["b@example.com", short]],
        body="((name)) ((name))",
        **EMAILS,
    )
    assert table.row_faults == {"Message is longer than 2000000 bytes": [1]}


def test_emails() -> None:
    table = checked("email address,name\nAda@Example.com ,Ada\nnobody,Bob\n", **EMAILS)
    (row,) = stored(table)
    assert (row.recipient, row.normalised, row.units, row.multiplier) == (
        "Ada@Example.com",
        "ada@example.com",
        0,
        0,
    )
    assert table.row_faults == {"email address: Not a valid email address": [2]}


def test_simulated_recipients_are_only_counted() -> None:
    table = checked("phone number,name\n07700900000,Ada\n07700900123,Bob\n")
    assert (table.simulated_row_count, [row.row for row in stored(table)]) == (1, [2])


@pytest.mark.parametrize(
    ("key_type", "restricted", "good"),
    [
        (KeyType.NORMAL, False, [1, 2]),
        (KeyType.NORMAL, True, [2]),
        (KeyType.TEAM, False, [2]),
        (KeyType.TEST, True, [1, 2]),
    ],
)
def test_who_may_be_sent_to(key_type: KeyType, restricted: bool, good: list[int]) -> None:
    table = checked(
        "phone number,name\n07700900123,Ada\n07700900124,Bob\n",
        key_type=key_type,
        restricted=restricted,
        allowed_recipients=frozenset({"447700900124"}),
    )
    assert [row.row for row in stored(table)] == good


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "csv has no header row"),
        (b"\xff\xfe", "csv is not UTF-8"),
        (b"a," + b"x" * 200_000, "csv can not be read: a cell is too long"),
        (b"name\nAda\n", "csv has no column phone number"),
        (b"phone number\n07700900123\n", "csv has no column name"),
        (b"phone number,name,phone number\n07700900123,Ada,1\n", "csv has more than one column phone number"),
        (b"phone number,name", "csv has no rows below its header"),
        ([], "rows has no header row"),
        ([[]], "rows has no header row"),
        ([["phone number", "name"]], "rows has no rows below its header"),
        ([["phone number", "name"], "x"], "rows[1] is not of type array"),
        (
            [["phone number", "name"], ["07700900123", {}]],
            "rows[1][1] is not of type string, number, boolean, null",
        ),
    ],
)
def test_what_is_wrong_with_a_table(content: bytes | list[Any], fault: str) -> None:
    table = checked(content)
    assert (table.faults, table.lots) == ((fault,), ())


@pytest.mark.parametrize("content", [b"[[", b'[["\\ud800"]]', b"[" * 5_000, b"[1e999]"])
def test_rows_that_are_no_json(content: bytes) -> None:
    assert len(checked(content, form=TableForm.ROWS).faults) == 1


def test_a_byte_order_mark_is_no_part_of_the_header() -> None:
    assert checked(b"\xef\xbb\xbfphone number,name\n07700900123,Ada\n").faults == ()


def test_a_table_of_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_checking, "MAX_ROWS", 2)
    header, row = "phone number,name\n", "07700900123,Ada\n"
    assert checked(header + row * 3).faults == ("csv has 3 rows, more than 2",)
    assert checked(header + row * 2).faults == ()


def test_rows_are_cut_into_lots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_checking, "LOT_ROWS", 2)
    table = checked("phone number,name\n" + "07700900123,Ada\n" * 5)
    assert [lot.row_count for lot in table.lots] == [2, 2, 1]
    assert [row.row for row in stored(table)] == [1, 2, 3, 4, 5]


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.sampled_from(["07700900123", "x" * 999])
)


@given(st.lists(st.lists(CELLS, max_size=4), max_size=6))
def test_no_table_is_too_odd(rows: list[list[Any]]) -> None:
    table = checked([["phone number", "name", "reference"], *rows])
    if not table.faults:
        assert table.row_count == len(rows)
        assert table.bad_row_count + table.simulated_row_count + len(stored(table)) == len(rows)


@given(st.text())
def test_no_csv_is_too_odd(text: str) -> None:
    checked("phone number,name\n" + text)


def test_a_task_survives_the_way_to_another_process() -> None:
    task = a_task("phone number,name\n07700900123,Ada\n0770,Bob\n", allowed_recipients=frozenset({"x"}))
    table = check_table(msgspec.msgpack.decode(msgspec.msgpack.encode(task), type=CheckTask))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(table), type=CheckedTable) == check_table(task)


def test_what_is_stored_of_a_letter() -> None:
    (row,) = stored(checked(ADDRESSED + "Ada Lovelace,1 Mill Lane,sw1a1aa,Ada,London\n", **LETTERS))
    assert json.loads(row.personalisation) == {
        "address_line_1": "Ada Lovelace",
        "address_line_2": "1 Mill Lane",
        "postcode": "sw1a1aa",
        "name": "Ada",
        "office": "London",
    }
    assert (row.normalised, row.postage, row.international, row.units) == ("", Postage.FIRST, False, 0)


@pytest.mark.parametrize(
    ("country", "postage"), [("France", Postage.EUROPE), ("Japan", Postage.REST_OF_WORLD)]
)
def test_postage_of_a_row_follows_its_country(country: str, postage: Postage) -> None:
    content = ADDRESSED + f"Ada,1 Rue,{country},Ada,London\n"
    (row,) = stored(checked(content, allow_international=True, **LETTERS))
    assert (row.postage, row.international) == (postage, True)
    assert checked(content, **LETTERS).row_faults == {"Must be a real UK postcode": [1]}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Ada,,SW1A 1AA,Ada,London", "Address must be at least 3 lines"),
        (",,,Ada,London", "Address must be at least 3 lines"),
        ("Ada,No fixed abode,SW1A 1AA,Ada,London", "Must be a real address"),
        ("Ada,1 Mill Lane,SW1A 1AA,,London", "name: Missing"),
        ("Ada,1 Mill Lane,SW1A 1AA,Ada,", "office: Missing"),
        (f"Ada,1 Mill Lane,SW1A 1AA,{'x' * 505},London", "Cannot create a usable QR code"),
    ],
)
def test_why_a_row_of_a_letter_is_bad(line: str, reason: str) -> None:
    letters = LETTERS | {"body": "qr: ((name))"}
    table = checked(ADDRESSED + "Ada,1 Mill Lane,SW1A 1AA,Ada,London\n" + line + "\n", **letters)
    ((said, rows),) = table.row_faults.items()
    assert (said.startswith(reason), rows, table.bad_row_count) == (True, [2], 1)


@pytest.mark.parametrize(
    ("headers", "fault"),
    [
        ("address line 1,postcode,name,office", "csv has fewer than three columns for addresses: "),
        ("address line 1,address line 2,postcode,name", "csv has no column office"),
        (
            "address line 1,address_line_1,address line 2,postcode,name,office",
            "csv has more than one column address line 1, address_line_1",
        ),
    ],
)
def test_a_table_of_letters_needs_its_columns(headers: str, fault: str) -> None:
    (said,) = checked(headers + "\nAda\n", **LETTERS).faults
    assert said.startswith(fault)

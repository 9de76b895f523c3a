"""Received texts in the providers' formats."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sms.clients.provider import Faulty
from services.sms.inbound_formats import InboundText, read_firetext, read_mmg, unescaped
from tests.unit.sms.factories import AT


def an_mmg_body(**changes: Any) -> bytes:
    fields = {
        "MSISDN": "447700900800",
        "Number": "07700900777",
        "Message": "hello",
        "ID": "reference",
        "DateRecieved": "2026-07-02+03%3A04%3A05",
        **changes,
    }
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


def a_firetext_body(**changes: Any) -> bytes:
    fields = {
        "source": "447700900801",
        "destination": "07700900777",
        "message": "hello",
        "time": "2026-07-02 03:04:05",
        **changes,
    }
    return urlencode({name: value for name, value in fields.items() if value is not ...}).encode()


def mmg(**changes: Any) -> InboundText:
    text = read_mmg(an_mmg_body(**changes), AT)
    assert isinstance(text, InboundText)
    return text


def firetext(**changes: Any) -> InboundText:
    text = read_firetext(a_firetext_body(**changes), AT)
    assert isinstance(text, InboundText)
    return text


def test_the_whole_of_a_text_from_mmg() -> None:
    text = mmg()
    assert (text.reference, text.sender_number, text.recipient_number, text.content, text.sent_at) == (
        "reference",
        "447700900800",
        "07700900777",
        "hello",
        datetime(2026, 7, 2, 3, 4, 5, tzinfo=UTC),
    )


def test_the_whole_of_a_text_from_firetext() -> None:
    text = firetext()
    assert (text.reference, text.sender_number, text.recipient_number, text.content, text.sent_at) == (
        None,
        "447700900801",
        "07700900777",
        "hello",
        datetime(2026, 7, 2, 2, 4, 5, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "content", ["plus + and & signs", "été £5 €5", "emoji 🙂", "line\nbreak", "100%", ""]
)
def test_what_mmg_sends_is_url_encoded(content: str) -> None:
    assert mmg(Message=quote_plus(content)).content == content


@pytest.mark.parametrize("content", ["plus + and % signs", "été £5 🙂", r"a\nb", ""])
def test_what_firetext_sends_is_as_it_was_written(content: str) -> None:
    assert firetext(message=content).content == content


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (r"a\nb", "a\nb"),
        (r"tab\there", "tab\there"),
        (r"back\\slash", r"back\slash"),
        (r"\'\"", "'\""),
        (r"\x41\u00e9\U0001f642", "Aé🙂"),
        (r"\ud83d\ude42", "🙂"),
        (r"\101", "A"),
        (r"C:\dir", r"C:\dir"),
        ("ends with \\", "ends with \\"),
        (r"\x4", r"\x4"),
        (r"\uZZZZ", r"\uZZZZ"),
        (r"\U00110000", "\N{REPLACEMENT CHARACTER}"),
        (r"\ud83d alone", "\N{REPLACEMENT CHARACTER} alone"),
        (r"nul \0\x00 gone", "nul  gone"),
        (r"\N{BULLET} __import__('os')", r"\N{BULLET} __import__('os')"),
    ],
)
def test_backslash_escapes_of_mmg_are_read_safely(sent: str, meant: str) -> None:
    assert mmg(Message=quote_plus(sent)).content == meant


@given(st.text(max_size=60))
def test_any_text_can_be_stored(sent: str) -> None:
    content = mmg(Message=sent).content
    assert "\0" not in content
    content.encode()


@given(st.text(alphabet="\\nxuU0123456789abcdef\"'t ", max_size=40))
def test_reading_escapes_never_fails(sent: str) -> None:
    unescaped(sent)


@pytest.mark.parametrize(
    ("written", "ours"), [("447700900777", "07700900777"), ("07700900777", "07700900777"), (60006, "60006")]
)
def test_mmg_may_write_our_number_with_its_country_code(written: object, ours: str) -> None:
    assert mmg(Number=written).recipient_number == ours


@pytest.mark.parametrize("odd", ["", "yesterday", None, ..., "2026-99-99", 5])
def test_a_time_that_cannot_be_read_is_now(odd: object) -> None:
    assert mmg(DateRecieved=odd).sent_at == AT
    assert firetext(time=odd).sent_at == AT


def test_a_time_with_an_offset_is_believed() -> None:
    assert firetext(time="2026-07-02T03:04:05+00:00").sent_at == datetime(2026, 7, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("odd", ["", None, ...])
def test_a_text_without_a_name_has_none(odd: object) -> None:
    assert mmg(ID=odd).reference is None


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (an_mmg_body(Message=...), ["MMG inbound failed: Message missing"]),
        (
            an_mmg_body(MSISDN=None, Number=...),
            ["MMG inbound failed: MSISDN missing", "MMG inbound failed: Number missing"],
        ),
        *(
            (body, [f"MMG inbound failed: {name} missing" for name in ("MSISDN", "Number", "Message")])
            for body in (b"", b"null", b"[]", b"not json", b"\xff", b"[" * 100_000)
        ),
    ],
)  # fmt: skip
def test_what_is_missing_from_mmg_is_told(body: bytes, faults: list[str]) -> None:
    read = read_mmg(body, AT)
    assert isinstance(read, Faulty)
    assert list(read.faults) == faults


@pytest.mark.parametrize("body", [b"", b"source=1&destination=2", b"\xff\x00"])
def test_what_is_missing_from_firetext_is_told(body: bytes) -> None:
    read = read_firetext(body, AT)
    assert isinstance(read, Faulty)
    assert read.faults[-1] == "Firetext inbound failed: message missing"


def test_personal_data_is_in_no_representation() -> None:
    shown = repr(mmg(Message="a+private+matter"))
    assert "private" not in shown
    assert "447700900800" not in shown

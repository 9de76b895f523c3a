"""Numbers of received texts: ours in one form, senders' in international form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.notifications.v1 import received_texts_pb2 as pb
from servicekit.errors import InvalidRequest
from services.notifications.convert.received_texts import arrived_text
from services.notifications.received_texts import checked_number, kept_number, shown_sender


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("07700900777", "07700900777"),
        ("447700900777", "07700900777"),
        ("+447700900777", "07700900777"),
        ("+44 (0) 7700 900 777", "07700900777"),
        ("0044 7700-900777", "07700900777"),
        ("  07700 900777 ", "07700900777"),
        ("+33 6 12 34 56 78", "33612345678"),
        ("60006", "60006"),
        ("600 06", "60006"),
        ("SHORTCODE", None),
        ("", None),
        ("1", None),
    ],
)
def test_our_numbers_are_kept_in_one_form(written: str, kept: str | None) -> None:
    assert kept_number(written) == kept


@given(st.text(max_size=30))
def test_any_text_is_a_number_of_digits_or_none(written: str) -> None:
    kept = kept_number(written)
    assert kept is None or (kept.isascii() and kept.isdigit())
    assert kept is None or kept_number(kept) == kept


def test_what_is_no_number_cannot_be_added() -> None:
    with pytest.raises(InvalidRequest, match="number is not a phone number or a short code"):
        checked_number("nobody")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("447700900802", "447700900802"),
        ("07700900802", "447700900802"),
        ("+44 7700 900802", "447700900802"),
        ("SHORTCODE", "SHORTCODE"),
        ("60006", "60006"),
        ("", ""),
    ],
)
def test_senders_are_shown_in_international_form_where_that_can_be_told(written: str, shown: str) -> None:
    assert shown_sender(written) == shown


def a_request(**changes: object) -> pb.RecordReceivedTextRequest:
    values = {"provider": "mmg", "sender_number": "1", "recipient_number": "2", "content": "hello", **changes}
    request = pb.RecordReceivedTextRequest(**values)  # type: ignore[arg-type]  # the fields are the proto's own
    request.send_time.GetCurrentTime()
    return request


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"provider": "pigeon"}, "provider"),
        ({"content": "a" * 20_001}, "content"),
        ({"sender_number": "1" * 101}, "sender_number"),
    ],
)
def test_impossible_texts_are_refused(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        arrived_text(a_request(**changes))
    assert [violation.field for violation in caught.value.violations] == [field]


def test_a_text_needs_a_time() -> None:
    request = a_request()
    request.ClearField("send_time")
    with pytest.raises(InvalidRequest):
        arrived_text(request)


@pytest.mark.parametrize(("given", "reference"), [("abc", "abc"), ("", None)])
def test_an_empty_reference_is_none(given: str, reference: str | None) -> None:
    assert arrived_text(a_request(provider_reference=given)).provider_reference == reference

"""The text of a text message: characters, whitespace and fragments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifyrules import sms_content


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("“a” ‘b’ – … €5 [x]", "\"a\" 'b' - ... €5 [x]"),
        ("ŵ ŷ Ẅ", "ŵ ŷ Ẅ"),
        ("ç õ Ł", "c o L"),
        ("a\u200bb\u00a0c", "ab c"),
        ("👍🏽 中 ²", "?? ? ?"),
        ("e\u0301", "e?"),
    ],
)
def test_characters_that_cannot_be_sent_are_replaced(typed: str, sent: str) -> None:
    assert sms_content.sanitise(typed) == sent


def test_replaced_characters_are_named_once() -> None:
    assert sms_content.not_representable("中 é 中 “x” 😀") == ["中", "😀"]


@given(st.text())
def test_sanitising_twice_changes_nothing(typed: str) -> None:
    once = sms_content.sanitise(typed)
    assert sms_content.sanitise(once) == once


@given(st.text())
def test_sanitised_text_is_as_long_as_it_is_in_utf_16(typed: str) -> None:
    sent = sms_content.sanitise(typed)
    assert len(sent) == len(sent.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("  a   b  ", "a b"),
        ("a\t, b .", "a, b."),
        ("a\r\n\n\n\nb\n", "a\n\nb"),
        ("a\u2028b\fc", "a\nb\nc"),
        ("a \n. b", "a\n. b"),
    ],
)
def test_whitespace_is_tidied(text: str, tidy: str) -> None:
    assert sms_content.tidy(text) == tidy


@pytest.mark.parametrize(
    ("text", "fragments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("{" * 80, 1),
        ("{" * 81, 2),
        ("é" * 160, 1),
        ("ŵ" * 70, 1),
        ("ŵ" * 71, 2),
        ("{" * 133 + "ŵ", 2),
        ("{" * 134 + "ŵ", 3),
        ("a" * 918, 6),
    ],
)
def test_fragments_depend_on_length_and_encoding(text: str, fragments: int) -> None:
    assert sms_content.fragments(text) == fragments


@given(st.text(alphabet="aé€ŵ{", max_size=400), st.sampled_from("a€ŵ"))
def test_a_longer_text_never_takes_fewer_fragments(text: str, more: str) -> None:
    assert sms_content.fragments(text + more) >= sms_content.fragments(text)


def test_letters_that_need_ucs_2_are_named_in_order_of_use() -> None:
    assert sms_content.ucs2_characters("ŷ é ŵ ŷ") == ["ŷ", "ŵ"]

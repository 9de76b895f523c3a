"""Tokens of unsubscribe links, and marks."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from servicekit.ids import new_id
from services.notifications.secret_box import SecretBox, UnsubscribeToken

KEY = "first key that is long enough really"
OTHER = "second key that is long enough really"
AT = datetime(2026, 3, 4, 12, 30, 15, tzinfo=UTC)
BOX = SecretBox(SecretStr(KEY))


def test_a_token_says_what_it_is_for_and_when_it_was_made() -> None:
    id = new_id()
    assert BOX.read_unsubscribe_token(BOX.unsubscribe_token(id, AT)) == UnsubscribeToken(id, AT)


def test_a_token_is_short_and_fits_a_path() -> None:
    token = BOX.unsubscribe_token(new_id(), AT)
    assert len(token) == 50
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_token_survives_the_rotation_of_keys() -> None:
    token = BOX.unsubscribe_token(new_id(), AT)
    assert SecretBox(SecretStr(f"{OTHER},{KEY}")).read_unsubscribe_token(token) is not None


def test_a_token_of_an_unknown_key_says_nothing() -> None:
    assert SecretBox(SecretStr(OTHER)).read_unsubscribe_token(BOX.unsubscribe_token(new_id(), AT)) is None


@pytest.mark.parametrize("position", range(37))
def test_a_token_with_one_other_byte_says_nothing(position: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(BOX.unsubscribe_token(new_id(), AT) + "=="))
    raw[position] ^= 1
    assert BOX.read_unsubscribe_token(base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")) is None


@given(st.text(max_size=80))
def test_any_other_text_says_nothing(token: str) -> None:
    assert BOX.read_unsubscribe_token(token) is None


def test_marks_are_the_same_for_the_same_parts_alone() -> None:
    mark = BOX.mark(["a", "bc"])
    assert len(mark) == 32
    assert mark == BOX.mark(["a", "bc"])
    others = [["ab", "c"], ["a", "bc", ""], ["bc", "a"]]
    assert mark not in [BOX.mark(parts) for parts in others]
    assert mark != SecretBox(SecretStr(OTHER)).mark(["a", "bc"])

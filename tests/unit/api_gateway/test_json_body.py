"""JSON bodies: what is read, what is refused, and what can't be stored."""

import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.errors import InvalidRequest, RuleBroken
from services.api_gateway.json_body import MAX_DEPTH, parse_object, printed, to_json, unstorable_fields


def nested(depth: int) -> bytes:
    """An object that holds lists within lists; `depth` levels in all."""
    return b'{"a": ' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b"not json",
        b'{"a": }',
        b'{"a": "\x00"}',
        b"\xff\xfe\xfd",
        b'{"a": ' + b"9" * 5_000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        nested(MAX_DEPTH + 1),
        nested(5_000),
    ],
)
def test_what_is_no_json_we_take(body: bytes) -> None:
    with pytest.raises(RuleBroken) as refused:
        parse_object(body)
    assert refused.value.message == "Invalid JSON supplied in POST data"


def test_deep_but_not_too_deep() -> None:
    assert parse_object(nested(MAX_DEPTH))


@pytest.mark.parametrize("body", [b"null", b"[]", b"{}", b'""', b"0", b"0.0", b"false", b" null "])
def test_json_that_is_false_is_an_empty_object(body: bytes) -> None:
    assert parse_object(body) == {}


@pytest.mark.parametrize(
    ("body", "shown"),
    [(b"[1]", "[1]"), (b'"abc"', "abc"), (b"5", "5"), (b"true", "True"), (b"NaN", "nan"), (b"1e999", "inf")],
)
def test_json_that_is_no_object(body: bytes, shown: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_object(body)
    assert refused.value.message == f"{shown} is not of type object"


def test_the_last_of_two_equal_names_counts() -> None:
    assert parse_object(b'{"a": 1, "a": 2}') == {"a": 2}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-le"])
def test_every_encoding_that_json_may_have(encoding: str) -> None:
    assert parse_object('{"a": "ŵ 🙂"}'.encode(encoding)) == {"a": "ŵ 🙂"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "None"),
        (True, "True"),
        (5, "5"),
        ([1, "a"], "[1, a]"),
        ({"a": "b"}, "{a: b}"),
        ("it's", '"its"'),
        ("a\nb", "a\\nb"),
    ],
)
def test_values_print_as_python_prints_them_less_single_quotes(value: object, shown: str) -> None:
    assert printed(value) == shown


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "1.50", "123456789012345678901", "-0"]
)
def test_numbers_mean_the_same_when_they_are_read_again(number: str) -> None:
    value = json.loads(number)
    again = json.loads(to_json({"n": value}))["n"]
    assert str(again) == str(value)
    assert math.isnan(again) == math.isnan(value)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (rb'{"a": "\u0000"}', ["a"]),
        (rb'{"a": "x\ud800y"}', ["a"]),
        (rb'{"a": "\udfff"}', ["a"]),
        (b'{"a": "\xed\xa0\x80"}', ["a"]),
        (rb'{"a": {"b": [1, {"c": "\u0000"}]}, "d": "fine"}', ["a"]),
        (rb'{"a": {"\u0000": 1}, "b": "\ud800"}', ["a", "b"]),
        ('{"a": "\\u0000"}'.encode("utf-16"), ["a"]),
        (rb'{"a": "\ud83d\ude42"}', []),
        (rb'{"a": "a backslash and \\u0000"}', []),
        ('{"a": "ŵ 🙂"}'.encode("utf-16"), []),
        (b'{"a": 5}', []),
    ],
)
def test_text_that_cannot_be_stored(body: bytes, fields: list[str]) -> None:
    assert unstorable_fields(body, json.loads(body)) == fields


TEXTS = st.text(st.characters(exclude_categories=[]), max_size=10)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=3), st.booleans())
def test_what_passes_can_be_encoded_and_has_no_nul(value: dict[str, Any], ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    bad = unstorable_fields(body, value)
    fine = to_json({"": [held for name, held in value.items() if name not in bad]})
    fine.encode()
    assert "\\u0000" not in fine.replace("\\\\", "")


@given(st.binary())
def test_no_body_breaks_the_reading(body: bytes) -> None:
    with contextlib.suppress(RuleBroken, InvalidRequest):
        assert isinstance(parse_object(body), dict)

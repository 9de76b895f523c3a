"""Curly quotes, dashes and the space before punctuation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifyrules import typography


@pytest.mark.parametrize(
    ("typed", "typeset"),
    [
        ("\"Double\" and 'single'", "“Double” and ‘single’"),
        ("it's O'Neil's", "it’s O’Neil’s"),
        ("say \"it's 'so'\"", "say “it’s ‘so’”"),
        ('"a\n"b" c"', "“a\n“b” c”"),
        ("<a href='x'>it's</a> it's <b title='y'>'", "<a href='x'>it's</a> it’s <b title='y'>‘"),
        ("o'neil@a.example it's", "o'neil@a.example it’s"),
        ("a - b -- c --- d ---- e-f", "a – b – c – d ---- e-f"),
        ("a\u00a0-\nb", "a – b"),
        ("a , b .c\t. d ;", "a, b.c. d ;"),
        ('\\"a\\"', "&#34;a&#34;"),
    ],
)
def test_text_is_typeset(typed: str, typeset: str) -> None:
    assert typography.typeset(typed) == typeset


def test_a_subject_is_one_line() -> None:
    assert typography.typeset_subject(" a\n b\u200b\t'c' ") == "a b ‘c’"


@given(st.text(alphabet="ab1 '\"\n<>@-.,", max_size=60))
def test_only_quotes_spaces_and_dashes_change(typed: str) -> None:
    typeset = typography.typeset(typed)
    kept = str.maketrans("", "", "'\"‘’“” \n-–")
    assert typeset.translate(kept) == typed.translate(kept)


@given(st.text(alphabet="ab <>.,@", max_size=60))
def test_text_without_quotes_has_no_quotes_afterwards(typed: str) -> None:
    assert typography.curl_quotes(typed) == typed

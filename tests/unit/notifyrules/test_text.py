"""Whitespace, escaping and lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifyrules import text

OBSCURE = text.ZERO_WIDTH_CHARACTERS + text.WIDE_OBSCURE_SPACES


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("a\tb\nc\r\nd", "a b c d"),
        ("  a\u00a0 \u202fb  ", "a b"),
        ("a\u200bb \u2060 c", "ab c"),
        ("a\u2028b", "ab"),
        ("\u3000a\u2003b", "a b"),
        ("", ""),
    ],
)
def test_normalising_leaves_single_spaces(given_text: str, expected: str) -> None:
    assert text.normalise_whitespace(given_text) == expected


@given(st.text(alphabet=st.sampled_from("ab" + text.ALL_WHITESPACE)))
def test_removing_all_whitespace_leaves_only_the_rest(given_text: str) -> None:
    assert text.remove_whitespace(given_text) == "".join(letter for letter in given_text if letter in "ab")


@given(st.text(alphabet=st.sampled_from("ab " + OBSCURE)))
def test_obscure_whitespace_goes_from_everywhere_but_spaces_stay_inside(given_text: str) -> None:
    expected = "".join(letter for letter in given_text if letter not in OBSCURE).strip()
    assert text.strip_and_remove_obscure_whitespace(given_text) == expected


def test_stripping_leaves_whitespace_inside() -> None:
    assert text.strip_all_whitespace("\u200b \u00a0a\u00a0\u200bb\ufeff\n") == "a\u00a0\u200bb"


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("plain ~", "plain ~"),
        ("‘q’ “q” ‚ „", "'q' \"q\" ' \""),
        ("a–b—c−d\u2011e", "a-b-c-d-e"),
        ("wait…", "wait..."),
        ("café Łódź", "cafe Lodz"),
        ("a\tb\u00a0c\u200bd", "a b cd"),
        ("£½ﬁ😀\n", "?????"),
    ],
)
def test_text_is_downgraded_to_printable_ascii(given_text: str, expected: str) -> None:
    assert text.to_ascii(given_text) == expected


def test_letter_loses_its_marks_in_one_step_only() -> None:
    two_marks = "\u1ead"  # decomposes into a letter with a dot below, which decomposes again
    assert text.downgrade_character(two_marks, text.PRINTABLE_ASCII) is None
    assert text.downgrade_character(two_marks, {"\u1ea1"}) == "\u1ea1"


@given(st.text())
def test_ascii_of_anything_is_printable_ascii(given_text: str) -> None:
    assert set(text.to_ascii(given_text)) <= text.PRINTABLE_ASCII


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("a & b < c > d \"'", "a &amp; b &lt; c &gt; d \"'"),
        ("&lt; &#60; &#x3c;", "&lt; &lt; &lt;"),
        ("&amp;lt; &nbsp;", "&amp;lt; &nbsp;"),
        ("&copy; &copy", "© &amp;copy"),
        ("&notreal;", "¬real;"),
        ("&;", "&amp;;"),
    ],
)
def test_escaping_decodes_entities_first(given_text: str, expected: str) -> None:
    assert text.escape_html(given_text) == expected


@given(st.text(alphabet="&<>;#ampltgcopy039 "))
def test_escaped_text_holds_no_tags(given_text: str) -> None:
    assert not {"<", ">"} & set(text.escape_html(given_text))


@pytest.mark.parametrize(
    ("items", "how", "expected"),
    [
        ([], {}, ""),
        (["a"], {"prefix": "one", "prefix_plural": "many"}, "one ‘a’"),
        (["a", "b"], {"prefix": "one", "prefix_plural": "many"}, "many ‘a’ and ‘b’"),
        (["a", "<b>", "c"], {"conjunction": "or", "separator": "; "}, "‘a’; ‘&lt;b&gt;’ or ‘c’"),
        (["a", "b", "c"], {"max_items_shown": 3, "word_for_items_not_shown": "more"}, "‘a’, ‘b’ and ‘c’"),
        (["a", "b", "c"], {"max_items_shown": 2, "word_for_items_not_shown": "more"}, "‘a’ and more"),
        (["a", "b"], {"before_each": "<i>", "after_each": "</i>"}, "<i>a</i> and <i>b</i>"),
    ],
)
def test_list_is_written_as_in_a_sentence(items: list[str], how: dict[str, object], expected: str) -> None:
    assert text.formatted_list(items, **how) == expected  # type: ignore[arg-type] # the table's values are mixed

"""Placeholders and the values that fill them."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifyrules import placeholders as ph
from notifyrules.placeholders import Personalisation, compile_html, compile_text


def filled(content: str, values: dict[str, object]) -> str:
    return compile_text(content).fill(Personalisation(values), show=ph.inline_text, mark=ph.mark_in_text)


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("((a)) ((b)) ((A_))", ("a", "b")),
        ("((a??text)) ((b))", ("a", "b")),
        ("(((a)))", ("a",)),
        ("(()) ((a(b)c)) (a)", ()),
        ("((First name))", ("First name",)),
        ("((??))", ("",)),
    ],
)
def test_placeholders_are_named_once_as_first_written(content: str, names: tuple[str, ...]) -> None:
    assert compile_text(content).placeholders == names


@pytest.mark.parametrize("key", ["first name", "FIRST-NAME", "first_name", "firstname", " f irst name"])
def test_names_match_however_they_are_spelt(key: str) -> None:
    assert filled("((First name))", {key: "Ada"}) == "Ada"


def test_names_match_across_markup() -> None:
    content = compile_html("((a & b))")
    values = Personalisation({"a & b": "x"})
    assert content.fill(values, show=ph.inline_html, mark=ph.mark_in_html) == "x"


def test_the_later_of_two_keys_that_match_counts() -> None:
    assert Personalisation({"name": "first", "Name": None}).get("name") is None


@pytest.mark.parametrize(
    ("value", "text"),
    [("x", "x"), (5, "5"), (1.5, "1.5"), (False, "False"), (0, "0"), ("", ""), ({"a": "b"}, "{'a': 'b'}")],
)
def test_values_are_written_as_python_does(value: object, text: str) -> None:
    assert filled("((a))", {"a": value}) == text


@pytest.mark.parametrize(
    ("items", "inline", "bulleted"),
    [
        ([], "", ""),
        (["", None, " \u200b"], "", ""),
        (["a"], "a", "\n\n* a"),
        ([" a ", 2], "a and 2", "\n\n* a\n* 2"),
        (["a", "b", "c"], "a, b and c", "\n\n* a\n* b\n* c"),
    ],
)
def test_lists_become_phrases_or_bullets(items: list[object], inline: str, bulleted: str) -> None:
    assert (ph.inline_text(items), ph.bulleted_text(items)) == (inline, bulleted)


def test_values_in_html_are_escaped_once() -> None:
    value = ["<b>", "&lt; &amp; & ©"]
    assert ph.inline_html(value) == "&lt;b&gt; and &lt; &amp; &amp; ©"


@pytest.mark.parametrize("value", ["yes", "Y", "TRUE", "t", 1, True, "include", "show"])
def test_a_conditional_with_a_true_value_shows_its_text(value: object) -> None:
    assert filled("a((b?? b?))", {"b": value}) == "a b?"


@pytest.mark.parametrize("value", ["no", "", 0, False, "yes ", ["yes"]])
def test_a_conditional_with_any_other_value_shows_nothing(value: object) -> None:
    assert filled("a((b?? b))", {"b": value}) == "a"


@given(st.text())
def test_a_value_is_put_in_as_it_is(value: str) -> None:
    assert filled("a ((b)) c", {"b": value, "x": "y"}) == f"a {value} c"


def test_placeholders_in_values_are_not_filled() -> None:
    assert filled("((a))", {"a": "((b))", "b": "deep"}) == "((b))"


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        (
            ph.mark_in_html,
            "<span class='placeholder'>&#40;&#40;a&#41;&#41;</span> "
            "<span class='placeholder-conditional'>&#40;&#40;b??</span>c&#41;&#41;",
        ),
        (
            ph.mark_in_html_without_brackets,
            "<span class='placeholder-no-brackets'>a</span> "
            "<span class='placeholder-conditional'>&#40;&#40;b??</span>c&#41;&#41;",
        ),
        (ph.mark_in_text, "((a)) ((b??c))"),
        (ph.mark_in_text_without_brackets, "a ((b??c))"),
        (ph.redact_in_text, "[hidden] [hidden]"),
    ],
)
def test_a_placeholder_without_a_value_is_marked(mark: Callable[[ph.Field], str], expected: str) -> None:
    content = compile_text("((a)) ((b??c))")
    assert content.fill(Personalisation({"a": None}), show=ph.inline_text, mark=mark) == expected


def test_missing_are_those_without_a_value_or_with_null() -> None:
    names = compile_text("((a)) ((B c)) ((d)) ((e??f))").placeholders
    values = Personalisation({"a": "", "b_c": None, "x": "y"})
    assert ph.missing_placeholders(names, values) == ["B c", "d", "e"]

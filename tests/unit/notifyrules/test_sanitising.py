"""Values of personalisation made harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifyrules.email_content import read_body, render_text
from notifyrules.sanitising import sanitise_value


@pytest.mark.parametrize(
    ("value", "sanitised"),
    [
        ("*bold* [a](b)", "\\*bold\\* \\[a\\]\\(b\\)"),
        ("see example.com", "see example\\. com"),
        ("see sub-a.example.co.uk now", "see sub\\-a\\. example\\. co\\. uk now"),
        ("go to https://evil.example/path now", "go to  now"),
        ("go to evil.example?a=b now", "go to  now"),
        ("a_b.example", ""),
        ("jo@dept.example", "jo@dept\\.example"),
        ("1. item - # x", "1\\. item \\- \\# x"),
        ("plain, really?", "plain, really?"),
    ],
)
def test_links_go_and_markdown_is_escaped(value: str, sanitised: str) -> None:
    assert sanitise_value(value) == sanitised


@given(st.text(alphabet="ab*_#[]()!`-+>|~", max_size=40))
def test_a_sanitised_value_shows_as_it_was_typed(value: str) -> None:
    shown = render_text(read_body(f"x{sanitise_value(value)}x"))
    assert shown == f"x{value}x\n"

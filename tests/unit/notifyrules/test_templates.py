"""Templates as services use them."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifyrules.email_document import EmailBranding
from notifyrules.letter_content import LetterLanguage
from notifyrules.placeholders import Personalisation, redact_in_html
from notifyrules.templates import EmailTemplate, LetterTemplate, SmsTemplate

NOTHING = Personalisation()


def values(**given: object) -> Personalisation:
    return Personalisation(given)


# -- texts


def test_a_text_has_the_name_in_front_but_its_body_has_not() -> None:
    content = SmsTemplate("Hi ((name)) .", "Parks").render(values(name="Ann"))
    assert (content.text, content.body, content.length) == ("Parks: Hi Ann.", "Hi Ann.", 7)


def test_the_name_counts_for_fragments_and_not_for_the_limit() -> None:
    content = SmsTemplate("((a))", "Parks").render(values(a="x" * 918))
    assert (content.length, content.fragments) == (918, 7)


def test_a_text_without_placeholders_is_rendered_once() -> None:
    template = SmsTemplate("Plain")
    assert template.render(NOTHING) is template.render(values(a="b"))


def test_a_text_without_any_value_leaves_placeholders_out() -> None:
    assert SmsTemplate("Hi ((name)), bye").render(NOTHING).text == "Hi , bye"


def test_a_text_with_some_values_keeps_the_unfilled_placeholders() -> None:
    assert SmsTemplate("((a)) ((b))").render(values(a="A")).text == "A ((b))"


@pytest.mark.parametrize(("value", "is_empty"), [("", True), (" \u200b\n", True), ([], True), ("x", False)])
def test_a_text_is_empty_when_nothing_is_left(value: object, is_empty: bool) -> None:
    assert SmsTemplate("((a))", "Parks").is_empty(values(a=value)) is is_empty


def test_missing_of_a_text_is_spelt_as_in_the_template() -> None:
    assert SmsTemplate("((First name)) ((b))").missing(values(b=None)) == ["First name", "b"]


# -- emails

MARKDOWN = EmailTemplate(
    'It\'s ready - "((when))"',
    "# Hello ((name))\n\nSee https://a.example/?b=1&c=2.\n\n* one\n* [two](https://b.example)\n\n"
    "^ Remember\n\n---",
)


def test_the_api_answers_the_subject_typeset_and_the_body_as_written() -> None:
    template = EmailTemplate("It's ((a))", " ((a)) - it's *x* \n")
    assert template.subject(values(a="<b>")) == "It’s <b>"
    assert template.body(values(a=["c", "d"])) == "* c\n* d - it's *x*"


def test_placeholders_of_the_subject_come_first() -> None:
    template = EmailTemplate("((b))", "((a)) ((B))")
    assert template.placeholders == ("b", "a")
    assert template.missing(values(b="")) == ["a"]


@pytest.mark.parametrize(
    ("content", "value", "is_empty"),
    [("((a))", " ", True), ("((a))", "x", False), ("((a)) ((a))", "", True), (" ((a))", "", False)],
)
def test_only_an_email_of_nothing_but_placeholders_can_be_empty(
    content: str, value: str, is_empty: bool
) -> None:
    assert EmailTemplate("s", content).is_empty(values(a=value)) is is_empty


def test_the_size_of_an_email_is_that_of_its_filled_in_body() -> None:
    assert EmailTemplate("s", " é((a)) ").content_bytes(values(a="x" * 7)) == 9


def test_the_plain_text_of_an_email() -> None:
    assert MARKDOWN.render(values(name="<Ann>", when="now")).text == (
        f"Hello <Ann>\n{'=' * 65}\n\nSee https://a.example/?b=1&c=2.\n\n• one\n• two: https://b.example\n\n"
        f"Remember\n\n{('=-' * 65)[:65]}\n"
    )


def test_the_html_of_an_email_is_a_whole_document_with_values_escaped() -> None:
    email = MARKDOWN.render(values(name="<Ann>", when="<now>"))
    assert email.subject == "It’s ready – “<now>”"
    assert email.html.startswith("<!DOCTYPE html>")
    assert "<title>It’s ready – “&lt;now&gt;”</title>" in email.html
    assert ">Hello &lt;Ann&gt;</h2>" in email.html
    assert 'href="https://a.example/?b=1&amp;c=2"' in email.html


def test_a_link_to_unsubscribe_is_at_the_end_of_both_parts() -> None:
    email = EmailTemplate("s", "text").render(NOTHING, unsubscribe_link="https://a.example/u?t=1&u=2")
    assert email.text.endswith("Unsubscribe from these emails: https://a.example/u?t=1&u=2\n")
    assert 'href="https://a.example/u?t=1&amp;u=2">Unsubscribe from these emails</a></p>' in email.html


def test_the_preheader_has_no_link_to_unsubscribe() -> None:
    parts = EmailTemplate("s", "text").html_parts(NOTHING, unsubscribe_link="https://a.example/u")
    assert parts.preheader == "text"


def test_a_fragment_has_no_document_around_it() -> None:
    fragment = EmailTemplate("s", "Dear ((a))").html_fragment(values(a="<7>"))
    assert fragment.startswith("<p ")
    assert fragment.endswith(">Dear &lt;7&gt;</p>")


def test_parameters_that_look_like_old_entities_stay_in_links_of_the_plain_text() -> None:
    email = EmailTemplate("s", "https://a.example/?x=1&copy=2&param=3").render(NOTHING)
    assert email.text == "https://a.example/?x=1&copy=2&param=3\n"


def test_a_preview_can_hide_placeholders() -> None:
    fragment = EmailTemplate("s", "Dear ((a))", redact_in_html).html_fragment(NOTHING)
    assert "<span class='placeholder-redacted'>hidden</span>" in fragment


class Markup(HTMLParser):
    """The names of the elements and attributes in some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attrs)


HOSTILE = st.lists(
    st.sampled_from(["<i onx=y>", '"', "'", "](", "[", ")", "https://a.b", "&lt;i&gt;", " ", "\n", "<"])
)


@given(HOSTILE.map("".join))
def test_no_value_brings_its_own_markup_into_an_email(value: str) -> None:
    template = EmailTemplate("((a))", '((a)) [((a))](((a))) [b](https://c.example "((a))")\n\n^ ((a))')
    markup = Markup(template.html_fragment(values(a=value)))
    assert markup.elements <= {"p", "a", "br", "div", "blockquote", "table", "tr", "td", "ul", "li"}
    assert markup.attributes <= {"style", "href", "title", "role"}


def test_branding_is_escaped() -> None:
    branding = EmailBranding(
        name="A & <B>", logo_url='https://a.example/"x', colour="red; }", alt_text="", has_banner=True
    )
    html = EmailTemplate("s", "text").render(NOTHING, branding=branding).html
    assert "A &amp; &lt;B&gt;" in html
    assert 'src="https://a.example/&quot;x"' in html
    assert "red" not in html


# -- letters


def test_the_api_answers_the_subject_of_a_letter_escaped_and_the_body_not() -> None:
    template = LetterTemplate("About ((a))", "Your ((a)) is ready.")
    assert template.subject(values(a="<b> it's")) == "About &lt;b&gt; it’s"
    assert template.body(values(a="<b> it's")) == "Your <b> it's is ready."


def test_placeholders_of_the_contact_block_and_the_welsh_texts_count() -> None:
    template = LetterTemplate("((a))", "((b))", "((c))", welsh_subject="((d))", welsh_content="((e)) ((b))")
    assert template.placeholders == ("c", "d", "e", "b", "a")


def test_a_letter_is_rendered_in_either_language() -> None:
    template = LetterTemplate(
        "Subject", "1-2 ((a))", "Us\n ((a)) ", welsh_subject="Testun", welsh_content="# Helo"
    )
    english, welsh = template.render(values(a="<x>")), template.render(NOTHING, LetterLanguage.WELSH)
    assert (english.subject, english.body) == ("Subject", "<p>1‑2 &lt;x&gt;</p>")
    assert english.contact_block == "Us<br>&lt;x&gt;"
    assert (welsh.subject, welsh.body) == ("Testun", "<h2>Helo</h2>\n")


@pytest.mark.parametrize(("value", "is_empty"), [("", True), ("x", False)])
def test_a_letter_of_nothing_but_placeholders_can_be_empty(value: str, is_empty: bool) -> None:
    assert LetterTemplate("s", "((a))").is_empty(values(a=value)) is is_empty

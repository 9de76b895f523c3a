"""The document of an email and its branding."""

import pytest

from notifyrules.email_document import EmailBranding, EmailParts, render_contents, render_document

PARTS = EmailParts(title="A subject", preheader="A start", body="<p>A body</p>")
LOGO = "https://img.example/logo.png"


def test_a_document_holds_title_preheader_and_body() -> None:
    html = render_document(PARTS)
    assert html.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "<title>A subject</title>" in html
    assert ">A start…</span>" in html
    assert "<p>A body</p>" in html


def test_there_is_no_branding_unless_it_is_asked_for() -> None:
    html = render_document(PARTS)
    assert "<img" not in html
    assert "bgcolor" not in html
    assert "gov.uk" not in html.lower()


def test_contents_are_without_a_document() -> None:
    html = render_contents(PARTS)
    assert "<html" not in html
    assert "<body" not in html


def test_a_logo_alone_is_larger_and_has_its_text() -> None:
    html = render_contents(PARTS, EmailBranding(logo_url=LOGO, alt_text="Crest"))
    assert f'<img src="{LOGO}" alt="Crest" height="54"' in html


def test_a_logo_beside_a_name_is_smaller_and_silent() -> None:
    html = render_contents(
        PARTS, EmailBranding(logo_url=LOGO, alt_text="Crest", name="Parks", colour="#aa0044")
    )
    assert f'<img src="{LOGO}" alt="" height="27"' in html
    assert "> Parks</span>" in html
    assert "border-left: 2px solid #aa0044" in html


def test_a_logo_without_a_text_is_silent() -> None:
    assert 'alt=""' in render_contents(PARTS, EmailBranding(logo_url=LOGO))


def test_a_name_without_logo_or_banner_is_not_shown() -> None:
    assert "Parks" not in render_contents(PARTS, EmailBranding(name="Parks", colour="#aa0044"))


@pytest.mark.parametrize(
    ("colour", "text_colour"),
    [("#aa0044", "#ffffff"), ("#fd0", "#222222"), ("#ffffffff", "#222222"), ("#000", "#ffffff")],
)
def test_a_name_in_a_banner_can_be_read(colour: str, text_colour: str) -> None:
    html = render_contents(PARTS, EmailBranding(name="Parks", colour=colour, has_banner=True))
    assert f'bgcolor="{colour}"' in html
    assert f'color: {text_colour};"> Parks' in html


@pytest.mark.parametrize("colour", [None, "", "red", "#12345", "#12", '#fff"', "#gggggg"])
def test_a_banner_without_a_proper_colour_is_grey(colour: str | None) -> None:
    assert 'bgcolor="#333333"' in render_contents(PARTS, EmailBranding(colour=colour, has_banner=True))


def test_the_gov_uk_banner_is_a_link() -> None:
    assert '<a href="https://www.gov.uk"' in render_contents(PARTS, EmailBranding(has_gov_uk_banner=True))

"""The HTML document of an email: head, preheader and branding around a rendered body.

What the body looks like is `email_html`. Called from `templates`. Everything that comes from a service's
settings is escaped or checked here, because it ends up in the inboxes of others.
"""

import html
import re
from dataclasses import dataclass

from notifyrules.email_html import FONTS, TEXT_COLOUR

_HEX_COLOUR = re.compile(r"#(?:(?:[0-9a-fA-F]{3}){1,2}|(?:[0-9a-fA-F]{4}){1,2})")
_HOME = "https://www.gov.uk"
_HOME_COLOUR = "#1d70b8"
_LOGO_HEIGHT_ALONE = 54  # pixels
_LOGO_HEIGHT_BESIDE_NAME = 27

_NAME_STYLE = f"font-family: {FONTS}; font-size: 20px; line-height: 27px; font-weight: bold;"
_COLUMN_STYLE = "max-width: 580px; Margin: 0 auto;"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailBranding:
    """What a service puts above its emails: nothing, unless something is set."""

    name: str | None = None  # shown beside the logo or in the banner, not alone
    colour: str | None = None  # of the bar beside the logo, or of the banner: `#` and 3, 4, 6 or 8 hex digits
    logo_url: str | None = None
    alt_text: str | None = None  # for a logo without a name
    has_banner: bool = False  # a band of the colour behind logo and name
    has_gov_uk_banner: bool = False  # a band that links to GOV.UK, for services that are part of it


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailParts:
    """What goes into the document; all of it is HTML, escaped already."""

    title: str  # the subject
    preheader: str
    body: str


NO_BRANDING = EmailBranding()
DEFAULT_BANNER_COLOUR = "#333333"


def render_document(parts: EmailParts, branding: EmailBranding = NO_BRANDING) -> str:
    """Return the whole document of an email."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n'
        '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="format-detection" content="telephone=no">\n'
        f"<title>{parts.title}</title>\n</head>\n"
        f'<body style="Margin: 0; padding: 0; background: #ffffff; color: {TEXT_COLOUR};">\n'
        f"{render_contents(parts, branding)}\n</body>\n</html>\n"
    )


def render_contents(parts: EmailParts, branding: EmailBranding = NO_BRANDING) -> str:
    """Return what the document has in its body, for those who put it into a document of their own."""
    return (
        f'<span hidden style="display: none; visibility: hidden; mso-hide: all; font-size: 1px; '
        f'line-height: 1px; max-height: 0; max-width: 0; opacity: 0; overflow: hidden;">{parts.preheader}…'
        "</span>\n"
        f"{_branding(branding)}"
        f'<table role="presentation" width="100%" style="border-collapse: collapse; {_COLUMN_STYLE}">'
        f'<tr><td style="padding: 27px 12px; font-family: {FONTS};">\n{parts.body}\n</td></tr></table>'
    )


def _branding(branding: EmailBranding) -> str:
    gov_uk = _gov_uk_banner() if branding.has_gov_uk_banner else ""
    colour = branding.colour if branding.colour and _HEX_COLOUR.fullmatch(branding.colour) else None
    if branding.has_banner:
        return gov_uk + _banner(branding, colour or DEFAULT_BANNER_COLOUR)
    if branding.logo_url:
        return gov_uk + _logo_with_bar(branding, colour)
    return gov_uk


def _gov_uk_banner() -> str:
    link = f'<a href="{_HOME}" style="{_NAME_STYLE} color: #ffffff; text-decoration: none;">GOV.\u200bUK</a>'
    return _band(_HOME_COLOUR, link)


def _banner(branding: EmailBranding, colour: str) -> str:
    return _band(colour, _logo(branding) + _name(branding, _readable_on(colour)))


def _readable_on(colour: str) -> str:
    """Return white or the colour of text, whichever is easier to read on `colour`."""
    digits = colour[1:]
    short = len(digits) <= 4
    channels = [digits[i] * 2 if short else digits[2 * i : 2 * i + 2] for i in range(3)]
    red, green, blue = (int(channel, 16) for channel in channels)
    # Perceived brightness, 0 to 255 (https://www.w3.org/TR/AERT/#color-contrast).
    return "#ffffff" if (299 * red + 587 * green + 114 * blue) / 1000 < 140 else TEXT_COLOUR


def _band(colour: str, content: str) -> str:
    return (
        '<table role="presentation" width="100%" style="border-collapse: collapse;"><tr>'
        f'<td bgcolor="{colour}" style="background: {colour};">'
        f'<div style="{_COLUMN_STYLE} padding: 9px 12px;">{content}</div></td></tr></table>\n'
    )


def _logo_with_bar(branding: EmailBranding, colour: str | None) -> str:
    bar = f" border-left: 2px solid {colour}; padding-left: 8px;" if colour else ""
    return (
        f'<div style="{_COLUMN_STYLE} padding: 18px 12px 0;"><div style="{bar}">'
        f"{_logo(branding)}{_name(branding, TEXT_COLOUR)}</div></div>\n"
    )


def _logo(branding: EmailBranding) -> str:
    if not branding.logo_url:
        return ""
    # Beside the name, a text for the logo would be read out twice.
    alt_text = "" if branding.name else branding.alt_text or ""
    height = _LOGO_HEIGHT_BESIDE_NAME if branding.name else _LOGO_HEIGHT_ALONE
    return (
        f'<img src="{html.escape(branding.logo_url)}" alt="{html.escape(alt_text)}" height="{height}" '
        'style="border: 0; vertical-align: middle;">'
    )


def _name(branding: EmailBranding, colour: str) -> str:
    if not branding.name:
        return ""
    return f'<span style="{_NAME_STYLE} color: {colour};"> {html.escape(branding.name)}</span>'

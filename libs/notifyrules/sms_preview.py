"""A text message as web pages show it: HTML with unfilled placeholders marked and links that work.

What is sent is `sms_content` and `templates`. For whatever shows templates to people; no service sends this.
"""

import re
from collections.abc import Callable

from notifyrules import sms_content
from notifyrules.email_html import link_address
from notifyrules.placeholders import (
    Field,
    Personalisation,
    compile_html,
    inline_html,
    mark_in_html,
    redact_in_html,
)
from notifyrules.sanitising import LINK
from notifyrules.text import escape_html


def body_html(content: str, personalisation: Personalisation) -> str:
    """Return a message without the service's name, lines as they are, with unfilled placeholders hidden."""
    return sms_content.sanitise(sms_content.tidy(_filled(content, personalisation, redact_in_html)))


def message_html(
    content: str,
    personalisation: Personalisation,
    *,
    prefix: str | None = None,
    mark: Callable[[Field], str] = mark_in_html,
    link_class: str = "",
) -> str:
    """Return a message with `<br>` between lines and what looks like a link linked, characters as typed.

    `prefix` is the service's name, where it is shown. What would be sent instead of characters that can't be
    is seen when the result is given to `sms_content.sanitise`.
    """
    start = f"{escape_html(prefix.strip())}: " if prefix else ""
    text = sms_content.tidy(start + _filled(content, personalisation, mark))
    opening = f'<a class="{link_class}"' if link_class else "<a"

    def linked(found: re.Match[str]) -> str:
        return f'{opening} href="{link_address(found[0])}">{found[0]}</a>'

    return LINK.sub(linked, text.replace("\n", "<br>"))


def _filled(content: str, personalisation: Personalisation, mark: Callable[[Field], str]) -> str:
    return compile_html(content).fill(personalisation, show=inline_html, mark=mark)

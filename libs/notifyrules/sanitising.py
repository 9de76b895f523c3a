"""Making a value of personalisation harmless: no links, no markdown.

For values that a sending service does not control, named in `sanitise_content_for`. Called by the service
that creates notifications; which values are named is decided there, with `notifyrules.placeholders`.
"""

import re

# Something that people or mail programs would take for a link: perhaps a protocol, dotted labels, a top-level
# domain, perhaps a path. Not an email address.
LINK = re.compile(
    r"\b(?<![@.])(?:https?://)?(?:[\w-]+\.)+[a-z]{2,63}(?!@)\b(?:[/?#][^<\s]*)?",
    re.IGNORECASE,
)

_BARE_DOMAIN = re.compile(r"[a-z0-9.-]+", re.IGNORECASE)
_MARKDOWN = re.compile(r"[`*_()\\{}\[\]<>#+\-.!|]")


def _broken_link(match: re.Match[str]) -> str:
    link = match.group()
    return link.replace(".", ". ") if _BARE_DOMAIN.fullmatch(link) else ""


def sanitise_value(value: str) -> str:
    """Return `value` with links dropped, dots of bare domains spaced out, and markdown escaped.

    The rule is that of `sanitise_content_for` in the public contract, "Sending an email".
    """
    return _MARKDOWN.sub(r"\\\g<0>", LINK.sub(_broken_link, value))

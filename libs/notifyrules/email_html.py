"""The body of an email as HTML: a fragment, for mail programs that know little CSS.

The whole document around it is `email_document`. Called from `templates`.

The look is our own: dark grey text in a common sans-serif font, links underlined in blue, insets with a bar
at the side. Every style is in an attribute, because some mail programs drop style sheets; `Margin` has a
capital letter because Outlook.com drops margins otherwise. Text has a contrast of over 7:1 (WCAG 2.2, 1.4.6).
"""

import re
from collections.abc import Iterable
from urllib.parse import quote

from notifyrules.markdown import (
    Autolink,
    Block,
    Code,
    Document,
    Gap,
    Heading,
    Html,
    Inline,
    LineBreak,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Text,
    escape,
)
from notifyrules.typography import typeset

TEXT_COLOUR = "#222222"
LINE_COLOUR = "#b3b3b3"
FONTS = "Arial, Helvetica, sans-serif"

_COLOUR = f"color: {TEXT_COLOUR};"
_TEXT = f"font-size: 18px; line-height: 27px; {_COLOUR}"
_STYLES = {
    "p": f"Margin: 0 0 18px 0; {_TEXT}",
    "h2": f"Margin: 9px 0 18px 0; font-size: 26px; line-height: 33px; font-weight: bold; {_COLOUR}",
    "h3": f"Margin: 9px 0 9px 0; font-size: 21px; line-height: 30px; font-weight: bold; {_COLOUR}",
    "hr": f"Margin: 27px 0; border: 0; height: 1px; background: {LINE_COLOUR};",
    "table": "padding: 0 0 18px 0;",
    "td": f"font-family: {FONTS};",
    "ul": "Margin: 0 0 0 22px; padding: 0; list-style-type: disc;",
    "ol": "Margin: 0 0 0 22px; padding: 0; list-style-type: decimal;",
    "li": f"Margin: 0 0 6px 0; padding: 0 0 0 4px; {_TEXT}",
    "div": "Margin: 0 0 18px 0;",
    "blockquote": f"Margin: 0; border-left: 6px solid {LINE_COLOUR}; padding: 9px 0 1px 18px; {_TEXT}",
    "a": "color: #0b4a8f; text-decoration: underline; word-wrap: break-word;",
}

_HEADINGS = {1: "h2", 2: "h3"}  # the subject is the h1, so to speak
_PROTOCOL = re.compile(r"(?:https?|ftp|file)://|(?:mailto|tel):", re.IGNORECASE)
_NOT_ENCODED = ":/?#=&;%"


def _opening(name: str) -> str:
    return f'<{name} style="{_STYLES[name]}">'


_OPENINGS = {name: _opening(name) for name in _STYLES}
_LIST_OPENING = f'<table role="presentation" style="{_STYLES["table"]}"><tr>{_OPENINGS["td"]}'
_LIST_CLOSING = "</td></tr></table>"


def _element(name: str, content: str) -> str:
    return f"{_OPENINGS[name]}{content}</{name}>"


def render_html(document: Document) -> str:
    """Return the HTML for a body that was read with its markup escaped."""
    return typeset(_blocks(document.blocks))


def _blocks(blocks: Iterable[Block]) -> str:
    return "".join([_block(block) for block in blocks])


def _block(block: Block) -> str:
    match block:
        case Paragraph():
            return _paragraph(_inlines(block.inlines))
        case Heading():
            text, name = _inlines(block.inlines), _HEADINGS.get(block.level)
            return _element(name, text) if name else _paragraph(text)
        case List():
            items = [_element("li", _blocks(item.blocks).strip()) for item in block.items]
            listed = _element("ol" if block.ordered else "ul", "".join(items))
            return f"{_LIST_OPENING}{listed}{_LIST_CLOSING}"
        case Text():
            return _inlines(block.inlines)
        case Quote():
            return _element("div", _element("blockquote", _blocks(block.blocks)))
        case Rule():
            return _OPENINGS["hr"]
        case Gap():
            return "<br>"
        case Code():
            return block.code
        case Html():
            return block.html
        case _:
            return ""


def _paragraph(text: str) -> str:
    return _element("p", text) if text and not text.isspace() else ""


def _inlines(inlines: Iterable[Inline]) -> str:
    return "".join([inline if isinstance(inline, str) else _inline(inline) for inline in inlines])


def _inline(inline: Link | Autolink | LineBreak) -> str:
    match inline:
        case LineBreak():
            return "<br>"
        case Autolink():
            return inline.url if inline.is_email else _link(inline.url, None, inline.url)
        case Link():
            target = inline.target
            # Content is escaped before it is read, so these can only be the brackets of a placeholder's mark.
            url = f"<{target.url}>" if target.in_angles else target.url
            # A link without a text would be invisible.
            return _link(url, target.title, _inlines(inline.inlines) or escape(url))


def link_address(url: str) -> str:
    """Return what goes into `href` for a `url` as typed, with its `&` escaped: safe inside double quotes.

    What has no protocol that we know gets `http://`, so that no link runs a script.
    """
    return quote(url if _PROTOCOL.match(url) else f"http://{url}", safe=_NOT_ENCODED)


def _link(url: str, title: str | None, text: str) -> str:
    href = link_address(url)
    title_attribute = f' title="{_attribute(title)}"' if title else ""
    return f'<a style="{_STYLES["a"]}" href="{href}"{title_attribute}>{text}</a>'


def _attribute(text: str) -> str:
    return escape(text).replace('"', "&quot;")

"""Markdown of emails and letters: from text to a tree of blocks. Rendering the tree lives with each content.

The dialect is that of mistune 0.8.4 with hard line breaks, as GOV.UK Notify changed it: `^` starts an inset
text; `*`, `-` and `•` make bullets and need no space after them; there is no emphasis and no inline code;
only `http://` and `https://` are linked on their own.

Why a parser of our own: templates written for GOV.UK Notify must come out the same here. That dialect is
older than CommonMark and differs from it in what ends a paragraph or a list, in lists without a space, in
where a link's address ends, in headings without a space. Later parsers follow CommonMark and keep these
choices in their core, where rules of one's own don't reach, and mistune 0.8 is no longer maintained and can
be made to run for hours. Here every rule reads forward and gives up early, so that the time grows with the
length of the text; each states what it accepts, and tests hold them against the public golden vectors.

Called from `email_content` and `letter_content`.
"""

from notifyrules.markdown.document import Document, parse
from notifyrules.markdown.inlines import escape, escape_ampersands
from notifyrules.markdown.nodes import (
    Autolink,
    Block,
    Code,
    Gap,
    Heading,
    Html,
    Inline,
    Item,
    LineBreak,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Text,
)

__all__ = [
    "Autolink",
    "Block",
    "Code",
    "Document",
    "Gap",
    "Heading",
    "Html",
    "Inline",
    "Item",
    "LineBreak",
    "Link",
    "List",
    "Paragraph",
    "Quote",
    "Rule",
    "Text",
    "escape",
    "escape_ampersands",
    "parse",
]

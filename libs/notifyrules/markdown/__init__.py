"""Markdown of emails and letters: from text to a tree of blocks. Rendering the tree lives with each content.

The dialect is that of mistune 0.8.4 with hard line breaks, as GOV.UK Notify changed it: `^` starts an inset
text; `*`, `-` and `•` make bullets and need no space after them; there is no emphasis and no inline code;
only `http://` and `https://` are linked on their own.

Why a parser of our own: templates written for GOV.UK Notify must come out the same here. That dialect is
older than CommonMark and differs from it in what ends a paragraph or a list, in lists and headings without a
space, in where a link's address ends. Later parsers follow CommonMark and keep these choices in their core,
where rules of one's own don't reach; mistune 0.8 itself is no longer maintained, and some texts make its
patterns take forever (CVE-2022-34749). Here every rule reads forward and gives up early, so that the time
grows with the length of the text. The golden vectors say what must come out.

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

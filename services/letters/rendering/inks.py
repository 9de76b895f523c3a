"""A letter's logo in inks: an SVG knows screen colours only, and all else in a letter is set in inks already.

Called from `pages`. The rules of colours are those for uploaded letters; gradients stay as they are.
"""

from typing import Any

import pikepdf
from pikepdf import Dictionary, Name, Object, Page, Pdf, Stream

from services.letters.uploads.colours import InkColours, group_in_inks, picture_in_inks
from services.letters.uploads.contents import Instruction, unparsed


def page_in_inks(pdf: Pdf, page: Page) -> None:
    """Rewrite the colours of a page that the typesetter made."""
    page.obj[Name.Contents] = pdf.make_stream(_rewritten(page, page.obj[Name.Resources]))
    group_in_inks(page.obj.get(Name.Group))
    _drawings_in_inks(page.obj[Name.Resources])


def _drawings_in_inks(resources: Object) -> None:
    """Rewrite the drawings and pictures that a content draws by name. Doing one again changes nothing."""
    drawings = resources.get(Name.XObject)
    if not isinstance(drawings, Dictionary):
        return
    for drawing in drawings.values():
        if drawing.get(Name.Subtype) == Name.Image:
            picture_in_inks(drawing)
        elif isinstance(drawing, Stream):
            own = drawing.get(Name.Resources, Dictionary())
            drawing.write(_rewritten(drawing, own))
            group_in_inks(drawing.get(Name.Group))
            _drawings_in_inks(own)


def _rewritten(content: Page | Object, resources: Object) -> bytes:
    colours = InkColours(resources)
    instructions: list[Any] = pikepdf.parse_content_stream(content)
    return unparsed(
        colours.rewritten(Instruction(list(each.operands), str(each.operator))) for each in instructions
    )

"""The drawing instructions of a page and of the forms it draws, parsed once for reading and for rewriting.

A form is PDF's word for a drawing that is kept apart and drawn by name. Called by `checking`; read by `text`
and `printing`.
"""

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Operator, Page, Pdf, Stream

from services.letters.uploads.documents import UnreadablePdfError, as_numbers, content_streams
from services.letters.uploads.geometry import IDENTITY, Matrix

INLINE_IMAGE = "INLINE IMAGE"

# ISO 32000-1, table 51, and the end of compatibility sections.
_OPERATORS = frozenset({
    "b", "B", "b*", "B*", "BDC", "BI", "BMC", "BT", "BX", "c", "cm", "CS", "cs", "d", "d0", "d1", "Do",
    "DP", "EI", "EMC", "ET", "EX", "f", "F", "f*", "G", "g", "gs", "h", "i", "ID", "j", "J", "K", "k", "l",
    "m", "M", "MP", "n", "q", "Q", "re", "RG", "rg", "ri", "s", "S", "SC", "sc", "SCN", "scn", "sh", "T*",
    "Tc", "Td", "TD", "Tf", "Tj", "TJ", "TL", "Tm", "Tr", "Ts", "Tw", "Tz", "v", "w", "W", "W*", "y", "'",
    '"',
    INLINE_IMAGE,
})  # fmt: skip

_MAX_DEPTH = 20
# More than any letter needs; a page's content that is longer was made to break something.
_MAX_CONTENT_BYTES = 32 * 1024 * 1024


class Instruction(NamedTuple):
    """One operator with what stands before it."""

    operands: list[Any]
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Content:
    """The instructions of a page or a form, with the names they use."""

    instructions: list[Instruction]
    resources: Dictionary | Object
    forms: Mapping[int, "Form"]
    """The forms that are drawn, by the position of the instruction that draws them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Form:
    """A drawing that pages and other forms draw by name."""

    stream: Stream | Object
    matrix: Matrix
    content: Content


@dataclass(slots=True)
class ContentParser:
    """Parses the pages of one document; a form that is drawn in many places is parsed once."""

    _forms: dict[tuple[int, int], Form] = field(default_factory=dict)
    _open: list[tuple[int, int]] = field(default_factory=list)

    def page(self, page: Page) -> Content:
        """Return what a page draws.

        Raises UnreadablePdfError for content that is damaged, draws itself, or is far too long.
        """
        streams = content_streams(page)
        data = b"\n".join(_decoded(stream) for stream in streams)
        return self._content(data, page.obj[Name.Resources])

    def _content(self, data: bytes, resources: Object) -> Content:
        instructions = list(_parsed(data))
        forms = {}
        for position, instruction in enumerate(instructions):
            if instruction.operator == "Do":
                drawn = named_resource(resources, Name.XObject, instruction.operands)
                if isinstance(drawn, Stream) and drawn.get(Name.Subtype) == Name.Form:
                    forms[position] = self._form(drawn, resources)
        return Content(instructions=instructions, resources=resources, forms=forms)

    def _form(self, stream: Stream, outer: Object) -> Form:
        key = stream.objgen
        if key in self._open or len(self._open) >= _MAX_DEPTH:
            raise UnreadablePdfError("a form draws itself, or forms are nested too deep")
        if key not in self._forms:
            self._open.append(key)
            own = stream.get(Name.Resources)
            resources = own if isinstance(own, Dictionary) else outer
            self._forms[key] = Form(
                stream=stream,
                matrix=_matrix(stream.get(Name.Matrix)),
                content=self._content(_decoded(stream), resources),
            )
            self._open.pop()
        return self._forms[key]


def named_resource(resources: Object, kind: Name, operands: list[Any]) -> Object | None:
    """Return what the last operand names in the resources, or None."""
    if not operands or not isinstance(operands[-1], Name):
        return None
    entries = resources.get(kind)
    return entries.get(operands[-1]) if isinstance(entries, Dictionary) else None


def unparsed(instructions: Iterable[Instruction]) -> bytes:
    """Return the instructions as the bytes of a content stream."""
    return pikepdf.unparse_content_stream(
        [(operands, Operator(operator)) for operands, operator in instructions]
    )


def _decoded(stream: Object) -> bytes:
    try:
        data = stream.read_bytes()
    except pikepdf.PdfError as err:
        raise UnreadablePdfError("content that cannot be unpacked") from err
    if len(data) > _MAX_CONTENT_BYTES:
        raise UnreadablePdfError("content that is far too long")
    return data


def _parsed(data: bytes) -> Iterable[Instruction]:
    # The library parses streams of documents only.
    holder = Pdf.new()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what the library would leave out
            parsed = pikepdf.parse_content_stream(holder.make_stream(data))
    except (pikepdf.PdfError, UserWarning) as err:
        raise UnreadablePdfError("content that cannot be parsed") from err
    compatibility = 0
    for part in parsed:
        operator = bytes(part.operator).decode("latin-1")
        if operator in ("BX", "EX"):
            compatibility += 1 if operator == "BX" else -1
        elif operator in _OPERATORS:
            yield Instruction(list(part.operands), operator)
        elif compatibility <= 0:
            raise UnreadablePdfError("content with bytes that are no operator")


def _matrix(value: Object | None) -> Matrix:
    if not isinstance(value, Array) or len(value) != 6:
        return IDENTITY
    a, b, c, d, e, f = as_numbers(list(value), 6)
    return (a, b, c, d, e, f)

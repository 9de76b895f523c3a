"""From screen colours to printing inks: RGB becomes cyan, magenta, yellow and black; greys are black ink alone.

Done for the colours of drawing instructions and for pictures. Left as they are: gradients, patterns, spot
colours, Lab, pictures in JPEG 2000, inline pictures, and pictures too large to convert in the memory of a worker.
Called by `printing`.
"""

import contextlib
import io
import zlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Stream, String
from PIL import Image, ImageChops
from PIL.JpegImagePlugin import JpegImageFile

from services.letters.uploads.contents import Instruction, named_resource

# A worker must stay under 300 MB. A JPEG must be unpacked whole, other pictures pass through in strips.
_MAX_JPEG_DOTS = 12_000_000
_MAX_DOTS = 40_000_000
_STRIP_DOTS = 500_000

_NONSTROKING, _STROKING, _NEITHER = 0, 1, 2
_DEVICE_OPERATORS = {"g": _NONSTROKING, "k": _NONSTROKING, "G": _STROKING, "K": _STROKING}
_RGB_OPERATORS = {"rg": (_NONSTROKING, "g", "k"), "RG": (_STROKING, "G", "K")}
_SPACE_OPERATORS = {"cs": _NONSTROKING, "CS": _STROKING}
_COLOUR_OPERATORS = {"sc": _NONSTROKING, "scn": _NONSTROKING, "SC": _STROKING, "SCN": _STROKING}


class InkColours:
    """Rewrites the colours of one content stream. Follows which colour space is in force."""

    def __init__(self, resources: Object) -> None:
        self._resources = resources
        self._is_rgb = [False, False, False]
        self._saved: list[list[bool]] = []

    def rewritten(self, instruction: Instruction) -> Instruction:
        """Return the instruction with its colour in inks; any other instruction as it is."""
        operands, operator = instruction
        if operator == "q":
            self._saved.append(list(self._is_rgb))
        elif operator == "Q" and self._saved:
            self._is_rgb = self._saved.pop()
        elif operator in _DEVICE_OPERATORS:
            self._is_rgb[_DEVICE_OPERATORS[operator]] = False
        elif operator in _RGB_OPERATORS and _are_numbers(operands, 3):
            kind, grey, inks = _RGB_OPERATORS[operator]
            self._is_rgb[kind] = False
            red, green, blue = (float(number) for number in operands)
            if red == green == blue:
                return Instruction([_rounded(red)], grey)
            return Instruction(_as_inks(red, green, blue), inks)
        elif operator in _SPACE_OPERATORS and operands:
            kind = _SPACE_OPERATORS[operator]
            named = named_resource(self._resources, Name.ColorSpace, operands)
            self._is_rgb[kind] = is_rgb(named if named is not None else operands[0])
            if self._is_rgb[kind]:
                return Instruction([Name.DeviceCMYK], operator)
        elif _are_numbers(operands, 3) and self._is_rgb[_COLOUR_OPERATORS.get(operator, _NEITHER)]:
            return Instruction(_as_inks(*(float(number) for number in operands)), operator)
        return instruction


def is_rgb(space: Object | None) -> bool:
    """Whether a colour space has red, green and blue: the device's own, a calibrated one, or one with a profile."""
    if isinstance(space, Name):
        return space in (Name.DeviceRGB, Name.RGB)
    if not isinstance(space, Array) or len(space) == 0:
        return False
    if space[0] == Name.ICCBased and len(space) > 1 and isinstance(space[1], Stream):
        return bool(space[1].get(Name.N) == 3)
    return bool(space[0] in (Name.CalRGB, Name.DeviceRGB))


def group_in_inks(group: Object | None) -> None:
    """Let a transparency group mix its colours as inks."""
    if isinstance(group, Dictionary) and is_rgb(group.get(Name.CS)):
        group[Name.CS] = Name.DeviceCMYK


def picture_in_inks(picture: Stream | Object) -> None:
    """Convert a picture in place where it is RGB and of a kind that can be converted."""
    # A picture that is damaged or packed in a way that the library does not know is for the printer to judge.
    with contextlib.suppress(
        pikepdf.PdfError, NotImplementedError, OSError, SyntaxError, ValueError, MemoryError
    ):
        _convert(picture)


def _convert(picture: Stream | Object) -> None:
    space = picture.get(Name.ColorSpace)
    if _is_palette_of_rgb(space):
        _convert_palette(picture, space)
    elif is_rgb(space) and _is_convertible(picture):
        filters = _filters(picture)
        if not filters or filters[-1] != Name.DCTDecode:
            _convert_dots(picture)
        elif len(filters) == 1:
            _convert_jpeg(picture)


def _are_numbers(operands: Sequence[Any], count: int) -> bool:
    return len(operands) == count and all(isinstance(one, int | float | Decimal) for one in operands)


def _as_inks(red: float, green: float, blue: float) -> list[float]:
    """ISO 32000-1, 10.3.5, with all black made of black ink."""
    parts = [1 - min(1.0, max(0.0, part)) for part in (red, green, blue)]
    black = min(parts)
    return [_rounded(part - black) for part in parts] + [_rounded(black)]


def _rounded(part: float) -> float:
    return round(min(1.0, max(0.0, part)), 4)


def _is_convertible(picture: Object) -> bool:
    filters = _filters(picture)
    # Masks by colour, and decoding upside down, speak of the numbers that would change.
    has_oddities = (
        Name.Decode in picture
        or isinstance(picture.get(Name.Mask), Array)
        or (isinstance(mask := picture.get(Name.SMask), Stream) and Name.Matte in mask)
    )
    return not has_oddities and picture.get(Name.BitsPerComponent) == 8 and Name.JPXDecode not in filters


def _filters(picture: Object) -> list[Object]:
    filters = picture.get(Name.Filter)
    if isinstance(filters, Array):
        return list(filters)
    return [] if filters is None else [filters]


def _inks_of(rgb: Image.Image) -> Image.Image:
    cyan, magenta, yellow = (ImageChops.invert(part) for part in rgb.split())
    black = ImageChops.darker(ImageChops.darker(cyan, magenta), yellow)
    return Image.merge(
        "CMYK", [ImageChops.subtract(part, black) for part in (cyan, magenta, yellow)] + [black]
    )


def _convert_dots(picture: Stream | Object) -> None:
    width, height = int(picture[Name.Width]), int(picture[Name.Height])
    if not 0 < width * height <= _MAX_DOTS:
        return
    data = memoryview(picture.read_bytes())
    if len(data) < width * height * 3:
        return
    rows = max(1, _STRIP_DOTS // width)
    packer = zlib.compressobj()
    packed = []
    for top in range(0, height, rows):
        count = min(rows, height - top)
        strip = data[top * width * 3 : (top + count) * width * 3]
        packed.append(packer.compress(_inks_of(Image.frombytes("RGB", (width, count), strip)).tobytes()))
    packed.append(packer.flush())
    picture.write(b"".join(packed), filter=Name.FlateDecode)
    picture[Name.ColorSpace] = Name.DeviceCMYK


def _convert_jpeg(picture: Stream | Object) -> None:
    with Image.open(io.BytesIO(picture.read_raw_bytes()), formats=["JPEG"]) as jpeg:
        if not isinstance(jpeg, JpegImageFile) or jpeg.mode != "RGB":
            return
        if jpeg.width * jpeg.height > _MAX_JPEG_DOTS:
            return
        out = io.BytesIO()
        # As coarse as it was: finer would only be larger.
        _inks_of(jpeg).save(out, "JPEG", qtables=[jpeg.quantization[0]])
        width, height = jpeg.size
    picture.write(out.getvalue(), filter=Name.DCTDecode)
    picture[Name.Width], picture[Name.Height] = width, height
    picture[Name.ColorSpace] = Name.DeviceCMYK
    picture[Name.Decode] = Array([1, 0] * 4)  # JPEGs of inks hold them upside down, by an old habit


def _is_palette_of_rgb(space: Object | None) -> bool:
    return (
        isinstance(space, Array)
        and len(space) == 4
        and bool(space[0] in (Name.Indexed, Name.I))
        and is_rgb(space[1])
    )


def _convert_palette(picture: Stream | Object, space: Object | None) -> None:
    if not isinstance(space, Array):
        return
    table = space[3]
    entries = table.read_bytes() if isinstance(table, Stream) else bytes(table)
    count = len(entries) // 3
    if count == 0:
        return
    inks = _inks_of(Image.frombytes("RGB", (count, 1), entries[: count * 3])).tobytes()
    picture[Name.ColorSpace] = Array([Name.Indexed, Name.DeviceCMYK, count - 1, String(inks)])

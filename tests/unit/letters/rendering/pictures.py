"""Measuring pictures of pages."""

import io

from PIL import Image, ImageOps

from services.letters.rendering.images import DOTS_PER_INCH, page_png

DOTS_PER_MM = DOTS_PER_INCH / 25.4
_DARK = 128


def picture(pdf: bytes, page_number: int = 1) -> Image.Image:
    """A page, 150 dots to the inch."""
    return Image.open(io.BytesIO(page_png(pdf, page_number)))


def dark_box(
    image: Image.Image, area: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """The box around what is dark in an area: left, top, right, bottom in mm; zeros when nothing is."""
    part = image.crop((*(round(mm * DOTS_PER_MM) for mm in area),))  # type: ignore[arg-type] # four of them
    dark = ImageOps.grayscale(part).point(lambda level: 255 if level < _DARK else 0)
    box = dark.getbbox()
    if box is None:
        return (0, 0, 0, 0)
    left, top = area[:2]
    return (
        left + box[0] / DOTS_PER_MM,
        top + box[1] / DOTS_PER_MM,
        left + box[2] / DOTS_PER_MM,
        top + box[3] / DOTS_PER_MM,
    )


def pixel_at(image: Image.Image, x: float, y: float) -> tuple[int, ...]:
    """The colour at a place in mm."""
    colour = image.getpixel((round(x * DOTS_PER_MM), round(y * DOTS_PER_MM)))
    assert isinstance(colour, tuple)
    return colour

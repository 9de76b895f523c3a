"""Draws the pictures of `docs/letters.md` from the golden PDFs, with what the letters service itself draws pages with.

python -m tools.letter_pictures
"""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PIL import Image

from services.letters.rendering.images import Overlay, page_png
from services.letters.rendering.letter import LetterTexts, LetterToRender, Purpose
from services.letters.rendering.renderer import LetterRenderer
from services.letters.uploads.checking import check_letter

ROOT: Final = Path(__file__).resolve().parent.parent
GOLDEN: Final = ROOT / "tests" / "vectors" / "letters_pdf"
TARGET: Final = ROOT / "docs" / "images" / "letters"
WIDTH: Final = 300
COLOURS: Final = 24
FIRST, LATER = Overlay.NO_PRINT_AREAS_OF_FIRST_PAGE, Overlay.NO_PRINT_AREAS


def main() -> None:
    """Draw all of them."""
    TARGET.mkdir(parents=True, exist_ok=True)
    draw("areas", golden("one-page"), 1, FIRST)
    draw("content-outside-printable-area", golden("margin-left-over"), 1, FIRST)
    draw("content-outside-printable-area-later", golden("margin-pages-one-and-three-over"), 3, LATER)
    draw("page-one-above-address", golden("page-one-above-address"), 1, FIRST)
    draw("letter-not-a4-portrait-oriented", golden("landscape-page-two-and-mark-in-margin"), 2, Overlay.NONE)
    draw("address-is-empty", golden("address-none"), 1, Overlay.NONE)
    draw("not-a-real-uk-postcode", golden("address-bad-postcode"), 1, Overlay.NONE)
    sanitised = check_letter(golden("one-page"), allow_international=False).sanitised
    if sanitised is None:
        raise ValueError("the golden letter is no longer fine")
    draw("sanitised", sanitised, 1, Overlay.TAG_COVER)
    draw("templated", a_templated_letter(), 1, Overlay.NONE)


def golden(name: str) -> bytes:
    """A golden PDF."""
    return (GOLDEN / f"{name}.pdf").read_bytes()


def a_templated_letter() -> bytes:
    """What a preview of a template looks like, with one placeholder that has no value."""
    letter = LetterToRender(
        texts=LetterTexts(
            subject="Your parking permit",
            content="Dear ((name)),\n\nyour permit for ((street)) is ready.\n\n# What you need\n\n"
            "* this letter\n* something with your photograph",
            contact_block="The Parking Office\n1 Town Square\nExampleton\nEX1 1EX",
        ),
        values={
            "address_line_1": "Sam Example",
            "address_line_2": "1 Test Street",
            "address_line_3": "Exampleton",
            "postcode": "SW1A 1AA",
            "name": "Sam",
        },
        made_at=datetime(2026, 1, 5, 12, 0, tzinfo=UTC),
        purpose=Purpose.PREVIEW,
    )
    return LetterRenderer().render(letter).pdf


def draw(name: str, pdf: bytes, page: int, overlay: Overlay) -> None:
    """Write a small picture of a page, with a thin frame."""
    image = Image.open(io.BytesIO(page_png(pdf, page, overlay))).convert("RGB")
    image = image.resize((WIDTH, WIDTH * image.height // image.width), Image.Resampling.LANCZOS)
    framed = Image.new("RGB", (image.width + 2, image.height + 2), "#b1b4b6")
    framed.paste(image, (1, 1))
    framed.quantize(COLOURS).save(TARGET / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()

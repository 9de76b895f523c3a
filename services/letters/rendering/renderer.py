"""Making the PDF of a templated letter: the one function that others call, and the fonts and compilers it needs.

CPU work, some 10 ms for a letter of one page: call it in a thread (`asyncio.to_thread`).
"""

from pathlib import Path

from notifyrules.letter_timings import MAX_PAGES, is_letter_too_long
from services.letters.rendering.building import letter_parts
from services.letters.rendering.fonts import load_fonts
from services.letters.rendering.letter import LetterFault, LetterToRender, Purpose, RenderedLetter
from services.letters.rendering.pages import finish
from services.letters.rendering.typesetting import Typesetter
from services.letters.rendering.typst_input import TypstInput, typst_input


class LetterRenderer:
    """Renders letters. One for a process; may be called from any number of threads."""

    def __init__(self, *, more_fonts: Path | None = None) -> None:
        """`more_fonts`: a folder with fonts for characters that the project's own lack. Raises OSError."""
        self._font_set = load_fonts(more_fonts)
        self._typesetter = Typesetter(self._font_set)

    def render(self, letter: LetterToRender) -> RenderedLetter:
        """Return the letter as PDF; the same letter gives the same bytes.

        Raises RenderingFailed when the logo is no SVG, AttachmentUnusable when the attachment is no PDF.
        """
        parts = letter_parts(letter)
        data = typst_input(parts, letter.purpose, self._font_set)
        finished = finish(
            self._typesetter.pdf(data.json, letter.logo_svg),
            logo_in_inks=letter.logo_svg is not None and letter.purpose is Purpose.PRINT,
            attachment_pdf=letter.attachment_pdf,
        )
        page_count = max(finished.page_count, MAX_PAGES + 1) if data.is_cut else finished.page_count
        return RenderedLetter(
            pdf=finished.pdf,
            page_count=page_count,
            welsh_page_count=finished.page_counts[0] if len(parts) > 1 else 0,
            attachment_page_count=finished.page_counts[-1],
            fault=_fault(data, page_count),
            missing_characters=data.missing_characters,
        )


def _fault(data: TypstInput, page_count: int) -> LetterFault | None:
    if data.has_too_long_qr_code:
        return LetterFault.QR_CODE_TOO_LONG
    return LetterFault.TOO_LONG if is_letter_too_long(page_count) else None

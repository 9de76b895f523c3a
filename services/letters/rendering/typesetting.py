"""Running the typesetter: from a letter's data to a PDF. The look is in `typst/letter.typ`.

Called from `renderer`. Each thread has a compiler of its own, because one can't be used by two at a time; they
share the fonts, and compiling lets other Python threads run.
"""

import threading
from pathlib import Path
from typing import Final

import typst

from services.letters.rendering.fonts import FontSet

_FOLDER: Final = Path(__file__).parent / "typst"  # all that the typesetter can read, besides fonts
_LETTER, _EMPTY = str(_FOLDER / "letter.typ"), str(_FOLDER / "empty.typ")

# The typesetter remembers its last ten documents, to be quick when they come again: about 10 MB for one of ten
# pages. After a large one it gets to do nothing as often as it takes to forget (measured: 3 ms; without, a
# process of large letters grew to 460 MB, with it to 140).
_LARGE_CHARACTERS: Final = 20_000
_DOCUMENTS_REMEMBERED: Final = 10


class RenderingFailed(RuntimeError):  # noqa: N818 -- says what happened
    """The typesetter gave up: the logo is no SVG, or it has a bug. No content is in the text."""


class Typesetter:
    """Makes PDFs. May be called from any number of threads."""

    def __init__(self, font_set: FontSet) -> None:
        self._fonts = font_set.fonts
        self._of_thread = threading.local()

    def pdf(self, letter_json: str, logo_svg: str | None) -> bytes:
        """Return the PDF for this data: the same bytes every time. Raises RenderingFailed."""
        inputs = {"letter": letter_json}
        if logo_svg:
            inputs["logo"] = logo_svg
        try:
            pdf = self._compiler().compile(_LETTER, format="pdf", sys_inputs=inputs)
        except typst.TypstError as err:
            raise RenderingFailed(f"The typesetter refused a letter: {err.message}") from err
        except BaseException as err:
            # What a panic of its native code becomes is no Exception, and no module exports it.
            if type(err).__name__ != "PanicException":
                raise
            del self._of_thread.compiler
            raise RenderingFailed("The typesetter broke down") from None
        finally:
            if len(letter_json) > _LARGE_CHARACTERS:
                self._forget()
        if not isinstance(pdf, bytes):
            raise TypeError("the typesetter answered with something other than a PDF")
        return pdf

    def _forget(self) -> None:
        compiler = self._compiler()
        for _ in range(_DOCUMENTS_REMEMBERED + 2):
            compiler.compile(_EMPTY, format="pdf", sys_inputs={})

    def _compiler(self) -> typst.Compiler:
        compiler: typst.Compiler | None = getattr(self._of_thread, "compiler", None)
        if compiler is None:
            compiler = typst.Compiler(
                _LETTER,
                root=str(_FOLDER),
                font_paths=self._fonts,
                ignore_system_fonts=True,
            )
            self._of_thread.compiler = compiler
        return compiler

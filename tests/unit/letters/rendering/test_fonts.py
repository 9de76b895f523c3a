"""The fonts of letters."""

import shutil
from pathlib import Path

import pytest

from services.letters.rendering.fonts import FONTS_FOLDER, load_fonts

WELSH = "âêîôûŵŷÂÊÎÔÛŴŶäëïöüẅÿáéíóúẃýàèìòùẁỳ"


@pytest.mark.parametrize(
    "text", [WELSH, "£€–—‘’“”•…", "a\u2011b\u00a0c", "Ελληνικά Кириллица", "العربية עברית"]
)
def test_letters_of_these_can_be_printed(text: str) -> None:
    assert load_fonts().printable(text) == (text, frozenset())


@pytest.mark.parametrize(
    ("text", "shown", "missing"),
    [
        ("Li 漢字", "Li □□", {"漢", "字"}),
        ("a\u3000b\U0001f468", "a b□", {"\U0001f468"}),
        ("क\u093c", "□", {"क", "\u093c"}),
    ],
)
def test_what_no_font_has_is_told(text: str, shown: str, missing: set[str]) -> None:
    assert load_fonts().printable(text) == (shown, frozenset(missing))


def test_a_folder_of_more_fonts_adds_families(tmp_path: Path) -> None:
    shutil.copy(FONTS_FOLDER / "LiberationSans-Regular.ttf", tmp_path)
    assert load_fonts(tmp_path).families[:2] == ("Liberation Sans", "DejaVu Sans")


def test_each_font_has_its_licence_beside_it() -> None:
    names = {path.name for path in FONTS_FOLDER.glob("Liberation*.ttf")}
    assert {f"LiberationSans-{style}.ttf" for style in ("Regular", "Bold", "Italic", "BoldItalic")} <= names
    assert "SIL OPEN FONT LICENSE" in (FONTS_FOLDER / "LICENSE").read_text()
    assert "Bitstream Vera" in (FONTS_FOLDER / "LICENSE-DejaVu").read_text()

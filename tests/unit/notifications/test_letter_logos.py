"""What an SVG may hold that is to stand on letters."""

import pytest

from services.notifications.letter_logos import MAX_SVG_BYTES, UnfitSvg, check_svg

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'


@pytest.mark.parametrize(
    "inside",
    [
        "",
        '<path d="M0 0h9v9z"/>',
        '<defs><g id="a"/></defs><use xlink:href="#a"/>',
        '<image href="data:image/png;base64,AAAA"/>',
    ],
)
def test_a_drawing_is_a_logo(inside: str) -> None:
    check_svg(f"<?xml version='1.0'?>{HEAD}{inside}</svg>")


@pytest.mark.parametrize(
    ("svg", "why"),
    [
        ("", "not well-formed"),
        ("a logo", "not well-formed"),
        (HEAD, "not well-formed"),
        ("<html/>", "no SVG"),
        (f"{HEAD}<script/></svg>", "element script"),
        (f"{HEAD}<foreignObject/></svg>", "element foreignobject"),
        (f'{HEAD}<g onload="x()"/></svg>', "attribute onload"),
        (f'{HEAD}<image href="https://example.com/a.png"/></svg>', "outside of it"),
        (f'{HEAD}<use xlink:href="file:///etc/passwd"/></svg>', "outside of it"),
        (f'<!DOCTYPE svg [<!ENTITY a "b">]>{HEAD}</svg>', "document type"),
        (f"{HEAD}{' ' * MAX_SVG_BYTES}</svg>", "longer than"),
    ],
)
def test_what_does_or_fetches_something_is_none(svg: str, why: str) -> None:
    with pytest.raises(UnfitSvg, match=why):
        check_svg(svg)

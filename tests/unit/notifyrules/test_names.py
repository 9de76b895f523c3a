"""Names turned into parts of addresses."""

import pytest

from notifyrules.names import email_local_part, slug


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("café Ångström", "cafe.angstrom"),
        ("...dots... & more", "dots.more"),
        ("O'Neil's “Quoted”", "oneils.quoted"),
        ("under_score and-hyphen", "underscore.andhyphen"),
        ("Łódź Straße", "łodz.straße"),
        ("   ", ""),
    ],
)
def test_local_part_is_words_joined_by_dots(name: str, expected: str) -> None:
    assert email_local_part(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("A  B", "a-b"), (".a.", "a"), (" it's 2 ", "its-2"), ("a - b", "a-b")]
)
def test_slug_is_words_joined_by_hyphens(name: str, expected: str) -> None:
    assert slug(name) == expected

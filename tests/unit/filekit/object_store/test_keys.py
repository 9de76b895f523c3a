"""Names of stored files: nothing leads out of its area."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filekit.object_store.keys import Area, ObjectKey


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            ".",
            "..",
            "../x",
            "a/../x",
            "a/..",
            "/etc/passwd",
            "a//b",
            "a/",
            "~root",
            "a\\b",
            "a\0b",
            "a b",
        ),
        *(
            "a/b/c/d",
            ".hidden",
            "a/.hidden",
            "-rf",
            "é",
            "a\n",
            "%2e%2e",
            "x" * 201,
            "A.PDF.metadata",
            "..%2f",
        ),
    ],
)
def test_a_name_that_could_lead_elsewhere_is_no_key(name: str) -> None:
    with pytest.raises(ValueError, match="stored file"):
        ObjectKey(Area.LETTERS, name)


@given(st.text(alphabet="./\\a~%\0\n", max_size=20))
def test_no_key_has_a_part_that_begins_with_a_dot(name: str) -> None:
    try:
        key = ObjectKey(Area.LETTERS, name)
    except ValueError:
        return
    assert all(part[0] == "a" for part in key.name.split("/"))


def test_a_key_is_read_back_from_how_it_is_written() -> None:
    key = ObjectKey(Area.LETTERS, "2026-01-05/NOTIFY.X.PDF")
    assert str(key) == "letters/2026-01-05/NOTIFY.X.PDF"
    assert ObjectKey.parse(str(key)) == key


@pytest.mark.parametrize("text", ["", "letters", "elsewhere/a", "letters/../a", "a/letters/b"])
def test_what_is_no_key_is_not_read_as_one(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- of two kinds
        ObjectKey.parse(text)

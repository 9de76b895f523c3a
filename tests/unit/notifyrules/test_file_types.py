"""Files that may be sent by email."""

import pytest

from notifyrules.file_types import (
    FILE_TYPES,
    extension_of_mime_type,
    file_type_of_extension,
    format_file_size,
)


@pytest.mark.parametrize("extension", FILE_TYPES)
def test_mime_type_leads_back_to_an_extension_of_the_same_type(extension: str) -> None:
    file_type = FILE_TYPES[extension]
    found = extension_of_mime_type(file_type.mime_type)
    assert found is not None
    assert FILE_TYPES[found] == file_type


def test_extension_is_known_in_any_case() -> None:
    assert file_type_of_extension("PDF") is FILE_TYPES["pdf"]


def test_other_files_may_not_be_sent() -> None:
    assert file_type_of_extension("exe") is None
    assert extension_of_mime_type("application/octet-stream") is None


def test_older_mime_type_of_rich_text_is_known() -> None:
    assert extension_of_mime_type("text/rtf") == "rtf"


@pytest.mark.parametrize(
    ("size_bytes", "expected"),
    [
        (1, "0.1KB"),
        (1025, "1KB"),
        (52428, "51.2KB"),
        (52429, "0.1MB"),
        (2_000_000, "1.9MB"),
        (20 * 2**20, "2MB"),
    ],
)
def test_size_has_one_decimal_at_most(size_bytes: int, expected: str) -> None:
    assert format_file_size(size_bytes) == expected

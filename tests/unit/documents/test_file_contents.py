"""Kinds of files are told by content and name, and by both."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifyrules.file_types import FILE_TYPES
from servicekit.errors import RuleBroken
from services.documents.file_contents import mime_type_of
from tests.unit.documents import files

SUPPORTED = (
    "Supported types are: '.csv', '.doc', '.docx', '.jpeg', '.jpg', '.json', '.odt', '.pdf', '.png', '.rtf', "
    "'.txt', '.xlsx'"
)
BY_EXTENSION = {
    "csv": files.CSV, "doc": files.DOC, "docx": files.DOCX, "jpeg": files.JPEG, "jpg": files.JPEG,
    "json": files.JSON, "odt": files.ODT, "pdf": files.PDF, "png": files.PNG, "rtf": files.RTF,
    "txt": files.TEXT, "xlsx": files.XLSX,
}  # fmt: skip


@pytest.mark.parametrize("extension", sorted(FILE_TYPES))
@pytest.mark.parametrize("name", ["Report.{}", "a.b.{}", "REPORT.{}"])
def test_a_file_of_each_kind_is_taken_under_its_name(extension: str, name: str) -> None:
    shown = name.format(extension.upper() if name.isupper() else extension)
    found = mime_type_of(BY_EXTENSION[extension], shown, is_csv=False)
    assert found == FILE_TYPES[extension].mime_type


@pytest.mark.parametrize(
    ("content", "is_csv", "mime_type"),
    [
        (files.PDF, False, "application/pdf"),
        (b"junk before\n" + files.PDF, False, "application/pdf"),
        (files.PNG, False, "image/png"),
        (files.JPEG, False, "image/jpeg"),
        (files.RTF, False, "application/rtf"),
        (files.DOC, False, "application/msword"),
        (files.DOCX, False, FILE_TYPES["docx"].mime_type),
        (files.XLSX, False, FILE_TYPES["xlsx"].mime_type),
        (files.ODT, False, FILE_TYPES["odt"].mime_type),
        (files.TEXT, False, "text/plain"),
        (files.CSV, False, "text/plain"),
        (files.CSV, True, "text/csv"),
        (files.PDF, True, "application/pdf"),
        (files.JSON, False, "application/json"),
        (b"[not json", False, "text/plain"),
        ("über alles".encode("utf-16"), False, "text/plain"),
        ("caf\xe9".encode("latin-1"), False, "text/plain"),
    ],
)
def test_without_a_name_the_content_says_what_it_is(content: bytes, is_csv: bool, mime_type: str) -> None:
    assert mime_type_of(content, None, is_csv=is_csv) == mime_type


@pytest.mark.parametrize(
    ("content", "name", "shown"),
    [
        (files.PROGRAM, None, "application/x-dosexec"),
        (files.XLS, None, "application/x-ole-storage"),
        (files.ODS, None, "application/zip"),
        (files.DOCM, None, "application/vnd.ms-word.document.macroEnabled.12"),
        (b"PK\x03\x04 not really", None, "application/zip"),
        (b" <!DOCTYPE html><script>", None, "text/html"),
        (b"a\0b", None, "application/octet-stream"),
        (files.PROGRAM, "photo.jpg", "application/x-dosexec"),
        (files.PROGRAM, "notes.txt", "application/x-dosexec"),
        (files.DOCM, "letter.docx", "application/vnd.ms-word.document.macroEnabled.12"),
        (files.PDF, "letter.docx", "application/pdf"),
        (files.TEXT, "letter.pdf", "text/plain"),
        (files.PNG, "photo.jpg", "image/png"),
        (files.PDF, "program.exe", "application/x-msdos-program"),
        (files.PDF, "letter.", "application/octet-stream"),
        (files.TEXT, "page.html", "text/html"),
    ],
)
def test_what_may_not_be_sent_is_named_with_what_may(content: bytes, name: str | None, shown: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        mime_type_of(content, name, is_csv=False)
    if name == "program.exe":  # how Python calls it differs between systems
        assert refused.value.message.endswith(SUPPORTED)
    else:
        assert refused.value.message == f"Unsupported file type '{shown}'. {SUPPORTED}"


@given(st.binary(max_size=300), st.sampled_from([None, "a.docx", "a.txt", "a.pdf", "."]))
def test_anything_gets_a_kind_that_may_be_sent_or_is_refused(content: bytes, name: str | None) -> None:
    try:
        found = mime_type_of(content, name, is_csv=True)
    except RuleBroken:
        return
    assert found in {kind.mime_type for kind in FILE_TYPES.values()}

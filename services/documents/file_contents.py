"""What a file is, judged by its content and by its name. Pure.

The kinds that may be sent are `notifyrules.file_types`. A name says which kind its sender means; the content
must then be of that kind. Without a name the content alone decides. Recipients' programs go by the extension,
so a program in a file that is called a picture is refused, not passed on.
"""

import io
import json
import mimetypes
import re
import zipfile
from typing import Final

from notifyrules.file_types import FILE_TYPES, extension_of_mime_type, file_type_of_extension
from servicekit.errors import RuleBroken

TYPE_NOT_ALLOWED: Final = "FILE_TYPE_NOT_ALLOWED"

_UNKNOWN: Final = "application/octet-stream"
_TEXT: Final = "text/plain"
_HTML: Final = "text/html"
_ZIP: Final = "application/zip"
_OLE: Final = "application/x-ole-storage"
_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"{\\rtf", "application/rtf"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"MZ", "application/x-dosexec"),
    (b"\x7fELF", "application/x-executable"),
    (b"\x1f\x8b", "application/gzip"),
)
_OLE_SIGNATURE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORD_STREAM: Final = "WordDocument".encode("utf-16-le")  # the stream that makes an OLE file one of Word
_PDF_WITHIN: Final = 1024  # where readers look for a PDF's beginning
_BYTE_ORDER_MARKS: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")  # not in text of any single-byte encoding
_LOOKS_LIKE_HTML: Final = re.compile(rb"\s*<(!doctype\s+html|html|head|body|script)\b", re.IGNORECASE)
_MACROS: Final = {
    "word/vbaProject.bin": "application/vnd.ms-word.document.macroEnabled.12",
    "xl/vbaProject.bin": "application/vnd.ms-excel.sheet.macroEnabled.12",
}
_OFFICE_PARTS: Final = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
_SUPPORTED: Final = ", ".join(f"'.{extension}'" for extension in FILE_TYPES)


def mime_type_of(content: bytes, file_name: str | None, *, is_csv: bool) -> str:
    """The MIME type that a file is given. Raises RuleBroken FILE_TYPE_NOT_ALLOWED with the contract's wording."""
    found = _sniffed(content)
    if file_name is not None:
        return _type_by_name(file_name, found)
    if found == _TEXT:
        if is_csv:
            return "text/csv"
        if _LOOKS_LIKE_HTML.match(content):
            raise _not_allowed(_HTML)
        return "application/json" if _is_json(content) else _TEXT
    if extension_of_mime_type(found) is None:
        raise _not_allowed(found)
    return found


def _type_by_name(file_name: str, found: str) -> str:
    wanted = file_type_of_extension(file_name.rpartition(".")[2])
    if wanted is None:
        raise _not_allowed(mimetypes.guess_type(f"x.{file_name.rpartition('.')[2]}")[0] or _UNKNOWN)
    is_text = wanted.mime_type in (_TEXT, "text/csv", "application/json")
    if wanted.mime_type != found and not (is_text and found == _TEXT):
        raise _not_allowed(found)
    return wanted.mime_type


def _sniffed(content: bytes) -> str:
    for signature, mime_type in _SIGNATURES:
        if content.startswith(signature):
            return mime_type
    if b"%PDF-" in content[:_PDF_WITHIN]:
        return "application/pdf"
    if content.startswith(_OLE_SIGNATURE):
        return "application/msword" if _WORD_STREAM in content else _OLE
    if content.startswith(b"PK\x03\x04"):
        return _type_of_zip(content)
    return _TEXT if _is_text(content) else _UNKNOWN


def _type_of_zip(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if "mimetype" in names:
                with archive.open("mimetype") as entry:
                    said = entry.read(100).decode("ascii", "replace").strip()
                odt = FILE_TYPES["odt"].mime_type
                return odt if said == odt else _ZIP
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError):
        return _ZIP
    for macro, mime_type in _MACROS.items():
        if macro in names:
            return mime_type
    for part, extension in _OFFICE_PARTS.items():
        if part in names:
            return FILE_TYPES[extension].mime_type
    return _ZIP


def _is_text(content: bytes) -> bool:
    encoding = _BYTE_ORDER_MARKS.get(content[:2])
    if encoding is None:
        return _CONTROL.search(content) is None
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return "\0" not in text


def _is_json(content: bytes) -> bool:
    if content.lstrip()[:1] not in (b"{", b"["):
        return False
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def _not_allowed(mime_type: str) -> RuleBroken:
    return RuleBroken(
        TYPE_NOT_ALLOWED, f"Unsupported file type '{mime_type}'. Supported types are: {_SUPPORTED}"
    )

"""Small files of every kind, for tests of the documents service."""

import io
import zipfile


def a_zip(*names: str, **contents: str) -> bytes:
    """A zip with empty files, and with some that have text."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "")
        for name, text in contents.items():
            archive.writestr(name, text)
    return held.getvalue()


PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0"
RTF = b"{\\rtf1\\ansi hello}"
DOC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "WordDocument".encode("utf-16-le")
XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "Workbook".encode("utf-16-le")
DOCX = a_zip("[Content_Types].xml", "word/document.xml")
XLSX = a_zip("[Content_Types].xml", "xl/workbook.xml")
DOCM = a_zip("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")
ODT = a_zip("content.xml", mimetype="application/vnd.oasis.opendocument.text")
ODS = a_zip("content.xml", mimetype="application/vnd.oasis.opendocument.spreadsheet")
TEXT = "Größe, naïve\nline two\n".encode()
CSV = b"a,b\n1,2\n"
JSON = b'{"a": [1, 2]}'
PROGRAM = b"MZ\x90\0\x03\0\0\0"

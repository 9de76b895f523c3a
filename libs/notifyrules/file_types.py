"""Files that may be sent by email: which kinds, what people call them, and how sizes are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_KILOBYTE = 1024
_MEGABYTE = 1024 * _KILOBYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class FileType:
    """A kind of file that may be sent."""

    mime_type: str
    description: str


_WORD = "Microsoft Word document"
_OFFICE = "application/vnd.openxmlformats-officedocument"

# Of a MIME type with two extensions, the first is the one that it is given.
FILE_TYPES: Mapping[str, FileType] = MappingProxyType(
    {
        "csv": FileType(mime_type="text/csv", description="CSV file"),
        "doc": FileType(mime_type="application/msword", description=_WORD),
        "docx": FileType(mime_type=f"{_OFFICE}.wordprocessingml.document", description=_WORD),
        "jpeg": FileType(mime_type="image/jpeg", description="JPEG file"),
        "jpg": FileType(mime_type="image/jpeg", description="JPEG file"),
        "json": FileType(mime_type="application/json", description="JSON file"),
        "odt": FileType(mime_type="application/vnd.oasis.opendocument.text", description="text file"),
        "pdf": FileType(mime_type="application/pdf", description="PDF"),
        "png": FileType(mime_type="image/png", description="PNG file"),
        "rtf": FileType(mime_type="application/rtf", description="text file"),
        "txt": FileType(mime_type="text/plain", description="text file"),
        "xlsx": FileType(
            mime_type=f"{_OFFICE}.spreadsheetml.sheet", description="Microsoft Excel spreadsheet"
        ),
    }
)
"""The kinds of file that may be sent, by extension without its dot."""

_EXTENSIONS = {"text/rtf": "rtf"} | {
    file_type.mime_type: extension for extension, file_type in reversed(tuple(FILE_TYPES.items()))
}


def file_type_of_extension(extension: str) -> FileType | None:
    """Return the kind of file with this extension (no dot, any case), or None when it may not be sent."""
    return FILE_TYPES.get(extension.lower())


def extension_of_mime_type(mime_type: str) -> str | None:
    """Return the extension (no dot) of files of this MIME type, or None when they may not be sent."""
    return _EXTENSIONS.get(mime_type)


def format_file_size(size_bytes: int) -> str:
    """Return a file's size as people are shown it, to one decimal: "51.2KB", "1MB".

    Zeros at the end go, also those before the point ("1MB" for ten megabytes): GOV.UK Notify shows it so.
    """
    megabytes = f"{size_bytes / _MEGABYTE:.1f}"
    if megabytes != "0.0":
        return f"{megabytes.rstrip('0.')}MB"
    return f"{max(size_bytes / _KILOBYTE, 0.1):.1f}".rstrip("0.") + "KB"

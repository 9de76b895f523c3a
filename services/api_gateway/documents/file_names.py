"""Names of files as browsers and people are shown them. Pure.

A name comes from whoever sent the file. It may try to look like another kind of file (a character that turns the
direction of writing puts `exe` in front of `fdp.`), to leave its folder, or to end a header line.
"""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

_FORBIDDEN: Final = re.compile(r'[/\\:*?"<>|]')  # in names of some system or other
_JOINERS: Final = "\u200c\u200d"  # written within words of Persian, Hindi and others, and harmless
_FALLBACK: Final = "file"


def safe_file_name(name: str) -> str:
    """The name without control and direction characters, and without what leads out of a folder."""
    kept = "".join(
        char
        for char in unicodedata.normalize("NFC", name)
        if char in _JOINERS or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    )
    return _FORBIDDEN.sub("_", kept).strip(" .") or _FALLBACK


def content_disposition(name: str) -> bytes:
    """The header that has a browser save a file under this name (RFC 6266): once in ASCII, once in full."""
    safe = safe_file_name(name)
    plain = safe.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}".encode("ascii")

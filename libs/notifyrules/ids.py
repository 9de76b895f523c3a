"""Short forms of ids and bytes for places where letters are dear, such as links in texts.

New ids are made by `servicekit.ids`; these functions only write and read them.
"""

import base64
import binascii
import re
from uuid import UUID

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")
_URL_SAFE_TO_STANDARD = str.maketrans("-_", "+/")


def bytes_to_base64(value: bytes) -> str:
    """Return `value` in URL-safe base64 (RFC 4648, section 5) without padding."""
    return base64.urlsafe_b64encode(value).decode("ascii").rstrip("=")


def base64_to_bytes(text: str) -> bytes:
    """Return the bytes that `text` means, in URL-safe or in plain base64, with padding or without.

    Raises ValueError when it is neither.
    """
    if _BASE64.fullmatch(text) is None:
        raise ValueError("not base64")
    digits = text.rstrip("=").translate(_URL_SAFE_TO_STANDARD)
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except binascii.Error as refused:
        raise ValueError("not base64") from refused


def uuid_to_base64(value: UUID) -> str:
    """Return `value` as the 22 characters of its bytes in URL-safe base64."""
    return bytes_to_base64(value.bytes)


def base64_to_uuid(text: str) -> UUID:
    """Return the id that `uuid_to_base64` made `text` of. Raises ValueError when it could not have."""
    return UUID(bytes=base64_to_bytes(text))

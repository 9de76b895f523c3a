"""Addresses as SES wants them in a request: ASCII throughout, and nothing that could end a header.

Whether an address may be sent to is decided before, in `notifyrules.email_addresses`. Called by
`ses.py`.
"""

import base64
import re
from collections.abc import Iterator

_LOCAL_PART = re.compile(r"[!#-'*+./0-9=?A-Z^_`a-z{|}~-]+")
"""What a local part is made of without quotes (RFC 5322, dot-atom; where its dots stand is not looked at)."""
_HOST = re.compile(r"[A-Za-z0-9.-]+")

_ENCODED_WORD_BYTES = 45
"""UTF-8 bytes in an encoded word: it may have 75 characters (RFC 2047, section 2), 12 of which are its frame.
"""


class UnusableAddress(ValueError):  # noqa: N818 -- says what is wrong; the address is in no text of it
    """An address that can't stand in a request."""

    def __init__(self) -> None:
        super().__init__("The address can't be written in a header")


def ascii_address(address: str) -> str:
    """The address with its domain in punycode (IDNA 2003, as when the address was accepted).

    Raises UnusableAddress when it is no address, or holds what an address header gives a meaning to.
    """
    local_part, _, host = address.rpartition("@")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError as err:
            raise UnusableAddress from err
    if not _LOCAL_PART.fullmatch(local_part) or not _HOST.fullmatch(host):
        raise UnusableAddress
    return f"{local_part}@{host}"


def mailbox(display_name: str, address: str) -> str:
    """`"display name" <address>`, on one line whatever the name holds; the bare address when it holds
    nothing.

    A name outside ASCII is written as encoded words (RFC 2047), others as a quoted string (RFC 5322).
    Characters that can't be seen are left out, as they serve only to deceive. Raises UnusableAddress.
    """
    address = ascii_address(address)
    name = "".join(character for character in " ".join(display_name.split()) if character.isprintable())
    if not name:
        return address
    # Some mail programs decode encoded words inside quotes as well, so a name that looks like one is encoded
    # too.
    if name.isascii() and "=?" not in name:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{address}>'
    words = (f"=?UTF-8?B?{base64.b64encode(part).decode('ascii')}?=" for part in _split(name))
    return f"{' '.join(words)} <{address}>"


def _split(name: str) -> Iterator[bytes]:
    """UTF-8 in pieces that fit an encoded word; no character is cut in two, as each word is decoded on its
    own."""
    piece = b""
    for character in name:
        encoded = character.encode()
        if len(piece) + len(encoded) > _ENCODED_WORD_BYTES:
            yield piece
            piece = b""
        piece += encoded
    yield piece

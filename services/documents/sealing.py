"""Encryption of files, their names and addresses, with a key that only the link has. Pure.

From the link's key (32 random bytes) three keys are derived (HKDF-SHA256, salted with the document's id): for
the content, for the name, for the address that is to be confirmed. Content is sealed in chunks, so that it can
be opened as it streams: AES-256-GCM, the nonce being the chunk's number and whether it is the last, which is
the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár (https://eprint.iacr.org/2015/189). A chunk
that was changed, moved, left out or cut off at the end does not open. Ids are authenticated with everything,
so that nothing can be swapped between documents.

A key is used for one document only, hence the fixed nonce of the name.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from notifyrules.email_addresses import format_email_address
from notifyrules.ids import base64_to_bytes, bytes_to_base64
from services.documents.values import DocumentIds

KEY_BYTES: Final = 32
CHUNK_BYTES: Final = 64 * 1024
SEALED_CHUNK_BYTES: Final = CHUNK_BYTES + 16
"""A chunk with its tag; the last one may be shorter."""
PASS_LIFE: Final = timedelta(hours=1)

_NAME_NONCE: Final = bytes(12)
_DIGEST_BYTES: Final = 32
_EXPIRY_BYTES: Final = 8


class WrongKey(Exception):  # noqa: N818 -- says what is wrong
    """This key does not open this document, or what was stored has been changed."""


def new_key() -> bytes:
    """A key for one document."""
    return secrets.token_bytes(KEY_BYTES)


def sealed_size(size_bytes: int) -> int:
    """How many bytes a file of `size_bytes` (at least 1) has when it is sealed."""
    chunks = -(-size_bytes // CHUNK_BYTES)
    return size_bytes + chunks * (SEALED_CHUNK_BYTES - CHUNK_BYTES)


class Sealer:
    """Seals and opens what belongs to one document."""

    def __init__(self, ids: DocumentIds, key: bytes) -> None:
        """Raises WrongKey for what is no key at all."""
        if len(key) != KEY_BYTES:
            raise WrongKey
        self._ids = ids.service_id.bytes + ids.document_id.bytes
        self._content = AESGCM(_derived(key, ids, b"content"))
        self._name = AESGCM(_derived(key, ids, b"name"))
        self._address = _derived(key, ids, b"address")

    def seal_name(self, name: str) -> bytes:
        """Encrypt a name."""
        return self._name.encrypt(_NAME_NONCE, name.encode(), self._ids)

    def open_name(self, sealed: bytes) -> str:
        """Decrypt a name. Raises WrongKey."""
        try:
            return self._name.decrypt(_NAME_NONCE, sealed, self._ids).decode()
        except InvalidTag:
            raise WrongKey from None

    def seal_content(self, content: bytes) -> Iterator[bytes]:
        """Encrypt a file of at least one byte, chunk by chunk."""
        view = memoryview(content)
        starts = range(0, len(view), CHUNK_BYTES)
        for number, start in enumerate(starts):
            nonce = _nonce(number, is_last=number == len(starts) - 1)
            yield self._content.encrypt(nonce, view[start : start + CHUNK_BYTES], self._ids)

    def open_chunk(self, sealed: bytes | memoryview, number: int, *, is_last: bool) -> bytes:
        """Decrypt a chunk. Raises WrongKey."""
        try:
            return self._content.decrypt(_nonce(number, is_last=is_last), sealed, self._ids)
        except InvalidTag:
            raise WrongKey from None

    def address_digest(self, email_address: str) -> bytes:
        """What is stored of an address: whoever lacks the link's key can try no guess against it.

        Capitals and spaces around do not count.
        """
        return hmac.digest(self._address, format_email_address(email_address).encode(), hashlib.sha256)


def make_pass(pass_secret: bytes, ids: DocumentIds, now: datetime) -> str:
    """What somebody who has confirmed the address shows for the next hour."""
    expiry = int((now + PASS_LIFE).timestamp()).to_bytes(_EXPIRY_BYTES)
    return bytes_to_base64(expiry + _signature(pass_secret, ids, expiry))


def is_pass(text: str, pass_secret: bytes, ids: DocumentIds, now: datetime) -> bool:
    """Whether `make_pass` made this for this document, less than an hour ago."""
    try:
        given = base64_to_bytes(text)
    except ValueError:
        return False
    if len(given) != _EXPIRY_BYTES + _DIGEST_BYTES:
        return False
    expiry, signature = given[:_EXPIRY_BYTES], given[_EXPIRY_BYTES:]
    is_ours = hmac.compare_digest(signature, _signature(pass_secret, ids, expiry))
    return is_ours and int.from_bytes(expiry) > now.timestamp()


def _signature(pass_secret: bytes, ids: DocumentIds, expiry: bytes) -> bytes:
    return hmac.digest(pass_secret, ids.service_id.bytes + ids.document_id.bytes + expiry, hashlib.sha256)


def _derived(key: bytes, ids: DocumentIds, purpose: bytes) -> bytes:
    info = b"notify.documents.v1 " + purpose
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=ids.document_id.bytes, info=info).derive(key)


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11) + bytes([is_last])

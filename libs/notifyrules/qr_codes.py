"""QR codes in letters: which paragraphs are one, and whether what they say fits. Drawing them is no matter of
rules.

Called for letters when they are made, and for the rows of spreadsheets.
"""

import re
from collections.abc import Iterable, Iterator

from notifyrules.markdown import Block, Paragraph, Quote, parse

MAX_BYTES = 504
"""UTF-8 bytes that phones can still read at the size at which a letter shows a QR code."""

_QR_CODE = re.compile(r"\s*qr:\s*(\S.*)", re.DOTALL)


def qr_code_data(paragraph: str) -> str | None:
    """Return what the QR code says that the source of a paragraph stands for, or None when it is ordinary
    text."""
    match = _QR_CODE.fullmatch(paragraph)
    return match[1].rstrip() if match else None


def too_long_qr_code_bytes(body: str) -> int | None:
    """Return the size of the first QR code in the body of a letter that says too much, or None.

    `body` is markdown with its placeholders filled.
    """
    data = too_long_qr_code(body)
    return None if data is None else len(data.encode())


def too_long_qr_code(body: str) -> str | None:
    """Return what the first QR code says that says too much, or None. `body` as above."""
    if "qr:" not in body:
        return None
    codes = filter(None, map(qr_code_data, _paragraphs(parse(body).blocks)))
    return next((data for data in codes if len(data.encode()) > MAX_BYTES), None)


def _paragraphs(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Paragraph(source=source):
                yield source
            case Quote(blocks=inset):
                yield from _paragraphs(inset)
            case _:
                pass

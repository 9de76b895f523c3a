"""What was sealed opens with its key, whole, for its document, and in no other way."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.documents.sealing import (
    CHUNK_BYTES,
    PASS_LIFE,
    Sealer,
    WrongKey,
    is_pass,
    make_pass,
    new_key,
    sealed_size,
)
from services.documents.values import DocumentIds

IDS = DocumentIds(service_id=UUID(int=1), document_id=UUID(int=2))
OTHER = DocumentIds(service_id=UUID(int=1), document_id=UUID(int=3))
KEY = bytes(range(32))
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def opened(sealer: Sealer, chunks: list[bytes]) -> bytes:
    return b"".join(
        sealer.open_chunk(chunk, number, is_last=number == len(chunks) - 1)
        for number, chunk in enumerate(chunks)
    )


@pytest.mark.parametrize(
    "size", [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 5 * CHUNK_BYTES + 7]
)
def test_what_was_sealed_opens_again_and_has_the_size_that_was_foretold(size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    chunks = list(Sealer(IDS, KEY).seal_content(content))
    assert sum(map(len, chunks)) == sealed_size(size)
    assert opened(Sealer(IDS, KEY), chunks) == content


@pytest.mark.parametrize(
    "spoil",
    [
        lambda chunks: [chunks[0][:-1] + bytes([chunks[0][-1] ^ 1]), *chunks[1:]],
        lambda chunks: [chunks[1], chunks[0], chunks[2]],
        lambda chunks: chunks[:2],
        lambda chunks: [chunks[0], chunks[2]],
        lambda chunks: [*chunks, chunks[2]],
    ],
    ids=["changed", "moved", "cut off", "left out", "repeated"],
)
def test_content_that_was_touched_does_not_open(spoil: object) -> None:
    chunks = list(Sealer(IDS, KEY).seal_content(bytes(2 * CHUNK_BYTES + 5)))
    with pytest.raises(WrongKey):
        opened(Sealer(IDS, KEY), spoil(chunks))  # type: ignore[operator]  # a function of the table


def test_content_and_name_open_for_no_other_document_and_with_no_other_key() -> None:
    [chunk] = Sealer(IDS, KEY).seal_content(b"content")
    name = Sealer(IDS, KEY).seal_name("tax.pdf")
    for sealer in (Sealer(OTHER, KEY), Sealer(IDS, new_key())):
        with pytest.raises(WrongKey):
            sealer.open_chunk(chunk, 0, is_last=True)
        with pytest.raises(WrongKey):
            sealer.open_name(name)


@pytest.mark.parametrize("key", [b"", b"x" * 31, b"x" * 33])
def test_what_is_no_key_opens_nothing(key: bytes) -> None:
    with pytest.raises(WrongKey):
        Sealer(IDS, key)


@given(st.text(max_size=120).filter(lambda text: text.encode("utf-8", "ignore").decode() == text))
def test_every_name_comes_back_and_is_not_seen_in_what_is_stored(name: str) -> None:
    sealed = Sealer(IDS, KEY).seal_name(name)
    assert Sealer(IDS, KEY).open_name(sealed) == name
    assert len(name) < 4 or name.encode() not in sealed


def test_an_address_is_known_again_without_capitals_and_spaces_around() -> None:
    digest = Sealer(IDS, KEY).address_digest("ada@example.com")
    assert Sealer(IDS, KEY).address_digest(" Ada@Example.COM\u200b ") == digest
    assert Sealer(IDS, KEY).address_digest("ada@example.org") != digest


def test_an_address_cannot_be_tried_without_the_key_of_the_link() -> None:
    assert Sealer(IDS, KEY).address_digest("a@b.uk") != Sealer(IDS, new_key()).address_digest("a@b.uk")


def test_a_pass_is_good_for_its_document_for_an_hour() -> None:
    secret = b"s" * 32
    passed = make_pass(secret, IDS, NOW)
    assert is_pass(passed, secret, IDS, NOW + PASS_LIFE - timedelta(seconds=1))
    assert not is_pass(passed, secret, IDS, NOW + PASS_LIFE)
    assert not is_pass(passed, secret, OTHER, NOW)
    assert not is_pass(passed, b"t" * 32, IDS, NOW)


@pytest.mark.parametrize("text", ["", "x", "A" * 53, "A" * 54, "é", "=" * 54])
def test_what_is_no_pass_is_none(text: str) -> None:
    assert not is_pass(text, b"s" * 32, IDS, NOW)

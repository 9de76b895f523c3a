"""Addresses in the form of headers."""

from email import message_from_string
from email.header import decode_header, make_header
from email.headerregistry import AddressHeader
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.email.clients.addresses import UnusableAddress, ascii_address, mailbox


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("anna@example.com", "anna@example.com"),
        ("o'neill+tag@example.com", "o'neill+tag@example.com"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("anna@faß.example", "anna@fass.example"),  # IDNA 2003, as when the address was accepted
    ],
)
def test_domains_are_written_in_punycode(address: str, expected: str) -> None:
    assert ascii_address(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "@example.com",
        "anna@",
        "änna@example.com",
        "anna@exa mple.com",
        "anna@example.com\r\nBcc: eve@example.com",
        "anna\r\nBcc:eve@example.com",
        "anna@example.com, eve@example.com",
        "anna,eve@example.com",
        "anna<eve@example.com>",
        '"anna"@example.com',
        "anna@example.com>",
        "anna@b\u00fc\u2028cher.example",
        f"anna@{'ü' * 80}.example",
    ],
)
def test_an_address_that_could_be_read_otherwise_is_refused(address: str) -> None:
    with pytest.raises(UnusableAddress) as refused:
        ascii_address(address)
    assert "anna" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Passport Office", '"Passport Office" <a@b.example>'),
        ('The "Best" \\ Office', '"The \\"Best\\" \\\\ Office" <a@b.example>'),
        ("Office, Passport <x@y.example>", '"Office, Passport <x@y.example>" <a@b.example>'),
        ("Two\r\nBcc: eve@example.com", '"Two Bcc: eve@example.com" <a@b.example>'),
        ("Swyddfa Basbort Cymru â", "=?UTF-8?B?U3d5ZGRmYSBCYXNib3J0IEN5bXJ1IMOi?= <a@b.example>"),
        ("=?utf-8?q?Bank?=", "=?UTF-8?B?PT91dGYtOD9xP0Jhbms/PQ==?= <a@b.example>"),
        ("\x00\u202e\u200b", "a@b.example"),
    ],
)
def test_names_are_quoted_or_encoded(name: str, expected: str) -> None:
    assert mailbox(name, "a@b.example") == expected


@given(st.text(max_size=300))
def test_any_name_gives_one_header_with_our_address_alone(name: str) -> None:
    header = mailbox(name, "a@b.example")
    assert header.isascii()
    assert header.isprintable()
    parsed = message_from_string(f"From: {header}\n\n", policy=default)["From"]
    assert isinstance(parsed, AddressHeader)
    assert [address.addr_spec for address in parsed.addresses] == ["a@b.example"]


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=200))
def test_a_name_without_invisible_characters_comes_back_as_it_was(name: str) -> None:
    header = mailbox(name, "a@b.example")
    if header.startswith('"'):
        read = message_from_string(f"From: {header}\n\n", policy=default)["From"].addresses[0].display_name
    else:  # the older parser, as the newer one of Python 3.11 puts a space between encoded words
        read = str(make_header(decode_header(header.removesuffix(" <a@b.example>"))))
    assert read == name


def test_each_encoded_word_is_as_short_as_the_standard_wants() -> None:
    words = mailbox("Ŵ€😀" * 60, "a@b.example").split(" ")
    assert max(len(word) for word in words) <= 75

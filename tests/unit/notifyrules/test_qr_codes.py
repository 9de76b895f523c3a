"""QR codes in letters."""

import pytest

from notifyrules.qr_codes import qr_code_data, too_long_qr_code_bytes


@pytest.mark.parametrize(
    ("paragraph", "data"),
    [
        ("qr: https://example.com", "https://example.com"),
        ("qr:x\n", "x"),
        ("qr:", None),
        ("qr:  ", None),
        ("see qr: x", None),
    ],
)
def test_paragraph_is_a_qr_code_when_it_begins_so(paragraph: str, data: str | None) -> None:
    assert qr_code_data(paragraph) == data


@pytest.mark.parametrize(
    ("body", "size_bytes"),
    [
        (f"qr: {'a' * 504}", None),
        (f"qr: {'a' * 505}", 505),
        (f"qr: {'é' * 253}", 506),
        (f"Hello\n\nqr: a\n\n^qr: {'a' * 505}\n\nqr: {'a' * 600}", 505),
        (f"* qr: {'a' * 505}", None),
        (f"see qr: {'a' * 505}", None),
    ],
)
def test_first_qr_code_that_says_too_much_is_measured(body: str, size_bytes: int | None) -> None:
    assert too_long_qr_code_bytes(body) == size_bytes

"""Short forms of ids and bytes."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifyrules import ids


@given(st.uuids())
def test_id_survives_the_way_there_and_back(value: UUID) -> None:
    short = ids.uuid_to_base64(value)
    assert len(short) == 22
    assert ids.base64_to_uuid(short) == value


@given(st.binary(max_size=40))
def test_bytes_survive_the_way_there_and_back(value: bytes) -> None:
    assert ids.base64_to_bytes(ids.bytes_to_base64(value)) == value


def test_plain_base64_with_padding_is_read_too() -> None:
    assert ids.base64_to_bytes("+/8=") == ids.base64_to_bytes("-_8")


@pytest.mark.parametrize("text", ["", "A" * 21, "A" * 23, "A" * 21 + "é", "A" * 21 + " ", "A" * 21 + "\n"])
def test_text_that_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        ids.base64_to_uuid(text)

"""What the letters service answers until letters are built."""

import pytest

from notify.letters.v1 import letters_pb2
from servicekit.errors import Unimplemented
from services.letters.__main__ import ALLOWED_CALLERS
from services.letters.service import LettersServicer

METHODS = [method.name for method in letters_pb2.DESCRIPTOR.services_by_name["LettersService"].methods]


@pytest.mark.parametrize("method", METHODS)
async def test_each_call_says_that_letters_are_not_built(method: str) -> None:
    with pytest.raises(Unimplemented, match="letters is not part of this version"):
        await getattr(LettersServicer(), method)(None, None)


def test_each_call_has_its_callers() -> None:
    assert {name.rpartition("/")[2] for name in ALLOWED_CALLERS} == set(METHODS)

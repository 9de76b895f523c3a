"""Arrays of parameters say in binary what psycopg's own would."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.adapt import AdaptersMap, PyFormat, Transformer
from psycopg.postgres import adapters
from psycopg.pq import Format

from servicekit import pg_arrays
from servicekit.pg_arrays import BooleanArray, IntArray, PgArray, SmallintArray, TextArray, UuidArray


class _Adapting:
    """What `teach` needs of a connection."""

    def __init__(self) -> None:
        self.adapters = AdaptersMap(adapters)
        self.connection = None


@pytest.fixture(scope="module")
def transformer() -> Any:
    adapting: Any = _Adapting()
    pg_arrays.teach(adapting)
    return Transformer(adapting)


def _read_again(transformer: Any, array: PgArray) -> list[object]:
    dumper = transformer.get_dumper(array, PyFormat.AUTO)
    raw = dumper.dump(array)
    assert raw is not None
    loaded: list[object] = transformer.get_loader(dumper.oid, Format.BINARY).load(bytes(raw))
    return loaded


_TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (UuidArray, st.uuids()),
        (TextArray, _TEXTS),
        (IntArray, st.integers(-(2**31), 2**31 - 1)),
        (SmallintArray, st.integers(-(2**15), 2**15 - 1)),
        (BooleanArray, st.booleans()),
    ],
)
@given(data=st.data())
def test_what_is_written_is_read_again(
    transformer: Any, kind: type[PgArray], values: st.SearchStrategy[object], data: st.DataObject
) -> None:
    given_values = data.draw(st.lists(st.none() | values))
    assert _read_again(transformer, kind(given_values)) == given_values


def test_one_value_for_all_rows_is_written_for_each(transformer: Any) -> None:
    service_id = UUID(int=5)
    assert _read_again(transformer, UuidArray([service_id] * 3)) == [service_id] * 3
    assert _read_again(transformer, TextArray([None] * 3)) == [None] * 3

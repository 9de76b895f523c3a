"""Ids: order, exact time, bucket, and what counts as an id in a request."""

import re
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.ids import BUCKETS, bucket_in, bucket_of, first_id_at, new_id, parse_id, time_of

AT = datetime(2026, 3, 29, 0, 59, 59, 123_456, tzinfo=UTC)
times = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001 -- hypothesis adds the zone itself
    max_value=datetime(9999, 1, 1),  # noqa: DTZ001 -- as above
    timezones=st.sampled_from(
        [UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-11))]
    ),
)
buckets = st.integers(min_value=0, max_value=BUCKETS - 1)


@given(at=times, bucket=buckets)
def test_time_and_bucket_come_out_as_they_went_in(at: datetime, bucket: int) -> None:
    made = new_id(at=at, bucket=bucket)

    assert (time_of(made), bucket_in(made)) == (at, bucket)


def test_id_is_a_version_7_uuid_of_the_standard_library_in_every_respect() -> None:
    made = new_id()

    same = uuid.UUID(str(made))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert (made, hash(made), repr(made), made.is_safe) == (same, hash(same), repr(same), same.is_safe)


@pytest.mark.parametrize("bucket", [7, None])
def test_ids_of_one_bucket_or_of_none_are_strictly_increasing(bucket: int | None) -> None:
    ids = [new_id(bucket=bucket) for _ in range(20_000)]

    assert ids == sorted(set(ids))


def test_ids_of_one_bucket_and_microsecond_are_strictly_increasing() -> None:
    ids = [new_id(at=AT, bucket=7) for _ in range(4_000)]

    assert ids == sorted(set(ids))
    assert {time_of(id) for id in ids} == {AT}


@given(earlier=times, later=times, bucket=buckets)
def test_an_id_of_a_later_time_is_greater(earlier: datetime, later: datetime, bucket: int) -> None:
    if earlier > later:
        earlier, later = later, earlier

    first, second = new_id(at=earlier, bucket=bucket), new_id(at=later, bucket=bucket)

    assert (first < second) or earlier == later


@given(at=times, bucket=buckets)
def test_first_id_at_a_time_is_not_above_any_id_of_that_time(at: datetime, bucket: int) -> None:
    first = first_id_at(at)

    assert first <= new_id(at=at, bucket=bucket)
    assert time_of(first) == at


@given(at=times, bucket=buckets)
def test_ids_a_millisecond_before_are_below_the_first_id_of_a_time(at: datetime, bucket: int) -> None:
    assert new_id(at=at - timedelta(milliseconds=1), bucket=bucket) < first_id_at(at)


@pytest.mark.parametrize(
    ("service_id", "bucket"),
    [
        ("00000000-0000-0000-0000-000000000000", 2901),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", 1562),
        ("d6aa2c68-a2d9-4437-ab19-3ae8eb202553", 2254),
    ],
)
def test_bucket_of_a_service_never_changes(service_id: str, bucket: int) -> None:
    assert bucket_of(uuid.UUID(service_id)) == bucket


@pytest.mark.parametrize("bucket", [-1, BUCKETS])
def test_bucket_out_of_range_is_refused(bucket: int) -> None:
    with pytest.raises(ValueError, match="bucket"):
        new_id(bucket=bucket)


def test_time_before_1970_is_refused() -> None:
    before = datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)

    with pytest.raises(ValueError, match="1970"):
        new_id(at=before)
    with pytest.raises(ValueError, match="1970"):
        first_id_at(before)


def test_time_of_another_kind_of_uuid_is_refused() -> None:
    with pytest.raises(ValueError, match="version 7"):
        time_of(uuid.uuid4())


CANONICAL = "d6aa2c68-a2d9-4437-ab19-3ae8eb202553"


@pytest.mark.parametrize(
    "text",
    [
        CANONICAL,
        CANONICAL.upper(),
        CANONICAL.replace("-", ""),
        "{" + CANONICAL + "}",
        "urn:uuid:" + CANONICAL,
        "d6aa-2c68a2d94437ab193ae8eb202553",
    ],
)
def test_any_form_of_a_uuid_is_an_id(text: str) -> None:
    assert parse_id(text) == uuid.UUID(CANONICAL)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " " + CANONICAL,
        CANONICAL + " ",
        CANONICAL + "\n",
        CANONICAL[:-1],
        CANONICAL[:-1] + "\n",
        CANONICAL + "0",
        "0x" + CANONICAL.replace("-", "")[2:],
        CANONICAL.replace("-", "")[:-2] + "_0",
        "+" + CANONICAL.replace("-", "")[1:],
        CANONICAL.replace("2", "\N{ARABIC-INDIC DIGIT TWO}"),
        "not-a-uuid",
        "-" * 36,
    ],
)
def test_anything_else_is_not_an_id_and_is_not_repeated_in_the_error(text: str) -> None:
    with pytest.raises(ValueError, match=re.compile(r"\Anot a UUID\Z")):
        parse_id(text)


def test_an_id_of_the_future_takes_no_other_with_it() -> None:
    ahead = new_id(at=datetime.now(UTC) + timedelta(days=400))
    assert new_id() < ahead

"""What every servicer checks alike: a bad field is refused, and named."""

from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.errors import InvalidRequest
from servicekit.fields import moment_from, span_from


def test_times_and_spans_are_read() -> None:
    assert moment_from(Timestamp(seconds=1, nanos=500_000), "at") == datetime(1970, 1, 1, 0, 0, 1, 500, UTC)
    assert span_from(Duration(seconds=-2), "wait") == timedelta(seconds=-2)


@pytest.mark.parametrize("seconds", [-(2**63), -62_135_596_801, 253_402_300_800, 2**63 - 1])
def test_a_time_that_no_calendar_has_is_refused(seconds: int) -> None:
    with pytest.raises(InvalidRequest) as refused:
        moment_from(Timestamp(seconds=seconds), "start_time")
    assert [violation.field for violation in refused.value.violations] == ["start_time"]


@pytest.mark.parametrize("nanos", [-1, 1_000_000_000, 2**31 - 1])
def test_a_time_with_impossible_nanoseconds_is_refused(nanos: int) -> None:
    with pytest.raises(InvalidRequest):
        moment_from(Timestamp(seconds=1, nanos=nanos), "start_time")


@pytest.mark.parametrize("seconds", [-(2**63), 2**63 - 1])
def test_a_span_that_is_out_of_range_is_refused(seconds: int) -> None:
    with pytest.raises(InvalidRequest):
        span_from(Duration(seconds=seconds), "wait_duration")

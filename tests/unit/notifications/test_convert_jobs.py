"""jobs.proto ⇄ values: what a stream may hold, and that no status is forgotten."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from notify.notifications.v1 import jobs_pb2 as pb
from notify.notifications.v1 import types_pb2
from notifyrules.statuses import KeyType
from servicekit.errors import InvalidRequest
from services.notifications.convert import jobs as convert
from services.notifications.jobs import BadRows, JobStatus
from services.notifications.jobs_checking import TableForm
from services.notifications.jobs_results import RowResult, RowState
from tests.unit.notifications.builders import SENDER_ID, SERVICE_ID

TEMPLATE_ID = UUID("01890000-0000-7000-8000-00000000000a")


def a_spec(**changes: Any) -> pb.CreateJobRequest:
    values: dict[str, Any] = {
        "service_id": str(SERVICE_ID),
        "key_type": types_pb2.KEY_TYPE_TEAM,
        "template_id": str(TEMPLATE_ID),
        "name": "Reminders",
    }
    return pb.CreateJobRequest(spec=pb.JobSpec(**{**values, **changes}))


async def stream(*parts: pb.CreateJobRequest) -> AsyncIterator[pb.CreateJobRequest]:
    for part in parts:
        yield part


def csv(content: bytes) -> pb.CreateJobRequest:
    return pb.CreateJobRequest(csv=content)


async def test_pieces_are_put_together() -> None:
    spec, table = await convert.spec_and_table(stream(a_spec(), csv(b"a,"), csv(b"b")))
    assert (table.form, table.content, spec.name) == (TableForm.CSV, b"a,b", "Reminders")
    assert (spec.key_type, spec.bad_rows, spec.start_at, spec.idempotency) == (
        KeyType.TEAM,
        BadRows.REFUSE,
        None,
        None,
    )


async def test_everything_that_a_spec_may_say() -> None:
    given = a_spec(
        bad_rows=pb.BAD_ROWS_SKIP, reference="", sms_sender_id=str(SENDER_ID), api_key_id=str(SENDER_ID)
    )
    given.spec.start_time.FromDatetime(datetime(2026, 11, 22, tzinfo=UTC))
    given.spec.idempotency.key = "k"
    given.spec.idempotency.fingerprint = b"f" * 32
    spec, table = await convert.spec_and_table(stream(given, pb.CreateJobRequest(table=b"[]")))
    assert (spec.bad_rows, spec.reference, spec.sms_sender_id, table.form) == (
        BadRows.SKIP,
        "",
        SENDER_ID,
        TableForm.ROWS,
    )
    assert spec.start_at == datetime(2026, 11, 22, tzinfo=UTC)
    assert spec.idempotency is not None


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ([], "table"),
        ([a_spec()], "table"),
        ([csv(b"a")], "spec"),
        ([a_spec(), a_spec()], "spec"),
        ([a_spec(), csv(b"a"), pb.CreateJobRequest(table=b"[]")], "table"),
        ([a_spec(), pb.CreateJobRequest()], "table"),
        ([a_spec(name="")], "name"),
        ([a_spec(name="x" * 256)], "name"),
        ([a_spec(name="a\0")], "name"),
        ([a_spec(reference="x" * 1_001)], "reference"),
        ([a_spec(service_id="x")], "service_id"),
        ([a_spec(key_type=0)], "key_type"),
        ([a_spec(bad_rows=7)], "bad_rows"),
        ([a_spec(idempotency={"key": "", "fingerprint": b"f" * 32})], "idempotency.key"),
        ([a_spec(idempotency={"key": "k", "fingerprint": b"f"})], "idempotency.fingerprint"),
    ],
)
async def test_a_stream_that_asks_for_nothing_that_can_be_done(
    parts: list[pb.CreateJobRequest], field: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await convert.spec_and_table(stream(*parts))
    assert refused.value.violations[0].field == field


async def test_a_table_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "MAX_TABLE_BYTES", 10)
    with pytest.raises(InvalidRequest) as refused:
        await convert.spec_and_table(stream(a_spec(), csv(b"x" * 10), csv(b"x")))
    assert refused.value.message == "csv is longer than 10 bytes"


def test_every_status_has_a_number() -> None:
    names = {name for name in pb.JobStatus.keys() if not name.endswith("UNSPECIFIED")}  # noqa: SIM118 -- no dict
    assert {f"JOB_STATUS_{status.name}" for status in JobStatus} == names
    assert set(convert.JOB_STATUS_NUMBERS) == set(JobStatus)


def test_every_state_of_a_row_has_a_number() -> None:
    numbers = set(convert.ROW_STATE_NUMBERS.values())
    assert numbers == set(pb.RowState.values()) - {pb.ROW_STATE_UNSPECIFIED}
    assert set(convert.ROW_STATE_NUMBERS) == set(RowState)


def test_a_row_that_was_left_out_has_neither_recipient_nor_notification() -> None:
    (row,) = convert.results([RowResult(row=2, state=RowState.BAD, faults=("name: Missing",))]).rows
    assert [row.HasField(name) for name in ("recipient", "notification_id", "status")] == [False] * 3
    assert (row.row, list(row.faults)) == (2, ["name: Missing"])

"""How `notifyctl jobs` shows a job."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from clients.notifyctl.jobs import facts_of, told, write_results
from notify.notifications.v1 import jobs_pb2, types_pb2


def a_job() -> jobs_pb2.Job:
    job = jobs_pb2.Job(
        id="j1",
        service_id="s1",
        type=types_pb2.NOTIFICATION_TYPE_SMS,
        template_id="t1",
        template_version=3,
        name="Permits of March",
        status=jobs_pb2.JOB_STATUS_IN_PROGRESS,
        row_count=2_000,
        bad_row_count=2,
        simulated_row_count=1,
        made_count=1_500,
        status_counts=[
            jobs_pb2.StatusCount(status=types_pb2.NOTIFICATION_STATUS_DELIVERED, count=1_400),
            jobs_pb2.StatusCount(status=types_pb2.NOTIFICATION_STATUS_CREATED, count=100),
        ],
    )
    job.create_time.FromDatetime(datetime(2026, 3, 4, 12, 30, tzinfo=UTC))
    job.process_time.FromDatetime(datetime(2026, 3, 4, 12, 31, tzinfo=UTC))
    return job


def test_a_job_in_a_few_lines() -> None:
    assert told(a_job()) == [
        "sms job j1: in progress",
        "name: Permits of March",
        "template: t1, version 3",
        "accepted 2026-03-04 12:30:00 UTC",
        "began 2026-03-04 12:31:00 UTC",
        "2,000 rows: 1,500 of 1,997 made, 2 left out, 1 to test recipients",
        "  delivered: 1,400",
        "  created: 100",
    ]


def test_a_job_as_json() -> None:
    facts = facts_of(a_job())
    assert (facts["status"], facts["began_at"], facts["ended_at"]) == (
        "in progress",
        "2026-03-04T12:31:00+00:00",
        None,
    )
    assert facts["statuses"] == {"delivered": 1_400, "created": 100}


def test_a_job_at_rest_says_so_beside_its_status() -> None:
    job = a_job()
    job.pause_time.FromDatetime(datetime(2026, 3, 4, 12, 32, tzinfo=UTC))
    lines = told(job)
    assert (lines[0], lines[5]) == ("sms job j1: in progress, paused", "paused 2026-03-04 12:32:00 UTC")
    assert (facts_of(job)["status"], facts_of(job)["paused_at"]) == (
        "in progress",
        "2026-03-04T12:32:00+00:00",
    )


ROWS = [
    jobs_pb2.RowResult(
        row=1,
        state=jobs_pb2.ROW_STATE_MADE,
        recipient="+44 7700 900123",
        notification_id="n1",
        status=types_pb2.NOTIFICATION_STATUS_PERMANENT_FAILURE,
    ),
    jobs_pb2.RowResult(
        row=2, state=jobs_pb2.ROW_STATE_BAD, faults=["phone number: Missing", 'the "name", if any: Missing']
    ),
    jobs_pb2.RowResult(row=3, state=jobs_pb2.ROW_STATE_WAITING, recipient="07700900124"),
]


async def pages(rows: list[jobs_pb2.RowResult]) -> AsyncIterator[jobs_pb2.ReadJobResultsResponse]:
    for row in rows:
        yield jobs_pb2.ReadJobResultsResponse(rows=[row])


def test_results_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(write_results(pages(ROWS), 3, as_json=False))
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [
        ["row", "recipient", "status", "error", "notification_id"],
        ["1", "+44 7700 900123", "permanent-failure", "", "n1"],
        ["2", "", "left out", 'phone number: Missing; the "name", if any: Missing', ""],
        ["3", "07700900124", "waiting", "", ""],
    ]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_results_as_one_json_document(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(write_results(pages(ROWS[:count]), count, as_json=True))
    assert [row["row"] for row in json.loads(capsys.readouterr().out)["rows"]] == [1, 2, 3][:count]


def test_every_state_of_a_row_has_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [jobs_pb2.RowResult(row=1, state=name) for name, state in jobs_pb2.RowState.items() if state > 1]
    asyncio.run(write_results(pages(rows), len(rows), as_json=True))
    assert all(row["status"] for row in json.loads(capsys.readouterr().out)["rows"])

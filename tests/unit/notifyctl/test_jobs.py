"""How `notifyctl jobs` shows a job."""

from datetime import UTC, datetime

from clients.notifyctl.jobs import facts_of, told
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

"""Jobs as protobuf, to and from the client's own types; pure. Not here: the calls themselves (`async_client`)."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Final
from uuid import UUID

from clients.python.notify_client.convert import (
    KEY_TYPE_TO_PB,
    KEY_TYPES,
    STATUSES,
    TYPES,
    optional,
    optional_time,
    time,
)
from clients.python.notify_client.requests import NewJob
from clients.python.notify_client.values import CreatedJob, Job, JobStatus, RowFault
from notify.notifications.v1 import jobs_pb2
from servicekit.ids import bucket_of, new_id

JOB_STATUS_TO_PB: Final = {
    JobStatus.SCHEDULED: jobs_pb2.JOB_STATUS_SCHEDULED,
    JobStatus.PENDING: jobs_pb2.JOB_STATUS_PENDING,
    JobStatus.IN_PROGRESS: jobs_pb2.JOB_STATUS_IN_PROGRESS,
    JobStatus.FINISHED: jobs_pb2.JOB_STATUS_FINISHED,
    JobStatus.CANCELLED: jobs_pb2.JOB_STATUS_CANCELLED,
    JobStatus.SENDING_LIMITS_EXCEEDED: jobs_pb2.JOB_STATUS_SENDING_LIMITS_EXCEEDED,
}
_JOB_STATUSES: Final = {number: status for status, number in JOB_STATUS_TO_PB.items()}
_PIECE_BYTES: Final = 1024 * 1024


def table_of(new: NewJob) -> bytes:
    """The table as it is sent. Raises ValueError unless there are either rows or a CSV file, TypeError for values that
    JSON cannot say.
    """
    if (new.csv is None) == (new.rows is None):
        raise ValueError("a job has either rows or a CSV file")
    if new.csv is not None:
        return new.csv.encode()
    return json.dumps([list(row) for row in new.rows or ()], ensure_ascii=False).encode()


async def create_job_parts(new: NewJob, table: bytes) -> AsyncIterator[jobs_pb2.CreateJobRequest]:
    """The spec, then the table in pieces."""
    yield jobs_pb2.CreateJobRequest(spec=_spec(new))
    for start in range(0, max(len(table), 1), _PIECE_BYTES):
        piece = table[start : start + _PIECE_BYTES]
        if new.csv is not None:
            yield jobs_pb2.CreateJobRequest(csv=piece)
        else:
            yield jobs_pb2.CreateJobRequest(table=piece)


def _spec(new: NewJob) -> jobs_pb2.JobSpec:
    spec = jobs_pb2.JobSpec(
        id=str(new_id(bucket=bucket_of(UUID(new.service_id)))),
        service_id=new.service_id,
        key_type=KEY_TYPE_TO_PB[new.key_type],
        template_id=new.template_id,
        name=new.name,
        reference=new.reference,
        bad_rows=jobs_pb2.BAD_ROWS_SKIP if new.skip_bad_rows else jobs_pb2.BAD_ROWS_REFUSE,
        sms_sender_id=new.sms_sender_id,
        email_reply_to_id=new.email_reply_to_id,
    )
    if new.begins_at is not None:
        spec.start_time.FromDatetime(new.begins_at)
    return spec


def created_job(pb: jobs_pb2.CreateJobResponse) -> CreatedJob:
    """What became of a table."""
    return CreatedJob(
        job=job(pb.job) if pb.HasField("job") else None,
        row_faults=row_faults(pb.row_faults),
        row_count=pb.row_count,
    )


def row_faults(pbs: Sequence[jobs_pb2.RowFault]) -> tuple[RowFault, ...]:
    """What is wrong with rows."""
    return tuple(RowFault(reason=pb.reason, rows=tuple(pb.rows)) for pb in pbs)


def job(pb: jobs_pb2.Job, faults: Sequence[jobs_pb2.RowFault] = ()) -> Job:
    """A job as it is now."""
    return Job(
        id=pb.id,
        service_id=pb.service_id,
        type=TYPES[pb.type],
        key_type=KEY_TYPES[pb.key_type],
        template_id=pb.template_id,
        template_version=pb.template_version,
        name=pb.name,
        reference=optional(pb, "reference"),
        status=_JOB_STATUSES[pb.status],
        created_at=time(pb.create_time),
        begins_at=optional_time(pb, "start_time"),
        began_at=optional_time(pb, "process_time"),
        ended_at=optional_time(pb, "end_time"),
        row_count=pb.row_count,
        bad_row_count=pb.bad_row_count,
        simulated_row_count=pb.simulated_row_count,
        made_count=pb.made_count,
        status_counts={STATUSES[each.status]: each.count for each in pb.status_counts},
        row_faults=row_faults(faults),
    )

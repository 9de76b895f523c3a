"""Jobs as protobuf, to and from the gateway's own types and the public JSON; pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from notify.notifications.v1 import jobs_pb2
from notifyrules.statuses import public_status
from servicekit.ids import new_id
from services.api_gateway import answers
from services.api_gateway.auth import Caller
from services.api_gateway.bulk import NewJob
from services.api_gateway.convert import (
    KEY_TYPE_TO_PB,
    STATUS_FROM_PB,
    TYPE_FROM_PB,
    idempotency_key,
    optional,
    time_text,
)

STATUS_TEXTS: Final[Mapping[int, str]] = {
    jobs_pb2.JOB_STATUS_SCHEDULED: "scheduled",
    jobs_pb2.JOB_STATUS_PENDING: "pending",
    jobs_pb2.JOB_STATUS_IN_PROGRESS: "in progress",
    jobs_pb2.JOB_STATUS_FINISHED: "finished",
    jobs_pb2.JOB_STATUS_CANCELLED: "cancelled",
    jobs_pb2.JOB_STATUS_SENDING_LIMITS_EXCEEDED: "sending limits exceeded",
}


def job_spec(job: NewJob, caller: Caller) -> jobs_pb2.JobSpec:
    """What to make, with its id."""
    spec = jobs_pb2.JobSpec(
        id=str(new_id(bucket=caller.service.bucket)),
        service_id=caller.service.service_id,
        api_key_id=caller.key.id,
        key_type=KEY_TYPE_TO_PB[caller.key.type],
        template_id=job.template_id,
        name=job.name,
        reference=job.reference,
        bad_rows=jobs_pb2.BAD_ROWS_SKIP if job.skip_bad_rows else jobs_pb2.BAD_ROWS_REFUSE,
        sms_sender_id=job.sms_sender_id,
        email_reply_to_id=job.email_reply_to_id,
        idempotency=None if job.key is None else idempotency_key(job.key),
    )
    if job.scheduled_for is not None:
        spec.start_time.FromDatetime(job.scheduled_for)
    return spec


def row_errors(faults: Sequence[jobs_pb2.RowFault]) -> list[answers.RowError]:
    """What is wrong with rows, in their order."""
    errors: list[answers.RowError] = [
        {"row": row, "message": fault.reason} for fault in faults for row in fault.rows
    ]
    errors.sort(key=lambda error: error["row"])
    return errors


def created_json(pb: jobs_pb2.CreateJobResponse, root: str) -> answers.BatchCreated:
    """The answer to a job that was accepted."""
    return {**_job_json(pb.job, root), "errors": row_errors(pb.row_faults)}


def progress_json(pb: jobs_pb2.Job, root: str) -> answers.BatchProgress:
    """How far a job is."""
    kind = TYPE_FROM_PB[pb.type]
    return {
        **_job_json(pb, root),
        "started_at": _time(pb, "process_time"),
        "completed_at": _time(pb, "end_time"),
        "bad_row_count": pb.bad_row_count,
        "simulated_row_count": pb.simulated_row_count,
        "made_count": pb.made_count,
        "messages": {
            public_status(kind, STATUS_FROM_PB[counted.status]): counted.count for counted in pb.status_counts
        },
    }


def _job_json(pb: jobs_pb2.Job, root: str) -> answers.Batch:
    return {
        "id": pb.id,
        "name": pb.name,
        "uri": f"{root}/v2/jobs/{pb.id}",
        "template": {
            "id": pb.template_id,
            "version": pb.template_version,
            "uri": f"{root}/v2/template/{pb.template_id}/version/{pb.template_version}",
        },
        "reference": optional(pb, "reference"),
        "status": STATUS_TEXTS[pb.status],
        "created_at": time_text(pb.create_time),
        "scheduled_for": _time(pb, "start_time"),
        "row_count": pb.row_count,
    }


def _time(pb: jobs_pb2.Job, name: str) -> str | None:
    stamp: Timestamp | None = optional(pb, name)
    return None if stamp is None else time_text(stamp)

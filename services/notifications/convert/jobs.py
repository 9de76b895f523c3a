"""jobs.proto ⇄ values."""

from collections.abc import AsyncIterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from notify.notifications.v1 import jobs_pb2 as pb
from servicekit.errors import InvalidRequest
from servicekit.ids import time_of
from services.notifications.convert.notifications import MAX_REFERENCE_CHARACTERS, idempotency_from
from services.notifications.convert.values import (
    KEY_TYPE_NUMBERS,
    STATUS_NUMBERS,
    TYPE_NUMBERS,
    id_from,
    invalid,
    key_type_from,
    moment_from,
    optional_id_from,
    timestamp,
)
from services.notifications.creating import new_notification_id
from services.notifications.jobs import (
    MAX_NAME_CHARACTERS,
    BadRows,
    Job,
    JobAnswer,
    JobProgress,
    JobSpec,
    JobStatus,
    RowFaults,
    Table,
)
from services.notifications.jobs_checking import TableForm
from services.notifications.jobs_results import RowResult, RowState

MAX_TABLE_BYTES = 32 * 1024 * 1024
"""Of a whole table, whatever the pieces are that it comes in."""

JOB_STATUS_NUMBERS: Mapping[JobStatus, pb.JobStatus] = MappingProxyType(
    {
        JobStatus.SCHEDULED: pb.JOB_STATUS_SCHEDULED,
        JobStatus.PENDING: pb.JOB_STATUS_PENDING,
        JobStatus.IN_PROGRESS: pb.JOB_STATUS_IN_PROGRESS,
        JobStatus.FINISHED: pb.JOB_STATUS_FINISHED,
        JobStatus.CANCELLED: pb.JOB_STATUS_CANCELLED,
        JobStatus.SENDING_LIMITS_EXCEEDED: pb.JOB_STATUS_SENDING_LIMITS_EXCEEDED,
    }
)
ROW_STATE_NUMBERS: Mapping[RowState, pb.RowState] = MappingProxyType(
    {
        RowState.MADE: pb.ROW_STATE_MADE,
        RowState.WAITING: pb.ROW_STATE_WAITING,
        RowState.BAD: pb.ROW_STATE_BAD,
        RowState.TEST_RECIPIENT: pb.ROW_STATE_TEST_RECIPIENT,
        RowState.NOT_MADE: pb.ROW_STATE_NOT_MADE,
        RowState.NOT_KEPT: pb.ROW_STATE_NOT_KEPT,
    }
)
_BAD_ROWS: Mapping[int, BadRows] = MappingProxyType(
    {
        pb.BAD_ROWS_UNSPECIFIED: BadRows.REFUSE,
        pb.BAD_ROWS_REFUSE: BadRows.REFUSE,
        pb.BAD_ROWS_SKIP: BadRows.SKIP,
    }
)


async def spec_and_table(parts: AsyncIterable[pb.CreateJobRequest]) -> tuple[JobSpec, Table]:
    """What a stream asks for. Raises InvalidRequest, when all of it has come."""
    try:
        return await _read(parts)
    except InvalidRequest:
        # A caller that is still sending would see a broken call, and not why it was refused.
        async for _ in parts:
            pass
        raise


async def _read(parts: AsyncIterable[pb.CreateJobRequest]) -> tuple[JobSpec, Table]:
    spec: JobSpec | None = None
    form: TableForm | None = None
    content = bytearray()
    async for part in parts:
        kind = part.WhichOneof("part")
        if kind == "spec":
            if spec is not None:
                raise invalid("spec", "spec must come once")
            spec = job_spec(part.spec)
            continue
        if spec is None:
            raise invalid("spec", "spec must come first")
        this, piece = (TableForm.CSV, part.csv) if kind == "csv" else (TableForm.ROWS, part.table)
        if kind is None or form not in (None, this):
            raise invalid("table", "the table must come in pieces of one kind")
        form = this
        content += piece
        if len(content) > MAX_TABLE_BYTES:
            raise invalid(form.value, f"{form.value} is longer than {MAX_TABLE_BYTES} bytes")
    if spec is None or form is None:
        raise invalid("table", "csv or rows is a required property")
    return spec, Table(form=form, content=bytes(content))


def job_spec(given: pb.JobSpec) -> JobSpec:
    """What is to be done with a table. Raises InvalidRequest."""
    service_id = id_from(given.service_id, "service_id")
    return JobSpec(
        id=id_from(given.id, "id") if given.HasField("id") else new_notification_id(service_id),
        service_id=service_id,
        api_key_id=optional_id_from(given.api_key_id, "api_key_id", present=given.HasField("api_key_id")),
        key_type=key_type_from(given.key_type),
        template_id=id_from(given.template_id, "template_id"),
        name=_text(given.name, "name", MAX_NAME_CHARACTERS, least=1),
        reference=_text(given.reference, "reference", MAX_REFERENCE_CHARACTERS)
        if given.HasField("reference")
        else None,
        start_at=moment_from(given.start_time, "start_time") if given.HasField("start_time") else None,
        bad_rows=_bad_rows(given.bad_rows),
        sms_sender_id=optional_id_from(
            given.sms_sender_id, "sms_sender_id", present=given.HasField("sms_sender_id")
        ),
        email_reply_to_id=optional_id_from(
            given.email_reply_to_id, "email_reply_to_id", present=given.HasField("email_reply_to_id")
        ),
        idempotency=idempotency_from(given.idempotency, service_id)
        if given.HasField("idempotency")
        else None,
        check_only=given.check_only,
    )


def create_response(answer: JobAnswer) -> pb.CreateJobResponse:
    """What became of a table."""
    return pb.CreateJobResponse(
        job=job(answer.job) if answer.job is not None else None,
        row_faults=row_faults(answer.row_faults),
        row_count=answer.row_count,
        replayed=answer.replayed,
        context=answer.context,
        bad_row_count=answer.bad_row_count,
        simulated_row_count=answer.simulated_row_count,
    )


def get_response(progress: JobProgress) -> pb.GetJobResponse:
    """A job with its progress."""
    message = job(progress.job)
    message.status_counts.extend(
        pb.StatusCount(status=STATUS_NUMBERS[status], count=count)
        for status, count in sorted(progress.status_counts.items())
    )
    return pb.GetJobResponse(job=message, row_faults=row_faults(progress.row_faults))


def job(stored: Job) -> pb.Job:
    """A job without the statuses of its notifications."""
    return pb.Job(
        id=str(stored.id),
        service_id=str(stored.service_id),
        type=TYPE_NUMBERS[stored.type],
        key_type=KEY_TYPE_NUMBERS[stored.key_type],
        template_id=str(stored.template_id),
        template_version=stored.template_version,
        name=stored.name,
        reference=stored.reference,
        status=JOB_STATUS_NUMBERS[stored.status],
        create_time=timestamp(time_of(stored.id)),
        start_time=_stamp(stored.start_at),
        process_time=_stamp(stored.began_at),
        end_time=_stamp(stored.ended_at),
        pause_time=_stamp(stored.paused_at),
        row_count=stored.row_count,
        bad_row_count=stored.bad_row_count,
        simulated_row_count=stored.simulated_row_count,
        made_count=stored.made_count,
    )


def results(rows: Sequence[RowResult]) -> pb.ReadJobResultsResponse:
    """What became of rows."""
    return pb.ReadJobResultsResponse(
        rows=[
            pb.RowResult(
                row=each.row,
                state=ROW_STATE_NUMBERS[each.state],
                recipient=each.recipient,
                notification_id=None if each.notification_id is None else str(each.notification_id),
                status=None if each.status is None else STATUS_NUMBERS[each.status],
                faults=each.faults,
            )
            for each in rows
        ]
    )


def row_faults(faults: RowFaults) -> list[pb.RowFault]:
    """What is wrong with rows, by reason."""
    return [pb.RowFault(reason=reason, rows=rows) for reason, rows in faults.items()]


def page_token(text: str, *, present: bool) -> UUID | None:
    """Where a page begins. Raises InvalidRequest."""
    return optional_id_from(text, "page_token", present=present)


def _bad_rows(number: int) -> BadRows:
    bad_rows = _BAD_ROWS.get(number)
    if bad_rows is None:
        raise invalid("bad_rows", "bad_rows is not known")
    return bad_rows


def _text(text: str, field: str, most: int, *, least: int = 0) -> str:
    if not least <= len(text) <= most:
        raise invalid(field, f"{field} must have {least} to {most:,} characters")
    if "\x00" in text:
        raise invalid(field, f"{field} has characters that cannot be stored: NUL")
    return text


def _stamp(moment: datetime | None) -> Timestamp | None:
    return timestamp(moment) if moment is not None else None

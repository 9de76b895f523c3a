"""`notifyctl jobs`: tables of recipients that services sent, how far they are, pausing and ending one, and what became
of each row. Personal data is in the rows alone, which go to standard output.
"""

import csv
import json
import sys
from collections.abc import AsyncIterable, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from google.protobuf.timestamp_pb2 import Timestamp
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from clients.notifyctl.accounts import ServiceArgument
from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, Reason, find_service, with_clients
from clients.notifyctl.explaining import moment
from clients.notifyctl.output import AsJson, console, errors, show
from clients.notifyctl.sending import status_name
from notify.notifications.v1 import jobs_pb2, types_pb2

jobs_app = typer.Typer(no_args_is_help=True, help="Jobs: many messages that were sent at once.")

_MAX_PAGE = 250
_RESULTS_TIMEOUT_S = 3_600.0
RESULT_COLUMNS = ("row", "recipient", "status", "error", "notification_id")
BAR_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
_TIMES = (
    ("begins", "start_time"),
    ("began", "process_time"),
    ("ended", "end_time"),
    ("paused", "pause_time"),
)
_STATES = {
    jobs_pb2.ROW_STATE_WAITING: "waiting",
    jobs_pb2.ROW_STATE_BAD: "left out",
    jobs_pb2.ROW_STATE_TEST_RECIPIENT: "test recipient",
    jobs_pb2.ROW_STATE_NOT_MADE: "not made",
    jobs_pb2.ROW_STATE_NOT_KEPT: "not kept",
}

JobArgument = Annotated[str, typer.Argument(help="Id of the job.")]


@jobs_app.command("list")
def list_jobs(
    service: ServiceArgument,
    limit: Annotated[int, typer.Option(min=1, max=_MAX_PAGE, help="How many at most.")] = 50,
    older_than: Annotated[str | None, typer.Option(help="Only those before the job with this id.")] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List a service's jobs, newest first.

    Example: notifyctl jobs list -s "Parking permits"
    """

    async def work(clients: Clients) -> jobs_pb2.ListJobsResponse:
        found = await find_service(clients, service)
        request = jobs_pb2.ListJobsRequest(
            service_id=found.service.id, page_size=limit, page_token=older_than
        )
        return await clients.channel.call(clients.jobs.ListJobs, request, idempotent=True)

    answer = with_clients(home, work)
    if as_json:
        token = answer.next_page_token if answer.HasField("next_page_token") else None
        show({"jobs": [facts_of(job) for job in answer.jobs], "older_than": token}, "", as_json=True)
        return
    table = Table("id", "accepted (UTC)", "status", "type", "made", "name", box=None, pad_edge=False)
    for job in answer.jobs:
        made = f"{job.made_count:,} of {to_make(job):,}"
        table.add_row(job.id, _shown(job.create_time), _state(job), _kind(job), made, job.name)
    console.print(table)


@jobs_app.command("show")
def show_job(
    service: ServiceArgument, job_id: JobArgument, home: Home = DEFAULT_HOME, as_json: AsJson = False
) -> None:
    """Tell how far a job is, where its messages are, and what was wrong with rows that were left out.

    Example: notifyctl jobs show -s "Parking permits" 01a20497-4ece-7915-a5f0-002719b476aa
    """

    async def work(clients: Clients) -> jobs_pb2.GetJobResponse:
        found = await find_service(clients, service)
        request = jobs_pb2.GetJobRequest(service_id=found.service.id, job_id=job_id, with_row_faults=True)
        return await clients.channel.call(clients.jobs.GetJob, request, idempotent=True)

    answer = with_clients(home, work)
    faults = [{"reason": fault.reason, "rows": list(fault.rows)} for fault in answer.row_faults]
    facts = facts_of(answer.job) | {"row_faults": faults}
    show(facts, "\n".join([*told(answer.job), *_told_of_faults(answer)]), as_json=as_json)


@jobs_app.command("cancel")
def cancel_job(
    service: ServiceArgument,
    job_id: JobArgument,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """End a job: no more messages are made of it. Those that were made are sent. Again changes nothing.

    Example: notifyctl jobs cancel -s "Parking permits" 0198… --reason "the wrong template"
    """

    async def change(clients: Clients, service_id: str) -> jobs_pb2.Job:
        request = jobs_pb2.CancelJobRequest(service_id=service_id, job_id=job_id)
        return (await clients.channel.call(clients.jobs.CancelJob, request, idempotent=True)).job

    _change(home, service, change, reason=reason, as_json=as_json)


@jobs_app.command("pause")
def pause_job(
    service: ServiceArgument,
    job_id: JobArgument,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Let a job rest: no more messages are made of it until it is resumed. Those that were made are sent.

    Example: notifyctl jobs pause -s "Parking permits" 0198… --reason "their website is down"
    """

    async def change(clients: Clients, service_id: str) -> jobs_pb2.Job:
        request = jobs_pb2.PauseJobRequest(service_id=service_id, job_id=job_id)
        return (await clients.channel.call(clients.jobs.PauseJob, request, idempotent=True)).job

    _change(home, service, change, reason=reason, as_json=as_json)


@jobs_app.command("resume")
def resume_job(
    service: ServiceArgument,
    job_id: JobArgument,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Let a job go on exactly where it was; one whose time has gone by begins now.

    Example: notifyctl jobs resume -s "Parking permits" 0198… --reason "their website is back"
    """

    async def change(clients: Clients, service_id: str) -> jobs_pb2.Job:
        request = jobs_pb2.ResumeJobRequest(service_id=service_id, job_id=job_id)
        return (await clients.channel.call(clients.jobs.ResumeJob, request, idempotent=True)).job

    _change(home, service, change, reason=reason, as_json=as_json)


def _change(
    home: Path,
    service: str,
    change: Callable[[Clients, str], Awaitable[jobs_pb2.Job]],
    *,
    reason: str,
    as_json: bool,
) -> None:
    """Change a job of a service, found by id or name, and show what it is now."""

    async def work(clients: Clients) -> jobs_pb2.Job:
        return await change(clients, (await find_service(clients, service)).service.id)

    job = with_clients(home, work, reason=reason)
    show(facts_of(job), "\n".join(told(job)), as_json=as_json)


@jobs_app.command("results")
def job_results(
    service: ServiceArgument, job_id: JobArgument, home: Home = DEFAULT_HOME, as_json: AsJson = False
) -> None:
    """Write what became of each row as CSV: its number, the recipient as given, the status, what is wrong with it.

    Rows without a message have one of the words: waiting, left out, test recipient, not made (the job was ended
    before), not kept (past retention). Of rows that were left out the recipient is not kept.

    Example: notifyctl jobs results -s "Parking permits" 0198… > results.csv
    """

    async def work(clients: Clients) -> None:
        found = await find_service(clients, service)
        ask = jobs_pb2.GetJobRequest(service_id=found.service.id, job_id=job_id)
        job = (await clients.channel.call(clients.jobs.GetJob, ask, idempotent=True)).job
        request = jobs_pb2.ReadJobResultsRequest(service_id=found.service.id, job_id=job_id)
        pages = clients.channel.stream(clients.jobs.ReadJobResults, request, timeout_s=_RESULTS_TIMEOUT_S)
        await write_results(pages, job.row_count, as_json=as_json)

    with_clients(home, work)


async def write_results(
    pages: AsyncIterable[jobs_pb2.ReadJobResultsResponse], row_count: int, *, as_json: bool
) -> None:
    """Write rows to standard output as they come; how far it is to standard error, where that is a terminal."""
    write = _write_json if as_json else _write_csv
    hidden = sys.stdout.isatty() or not errors.is_terminal
    with Progress(*BAR_COLUMNS, console=errors, transient=True, disable=hidden) as progress:
        bar = progress.add_task("rows", total=row_count)
        at_start = True
        async for page in pages:
            write(page.rows, at_start=at_start)
            at_start = False
            progress.advance(bar, len(page.rows))
    if as_json:
        sys.stdout.write('{"rows": []}\n' if at_start else "\n]}\n")


def _write_csv(rows: Sequence[jobs_pb2.RowResult], *, at_start: bool) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if at_start:
        writer.writerow(RESULT_COLUMNS)
    writer.writerows(list(_result_facts(row).values()) for row in rows)


def _write_json(rows: Sequence[jobs_pb2.RowResult], *, at_start: bool) -> None:
    """Part of one JSON document, a row to a line."""
    for number, row in enumerate(rows):
        before = '{"rows": [\n' if at_start and not number else ",\n"
        sys.stdout.write(before + json.dumps(_result_facts(row), ensure_ascii=False))


def _result_facts(row: jobs_pb2.RowResult) -> dict[str, Any]:
    made = row.state == jobs_pb2.ROW_STATE_MADE
    status = status_name(row.status) if made else _STATES[row.state]
    values = (row.row, row.recipient, status, "; ".join(row.faults), row.notification_id)
    return dict(zip(RESULT_COLUMNS, values, strict=True))


def told(job: jobs_pb2.Job) -> list[str]:
    """A job in a few lines."""
    lines = [
        f"{_kind(job)} job {job.id}: {_state(job)}",
        f"name: {job.name}",
        f"template: {job.template_id}, version {job.template_version}",
        f"accepted {_shown(job.create_time)} UTC",
    ]
    for label, name in _TIMES:
        if job.HasField(name):
            lines.append(f"{label} {_shown(getattr(job, name))} UTC")
    lines.append(
        f"{job.row_count:,} rows: {job.made_count:,} of {to_make(job):,} made, {job.bad_row_count:,} left out, "
        f"{job.simulated_row_count:,} to test recipients"
    )
    lines += [f"  {status_name(each.status)}: {each.count:,}" for each in job.status_counts]
    return lines


def _told_of_faults(answer: jobs_pb2.GetJobResponse) -> list[str]:
    most = 10
    return [
        f"left out: {fault.reason}: rows {', '.join(map(str, fault.rows[:most]))}"
        + (f" and {len(fault.rows) - most:,} more" if len(fault.rows) > most else "")
        for fault in answer.row_faults
    ]


def facts_of(job: jobs_pb2.Job) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "id": job.id,
        "service_id": job.service_id,
        "type": _kind(job),
        "status": _status(job),
        "name": job.name,
        "template_id": job.template_id,
        "template_version": job.template_version,
        "created_at": moment(job.create_time).isoformat(),
        "begins_at": moment(job.start_time).isoformat() if job.HasField("start_time") else None,
        "began_at": moment(job.process_time).isoformat() if job.HasField("process_time") else None,
        "ended_at": moment(job.end_time).isoformat() if job.HasField("end_time") else None,
        "paused_at": moment(job.pause_time).isoformat() if job.HasField("pause_time") else None,
        "row_count": job.row_count,
        "bad_row_count": job.bad_row_count,
        "simulated_row_count": job.simulated_row_count,
        "made_count": job.made_count,
        "statuses": {status_name(each.status): each.count for each in job.status_counts},
    }


def to_make(job: jobs_pb2.Job) -> int:
    """How many messages are made of it in all."""
    return job.row_count - job.bad_row_count - job.simulated_row_count


def _status(job: jobs_pb2.Job) -> str:
    return jobs_pb2.JobStatus.Name(job.status).removeprefix("JOB_STATUS_").lower().replace("_", " ")


def _state(job: jobs_pb2.Job) -> str:
    """The status for people, and that it rests."""
    return f"{_status(job)}, paused" if job.HasField("pause_time") else _status(job)


def _kind(job: jobs_pb2.Job) -> str:
    return types_pb2.NotificationType.Name(job.type).removeprefix("NOTIFICATION_TYPE_").lower()


def _shown(stamp: Timestamp) -> str:
    return f"{moment(stamp):%Y-%m-%d %H:%M:%S}"

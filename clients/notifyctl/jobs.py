"""`notifyctl jobs`: tables of recipients that services sent, how far they are, and ending one. No personal data."""

from typing import Annotated, Any

import typer
from google.protobuf.timestamp_pb2 import Timestamp
from rich.table import Table

from clients.notifyctl.accounts import ServiceArgument
from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, find_service, with_clients
from clients.notifyctl.explaining import moment
from clients.notifyctl.output import AsJson, console, show
from clients.notifyctl.sending import status_name
from notify.notifications.v1 import jobs_pb2, types_pb2

jobs_app = typer.Typer(no_args_is_help=True, help="Jobs: many messages that were sent at once.")

_MAX_PAGE = 250

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
        made = f"{job.made_count:,} of {_to_make(job):,}"
        table.add_row(job.id, _shown(job.create_time), _status(job), _kind(job), made, job.name)
    console.print(table)


@jobs_app.command("show")
def show_job(
    service: ServiceArgument, job_id: JobArgument, home: Home = DEFAULT_HOME, as_json: AsJson = False
) -> None:
    """Tell how far a job is, where its messages are, and what was wrong with rows that were left out."""

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
    service: ServiceArgument, job_id: JobArgument, home: Home = DEFAULT_HOME, as_json: AsJson = False
) -> None:
    """End a job: no more messages are made of it. Those that were made are sent. Again changes nothing."""

    async def work(clients: Clients) -> jobs_pb2.CancelJobResponse:
        found = await find_service(clients, service)
        request = jobs_pb2.CancelJobRequest(service_id=found.service.id, job_id=job_id)
        return await clients.channel.call(clients.jobs.CancelJob, request, idempotent=True)

    job = with_clients(home, work).job
    show(facts_of(job), "\n".join(told(job)), as_json=as_json)


def told(job: jobs_pb2.Job) -> list[str]:
    """A job in a few lines."""
    lines = [
        f"{_kind(job)} job {job.id}: {_status(job)}",
        f"name: {job.name}",
        f"template: {job.template_id}, version {job.template_version}",
        f"accepted {_shown(job.create_time)} UTC",
    ]
    for label, name in (("begins", "start_time"), ("began", "process_time"), ("ended", "end_time")):
        if job.HasField(name):
            lines.append(f"{label} {_shown(getattr(job, name))} UTC")
    lines.append(
        f"{job.row_count:,} rows: {job.made_count:,} of {_to_make(job):,} made, {job.bad_row_count:,} left out, "
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
        "row_count": job.row_count,
        "bad_row_count": job.bad_row_count,
        "simulated_row_count": job.simulated_row_count,
        "made_count": job.made_count,
        "statuses": {status_name(each.status): each.count for each in job.status_counts},
    }


def _to_make(job: jobs_pb2.Job) -> int:
    return job.row_count - job.bad_row_count - job.simulated_row_count


def _status(job: jobs_pb2.Job) -> str:
    return jobs_pb2.JobStatus.Name(job.status).removeprefix("JOB_STATUS_").lower().replace("_", " ")


def _kind(job: jobs_pb2.Job) -> str:
    return types_pb2.NotificationType.Name(job.type).removeprefix("NOTIFICATION_TYPE_").lower()


def _shown(stamp: Timestamp) -> str:
    return f"{moment(stamp):%Y-%m-%d %H:%M:%S}"

"""`notifyctl send --csv`: a message for each row of a table, as a job. It counts as sent with a live key.

The table is checked whole before anything is asked or sent. Its rows go to the terminal nowhere: bad ones are told of
by their numbers.
"""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.progress import Progress

from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, find_service, with_clients
from clients.notifyctl.jobs import BAR_COLUMNS, facts_of, to_make, told
from clients.notifyctl.output import UNREACHABLE, AsJson, CommandError, Yes, confirm, errors, show
from clients.notifyctl.sending import status_name
from notify.notifications.v1 import jobs_pb2, types_pb2
from notifyrules.london_time import LONDON, london_to_utc, utc_to_london
from notifyrules.statuses import NotificationStatus, is_final
from servicekit import ids
from servicekit.errors import DeadlineExceeded, Unavailable

_PIECE_BYTES = 256 * 1024
_CREATE_TIMEOUT_S = 60.0
_ASK_EVERY_S = 0.5
_MOST_ROWS_TOLD = 100
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?) ?(Z|UTC)?")


class OnError(StrEnum):
    """What to do about rows that no message can be made of."""

    STOP = "stop"
    SKIP = "skip"


_BAD_ROWS = {OnError.STOP: jobs_pb2.BAD_ROWS_REFUSE, OnError.SKIP: jobs_pb2.BAD_ROWS_SKIP}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOrder:
    """What the command line asks for."""

    content: bytes
    spec: jobs_pb2.JobSpec  # still without its service
    on_error: OnError
    dry_run: bool
    wait_s: float
    yes: bool
    as_json: bool


def send_table(
    context: typer.Context,
    csv: Annotated[
        Path | None,
        typer.Option(help="Send to each row of this CSV file: a header, then a row for each message."),
    ] = None,
    service: Annotated[
        str | None, typer.Option("--service", "-s", help="The service: its id or its name.")
    ] = None,
    template: Annotated[str | None, typer.Option("--template", "-t", help="Id of the template.")] = None,
    name: Annotated[str, typer.Option(help="What the job is called in lists.")] = "Sent with notifyctl",
    reference: Annotated[
        str | None, typer.Option(help="Your own reference, where no column `reference` has one.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            help="When to begin, within seven days: in London time (2026-12-01 09:00), or in UTC, with a Z "
            "(2026-12-01 09:00:30Z)."
        ),
    ] = None,
    on_error: Annotated[
        OnError, typer.Option(help="With bad rows: send nothing (stop), or leave them out (skip).")
    ] = OnError.STOP,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every row, and send nothing.")] = False,
    wait_s: Annotated[
        float, typer.Option("--wait", help="Seconds to follow it to the last receipt; 0: do not wait.")
    ] = 600.0,
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Send one message (`send sms`, `send email`), or one to each row of a CSV file.

    Example: notifyctl send --csv people.csv -s "Demo service" -t 0198… --at "2026-12-01 09:00" --on-error skip
    """
    if context.invoked_subcommand is not None:
        if csv is not None:
            raise CommandError("--csv sends to its rows: leave `sms` or `email` out")
        return
    if csv is None or service is None or template is None:
        raise CommandError("say --csv, --service and --template; or `send sms`, `send email` for one message")
    spec = jobs_pb2.JobSpec(
        key_type=types_pb2.KEY_TYPE_NORMAL,
        template_id=template,
        name=name,
        reference=reference,
        bad_rows=_BAD_ROWS[on_error],
    )
    if at is not None:
        spec.start_time.FromDatetime(moment_of(at))
    order = TableOrder(
        content=_read(csv),
        spec=spec,
        on_error=on_error,
        dry_run=dry_run,
        wait_s=wait_s,
        yes=yes,
        as_json=as_json,
    )

    async def work(clients: Clients) -> jobs_pb2.Job | None:
        return await _check_and_send(clients, service, order)

    job = with_clients(home, work)
    if job is not None:
        _show_end(job, as_json=as_json)


def moment_of(text: str) -> datetime:
    """A moment to the second, in London time or, with Z or UTC behind it, in UTC. Raises CommandError, also for a time
    that clocks in London show twice or never.
    """
    found = _TIME.fullmatch(text.strip())
    try:
        wall_time = datetime.fromisoformat(f"{found[1]} {found[2]}") if found else None
    except ValueError:
        wall_time = None
    if found is None or wall_time is None:
        raise CommandError(
            f'--at "{text}": write it as 2026-12-01 09:00 (London) or 2026-12-01 09:00:30Z (UTC)'
        )
    if found[3]:
        return datetime.fromisoformat(f"{found[1]} {found[2]}+00:00")
    moment = london_to_utc(wall_time)
    if utc_to_london(moment).replace(tzinfo=None) != wall_time:
        raise CommandError(f'--at "{text}": clocks in London skip this time; say it in UTC, with a Z')
    later = wall_time.replace(tzinfo=LONDON, fold=1)
    if later.utcoffset() != wall_time.replace(tzinfo=LONDON).utcoffset():
        raise CommandError(f'--at "{text}": clocks in London show this time twice; say it in UTC, with a Z')
    return moment


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as err:
        raise CommandError(f"--csv: the file can not be read: {err.strerror}") from err


async def _check_and_send(clients: Clients, service: str, order: TableOrder) -> jobs_pb2.Job | None:
    """The job at the end of the wait; None where nothing was to be sent."""
    found = (await find_service(clients, service)).service
    order.spec.service_id = found.id
    order.spec.check_only = True
    checked = await _create(clients, order)
    _tell_faults(checked, order)
    good = checked.row_count - checked.bad_row_count
    if checked.bad_row_count and (order.on_error is OnError.STOP or not good):
        advice = "; --on-error skip leaves them out" if good else ""
        raise CommandError(f"{_bad_of_all(checked)} bad, nothing was sent{advice}")
    if order.dry_run:
        left_out = f", {checked.bad_row_count:,} would be left out" if checked.bad_row_count else ""
        show(
            _checked_facts(checked),
            f"{good:,} rows are good{left_out}; nothing was sent",
            as_json=order.as_json,
        )
        return None
    messages = good - checked.simulated_row_count
    confirm(messages, f"Send {messages:,} messages of {found.name}?", yes=order.yes)
    order.spec.check_only = False
    order.spec.id = str(ids.new_id(bucket=ids.bucket_of(UUID(found.id))))
    answer = await _send(clients, order)
    if order.spec.HasField("start_time"):
        return answer.job
    return await _follow(clients, answer.job, order.wait_s)


async def _send(clients: Clients, order: TableOrder) -> jobs_pb2.CreateJobResponse:
    try:
        answer = await _create(clients, order)
    except (Unavailable, DeadlineExceeded) as err:
        raise CommandError(
            f"nobody knows whether it was accepted ({err}): look with `notifyctl jobs show {order.spec.id}`",
            exit_code=UNREACHABLE,
        ) from err
    if not answer.HasField("job"):
        _tell_faults(answer, order)
        raise CommandError(f"{_bad_of_all(answer)} bad since the check, nothing was sent")
    return answer


async def _create(clients: Clients, order: TableOrder) -> jobs_pb2.CreateJobResponse:
    return await clients.channel.send_stream(
        clients.jobs.CreateJob, _parts(order), timeout_s=_CREATE_TIMEOUT_S
    )


async def _parts(order: TableOrder) -> AsyncIterator[jobs_pb2.CreateJobRequest]:
    yield jobs_pb2.CreateJobRequest(spec=order.spec)
    for start in range(0, max(len(order.content), 1), _PIECE_BYTES):
        yield jobs_pb2.CreateJobRequest(csv=order.content[start : start + _PIECE_BYTES])


async def _follow(clients: Clients, job: jobs_pb2.Job, wait_s: float) -> jobs_pb2.Job:
    """Show how many messages are made and how many have ended, until all have, it rests, or the time is over."""
    request = jobs_pb2.GetJobRequest(service_id=job.service_id, job_id=job.id)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait_s
    with Progress(*BAR_COLUMNS, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        made = progress.add_task("made", total=to_make(job))
        ended = progress.add_task("sent and answered for", total=to_make(job))
        while True:
            answer = await clients.channel.call(clients.jobs.GetJob, request, idempotent=True)
            job = answer.job
            progress.update(made, completed=job.made_count)
            progress.update(ended, completed=_ended(job))
            # Letters wait for their print run.
            is_letters = job.type == types_pb2.NOTIFICATION_TYPE_LETTER
            is_over = job.HasField("end_time") and (is_letters or _ended(job) >= job.made_count)
            if is_over or job.HasField("pause_time") or loop.time() >= deadline:
                return job
            await asyncio.sleep(_ASK_EVERY_S)


def _ended(job: jobs_pb2.Job) -> int:
    """How many of its messages have a status that is final."""
    return sum(
        each.count for each in job.status_counts if is_final(NotificationStatus(status_name(each.status)))
    )


def _show_end(job: jobs_pb2.Job, *, as_json: bool) -> None:
    show(facts_of(job), "\n".join(told(job)), as_json=as_json)


def _tell_faults(answer: jobs_pb2.CreateJobResponse, order: TableOrder) -> None:
    """Each bad row on standard error."""
    faults = _row_errors(answer)
    for fault in faults[:_MOST_ROWS_TOLD]:
        errors.print(f"row {fault['row']}: {fault['message']}", markup=False)
    if len(faults) > _MOST_ROWS_TOLD:
        errors.print(
            f"and {len(faults) - _MOST_ROWS_TOLD:,} more; --dry-run --on-error skip --json lists all"
        )
    sys.stderr.flush()


def _bad_of_all(answer: jobs_pb2.CreateJobResponse) -> str:
    is_one = answer.bad_row_count == 1
    return f"{answer.bad_row_count:,} of {answer.row_count:,} rows {'is' if is_one else 'are'}"


def _row_errors(answer: jobs_pb2.CreateJobResponse) -> list[dict[str, Any]]:
    found = [{"row": row, "message": fault.reason} for fault in answer.row_faults for row in fault.rows]
    return sorted(found, key=lambda each: int(str(each["row"])))


def _checked_facts(answer: jobs_pb2.CreateJobResponse) -> dict[str, Any]:
    return {
        "row_count": answer.row_count,
        "bad_row_count": answer.bad_row_count,
        "simulated_row_count": answer.simulated_row_count,
        "row_errors": _row_errors(answer),
    }

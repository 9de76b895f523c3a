"""`notifyctl letters late | unsent | pending | cancel | delivered | fail`: letters that did not go their usual way.

The commands are put together in `letters`; what came back is in `letters_returned`.
"""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC
from typing import Annotated, Any, Final

import typer

from clients.notifyctl.connection import (
    DEFAULT_HOME,
    LOT,
    BillingClients,
    Clients,
    Home,
    Reason,
    find_service,
    in_lots,
    with_billing,
    with_clients,
)
from clients.notifyctl.output import AsJson, CommandError, Yes, confirm, errors, show, show_table
from clients.notifyctl.sending import status_name
from clients.notifyctl.times import moment
from notify.billing.v1 import billing_pb2
from notify.notifications.v1 import accounts_pb2, jobs_pb2
from notify.notifications.v1 import letter_care_pb2 as pb
from notify.notifications.v1 import notifications_pb2 as notifications_pb
from notifyrules.london_time import london_date
from servicekit import clock
from servicekit.errors import RuleBroken

_TIMEOUT_S: Final = 60.0
_REBUILD_TIMEOUT_S: Final = 600.0
_COLUMNS: Final = ("letter_reference", "notification_id", "service_id", "postage", "made", "sent")

Ids = Annotated[list[str], typer.Argument(metavar="LETTER...", help="Ids of letters.")]
OptionalIds = Annotated[list[str] | None, typer.Argument(metavar="[LETTER]...", help="Ids of letters.")]
OptionalService = Annotated[
    str | None, typer.Option("--service", "-s", help="Only this service's: its id or its name.")
]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV, the printer's references first.")]


def late(
    service: OptionalService = None, home: Home = DEFAULT_HOME, as_csv: AsCsv = False, as_json: AsJson = False
) -> None:
    """List live letters that are still `created` although their print run is over (17:30 London, run at 17:50).

    Example: notifyctl letters late --csv > late.csv
    """
    _show_letters(_find(home, pb.LETTER_CONDITION_LATE, service), as_csv=as_csv, as_json=as_json)


def unsent(
    service: OptionalService = None, home: Home = DEFAULT_HOME, as_csv: AsCsv = False, as_json: AsJson = False
) -> None:
    """List live letters that are still `sending` two print days after the printer got them. `stuck` is the same.

    Example: notifyctl letters unsent --csv > ask-the-printer.csv
    """
    _show_letters(_find(home, pb.LETTER_CONDITION_UNSENT, service), as_csv=as_csv, as_json=as_json)


def pending(
    service: OptionalService = None, home: Home = DEFAULT_HOME, as_csv: AsCsv = False, as_json: AsJson = False
) -> None:
    """List live letters that wait for their virus check, with their age. Not queued: the next check queues it again.

    Example: notifyctl letters pending
    """
    found = _find(home, pb.LETTER_CONDITION_PENDING_VIRUS_CHECK, service)
    _show_letters(found, as_csv=as_csv, as_json=as_json)


def failed(
    service: OptionalService = None, home: Home = DEFAULT_HOME, as_csv: AsCsv = False, as_json: AsJson = False
) -> None:
    """List live letters that ended as `technical-failure`, by our fault or the printer's.

    Example: notifyctl letters failed --service "Parking permits"
    """
    found = _find(home, pb.LETTER_CONDITION_TECHNICAL_FAILURE, service)
    _show_letters(found, as_csv=as_csv, as_json=as_json)


def cancel(
    ids: OptionalIds = None,
    service: OptionalService = None,
    made_from: Annotated[
        str | None, typer.Option("--from", help="Made from then on: 2h, or a time in UTC.")
    ] = None,
    made_to: Annotated[str | None, typer.Option("--to", help="Made before then: 30m, or a time.")] = None,
    job: Annotated[
        str | None, typer.Option(help="All letters of this job, of which no more are made.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    reason: Reason = "",
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Cancel letters before the cut-off of their print run: named ones, all of a job, or all that a service made
    between two times.

    Example: notifyctl letters cancel --service "Parking permits" --from 2026-03-04T12:00 --to 2026-03-04T12:30
    --reason "wrong template"
    """
    whole = service is not None and made_from is not None and made_to is not None
    if sum((bool(ids), whole, job is not None)) != 1:
        raise CommandError("name letters, or choose them with --service, --from and --to, or with --job")
    now = clock.now()
    request = pb.FindLettersRequest(condition=pb.LETTER_CONDITION_CANCELLABLE)
    if whole:
        begin, end = moment(made_from or "", now), moment(made_to or "", now)
        if end <= begin:
            raise CommandError("--to is not after --from")
        request.made_from.FromDatetime(begin)
        request.made_until.FromDatetime(end)
    if job is not None:
        request.job_id = job

    async def work(clients: Clients) -> dict[str, Any]:
        if ids:
            by_service = await _by_service(clients, ids)
        else:
            by_service = _grouped(await _read(clients, request, service))
        count = sum(len(each) for each in by_service.values())
        if dry_run:
            return {"would_cancel": count}
        confirm(count, f"Cancel {count:,} letters?", yes=yes)
        if job is not None and await _stop_job(clients, job):
            by_service = _grouped(await _read(clients, request, None))
        return dict(await _cancel(clients, by_service))

    counts = with_clients(home, work, reason=reason)
    text = ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in counts.items())
    show(counts, text or "no letter can be cancelled", as_json=as_json)


def delivered(
    ids: Ids,
    reason: Reason = "",
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Mark letters as delivered that were printed and posted by hand. They are not printed again.

    Example: notifyctl letters delivered 0198f3c2-… --reason "printed in the office"
    """
    question = f"Mark {len(ids):,} letters as delivered?"
    if not reason.strip():
        raise CommandError("say why with --reason")
    confirm(len(ids), question, yes=yes)

    async def work(clients: Clients) -> list[dict[str, Any]]:
        return await _end(clients, ids, pb.LETTER_END_DELIVERED)

    _show_ended(with_clients(home, work, reason=reason), {}, as_json=as_json)


def fail(
    ids: Ids,
    reason: Reason = "",
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Mark letters as `permanent-failure`: they are never printed, and not paid. Their days are billed anew.

    Example: notifyctl letters fail 0198f3c2-… --reason "the printer lost it, see its letter of 4 March"
    """
    if not reason.strip():
        raise CommandError("say why with --reason")
    confirm(len(ids), f"Mark {len(ids):,} letters as failed for good?", yes=yes)

    async def work(clients: BillingClients) -> tuple[list[dict[str, Any]], dict[str, int]]:
        ended = await _end(clients.notifications, ids, pb.LETTER_END_PERMANENT_FAILURE)
        # Also of those that were marked before: the command may have been stopped in between.
        days = sorted({each["day"] for each in ended if each["outcome"] in ("ended", "already")})
        rebuilt: dict[str, int] = {}
        for day in days:
            answer = await clients.channel.call(
                clients.billing.RebuildDay,
                billing_pb2.RebuildDayRequest(london_date=day),
                timeout_s=_REBUILD_TIMEOUT_S,
            )
            rebuilt[day] = answer.corrected_count + answer.removed_count
        return ended, rebuilt

    ended, rebuilt = with_billing(home, work, reason=reason)
    _show_ended(ended, rebuilt, as_json=as_json)


def _find(home: Any, condition: "pb.LetterCondition", service: str | None) -> list[pb.FoundLetter]:
    async def work(clients: Clients) -> list[pb.FoundLetter]:
        return await _read(clients, pb.FindLettersRequest(condition=condition), service)

    return with_clients(home, work)


async def _read(
    clients: Clients, request: pb.FindLettersRequest, service: str | None
) -> list[pb.FoundLetter]:
    """All pages."""
    request.page_size = LOT
    if service is not None:
        request.service_id = (await find_service(clients, service)).service.id
    found: list[pb.FoundLetter] = []
    while True:
        answer = await clients.channel.call(
            clients.letter_care.FindLetters, request, timeout_s=_TIMEOUT_S, idempotent=True
        )
        found += answer.letters
        if not answer.HasField("next_page_token"):
            return found
        request.page_token = answer.next_page_token


def _grouped(letters: Sequence[pb.FoundLetter]) -> dict[str, list[str]]:
    """Ids of letters by whose they are."""
    by_service: defaultdict[str, list[str]] = defaultdict(list)
    for each in letters:
        by_service[each.service_id].append(each.notification_id)
    return dict(by_service)


async def _stop_job(clients: Clients, job: str) -> bool:
    """See to it that no more letters are made of a job; whether there were any to make."""
    found = await clients.channel.call(clients.accounts.DescribeId, accounts_pb2.DescribeIdRequest(id=job))
    if found.kind != "job":
        raise CommandError(f"{job} is no job: it is a {found.kind.replace('_', ' ')}")
    request = jobs_pb2.CancelJobRequest(service_id=found.service_id, job_id=job)
    try:
        await clients.channel.call(clients.jobs.CancelJob, request)
    except RuleBroken as err:
        if err.reason != "JOB_ENDED":
            raise
        return False
    return True


async def _by_service(clients: Clients, ids: Sequence[str]) -> dict[str, list[str]]:
    """Ids of notifications by whose they are. Raises NotFound, and CommandError for what is none."""
    by_service: defaultdict[str, list[str]] = defaultdict(list)
    for id in ids:
        request = accounts_pb2.DescribeIdRequest(id=id)
        found = await clients.channel.call(clients.accounts.DescribeId, request)
        if found.kind != "notification":
            raise CommandError(f"{id} is no letter: it is a {found.kind.replace('_', ' ')}")
        by_service[found.service_id].append(id)
    return dict(by_service)


async def _cancel(clients: Clients, by_service: dict[str, list[str]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    total = sum(len(each) for each in by_service.values())
    for service_id, ids in by_service.items():
        for lot in in_lots(ids):
            request = notifications_pb.CancelNotificationsRequest(service_id=service_id, notification_ids=lot)
            answer = await clients.channel.call(
                clients.notifications.CancelNotifications, request, timeout_s=_TIMEOUT_S
            )
            outcome = notifications_pb.CancelNotificationOutcome.Name
            counts.update(
                outcome(each.outcome).removeprefix("CANCEL_NOTIFICATION_OUTCOME_").lower()
                for each in answer.results
            )
            _tell_progress(counts.total(), total)
    return counts


async def _end(clients: Clients, ids: Sequence[str], end: "pb.LetterEnd") -> list[dict[str, Any]]:
    ended: list[dict[str, Any]] = []
    for lot in in_lots(ids):
        request = pb.EndLettersRequest(notification_ids=lot, end=end)
        answer = await clients.channel.call(clients.letter_care.EndLetters, request, timeout_s=_TIMEOUT_S)
        for id, result in zip(lot, answer.results, strict=True):
            is_known = result.HasField("create_time")
            outcome = pb.EndLetterOutcome.Name(result.outcome)
            ended.append(
                {
                    "notification_id": id,
                    "outcome": outcome.removeprefix("END_LETTER_OUTCOME_").lower(),
                    "status": status_name(result.status) if result.HasField("status") else None,
                    "day": london_date(result.create_time.ToDatetime(UTC)).isoformat() if is_known else None,
                }
            )
        _tell_progress(len(ended), len(ids))
    return ended


def _show_ended(ended: list[dict[str, Any]], rebuilt: dict[str, int], *, as_json: bool) -> None:
    counts = Counter(each["outcome"] for each in ended)
    lines = [
        f"{each['notification_id']}: {each['outcome'].replace('_', ' ')}, {each['status'] or 'no such letter'}"
        for each in ended
        if each["outcome"] != "ended"
    ]
    lines.append(", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in counts.items()))
    lines += [f"billing of {day} rebuilt: {count} corrected" for day, count in rebuilt.items()]
    show({"letters": ended, "rebuilt": rebuilt}, "\n".join(lines), as_json=as_json)
    if counts.keys() - {"ended", "already"}:
        raise typer.Exit(1)


def _show_letters(letters: Sequence[pb.FoundLetter], *, as_csv: bool, as_json: bool) -> None:
    rows = [letter_facts(each) for each in letters]
    if as_csv:
        out = io.StringIO()
        writer = csv.DictWriter(out, _COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        print(out.getvalue(), end="")
        return
    columns = {
        "letter_reference": "reference",
        "notification_id": "notification",
        "service_id": "service",
        "postage": "postage",
        "made": "made (UTC)",
        "age": "age",
        "queued": "queued",
    }
    show_table("letters", rows, columns, as_json=as_json)


def letter_facts(letter: pb.FoundLetter) -> dict[str, Any]:
    """A letter as JSON."""
    made = letter.create_time.ToDatetime(UTC)
    minutes = int((clock.now() - made).total_seconds() // 60)
    days, hours = divmod(minutes // 60, 24)
    sent = letter.send_time.ToDatetime(UTC) if letter.HasField("send_time") else None
    return {
        "letter_reference": letter.letter_reference,
        "notification_id": letter.notification_id,
        "service_id": letter.service_id,
        "status": status_name(letter.status),
        "postage": letter.postage,
        "made": f"{made:%Y-%m-%d %H:%M:%S}",
        "sent": None if sent is None else f"{sent:%Y-%m-%d %H:%M:%S}",
        "age": f"{days}d {hours}h" if days else f"{hours}h {minutes % 60}m",
        "queued": letter.has_delivery,
    }


def _tell_progress(done: int, total: int) -> None:
    if total > LOT:
        errors.print(f"{done:,} of {total:,}")

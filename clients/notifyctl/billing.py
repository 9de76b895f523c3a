"""`notifyctl billing`: recomputing days, the check of the last ones, and how far the books are."""

from datetime import UTC, date, timedelta
from typing import Annotated, Any

import typer

from clients.notifyctl.connection import DEFAULT_HOME, BillingClients, Home, Reason, with_billing
from clients.notifyctl.output import FAILED, AsJson, CommandError, show
from clients.notifyctl.usage import service_id_of
from notify.billing.v1 import billing_pb2 as pb

billing_app = typer.Typer(no_args_is_help=True, help="The books: recompute, check, look.")

_REBUILD_TIMEOUT_S = 600.0


@billing_app.command("rebuild")
def rebuild(
    day: Annotated[str, typer.Option("--day", help="The London day, or the first of several, YYYY-MM-DD.")],
    until: Annotated[str | None, typer.Option("--until", help="The last day, for several.")] = None,
    service: Annotated[str | None, typer.Option("--service", "-s", help="Only this service.")] = None,
    may_empty: Annotated[
        bool, typer.Option("--may-empty", help="Also where none of its notifications is kept any longer.")
    ] = False,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Recompute a day, or several, from notifications. Again changes nothing more.

    Example: notifyctl billing rebuild --service "Parking permits" --day 2026-10-01 --until 2026-10-31 --reason "mended"
    """
    days = _days(day, until or day)

    async def work(clients: BillingClients) -> list[pb.RebuildDayResponse]:
        found = None if service is None else await service_id_of(clients, service)
        return [
            await clients.channel.call(
                clients.billing.RebuildDay,
                pb.RebuildDayRequest(london_date=each, service_id=found, may_empty=may_empty),
                timeout_s=_REBUILD_TIMEOUT_S,
            )
            for each in days
        ]

    answers = with_billing(home, work, reason=reason)
    facts = [
        {
            "london_date": each,
            "notifications": answer.notification_count,
            "corrected": answer.corrected_count,
            "removed": answer.removed_count,
            "recounted": answer.recounted_count,
        }
        for each, answer in zip(days, answers, strict=True)
    ]
    lines = [
        f"{fact['london_date']}: {fact['notifications']} notifications; {fact['corrected']} corrected, "
        f"{fact['removed']} removed, {fact['recounted']} counts wrong"
        for fact in facts
    ]
    show({"days": facts}, "\n".join(lines), as_json=as_json)


@billing_app.command("check")
def check(reason: Reason = "", home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Compare the last ten days with notifications, tell what differs and put it right. Exit code 1 if any.

    Example: notifyctl billing check --reason "after the outage"
    """

    async def work(clients: BillingClients) -> pb.CheckLastDaysResponse:
        return await clients.channel.call(
            clients.billing.CheckLastDays, pb.CheckLastDaysRequest(), timeout_s=_REBUILD_TIMEOUT_S
        )

    found = [
        {
            "london_date": each.london_date,
            "service_id": each.service_id,
            "template_id": each.template_id,
            "channel": pb.Channel.Name(each.channel).removeprefix("CHANNEL_").lower(),
            "counted": each.counted,
            "found": each.found,
        }
        for each in with_billing(home, work, reason=reason).differences
    ]
    lines = [
        f"{each['london_date']} service {each['service_id']} template {each['template_id']} {each['channel']}: "
        f"counted {each['counted']}, found {each['found']}; put right"
        for each in found
    ]
    show({"differences": found}, "\n".join(lines) or "nothing differs", as_json=as_json)
    if found:
        raise typer.Exit(FAILED)


@billing_app.command("status")
def status(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """How far the status feed was read, and how the last check ended.

    Example: notifyctl billing status --json
    """

    async def work(clients: BillingClients) -> pb.GetBillingStatusResponse:
        return await clients.channel.call(clients.billing.GetBillingStatus, pb.GetBillingStatusRequest())

    answer = with_billing(home, work)
    facts: dict[str, Any] = {
        "read_at": answer.read_time.ToDatetime(UTC).isoformat() if answer.HasField("read_time") else None,
        "checked_at": answer.check_time.ToDatetime(UTC).isoformat()
        if answer.HasField("check_time")
        else None,
        "differences": answer.difference_count,
    }
    show(
        facts,
        f"last change read: {facts['read_at'] or 'none yet'}\n"
        f"last check: {facts['checked_at'] or 'none yet'}, {facts['differences']} differences",
        as_json=as_json,
    )


def _days(first: str, last: str) -> list[str]:
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise CommandError("write days as YYYY-MM-DD") from None
    if end < start:
        raise CommandError("--until is before --day")
    return [(start + timedelta(days=n)).isoformat() for n in range((end - start).days + 1)]

"""`notifyctl reports`: what was sent, how fast and how well. Days are London's; messages of test keys do not count."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from google.protobuf.timestamp_pb2 import Timestamp

from clients.notifyctl.accounts import KEY_TYPES, ServiceArgument
from clients.notifyctl.channels import TYPES, Channel
from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, find_service, is_uuid, with_clients
from clients.notifyctl.output import AsJson, console
from clients.notifyctl.reporting import (
    CsvFile,
    FirstDay,
    LastDay,
    Month,
    OptionalService,
    period_of,
    share,
    show_report,
    told_period,
    told_share,
    type_name,
)
from clients.notifyctl.reports_export import export_command
from clients.notifyctl.sending import status_name
from notify.notifications.v1 import reports_pb2 as pb

reports_app = typer.Typer(no_args_is_help=True, help="Reports: what was sent, how fast and how well.")
reports_app.command("notifications")(export_command)

_TIMEOUT_S = 120.0
_MAX_PAGE = 1_000
_KEY_NAMES = {number: kind.value for kind, number in KEY_TYPES.items()}
_BUCKETS = {
    "under_1_minute": "under 1 minute",
    "from_1_to_5_minutes": "1 to 5 minutes",
    "from_5_to_10_minutes": "5 to 10 minutes",
    "from_10_to_30_minutes": "10 to 30 minutes",
    "over_30_minutes": "over 30 minutes",
}
_FAILED = {"temporary-failure", "permanent-failure", "technical-failure"}


@reports_app.command("delivery-times")
def delivery_times(
    service: OptionalService = None,
    month: Month = None,
    first: FirstDay = None,
    last: LastDay = None,
    csv_file: CsvFile = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """How long texts and emails took, from their acceptance to the provider's word that they arrived.

    Example: notifyctl reports delivery-times -s "Parking permits" --month 2026-11
    """
    period = period_of(month, first, last)

    async def work(clients: Clients) -> pb.ReadDeliveryTimesResponse:
        request = pb.ReadDeliveryTimesRequest(period=period, service_id=await _id_of(clients, service))
        return await clients.channel.call(clients.reports.ReadDeliveryTimes, request, timeout_s=_TIMEOUT_S)

    rows = [row for times in with_clients(home, work).times for row in _bucket_rows(times)]
    show_report(
        "delivery_times",
        rows,
        {"type": "type", "took": "took", "messages": "messages", "share_percent": "of delivered"},
        as_json=as_json,
        csv_file=csv_file,
        bar_of="share_percent",
        heading=told_period(period),
    )


def _bucket_rows(times: pb.DeliveryTimes) -> list[dict[str, Any]]:
    counts = {told: getattr(times, field) for field, told in _BUCKETS.items()}
    delivered = sum(counts.values())
    rows = [
        {
            "type": type_name(times.type),
            "took": told,
            "messages": count,
            "share_percent": share(count, delivered),
        }
        for told, count in counts.items()
    ]
    rest = {"took": "not delivered", "messages": times.total - delivered, "share_percent": None}
    return [*rows, {"type": type_name(times.type), **rest}]


@reports_app.command("statuses")
def statuses(
    service: OptionalService = None,
    channel: Annotated[Channel | None, typer.Option("--type", help="Only this channel.")] = None,
    month: Month = None,
    first: FirstDay = None,
    last: LastDay = None,
    csv_file: CsvFile = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """How many messages are in which status, by channel.

    Example: notifyctl reports statuses -s "Parking permits" --from 2026-11-01 --to 2026-11-07
    """
    period = period_of(month, first, last)

    async def work(clients: Clients) -> pb.ReadStatusSummaryResponse:
        request = pb.ReadStatusSummaryRequest(
            period=period,
            service_id=await _id_of(clients, service),
            type=None if channel is None else TYPES[channel],
        )
        return await clients.channel.call(clients.reports.ReadStatusSummary, request, timeout_s=_TIMEOUT_S)

    counts = with_clients(home, work).counts
    totals: dict[int, int] = {}
    for each in counts:
        totals[each.type] = totals.get(each.type, 0) + each.count
    rows = [
        {
            "type": type_name(each.type),
            "status": status_name(each.status),
            "messages": each.count,
            "share_percent": share(each.count, totals[each.type]),
        }
        for each in sorted(counts, key=lambda each: (each.type, -each.count))
    ]
    show_report(
        "statuses",
        rows,
        {"type": "type", "status": "status", "messages": "messages", "share_percent": "of all"},
        as_json=as_json,
        csv_file=csv_file,
        bar_of="share_percent",
        heading=told_period(period),
    )


@reports_app.command("processing-times")
def processing_times(
    service: OptionalService = None,
    month: Month = None,
    first: FirstDay = None,
    last: LastDay = None,
    csv_file: CsvFile = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """The share of texts and emails that a provider had within 10 seconds, by day. Tables of recipients do not count.

    Example: notifyctl reports processing-times --month 2026-11
    """
    period = period_of(month, first, last)

    async def work(clients: Clients) -> pb.ReadProcessingTimesResponse:
        request = pb.ReadProcessingTimesRequest(period=period, service_id=await _id_of(clients, service))
        return await clients.channel.call(clients.reports.ReadProcessingTimes, request, timeout_s=_TIMEOUT_S)

    days = with_clients(home, work).days
    rows = [
        {
            "day": day.london_date,
            "messages": day.total,
            "within_10_seconds": day.within_10_seconds,
            "share_percent": share(day.within_10_seconds, day.total),
        }
        for day in days
    ]
    columns = {
        "day": "day (London)",
        "messages": "messages",
        "within_10_seconds": "within 10 s",
        "share_percent": "share",
    }
    show_report("days", rows, columns, as_json=as_json, csv_file=csv_file, bar_of="share_percent")


@reports_app.command("failing")
def failing(
    min_messages: Annotated[
        int, typer.Option(min=1, help="Only services with so many messages of a channel.")
    ] = 1_000,
    min_share: Annotated[
        float, typer.Option(min=0, max=100, help="Only where so many percent of them failed.")
    ] = 25.0,
    permanent: Annotated[bool, typer.Option("--permanent", help="Count failures for good alone.")] = False,
    month: Month = None,
    first: FirstDay = None,
    last: LastDay = None,
    csv_file: CsvFile = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Services of whose messages many failed, the worst first.

    Example: notifyctl reports failing --min-messages 100 --min-share 10 --from 2026-11-16
    """
    period = period_of(month, first, last)

    async def work(clients: Clients) -> pb.FindFailingServicesResponse:
        request = pb.FindFailingServicesRequest(
            period=period, min_messages=min_messages, min_share=min_share / 100, permanent_only=permanent
        )
        return await clients.channel.call(clients.reports.FindFailingServices, request, timeout_s=_TIMEOUT_S)

    rows = [
        {
            "service": each.service_name or each.service_id,
            "service_id": each.service_id,
            "type": type_name(each.type),
            "messages": each.total,
            "failed": each.failed,
            "share_percent": share(each.failed, each.total),
        }
        for each in with_clients(home, work).services
    ]
    columns = {
        "service": "service",
        "type": "type",
        "messages": "messages",
        "failed": "failed",
        "share_percent": "share",
    }
    show_report(
        "services",
        rows,
        columns,
        as_json=as_json,
        csv_file=csv_file,
        bar_of="share_percent",
        heading=told_period(period),
    )


@reports_app.command("drama-numbers")
def drama_numbers(
    min_texts: Annotated[int, typer.Option(min=1, help="Only services with so many such texts.")] = 1,
    month: Month = None,
    first: FirstDay = None,
    last: LastDay = None,
    csv_file: CsvFile = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Services that text numbers kept for television (07700 900 and three more digits), the most first.

    Example: notifyctl reports drama-numbers --min-texts 500
    """
    period = period_of(month, first, last)

    async def work(clients: Clients) -> pb.FindServicesTextingDramaNumbersResponse:
        request = pb.FindServicesTextingDramaNumbersRequest(period=period, min_texts=min_texts)
        method = clients.reports.FindServicesTextingDramaNumbers
        return await clients.channel.call(method, request, timeout_s=_TIMEOUT_S)

    rows = [
        {
            "service": each.service_name or each.service_id,
            "service_id": each.service_id,
            "texts": each.texts,
            "to_drama_numbers": each.to_drama_numbers,
            "share_percent": share(each.to_drama_numbers, each.texts),
        }
        for each in with_clients(home, work).services
    ]
    columns = {
        "service": "service",
        "texts": "texts",
        "to_drama_numbers": "to drama numbers",
        "share_percent": "share",
    }
    show_report(
        "services",
        rows,
        columns,
        as_json=as_json,
        csv_file=csv_file,
        bar_of="share_percent",
        heading=told_period(period),
    )


@reports_app.command("availability")
def availability(
    by_month: Annotated[bool, typer.Option("--by-month", help="A row for each month.")] = False,
    month: Month = None,
    first: FirstDay = None,
    last: LastDay = None,
    csv_file: CsvFile = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """The share of requests to the public API that did not fail by our fault (a status of 500 or more), by day.

    Example: notifyctl reports availability --from 2026-01-01 --by-month
    """
    period = period_of(month, first, last)

    async def work(clients: Clients) -> pb.ReadAvailabilityResponse:
        request = pb.ReadAvailabilityRequest(period=period)
        return await clients.channel.call(clients.reports.ReadAvailability, request, timeout_s=_TIMEOUT_S)

    counts: dict[str, tuple[int, int]] = {}
    for day in with_clients(home, work).days:
        key = day.london_date[:7] if by_month else day.london_date
        requests, failed = counts.get(key, (0, 0))
        counts[key] = (requests + day.requests, failed + day.failed)
    name = "month" if by_month else "day"
    rows = [
        {
            name: key,
            "requests": requests,
            "failed": failed,
            "available_percent": share(requests - failed, requests),
        }
        for key, (requests, failed) in counts.items()
    ]
    columns = {
        name: f"{name} (London)",
        "requests": "requests",
        "failed": "failed",
        "available_percent": "available",
    }
    show_report(f"{name}s", rows, columns, as_json=as_json, csv_file=csv_file)
    if rows and not as_json and csv_file is None:
        all_requests = sum(requests for requests, _ in counts.values())
        all_failed = sum(failed for _, failed in counts.values())
        available = told_share(share(all_requests - all_failed, all_requests))
        console.print(f"in all {available} of {all_requests:,} requests")


@reports_app.command("reference")
def by_reference(
    reference: Annotated[str, typer.Argument(help="The reference that the service gave.")],
    service: ServiceArgument,
    limit: Annotated[int, typer.Option(min=1, max=_MAX_PAGE, help="How many at most.")] = 100,
    csv_file: CsvFile = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Messages of a service by its own reference, newest first, also those past retention.

    Example: notifyctl reports reference permit-4711 -s "Parking permits"
    """

    async def work(clients: Clients) -> pb.ListDeliveryRecordsResponse:
        service_id = (await find_service(clients, service)).service.id
        request = pb.ListDeliveryRecordsRequest(service_id=service_id, reference=reference, page_size=limit)
        return await clients.channel.call(clients.reports.ListDeliveryRecords, request, timeout_s=_TIMEOUT_S)

    rows = [_record_facts(record) for record in with_clients(home, work).records]
    columns = {
        "created_at": "accepted (UTC)",
        "id": "notification",
        "type": "type",
        "status": "status",
        "sent_at": "sent (UTC)",
        "updated_at": "last change (UTC)",
        "provider": "provider",
        "past_retention": "past retention",
    }
    show_report("records", rows, columns, as_json=as_json, csv_file=csv_file)


def _record_facts(record: pb.DeliveryRecord) -> dict[str, Any]:
    return {
        "id": record.notification_id,
        "type": type_name(record.type),
        "key_type": _KEY_NAMES[record.key_type],
        "status": status_name(record.status),
        "template_id": record.template_id,
        "template_version": record.template_version,
        "created_at": shown(record.create_time),
        "sent_at": shown(record.send_time) if record.HasField("send_time") else None,
        "updated_at": shown(record.update_time) if record.HasField("update_time") else None,
        "provider": record.provider or None,
        "past_retention": record.is_past_retention,
    }


@reports_app.command("users")
def users(
    csv_file: CsvFile = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Everybody who may use the service, a row for each person with all their services.

    Example: notifyctl reports users --csv users.csv
    """

    async def work(clients: Clients) -> list[pb.ReportedUser]:
        found: list[pb.ReportedUser] = []
        request = pb.ReadUsersReportRequest()
        async for page in clients.channel.stream(
            clients.reports.ReadUsersReport, request, timeout_s=_TIMEOUT_S
        ):
            found += page.users
        return found

    rows = [_user_facts(user, as_list=as_json and csv_file is None) for user in with_clients(home, work)]
    columns = {"name": "name", "email_address": "email address", "services": "services"}
    show_report("users", rows, columns, as_json=as_json, csv_file=csv_file)


def _user_facts(user: pb.ReportedUser, *, as_list: bool) -> dict[str, Any]:
    """A person; in a table or CSV services are one text."""
    services = [
        {
            "id": service.service_id,
            "name": service.service_name,
            "active": service.is_active,
            "trial": service.is_trial,
            "permissions": list(service.permissions),
        }
        for service in user.services
    ]
    return {
        "id": user.user_id,
        "name": user.name,
        "email_address": user.email_address,
        "created_at": shown(user.create_time),
        "services": services if as_list else "; ".join(service.service_name for service in user.services),
        "service_ids": [service.service_id for service in user.services]
        if as_list
        else "; ".join(service.service_id for service in user.services),
    }


def shown(stamp: Timestamp) -> str:
    """A time for people, to the second, in UTC."""
    moment: datetime = stamp.ToDatetime(UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}"


async def _id_of(clients: Clients, service: str | None) -> str | None:
    """The id of a service that may be left out. Raises NotFound."""
    if service is None or is_uuid(service):
        return service
    return (await find_service(clients, service)).service.id

"""`notifyctl callbacks`: where services are told things, the calls that were made, and sending them again."""

from collections.abc import Sequence
from datetime import UTC
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.table import Table

from clients.notifyctl.accounts import ServiceArgument
from clients.notifyctl.connection import (
    DEFAULT_HOME,
    Clients,
    Home,
    Reason,
    find_service,
    in_lots,
    with_clients,
)
from clients.notifyctl.output import AsJson, CommandError, Yes, confirm, console, show
from clients.notifyctl.times import Since, Until, stamp
from notify.notifications.v1 import accounts_pb2, callbacks_pb2

callbacks_app = typer.Typer(no_args_is_help=True, help="Callbacks to services' own URLs.")

_PAGE = 1_000
_REPLAY_TIMEOUT_S = 30.0


class Kind(StrEnum):
    """What a callback tells of."""

    DELIVERY_STATUS = "delivery_status"
    INBOUND_SMS = "inbound_sms"
    COMPLAINT = "complaint"
    RETURNED_LETTER = "returned_letter"


KINDS = {
    Kind.DELIVERY_STATUS: accounts_pb2.CALLBACK_KIND_DELIVERY_STATUS,
    Kind.INBOUND_SMS: accounts_pb2.CALLBACK_KIND_INBOUND_SMS,
    Kind.COMPLAINT: accounts_pb2.CALLBACK_KIND_COMPLAINT,
    Kind.RETURNED_LETTER: accounts_pb2.CALLBACK_KIND_RETURNED_LETTER,
}
_KIND_NAMES = {number: kind.value for kind, number in KINDS.items()}

OptionalService = Annotated[
    str | None, typer.Option("--service", "-s", help="The service: its id or its name.")
]
WantedKind = Annotated[Kind | None, typer.Option("--kind", help="Only those of this kind.")]
OneKind = Annotated[Kind, typer.Option("--kind", help="What is told there.")]


@callbacks_app.command("set")
def set_callback(
    service: ServiceArgument,
    url: Annotated[str, typer.Option(help="The URL; an empty one takes it away.")],
    token: Annotated[str, typer.Option(help="Sent as the bearer token; at least 10 characters.")] = "",
    kind: OneKind = Kind.DELIVERY_STATUS,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Say where a service is told things. The secret that calls are signed with is shown this once.

    Example: notifyctl callbacks set -s "Parking permits" --url https://example.gov.uk/hook --token long-secret
    """

    async def work(clients: Clients) -> accounts_pb2.SetCallbackResponse:
        found = await find_service(clients, service)
        request = accounts_pb2.SetCallbackRequest(
            service_id=found.service.id, kind=KINDS[kind], url=url, bearer_token=token
        )
        return await clients.channel.call(clients.accounts.SetCallback, request)

    answer = with_clients(home, work, reason=reason)
    facts = {"kind": kind.value, "url": url or None, "signing_secret": answer.signing_secret or None}
    lines = [f"{kind.value}: {url or 'nowhere'}"]
    if answer.HasField("signing_secret"):
        lines.append(f"signing secret: {answer.signing_secret}\nIt is not shown again.")
    show(facts, "\n".join(lines), as_json=as_json)


@callbacks_app.command("endpoints")
def list_endpoints(service: ServiceArgument, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show a service's endpoints: whether they answer, and what waits for them.

    Example: notifyctl callbacks endpoints -s "Parking permits"
    """

    async def work(clients: Clients) -> callbacks_pb2.ListCallbackEndpointsResponse:
        found = await find_service(clients, service)
        request = callbacks_pb2.ListCallbackEndpointsRequest(service_id=found.service.id)
        return await clients.channel.call(clients.callbacks.ListCallbackEndpoints, request)

    endpoints = with_clients(home, work).endpoints
    if as_json:
        show({"endpoints": [_endpoint_facts(endpoint) for endpoint in endpoints]}, "", as_json=True)
        return
    table = Table("kind", "state", "waiting", "secrets", "URL", box=None, pad_edge=False)
    for endpoint in endpoints:
        facts = _endpoint_facts(endpoint)
        table.add_row(
            facts["kind"], facts["state"], str(facts["waiting"]), str(facts["secrets"]), facts["url"]
        )
    console.print(table)


@callbacks_app.command("rotate-secret")
def rotate_secret(
    service: ServiceArgument,
    kind: OneKind = Kind.DELIVERY_STATUS,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make a new signing secret and show it, this once. Calls are signed with the one before too, until
    `retire-secret`.

    Example: notifyctl callbacks rotate-secret -s "Parking permits" --reason "the old one leaked"
    """

    async def work(clients: Clients) -> str:
        found = await find_service(clients, service)
        request = callbacks_pb2.RotateCallbackSecretRequest(service_id=found.service.id, kind=KINDS[kind])
        answer = await clients.channel.call(clients.callbacks.RotateCallbackSecret, request)
        return answer.signing_secret

    secret = with_clients(home, work, reason=reason)
    show({"signing_secret": secret}, f"{secret}\nIt is not shown again.", as_json=as_json)


@callbacks_app.command("retire-secret")
def retire_secret(
    service: ServiceArgument,
    kind: OneKind = Kind.DELIVERY_STATUS,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Sign with the newest secret alone from now on.

    Example: notifyctl callbacks retire-secret -s "Parking permits" --reason "they use the new one"
    """

    async def work(clients: Clients) -> None:
        found = await find_service(clients, service)
        request = callbacks_pb2.RetireCallbackSecretRequest(service_id=found.service.id, kind=KINDS[kind])
        await clients.channel.call(clients.callbacks.RetireCallbackSecret, request)

    with_clients(home, work, reason=reason)
    show({"retired": True}, "done", as_json=as_json)


@callbacks_app.command("list")
def list_attempts(
    service: OptionalService = None,
    notification: Annotated[str | None, typer.Option(help="Only those about this notification.")] = None,
    callback: Annotated[str | None, typer.Option(help="Only those of this callback.")] = None,
    kind: WantedKind = None,
    since: Since = None,
    until: Until = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only those that were not taken.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=_PAGE, help="How many at most.")] = 50,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List calls of services' URLs, newest first.

    Example: notifyctl callbacks list -s "Parking permits" --failed --since 2h
    """
    if service is None and notification is None and callback is None:
        raise CommandError("say whose: --service, --notification or --callback")
    request = callbacks_pb2.ListCallbackAttemptsRequest(
        notification_id=notification,
        callback_id=callback,
        kind=KINDS[kind] if kind is not None else None,
        from_time=stamp(since),
        until_time=stamp(until),
        failed_only=failed,
        page_size=limit,
    )

    async def work(clients: Clients) -> Sequence[callbacks_pb2.CallbackAttempt]:
        if service is not None:
            request.service_id = (await find_service(clients, service)).service.id
        return (await clients.channel.call(clients.callbacks.ListCallbackAttempts, request)).attempts

    attempts = with_clients(home, work)
    if as_json:
        show({"attempts": [attempt_facts(attempt) for attempt in attempts]}, "", as_json=True)
        return
    console.print(attempts_table(attempts))


@callbacks_app.command("replay")
def replay(
    callbacks: Annotated[
        list[str] | None, typer.Argument(metavar="[CALLBACK]...", help="Ids of callbacks.")
    ] = None,
    reason: Reason = "",
    service: OptionalService = None,
    kind: WantedKind = None,
    since: Since = None,
    until: Until = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also what was taken; else only what ended badly.")
    ] = False,
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Send callbacks again: named ones, or all of a service that were tried in a span of time.

    Example: notifyctl callbacks replay -s "Parking permits" --since 2h --reason "their server was down"
    """
    requests = _replay_requests(callbacks or [], reason)
    if bool(requests) == (service is not None):
        raise CommandError("name callbacks, or a --service with --since")
    if service is not None and since is None:
        raise CommandError("--since is needed with --service")

    async def work(clients: Clients) -> int:
        if service is not None:
            span = callbacks_pb2.CallbackSpan(
                service_id=(await find_service(clients, service)).service.id,
                kind=KINDS[kind] if kind is not None else None,
                from_time=stamp(since),
                until_time=stamp(until or "0s"),
                failed_only=not every,
            )
            requests.append(callbacks_pb2.ReplayCallbacksRequest(span=span, reason=reason))
        count = sum([await _replay_all(clients, request, dry_run=True) for request in requests])
        confirm(count, f"Send {count} callbacks again?", yes=yes)
        return sum([await _replay_all(clients, request) for request in requests])

    count = with_clients(home, work, reason=reason)
    show({"replayed": count}, f"{count} queued again", as_json=as_json)


def attempt_facts(attempt: callbacks_pb2.CallbackAttempt) -> dict[str, Any]:
    """A call as JSON."""
    about = attempt.notification_id or attempt.received_text_id or None
    outcome = callbacks_pb2.CallbackOutcome.Name(attempt.outcome)
    return {
        "callback_id": attempt.callback_id,
        "attempt": attempt.attempt,
        "service_id": attempt.service_id,
        "kind": _KIND_NAMES.get(attempt.kind, ""),
        "about": about,
        "time": attempt.attempt_time.ToDatetime(UTC).isoformat(),
        "duration_ms": round(attempt.duration.ToTimedelta().total_seconds() * 1000),
        "result": attempt.result,
        "outcome": outcome.removeprefix("CALLBACK_OUTCOME_").lower(),
    }


def attempts_table(attempts: Sequence[callbacks_pb2.CallbackAttempt]) -> Table:
    """Calls as a table."""
    table = Table(box=None, pad_edge=False)
    for title in ("time (UTC)", "callback", "try", "kind", "about", "result", "took", "outcome"):
        table.add_column(title, justify="right" if title in {"try", "took"} else "left", no_wrap=True)
    for attempt in attempts:
        facts = attempt_facts(attempt)
        table.add_row(
            f"{attempt.attempt_time.ToDatetime(UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3],
            facts["callback_id"],
            str(facts["attempt"]),
            facts["kind"],
            facts["about"] or "",
            facts["result"],
            f"{facts['duration_ms']} ms",
            facts["outcome"],
        )
    return table


def _endpoint_facts(endpoint: callbacks_pb2.CallbackEndpoint) -> dict[str, Any]:
    state = "answers"
    if endpoint.HasField("next_probe_time"):
        state = "paused"
    elif endpoint.HasField("failing_since"):
        state = "failing"
    return {
        "kind": _KIND_NAMES.get(endpoint.kind, ""),
        "state": state,
        "failing_since": endpoint.failing_since.ToDatetime(UTC).isoformat()
        if endpoint.HasField("failing_since")
        else None,
        "waiting": endpoint.waiting_count,
        "secrets": endpoint.secret_count,
        "url": endpoint.url,
    }


def _replay_requests(ids: Sequence[str], reason: str) -> list[callbacks_pb2.ReplayCallbacksRequest]:
    return [
        callbacks_pb2.ReplayCallbacksRequest(callback_ids=callbacks_pb2.CallbackIds(ids=lot), reason=reason)
        for lot in in_lots(ids)
    ]


async def _replay_all(
    clients: Clients, wanted: callbacks_pb2.ReplayCallbacksRequest, *, dry_run: bool = False
) -> int:
    """Repeat a call until it says that there is no more."""
    request = callbacks_pb2.ReplayCallbacksRequest(dry_run=dry_run)
    request.MergeFrom(wanted)
    count = 0
    while True:
        answer = await clients.channel.call(
            clients.callbacks.ReplayCallbacks, request, timeout_s=_REPLAY_TIMEOUT_S
        )
        count += answer.replayed_count
        if not answer.HasField("next_page_token"):
            return count
        request.page_token = answer.next_page_token

"""How commands reach the system: where it is, as whom, and the clients of its services.

It is the local stack of `--home`, whose operator key makes whoever runs the command an admin of it, unless
NOTIFYCTL_TARGET names another notifications service (`host:port`, for example a forwarded port of a cluster) and
NOTIFYCTL_TARGETS the others (`sms=host:port,email=host:port`). There NOTIFYCTL_TOKEN holds a person's token
(`notifyctl token create`), or NOTIFY_CALLER_KEYS the keys that services and tools sign with.
"""

import asyncio
import contextlib
import getpass
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from clients.notifyctl.output import UNREACHABLE, CommandError
from clients.notifyctl.stack.secrets import StackSecrets
from clients.notifyctl.stack.services import GATEWAY, KINDS, NOTIFICATIONS, ROOT
from clients.notifyctl.stack.state import Phase, StackState, read_state
from notify.billing.v1 import billing_pb2_grpc
from notify.letters.v1 import letters_pb2_grpc, printing_pb2_grpc
from notify.notifications.v1 import (
    accounts_pb2,
    accounts_pb2_grpc,
    caches_pb2_grpc,
    callbacks_pb2_grpc,
    deliveries_pb2_grpc,
    jobs_pb2_grpc,
    letter_care_pb2_grpc,
    letter_logos_pb2_grpc,
    limits_pb2_grpc,
    notifications_pb2_grpc,
    reports_pb2_grpc,
    requests_pb2_grpc,
    returned_letters_pb2_grpc,
    templates_pb2_grpc,
)
from servicekit.grpc_client import Channel, make_channel
from servicekit.identity import CallerTokens, PersonToken, mint_person_token

T = TypeVar("T")

LOT = 1_000
"""What one call takes of whatever is named by id."""

CALLER = "notifyctl"
DEFAULT_HOME = ROOT / ".notify"
_TIMEOUT_S = 10.0
_OWN_TOKEN_LIFE = timedelta(hours=1)

Home = Annotated[
    Path,
    typer.Option(
        envvar="NOTIFYCTL_HOME", help="Folder of the local stack.", show_default=".notify of the project"
    ),
]
Reason = Annotated[
    str,
    typer.Option(
        "--reason",
        "-r",
        envvar="NOTIFYCTL_REASON",
        help="Why; kept in the record of changes.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """Stubs of the notifications service; call them through `channel.call`."""

    channel: Channel
    accounts: "accounts_pb2_grpc.AccountsServiceAsyncStub"
    limits: "limits_pb2_grpc.LimitsServiceAsyncStub"
    caches: "caches_pb2_grpc.CachesServiceAsyncStub"
    templates: "templates_pb2_grpc.TemplatesServiceAsyncStub"
    notifications: "notifications_pb2_grpc.NotificationsServiceAsyncStub"
    deliveries: "deliveries_pb2_grpc.DeliveriesServiceAsyncStub"
    callbacks: "callbacks_pb2_grpc.CallbacksServiceAsyncStub"
    jobs: "jobs_pb2_grpc.JobsServiceAsyncStub"
    letter_care: "letter_care_pb2_grpc.LetterCareServiceAsyncStub"
    letter_logos: "letter_logos_pb2_grpc.LetterLogosServiceAsyncStub"
    returned_letters: "returned_letters_pb2_grpc.ReturnedLettersServiceAsyncStub"
    reports: "reports_pb2_grpc.ReportsServiceAsyncStub"
    requests: "requests_pb2_grpc.RequestsServiceAsyncStub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the system is, and as whom to call it."""

    targets: Mapping[str, str]
    """By service; that of notifications is there."""
    caller: str | PersonToken
    """A person, or the callers' keys."""


@contextlib.asynccontextmanager
async def connect(target: str, caller: str | PersonToken, *, reason: str = "") -> AsyncIterator[Clients]:
    """Clients for `host:port`; they connect at the first call. `caller`: a person, or the callers' keys."""
    async with open_channel(target, caller, reason) as channel:
        yield Clients(
            channel=channel,
            accounts=accounts_pb2_grpc.AccountsServiceStub(channel.grpc),
            limits=limits_pb2_grpc.LimitsServiceStub(channel.grpc),
            caches=caches_pb2_grpc.CachesServiceStub(channel.grpc),
            templates=templates_pb2_grpc.TemplatesServiceStub(channel.grpc),
            notifications=notifications_pb2_grpc.NotificationsServiceStub(channel.grpc),
            deliveries=deliveries_pb2_grpc.DeliveriesServiceStub(channel.grpc),
            callbacks=callbacks_pb2_grpc.CallbacksServiceStub(channel.grpc),
            jobs=jobs_pb2_grpc.JobsServiceStub(channel.grpc),
            letter_care=letter_care_pb2_grpc.LetterCareServiceStub(channel.grpc),
            letter_logos=letter_logos_pb2_grpc.LetterLogosServiceStub(channel.grpc),
            returned_letters=returned_letters_pb2_grpc.ReturnedLettersServiceStub(channel.grpc),
            reports=reports_pb2_grpc.ReportsServiceStub(channel.grpc),
            requests=requests_pb2_grpc.RequestsServiceStub(channel.grpc),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LettersClients:
    """Stubs of the letters service; call them through `channel.call`."""

    channel: Channel
    letters: "letters_pb2_grpc.LettersServiceAsyncStub"
    printing: "printing_pb2_grpc.PrintingServiceAsyncStub"


@contextlib.asynccontextmanager
async def connect_letters(home: Path, *, reason: str = "") -> AsyncIterator[LettersClients]:
    """Clients of the letters service of the system that a command is about. Raises CommandError."""
    found = address(home)
    target = found.targets.get("letters")
    if target is None:
        raise CommandError(
            "the letters service's address is not known; NOTIFYCTL_TARGETS=letters=host:port says it"
        )
    why = reason_of(reason)
    async with open_channel(target, found.caller, why) as channel:
        yield LettersClients(
            channel=channel,
            letters=letters_pb2_grpc.LettersServiceStub(channel.grpc),
            printing=printing_pb2_grpc.PrintingServiceStub(channel.grpc),
        )


def reason_of(given: str) -> str:
    """Why something is changed: as given, else as the environment says."""
    return given or os.environ.get("NOTIFYCTL_REASON", "")


def open_channel(target: str, caller: str | PersonToken, reason: str = "") -> Channel:
    """A channel to one service; close it."""
    tokens = caller if isinstance(caller, PersonToken) else CallerTokens(CALLER, caller)
    return make_channel(target, caller=tokens, default_timeout_s=_TIMEOUT_S, reason=reason)


def with_clients(home: Path, work: Callable[[Clients], Awaitable[T]], *, reason: str = "") -> T:
    """Do some work with the system that a command is about. Raises CommandError and `ServiceError`s.

    `reason`: why something is changed; without one, that of the environment (NOTIFYCTL_REASON).
    """

    async def run() -> T:
        found = address(home)
        why = reason_of(reason)
        async with connect(found.targets[NOTIFICATIONS], found.caller, reason=why) as clients:
            return await work(clients)

    return asyncio.run(run())


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingClients:
    """Stubs of the billing service, and of the notifications service for finding services by name."""

    channel: Channel
    billing: "billing_pb2_grpc.BillingServiceAsyncStub"
    notifications: Clients


def with_billing(home: Path, work: Callable[[BillingClients], Awaitable[T]], *, reason: str = "") -> T:
    """Do some work with the billing service; in a cluster it is where NOTIFYCTL_TARGETS says. Raises
    CommandError and `ServiceError`s. `reason`: as for `with_clients`.
    """

    async def run() -> T:
        found = address(home)
        if "billing" not in found.targets:
            raise CommandError(
                "NOTIFYCTL_TARGETS does not say where billing is, such as billing=127.0.0.1:6025"
            )
        why = reason_of(reason)
        async with (
            connect(found.targets[NOTIFICATIONS], found.caller, reason=why) as clients,
            open_channel(found.targets["billing"], found.caller, why) as channel,
        ):
            return await work(
                BillingClients(
                    channel=channel,
                    billing=billing_pb2_grpc.BillingServiceStub(channel.grpc),
                    notifications=clients,
                )
            )

    return asyncio.run(run())


@contextlib.asynccontextmanager
async def connect_all(
    home: Path, names: Iterable[str] = (), *, reason: str = ""
) -> AsyncIterator[dict[str, Channel]]:
    """Channels to all services, or to those named. Raises CommandError for a name that is none."""
    found = address(home)
    wanted = list(names) or list(found.targets)
    if unknown := [name for name in wanted if name not in found.targets]:
        raise CommandError(f"{unknown[0]} is none of the services {', '.join(found.targets)}")
    async with contextlib.AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(open_channel(found.targets[name], found.caller, reason))
            for name in wanted
        }


def address(home: Path) -> Address:
    """Where the system that a command is about is, and as whom to call it. Raises CommandError."""
    token = os.environ.get("NOTIFYCTL_TOKEN")
    keys = os.environ.get("NOTIFY_CALLER_KEYS")
    target = os.environ.get("NOTIFYCTL_TARGET")
    if target:
        if not token and not keys:
            raise CommandError("NOTIFYCTL_TARGET is set, and NOTIFYCTL_TOKEN is not")
        others = dict(
            _named_target(part) for part in os.environ.get("NOTIFYCTL_TARGETS", "").split(",") if part
        )
        return Address(
            targets={NOTIFICATIONS: target, **others}, caller=PersonToken(token) if token else keys or ""
        )
    state = running_stack(home)
    targets = {
        kind.name: state.target(kind.name)
        for kind in KINDS
        if kind.name != GATEWAY and kind.name in state.processes
    }
    own = token or _own_token(StackSecrets(home / "secrets").operator_key())
    return Address(targets=targets, caller=PersonToken(own))


def notifications_target(home: Path) -> str:
    """Where the notifications service is, whoever asks. Raises CommandError."""
    return os.environ.get("NOTIFYCTL_TARGET") or running_stack(home).target(NOTIFICATIONS)


def running_stack(home: Path) -> StackState:
    """The state of the local stack. Raises CommandError when none is ready."""
    state = read_state(home)
    if state is None or state.phase is not Phase.READY:
        raise CommandError(f"no stack is running in {home}; `make run` starts one", exit_code=UNREACHABLE)
    return state


async def find_service(clients: Clients, id_or_name: str) -> accounts_pb2.GetServiceResponse:
    """A service by its id or its exact name. Raises NotFound."""
    request = accounts_pb2.GetServiceRequest(name=id_or_name)
    if is_uuid(id_or_name):
        request = accounts_pb2.GetServiceRequest(service_id=id_or_name)
    return await clients.channel.call(clients.accounts.GetService, request)


def is_uuid(text: str) -> bool:
    """Whether a text is an id."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _own_token(operator_key: str) -> str:
    """Whoever can read the stack's key may do everything with it: a token in their own name."""
    name = re.sub(r"[^a-z0-9._@-]", "-", getpass.getuser().lower()).strip("-.")
    return mint_person_token(
        operator_key, name=name if len(name) > 1 else "somebody", role="admin", life=_OWN_TOKEN_LIFE
    )


def _named_target(part: str) -> tuple[str, str]:
    name, _, target = part.strip().partition("=")
    if not target:
        raise CommandError("NOTIFYCTL_TARGETS must look like sms=host:port,email=host:port")
    return name, target


def in_lots(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """A long list in parts that one call takes each."""
    return (items[begin : begin + LOT] for begin in range(0, len(items), LOT))

"""How commands reach the system: the gRPC clients of the notifications service, and where it is.

It is the local stack of `--home`, unless NOTIFYCTL_TARGET names another (`host:port`, for example a forwarded
port of a cluster); NOTIFY_CALLER_KEYS must then hold the keys that callers sign with.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from clients.notifyctl.output import UNREACHABLE, CommandError
from clients.notifyctl.stack.secrets import StackSecrets
from clients.notifyctl.stack.services import KINDS, NOTIFICATIONS, ROOT
from clients.notifyctl.stack.state import Phase, StackState, read_state
from notify.notifications.v1 import (
    accounts_pb2,
    accounts_pb2_grpc,
    callbacks_pb2_grpc,
    deliveries_pb2_grpc,
    notifications_pb2_grpc,
    templates_pb2_grpc,
)
from servicekit.grpc_client import Channel, make_channel
from servicekit.identity import CallerTokens

T = TypeVar("T")

CALLER = "notifyctl"
DEFAULT_HOME = ROOT / ".notify"
_TIMEOUT_S = 10.0

Home = Annotated[
    Path,
    typer.Option(
        envvar="NOTIFYCTL_HOME", help="Folder of the local stack.", show_default=".notify of the project"
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """Stubs of the notifications service; call them through `channel.call`."""

    channel: Channel
    accounts: "accounts_pb2_grpc.AccountsServiceAsyncStub"
    templates: "templates_pb2_grpc.TemplatesServiceAsyncStub"
    notifications: "notifications_pb2_grpc.NotificationsServiceAsyncStub"
    deliveries: "deliveries_pb2_grpc.DeliveriesServiceAsyncStub"
    callbacks: "callbacks_pb2_grpc.CallbacksServiceAsyncStub"


@contextlib.asynccontextmanager
async def connect(target: str, caller_keys: str) -> AsyncIterator[Clients]:
    """Clients for `host:port`; they connect at the first call."""
    tokens = CallerTokens(CALLER, caller_keys)
    async with make_channel(target, caller=tokens, default_timeout_s=_TIMEOUT_S) as channel:
        yield Clients(
            channel=channel,
            accounts=accounts_pb2_grpc.AccountsServiceStub(channel.grpc),
            templates=templates_pb2_grpc.TemplatesServiceStub(channel.grpc),
            notifications=notifications_pb2_grpc.NotificationsServiceStub(channel.grpc),
            deliveries=deliveries_pb2_grpc.DeliveriesServiceStub(channel.grpc),
            callbacks=callbacks_pb2_grpc.CallbacksServiceStub(channel.grpc),
        )


def with_clients(home: Path, work: Callable[[Clients], Awaitable[T]]) -> T:
    """Do some work with the system that a command is about. Raises CommandError and `ServiceError`s."""

    async def run() -> T:
        async with connect(*address(home)) as clients:
            return await work(clients)

    return asyncio.run(run())


def address(home: Path) -> tuple[str, str]:
    """Target and caller keys of the system that a command is about. Raises CommandError."""
    target = os.environ.get("NOTIFYCTL_TARGET")
    keys = os.environ.get("NOTIFY_CALLER_KEYS")
    if target:
        if not keys:
            raise CommandError("NOTIFYCTL_TARGET is set, and NOTIFY_CALLER_KEYS is not")
        return target, keys
    state = running_stack(home)
    return state.target(NOTIFICATIONS), keys or StackSecrets(home / "secrets").get("caller_keys")


@contextlib.asynccontextmanager
async def connect_all(home: Path, names: Iterable[str] = ()) -> AsyncIterator[dict[str, Channel]]:
    """Channels to the services that keep tasks and alerts, or to those named. Raises CommandError for a name
    that is none.

    Without a local stack these are the notifications service of NOTIFYCTL_TARGET and those of
    NOTIFYCTL_TARGETS (`sms=host:port,billing=host:port`).
    """
    targets, keys = all_addresses(home)
    wanted = list(names) or list(targets)
    if unknown := [name for name in wanted if name not in targets]:
        raise CommandError(f"{unknown[0]} is none of the services {', '.join(targets)}")
    tokens = CallerTokens(CALLER, keys)
    async with contextlib.AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(
                make_channel(targets[name], caller=tokens, default_timeout_s=_TIMEOUT_S)
            )
            for name in wanted
        }


def all_addresses(home: Path) -> tuple[dict[str, str], str]:
    """The targets of all services with gRPC by name, and the callers' keys. Raises CommandError."""
    target, keys = address(home)
    targets = {NOTIFICATIONS: target}
    if os.environ.get("NOTIFYCTL_TARGET"):
        for pair in filter(None, os.environ.get("NOTIFYCTL_TARGETS", "").split(",")):
            name, separator, other = pair.partition("=")
            if not separator:
                raise CommandError("NOTIFYCTL_TARGETS is written sms=host:port,billing=host:port")
            targets[name.strip()] = other.strip()
        return targets, keys
    state = running_stack(home)
    others = [kind.name for kind in KINDS if kind.schema and kind.name in state.ports]
    return targets | {name: state.target(name) for name in others}, keys


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

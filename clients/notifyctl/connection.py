"""How commands reach the system: the gRPC clients of the notifications service, and where it is.

It is the local stack of `--home`, unless NOTIFYCTL_TARGET names another (`host:port`, for example a forwarded
port of a cluster); NOTIFY_CALLER_KEYS must then hold the keys that callers sign with.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from clients.notifyctl.output import UNREACHABLE, CommandError
from clients.notifyctl.stack.secrets import StackSecrets
from clients.notifyctl.stack.services import NOTIFICATIONS, ROOT
from clients.notifyctl.stack.state import Phase, StackState, read_state
from notify.billing.v1 import billing_pb2_grpc
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


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingClients:
    """Stubs of the billing service, and of the notifications service for finding services by name."""

    channel: Channel
    billing: "billing_pb2_grpc.BillingServiceAsyncStub"
    notifications: Clients


def with_billing(home: Path, work: Callable[[BillingClients], Awaitable[T]]) -> T:
    """Do some work with the billing service; in a cluster it is where NOTIFYCTL_BILLING_TARGET says. Raises
    CommandError and `ServiceError`s.
    """
    target, keys = address(home)
    billing_target = os.environ.get("NOTIFYCTL_BILLING_TARGET")
    if billing_target is None:
        if "NOTIFYCTL_TARGET" in os.environ:
            raise CommandError("NOTIFYCTL_TARGET is set, and NOTIFYCTL_BILLING_TARGET is not")
        billing_target = running_stack(home).target("billing")

    async def run() -> T:
        tokens = CallerTokens(CALLER, keys)
        async with (
            connect(target, keys) as clients,
            make_channel(billing_target, caller=tokens, default_timeout_s=_TIMEOUT_S) as channel,
        ):
            return await work(
                BillingClients(
                    channel=channel,
                    billing=billing_pb2_grpc.BillingServiceStub(channel.grpc),
                    notifications=clients,
                )
            )

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

"""The gRPC server that every service runs: registration, who may call what, health, reflection.

Handlers are plain generated servicers; `rpc_chain` has what is put around each. Called from a service's
`__main__`. Not here: what handlers do, TLS (the cluster's mesh or a private network carries the calls).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import grpc
import structlog
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from servicekit import rpc_chain
from servicekit.access import Access
from servicekit.grpc_limits import MAX_MESSAGE_BYTES, MAX_METADATA_BYTES
from servicekit.identity import CallerTokens
from servicekit.request_context import remaining_s

__all__ = ["GrpcServer", "ServiceRegistration", "make_server", "remaining_s"]

LIVE: Final = "live"
"""Health name that is SERVING as long as the process runs; "" and the services' names follow their needs."""

_CHECK_TIMEOUT_S: Final = 2.0
_SERVER_OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_metadata_size", MAX_METADATA_BYTES),
    ("grpc.absolute_max_metadata_size", MAX_METADATA_BYTES),
    ("grpc.so_reuseport", 0),  # else a second process on the same port takes half of the calls in silence
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),  # clients ping every 20 s
    ("grpc.http2.max_ping_strikes", 0),
)

_log = structlog.get_logger()

Servicer = Any
"""A generated servicer: each service has its own type."""
Check = Callable[[], Awaitable[None]]
"""Raises when what a service needs is away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRegistration:
    """One gRPC service of a process."""

    add: Callable[[Any, grpc.aio.Server], None]
    """The generated `add_…Servicer_to_server`."""
    servicer: Servicer
    quiet: frozenset[str] = frozenset()
    """Methods (short names) called so often that a line for each would drown the rest: logged at debug
    unless slow or failed."""
    waiting: frozenset[str] = frozenset()
    """Methods that wait by design (long polls, streams): never called slow."""


class _Recorder:
    """Stands in for a server while generated code registers its handlers."""

    def __init__(self) -> None:
        self.handlers: dict[str, dict[str, grpc.RpcMethodHandler[Any, Any]]] = {}

    def add_generic_rpc_handlers(self, handlers: Sequence[object]) -> None:
        """Generated code calls both; the other one has the names."""

    def add_registered_method_handlers(
        self, service: str, handlers: "dict[str, grpc.RpcMethodHandler[Any, Any]]"
    ) -> None:
        self.handlers[service] = handlers


def make_server(
    services: Sequence[ServiceRegistration],
    *,
    domain: str,
    listen: str,
    tokens: CallerTokens,
    allowed_callers: Mapping[str, Access | frozenset[str]],
    reflection: bool = False,
    checks: Mapping[str, Check] | None = None,
    slow_s: float = 1.0,
) -> "GrpcServer":
    """Make a server; nothing listens until `start`.

    `domain` is `<service>.notify`, for ErrorInfo. `allowed_callers` maps a full RPC name
    (`notify.sms.v1.SmsService/HandleReceipt`) or a whole service (`notify.sms.v1.SmsService/*`) to a row of
    `access`, or to the names of services where no person may call; the exact name wins.
    `checks` ping what the service needs, by name.

    Raises ValueError when a method has no entry in the table or an entry has no method: both are wiring bugs.
    """
    recorder = _Recorder()
    found: dict[str, ServiceRegistration] = {}
    for registration in services:
        before = set(recorder.handlers)
        registration.add(registration.servicer, cast("grpc.aio.Server", recorder))
        found |= dict.fromkeys(set(recorder.handlers) - before, registration)
    table = _callers_by_method(recorder.handlers, allowed_callers)

    wrapped = {
        service: {
            name: rpc_chain.wrap(
                rpc_chain.Method(
                    name=f"{service}/{name}",
                    domain=domain,
                    access=table[f"{service}/{name}"],
                    tokens=tokens,
                    is_quiet=name in found[service].quiet,
                    slow_s=float("inf") if name in found[service].waiting else slow_s,
                ),
                handler,
            )
            for name, handler in handlers.items()
        }
        for service, handlers in recorder.handlers.items()
    }
    return GrpcServer(listen, wrapped, checks or {}, with_reflection=reflection)


def _callers_by_method(
    handlers: "Mapping[str, Mapping[str, object]]", allowed_callers: Mapping[str, Access | frozenset[str]]
) -> dict[str, Access]:
    methods = [f"{service}/{name}" for service, names in handlers.items() for name in names]
    return access_by_method(methods, allowed_callers)


def access_by_method(
    methods: Sequence[str], allowed_callers: Mapping[str, Access | frozenset[str]]
) -> dict[str, Access]:
    """The row of each method (`package.Service/Method`). Raises ValueError when table and methods differ."""
    table: dict[str, Access] = {}
    for method in methods:
        row = allowed_callers.get(method, allowed_callers.get(f"{method.partition('/')[0]}/*"))
        if row is None:
            raise ValueError(f"no caller is named for {method}")
        table[method] = row if isinstance(row, Access) else Access(row)
    whole_services = {f"{method.partition('/')[0]}/*" for method in methods}
    unknown = set(allowed_callers) - set(methods) - whole_services
    if unknown:
        raise ValueError(f"the table of callers names unknown methods: {sorted(unknown)}")
    return table


class GrpcServer:
    """A server. An async context manager: starts on entering, stops without grace on leaving."""

    def __init__(
        self,
        listen: str,
        handlers: "Mapping[str, dict[str, grpc.RpcMethodHandler[Any, Any]]]",
        checks: Mapping[str, Check],
        *,
        with_reflection: bool,
    ) -> None:
        self._listen = listen
        self._handlers = handlers
        self._checks = checks
        self._with_reflection = with_reflection
        self._health = cast("Any", health).aio.HealthServicer()
        self._server: grpc.aio.Server | None = None
        self._wanted = False
        self._missing: set[str] = set()
        """Names of needs that are away."""
        self.port = 0
        """The port in use, once started."""

    @property
    def is_serving(self) -> bool:
        """Whether health says SERVING."""
        return self._wanted and not self._missing

    async def start(self) -> int:
        """Check the needs, listen, and be healthy; answers the port.

        A missing need does not stop the start: health tells of it. Raises RuntimeError when the address
        can't be used.
        """
        await self.check_once()
        server = grpc.aio.server(options=_SERVER_OPTIONS)
        for service, handlers in self._handlers.items():
            server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        if self._with_reflection:
            names = [*self._handlers, health.SERVICE_NAME, reflection.SERVICE_NAME]
            reflection.enable_server_reflection(names, server)
        try:
            self.port = server.add_insecure_port(self._listen)
            await server.start()
        except BaseException:
            await server.stop(None)
            raise
        self._server = server
        await self._health.set(LIVE, health_pb2.HealthCheckResponse.SERVING)
        await self.set_serving()
        return self.port

    async def stop(self, grace_s: float = 0.0) -> None:
        """Accept no more calls, wait up to `grace_s` for those under way, cancel the rest."""
        server, self._server = self._server, None
        if server is not None:
            await server.stop(grace_s)

    async def set_serving(self) -> None:
        """Health says SERVING, as long as the checks agree."""
        self._wanted = True
        await self._publish()

    async def set_not_serving(self) -> None:
        """Health says NOT_SERVING from now on: the first step of stopping."""
        self._wanted = False
        await self._publish()

    async def check_once(self) -> bool:
        """Ping what the service needs and publish the outcome; answers whether all is there."""
        for name, check in self._checks.items():
            failure = await _failure_of(check)
            if failure is None:
                if name in self._missing:
                    _log.warning("need_returned", need=name)
                    self._missing.remove(name)
            elif name not in self._missing:
                _log.warning("need_missing", need=name, failure=failure)
                self._missing.add(name)
        await self._publish()
        return not self._missing

    async def watch_needs(self, interval_s: float = 2.0) -> None:
        """Ping what the service needs, for ever: a background loop."""
        while True:
            await self.check_once()
            await asyncio.sleep(interval_s)

    async def _publish(self) -> None:
        status = (
            health_pb2.HealthCheckResponse.SERVING
            if self.is_serving
            else health_pb2.HealthCheckResponse.NOT_SERVING
        )
        for name in ("", *self._handlers):
            await self._health.set(name, status)

    async def __aenter__(self) -> "GrpcServer":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


async def _failure_of(check: Check) -> Exception | None:
    try:
        async with asyncio.timeout(_CHECK_TIMEOUT_S):
            await check()
    except Exception as exc:  # noqa: BLE001 -- whatever a check raises means no
        return exc
    return None

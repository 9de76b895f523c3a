"""The gRPC server that every service runs: registration, the chain around each handler, health, reflection.

Handlers are plain generated servicers. Each is wrapped once, when the server is made, by the steps of
`_CHAIN`; grpc's own interceptor machinery is not used, as it looks handlers up and rebuilds them on every
call. Called from a service's `__main__`. Not here: what handlers do, TLS (the cluster's mesh or a private
network carries the calls).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

import grpc
import structlog
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from servicekit import metrics, request_context
from servicekit.clock import monotonic
from servicekit.errors import (
    DETAILS_KEY,
    DeadlineExceeded,
    NotAllowed,
    ServiceError,
    Unimplemented,
    parts_of,
    to_status,
)
from servicekit.identity import CallerTokens
from servicekit.request_context import remaining_s

__all__ = ["GrpcServer", "ServiceRegistration", "make_server", "remaining_s"]

MAX_MESSAGE_BYTES: Final = 16 * 1024 * 1024
MAX_METADATA_BYTES: Final = 64 * 1024
LIVE: Final = "live"
"""Health name that is SERVING as long as the process runs; "" and the services' names follow their needs."""

_MIN_REMAINING_S: Final = 0.050
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
_handled = metrics.counter("notify_rpc_handled_total", "RPCs answered", ["method", "code"])
_duration = metrics.histogram("notify_rpc_duration_seconds", "Time to answer an RPC", ["method"])

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Method:
    """What is known about a method before any call."""

    name: str
    """`/notify.sms.v1.SmsService/HandleReceipt`."""
    domain: str
    callers: frozenset[str]
    tokens: CallerTokens
    is_quiet: bool
    slow_s: float


@dataclass(slots=True)
class _Rpc:
    """One call on its way through the chain."""

    request: Any
    context: "grpc.aio.ServicerContext[Any, Any]"
    started: float
    authorization: str | None = None
    code: grpc.StatusCode = grpc.StatusCode.OK
    failure: BaseException | None = None
    state: request_context.RequestContext = field(
        default_factory=lambda: request_context.RequestContext(request_id="")
    )


_Step = Callable[[_Rpc], Awaitable[Any]]


def _with_request_id(method: _Method, inner: _Step) -> _Step:
    async def step(rpc: _Rpc) -> Any:
        for key, value in rpc.context.invocation_metadata() or ():
            if key == "authorization":
                rpc.authorization = str(value)
            elif key == "x-request-id":
                rpc.state.request_id = str(value)[:64]
        if not rpc.state.request_id:
            rpc.state.request_id = request_context.new_request_id()
        request_context.enter(rpc.state)
        return await inner(rpc)

    return step


def _with_log(method: _Method, inner: _Step) -> _Step:
    async def step(rpc: _Rpc) -> Any:
        try:
            return await inner(rpc)
        finally:
            _log_rpc(method, rpc)

    return step


def _log_rpc(method: _Method, rpc: _Rpc) -> None:
    duration_s = monotonic() - rpc.started
    failure = rpc.failure
    if failure is None:
        write = _log.debug if method.is_quiet and duration_s < method.slow_s else _log.info
    elif isinstance(failure, ServiceError | asyncio.CancelledError):
        write = _log.warning if rpc.code in _COPED else _log.info
    else:
        write = _log.error
    caller = rpc.state.caller
    write(
        "rpc_answered",
        method=method.name,
        caller=None if caller is None else caller.name,
        code=rpc.code.name,
        duration_ms=round(duration_s * 1000, 1),
        **({} if failure is None else {"failure": failure}),
    )


_COPED = frozenset(
    {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED}
)


def _with_metrics(method: _Method, inner: _Step) -> _Step:
    duration = _duration.labels(method.name)
    handled = {code: _handled.labels(method.name, code.name) for code in (grpc.StatusCode.OK,)}

    async def step(rpc: _Rpc) -> Any:
        try:
            return await inner(rpc)
        finally:
            duration.observe(monotonic() - rpc.started)
            if rpc.code not in handled:
                handled[rpc.code] = _handled.labels(method.name, rpc.code.name)
            handled[rpc.code].inc()

    return step


def _with_errors(method: _Method, inner: _Step) -> _Step:
    async def step(rpc: _Rpc) -> Any:
        try:
            return await inner(rpc)
        except asyncio.CancelledError as exc:
            rpc.code, rpc.failure = grpc.StatusCode.CANCELLED, exc
            raise
        except grpc.aio.AbortError as exc:
            rpc.code, rpc.failure = grpc.StatusCode.UNKNOWN, exc
            raise
        except Exception as exc:  # noqa: BLE001 -- the border: what a handler raises becomes a status here
            if isinstance(exc, NotImplementedError):
                exc = Unimplemented("This call is not implemented")
            parts = parts_of(exc, method.domain)
            rpc.code, rpc.failure = parts.code, exc
        details = to_status(parts).SerializeToString()
        return await rpc.context.abort(parts.code, parts.message[:200], ((DETAILS_KEY, details),))

    return step


def _with_deadline(method: _Method, inner: _Step) -> _Step:
    async def step(rpc: _Rpc) -> Any:
        left_s = rpc.context.time_remaining()
        if left_s is not None:
            if left_s < _MIN_REMAINING_S:
                raise DeadlineExceeded("Too little time was left to begin")
            rpc.state.deadline = monotonic() + left_s
        return await inner(rpc)

    return step


def _with_caller(method: _Method, inner: _Step) -> _Step:
    async def step(rpc: _Rpc) -> Any:
        caller = rpc.state.caller = method.tokens.verify_header(rpc.authorization)
        if caller.name not in method.callers and not any(
            f"role:{role}" in method.callers for role in caller.roles
        ):
            raise NotAllowed(f"{caller.name} may not call {method.name}")
        return await inner(rpc)

    return step


_CHAIN: Final[tuple[Callable[[_Method, _Step], _Step], ...]] = (
    _with_request_id,  # first, so that every line about this call carries the id
    _with_log,  # outside metrics and errors: one line whatever happens, with the final code
    _with_metrics,  # before the caller is checked, so that refusals count
    _with_errors,  # outside all that may raise; inside what looks at the code
    _with_deadline,  # before the token is checked: a call that is too late should cost nothing
    _with_caller,  # last: the handler runs for known and allowed callers only
)


def _answer_once(handler: Callable[[Any, Any], Awaitable[Any]]) -> _Step:
    async def step(rpc: _Rpc) -> Any:
        return await handler(rpc.request, rpc.context)

    return step


def _answer_many(handler: Callable[[Any, Any], Any]) -> _Step:
    async def step(rpc: _Rpc) -> None:
        answers = handler(rpc.request, rpc.context)
        if hasattr(answers, "__aiter__"):
            write = rpc.context.write
            async with contextlib.aclosing(answers):  # else a caller that leaves would not end the handler
                async for answer in answers:
                    await write(answer)
        else:
            await answers  # a handler that writes by itself

    return step


def _wrap(method: _Method, handler: "grpc.RpcMethodHandler[Any, Any]") -> "grpc.RpcMethodHandler[Any, Any]":
    """The same method with the chain around it."""
    parts = cast("Any", handler)
    function = parts.unary_unary or parts.unary_stream or parts.stream_unary or parts.stream_stream
    step = _answer_many(function) if parts.response_streaming else _answer_once(function)
    for layer in reversed(_CHAIN):
        step = layer(method, step)

    async def answer(request: Any, context: "grpc.aio.ServicerContext[Any, Any]") -> Any:
        return await step(_Rpc(request, context, monotonic()))

    make = _MAKERS[parts.request_streaming, parts.response_streaming]
    return make(answer, parts.request_deserializer, parts.response_serializer)


_MAKERS: Final[Mapping[tuple[bool, bool], Callable[..., "grpc.RpcMethodHandler[Any, Any]"]]] = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}


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
    allowed_callers: Mapping[str, frozenset[str]],
    reflection: bool = False,
    checks: Mapping[str, Check] | None = None,
    slow_s: float = 1.0,
) -> "GrpcServer":
    """Make a server; nothing listens until `start`.

    `domain` is `<service>.notify`, for ErrorInfo. `allowed_callers` maps a full RPC name
    (`notify.sms.v1.SmsService/HandleReceipt`) or a whole service (`notify.sms.v1.SmsService/*`) to callers'
    names, or `role:<role>` for people; the exact name wins. `checks` ping what the service needs, by name.

    Raises ValueError when a method has no entry in the table or an entry has no method: both are wiring bugs.
    """
    recorder = _Recorder()
    found: dict[str, ServiceRegistration] = {}
    for registration in services:
        before = set(recorder.handlers)
        registration.add(registration.servicer, cast("grpc.aio.Server", recorder))
        found |= dict.fromkeys(set(recorder.handlers) - before, registration)
    table = _callers_by_method(recorder.handlers, allowed_callers)

    server = grpc.aio.server(options=_SERVER_OPTIONS)
    for service, handlers in recorder.handlers.items():
        registration = found[service]
        wrapped = {
            name: _wrap(
                _Method(
                    name=f"{service}/{name}",
                    domain=domain,
                    callers=table[f"{service}/{name}"],
                    tokens=tokens,
                    is_quiet=name in registration.quiet,
                    slow_s=float("inf") if name in registration.waiting else slow_s,
                ),
                handler,
            )
            for name, handler in handlers.items()
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, wrapped),))
    return GrpcServer(server, listen, list(recorder.handlers), checks or {}, with_reflection=reflection)


def _callers_by_method(
    handlers: "Mapping[str, Mapping[str, object]]", allowed_callers: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    methods = {f"{service}/{name}": f"{service}/*" for service, names in handlers.items() for name in names}
    table: dict[str, frozenset[str]] = {}
    for method, whole_service in methods.items():
        callers = allowed_callers.get(method, allowed_callers.get(whole_service))
        if callers is None:
            raise ValueError(f"no caller is named for {method}")
        table[method] = callers
    unknown = set(allowed_callers) - set(methods) - set(methods.values())
    if unknown:
        raise ValueError(f"the table of callers names unknown methods: {sorted(unknown)}")
    return table


class GrpcServer:
    """A running server. An async context manager: starts on entering, stops without grace on leaving."""

    def __init__(
        self,
        server: grpc.aio.Server,
        listen: str,
        service_names: list[str],
        checks: Mapping[str, Check],
        *,
        with_reflection: bool,
    ) -> None:
        self._server = server
        self._listen = listen
        self._names = ["", *service_names]
        self._checks = checks
        self._health = cast("Any", health).aio.HealthServicer()
        self._wanted = False
        self._needs_met = True
        self._stopped = False
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        if with_reflection:
            reflection.enable_server_reflection(
                [*service_names, health.SERVICE_NAME, reflection.SERVICE_NAME], server
            )
        self.port = 0

    @property
    def is_serving(self) -> bool:
        """Whether health says SERVING."""
        return self._wanted and self._needs_met

    async def start(self) -> int:
        """Listen and be healthy; answers the port."""
        self.port = self._server.add_insecure_port(self._listen)
        await self._server.start()
        await self._health.set(LIVE, health_pb2.HealthCheckResponse.SERVING)
        await self.set_serving()
        return self.port

    async def stop(self, grace_s: float = 0.0) -> None:
        """Accept no more calls, wait up to `grace_s` for those under way, cancel the rest."""
        if not self._stopped:
            self._stopped = True
            await self._server.stop(grace_s)

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
        failed = [name for name, check in self._checks.items() if not await _passes(name, check)]
        self._needs_met = not failed
        await self._publish()
        return self._needs_met

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
        for name in self._names:
            await self._health.set(name, status)

    async def __aenter__(self) -> "GrpcServer":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


async def _passes(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(_CHECK_TIMEOUT_S):
            await check()
    except Exception as exc:  # noqa: BLE001 -- whatever a check raises means no
        _log.warning("need_missing", need=name, failure=exc)
        return False
    return True

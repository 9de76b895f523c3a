"""Calls to other services: deadline, request id, caller's token, the same exceptions, retries where they
are safe.

`make_channel(...)` gives a `Channel`; stubs are made on `channel.grpc` and called through
`channel.call(stub.Method, request)`. Called by the services' and the gateway's small client modules, which
convert messages at the border.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from typing import Any, Final, TypeVar
from urllib.parse import quote

import grpc

from servicekit import request_context
from servicekit.clock import monotonic
from servicekit.errors import DeadlineExceeded, from_rpc_error, status_in
from servicekit.grpc_limits import MAX_MESSAGE_BYTES, MAX_METADATA_BYTES
from servicekit.identity import CallerTokens, PersonToken
from servicekit.tracing import HEADER, format_traceparent

R = TypeVar("R")

_FIRST_BACKOFF_S: Final = 0.05
_MAX_BACKOFF_S: Final = 0.8
_MAX_ATTEMPTS: Final = 6
_FIRST_RECONNECT_S: Final = 0.1
_MAX_RECONNECT_S: Final = 0.25
"""Between two attempts to connect, give or take a fifth. All the pauses of a call that is made again must outlast it: a
server that is back is then found while its callers still try, also by a channel that saw it away for long. Else two
servers that restart one after the other lose calls though one of them is always there."""
_CONNECT_S: Final = 1.0
"""For one attempt to connect; grpc takes `min_reconnect_backoff_ms` for it. A server that just started is slow."""
_LOST: Final = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED})
"""No connection, or cut off by a server that stops (our own cancellation is no AioRpcError)."""
_CHANNEL_OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_metadata_size", MAX_METADATA_BYTES),
    ("grpc.absolute_max_metadata_size", MAX_METADATA_BYTES),
    ("grpc.initial_reconnect_backoff_ms", round(_FIRST_RECONNECT_S * 1000)),
    ("grpc.max_reconnect_backoff_ms", round(_MAX_RECONNECT_S * 1000)),
    ("grpc.min_reconnect_backoff_ms", round(_CONNECT_S * 1000)),
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.lb_policy_name", "round_robin"),  # over all addresses of a headless service
)


class Channel:
    """A connection to one service, for as long as the process runs."""

    def __init__(
        self, target: str, *, caller: CallerTokens | PersonToken, default_timeout_s: float, reason: str = ""
    ) -> None:
        self.target = target
        self._reason = ((request_context.REASON_KEY, quote(reason, safe=" ")),) if reason else ()
        self.grpc = grpc.aio.insecure_channel(target, options=_CHANNEL_OPTIONS)
        """For making stubs."""
        self._caller = caller
        self._default_timeout_s = default_timeout_s

    async def call(
        self,
        method: Callable[..., Awaitable[R]],
        request: Any,
        *,
        timeout_s: float | None = None,
        idempotent: bool = False,
    ) -> R:
        """Call a unary method and answer its response.

        The deadline is the least of `timeout_s` (the channel's default when None) and what is left of the
        request being served. With `idempotent`, a call that was lost on the way (by the transport, or a
        server that stops) is made again with short pauses while the deadline allows, at most six times in
        all; an `Unavailable` that the server itself raised is not.

        Raises the `ServiceError` that the server raised, `Unavailable` or `DeadlineExceeded`.
        """
        deadline = monotonic() + self._allowed_s(timeout_s)
        attempt = 1
        while True:
            left_s = deadline - monotonic()
            if left_s <= 0:
                raise DeadlineExceeded
            try:
                return await method(request, timeout=left_s, metadata=self.metadata())
            except grpc.aio.AioRpcError as err:
                pause_s = _backoff_s(attempt)
                may_retry = (
                    idempotent
                    and attempt < _MAX_ATTEMPTS
                    and err.code() in _LOST
                    and status_in(err) is None
                    and monotonic() + pause_s < deadline
                )
                if not may_retry:
                    raise from_rpc_error(err) from err
            await asyncio.sleep(pause_s)
            attempt += 1

    async def stream(
        self,
        method: Callable[..., AsyncIterable[R]],
        request: Any,
        *,
        timeout_s: float | None = None,
        forever: bool = False,
    ) -> AsyncGenerator[R, None]:
        """Call a method with a streamed answer and yield its messages; leaving early cancels the call.

        `request` is a message, or an async iterator of messages for a method that streams both ways.
        `forever`: without a deadline, for feeds that are watched. Raises as `call` does.
        """
        timeout = None if forever else self._allowed_s(timeout_s)
        call: Any = method(request, timeout=timeout, metadata=self.metadata())
        try:
            async for message in call:
                yield message
        except grpc.aio.AioRpcError as err:
            raise from_rpc_error(err) from err
        finally:
            call.cancel()

    async def send_stream(
        self,
        method: Callable[..., Awaitable[R]],
        requests: AsyncIterable[Any],
        *,
        timeout_s: float | None = None,
    ) -> R:
        """Call a method with a streamed request and answer its response. Raises as `call` does."""
        try:
            return await method(requests, timeout=self._allowed_s(timeout_s), metadata=self.metadata())
        except grpc.aio.AioRpcError as err:
            raise from_rpc_error(err) from err

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What every call carries: caller's token, request id, its trace where it is sampled, and why, where a
        person said so."""
        authorization = ("authorization", self._caller.header())
        request = request_context.current()
        if request is None or not request.request_id:
            return (authorization, *self._reason)
        carried = (authorization, ("x-request-id", request.request_id), *self._reason)
        return carried if request.span is None else (*carried, (HEADER, format_traceparent(request.span)))

    async def ready(self, timeout_s: float) -> None:
        """Wait until connected. Raises Unavailable."""
        try:
            async with asyncio.timeout(timeout_s):
                await self.grpc.channel_ready()
        except TimeoutError as err:
            raise DeadlineExceeded("The service did not become reachable") from err

    async def close(self) -> None:
        """Cancel what is under way and disconnect."""
        await self.grpc.close(None)

    async def __aenter__(self) -> "Channel":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _allowed_s(self, timeout_s: float | None) -> float:
        allowed_s = self._default_timeout_s if timeout_s is None else timeout_s
        remaining_s = request_context.remaining_s()
        return allowed_s if remaining_s is None else min(allowed_s, remaining_s)


def make_channel(
    target: str,
    *,
    caller: CallerTokens | PersonToken,
    default_timeout_s: float = 10.0,
    reason: str = "",
) -> Channel:
    """A channel to `host:port` (or `dns:///name:port` for all addresses of a name); connects at first use.

    `reason`: why a person changes what they change with it.
    """
    return Channel(target, caller=caller, default_timeout_s=default_timeout_s, reason=reason)


def _backoff_s(attempt: int) -> float:
    """50 ms doubling to 800 ms, each between half and all of it."""
    return float(min(_FIRST_BACKOFF_S * 2 ** (attempt - 1), _MAX_BACKOFF_S) * (0.5 + random.random() / 2))

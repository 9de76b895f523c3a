"""The HTTP server around the application: uvicorn with httptools, within our own lifecycle.

Why uvicorn: docs/adr/0002-http-server.md. What is added to it here: no signal handlers (the lifecycle has
them), a listening socket that several processes may share, a limit on the head of a request and on the time
that a request may take to arrive (uvicorn has neither), and answers to what is no HTTP in the public API's
form.
"""

import asyncio
import contextlib
import json
import logging
import socket
from collections.abc import Iterator
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from servicekit.logs import get_logger
from services.api_gateway.errors import plain_error
from services.api_gateway.http import Answer, AsgiApp

MAX_HEAD_BYTES: Final = 64 * 1024
_BACKLOG: Final = 2_048

_log = get_logger()


def listen(address: str) -> socket.socket:
    """A listening socket for `host:port`; port 0 takes a free one. Other processes of this user may listen
    beside it."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, int(port)), family=family, backlog=_BACKLOG, reuse_port=True)


class HttpServer:
    """The server. Run `run` as a loop of the lifecycle and call `drain` when stopping begins."""

    def __init__(
        self,
        app: AsgiApp,
        listener: socket.socket,
        *,
        keep_alive_s: int,
        upload_timeout_s: float,
        grace_s: float,
    ) -> None:
        self._listener = listener
        self._draining = asyncio.Event()
        # uvicorn warns of whatever is no HTTP: a line for each packet that a stranger sends.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        self._server = _Server(
            uvicorn.Config(
                app,
                http=_protocol_class(upload_timeout_s, self._draining),
                loop="none",
                ws="none",
                lifespan="off",
                interface="asgi3",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=keep_alive_s,
                timeout_graceful_shutdown=max(1, int(grace_s)),
                backlog=_BACKLOG,
            )
        )

    @property
    def port(self) -> int:
        """The port in use."""
        return int(self._listener.getsockname()[1])

    async def run(self) -> None:
        """Serve until `stop`; then accept no more, answer what has begun, and return."""
        _log.info("http_server_started", port=self.port)
        await self._server.serve([self._listener])

    async def drain(self, seconds: float) -> None:
        """Answer on for a while, asking for every connection to be closed, and then stop.

        A connection that is closed by this side may cross with a request that a client just sends on it; one
        that the client closes when it was asked to cannot. Who stands in front sees by health checks that it
        should go elsewhere.
        """
        self._draining.set()
        await asyncio.sleep(seconds)
        self.stop()

    def stop(self) -> None:
        """Begin to stop at once."""
        self._server.should_exit = True


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _protocol_class(upload_timeout_s: float, draining: asyncio.Event) -> type["_Protocol"]:
    known = {"upload_timeout_s": upload_timeout_s, "draining": draining}
    return type("_GatewayProtocol", (_Protocol,), known)


class _Protocol(HttpToolsProtocol):
    """One connection. Costs nothing for a request that arrives in one piece."""

    upload_timeout_s: float = 30.0
    draining: asyncio.Event

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._in_head = False
        self._arriving = False
        self._head_bytes = 0
        self._give_up: asyncio.TimerHandle | None = None
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows it likewise
        # A connection that never says anything is idle like one that has said all.
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timer()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._in_head = self._arriving = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()
        if self.draining.is_set():
            self.cycle.keep_alive = False  # the answer says so, and then the connection is closed

    def on_message_complete(self) -> None:
        self._arriving = False
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._arriving:
            if self._in_head:
                self._head_bytes += len(data)
                if self._head_bytes > MAX_HEAD_BYTES:
                    self._refuse(431, "The request's headers are too large")
                    return
            if self._give_up is None:
                self._give_up = self.loop.call_later(self.upload_timeout_s, self._arrived_too_late)
        elif self._give_up is not None:
            self._cancel_timer()

    def _arrived_too_late(self) -> None:
        self._give_up = None
        self._refuse(408, "The request took too long to arrive")

    def _cancel_timer(self) -> None:
        if self._give_up is not None:
            self._give_up.cancel()
            self._give_up = None

    def send_400_response(self, msg: str) -> None:
        """What uvicorn calls for bytes that are no HTTP request."""
        self._refuse(400, msg)

    def _refuse(self, status: int, message: str) -> None:
        """Answer outside any request and end the connection; only end it where an answer has begun."""
        self._cancel_timer()
        if self.transport.is_closing():
            return
        if self._may_answer():
            self.transport.write(_raw(status, message))
        self.transport.close()

    def _may_answer(self) -> bool:
        """Whether no answer has begun, so that one can still be given for what is arriving."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or self.pipeline:
            return cycle is None
        # While a head arrives, `cycle` is still that of the request before.
        return cycle.response_complete if self._in_head else not cycle.response_started


_REASONS: Final = {400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large"}


def _raw(status: int, message: str) -> bytes:
    answer = Answer(
        status, json.dumps(plain_error(message)).encode(), extra_headers=((b"connection", b"close"),)
    )
    lines: list[Any] = [f"HTTP/1.1 {status} {_REASONS[status]}".encode()]
    lines += [name + b": " + value for name, value in answer.headers()]
    return b"\r\n".join([*lines, b"", answer.body])

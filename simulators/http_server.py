"""A small HTTP/1.1 server on httptools: one handler, plain functions, no middleware.

Every endpoint of the simulators is answered here. What a request means is in the provider modules; which
path goes where is in `server.py`. Handlers are synchronous and return a `Response`, which may ask to be
sent late or never, so that slow and broken providers need no task of their own.

Why not aiohttp: the simulators share two cores with the system under test. At 1,500 requests/s aiohttp's
application took 88 µs of CPU a request, its bare server 53 µs, this 24 µs (measured), and nothing of
aiohttp's was missed.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Self, cast
from urllib.parse import parse_qs, unquote

import httptools
import msgspec

# A print request carries a PDF of up to 10 pages in base64; nothing real comes near this.
MAX_BODY_BYTES = 32 * 1024 * 1024
MAX_HEADER_BYTES = 64 * 1024

_REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}


class Request:
    """One request: method, decoded path, raw query string, headers by lower-case name, body.

    `rest` is what stands after the prefix when the route was one (see `Routes`).
    """

    __slots__ = ("body", "headers", "keep_alive", "method", "path", "query", "rest")

    def __init__(
        self, method: str, url: str, headers: dict[bytes, bytes], body: bytes, keep_alive: bool
    ) -> None:
        path, _, self.query = url.partition("?")
        self.method = method
        self.path = unquote(path) if "%" in path else path
        self.headers = headers
        self.body = body
        self.keep_alive = keep_alive
        self.rest = ""

    def header(self, name: bytes) -> str:
        """Return a header's value, or an empty string; `name` in lower case."""
        return self.headers.get(name, b"").decode("latin-1")

    def query_value(self, name: str) -> str | None:
        """Return the first value of a query parameter, or None where there is none."""
        values = parse_qs(self.query).get(name)
        return values[0] if values else None


@dataclass(frozen=True, slots=True)
class Response:
    """What is answered, and how badly.

    `delay_s` holds the answer back. `is_dropped` closes the connection (after the delay) without an answer.
    """

    status: int = 200
    body: bytes = b""
    content_type: bytes = b"application/json"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    delay_s: float = 0.0
    is_dropped: bool = False

    def after(self, delay_s: float) -> Self:
        """Return the same answer, held back at least so long."""
        return self if delay_s <= self.delay_s else replace(self, delay_s=delay_s)


Handler = Callable[[Request], Response]


def json_response(value: object, *, status: int = 200) -> Response:
    """Return a JSON answer; `value` is anything msgspec encodes."""
    return Response(status=status, body=msgspec.json.encode(value))


def error_response(status: int, message: str) -> Response:
    """Return the error body of the control and inspection endpoints (providers have their own)."""
    return json_response({"error": message}, status=status)


class Routes:
    """Which handler answers which method and path. A path that ends in `/*` is a prefix; the rest goes to
    `rest`."""

    def __init__(self) -> None:
        self._exact: dict[str, dict[str, Handler]] = {}
        self._prefixes: dict[str, dict[str, Handler]] = {}

    def add(self, method: str, path: str, handler: Handler) -> None:
        table, key = (self._prefixes, path[:-1]) if path.endswith("/*") else (self._exact, path)
        table.setdefault(key, {})[method] = handler

    def answer(self, request: Request) -> Response:
        """Call the handler; 404 where the path is unknown, 405 where the method is."""
        by_method = self._exact.get(request.path) or self._find_prefix(request)
        if by_method is None:
            return error_response(404, "no such path")
        handler = by_method.get(request.method)
        if handler is None:
            return error_response(405, f"this path takes {', '.join(sorted(by_method))}")
        return handler(request)

    def _find_prefix(self, request: Request) -> dict[str, Handler] | None:
        for prefix, by_method in self._prefixes.items():
            if request.path.startswith(prefix):
                request.rest = request.path[len(prefix) :]
                return by_method
        return None


class _Connection(asyncio.Protocol):
    """One client's connection. Requests are answered in the order they came, one at a time."""

    def __init__(self, handler: Handler, connections: set["_Connection"]) -> None:
        self._handler = handler
        self._connections = connections
        self._waiting: deque[Request] = deque()
        self._held: asyncio.TimerHandle | None = None
        self._start_message()

    def _start_message(self) -> None:
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._header_bytes = 0
        self._chunks: list[bytes] = []
        self._body_bytes = 0
        self._refusal = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's, though they are used alike.
        self._transport = cast("asyncio.Transport", transport)
        self._parser = httptools.HttpRequestParser(self)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._waiting.clear()
        if self._held is not None:
            self._held.cancel()

    def abort(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # An offer of another protocol (some clients always offer HTTP/2) may be ignored: RFC 9110, 7.8.
            self._parser = httptools.HttpRequestParser(self)
        except httptools.HttpParserError:
            self._refusal = 400
        if self._refusal:
            self._write(
                error_response(self._refusal, "not a request that is understood here"), keep_alive=False
            )
        elif self._held is None:
            self._answer_waiting()

    # Called by the parser.

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > MAX_HEADER_BYTES:
            self._refusal = 431

    def on_headers_complete(self) -> None:
        if self._headers.get(b"expect", b"").lower() == b"100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._chunks.append(body)
        self._body_bytes += len(body)
        if self._body_bytes > MAX_BODY_BYTES:
            self._refusal = 413

    def on_message_complete(self) -> None:
        body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        method = self._parser.get_method().decode("ascii")
        keep_alive = self._parser.should_keep_alive()
        self._waiting.append(Request(method, self._url.decode("latin-1"), self._headers, body, keep_alive))
        refusal = self._refusal
        self._start_message()
        self._refusal = refusal

    # Answering. Not done inside the parser's callbacks, which would wrap a handler's error in its own.

    def _answer_waiting(self) -> None:
        while self._waiting and self._held is None:
            request = self._waiting.popleft()
            response = self._handler(request)
            if response.delay_s > 0:
                loop = asyncio.get_running_loop()
                self._held = loop.call_later(response.delay_s, self._release, response, request.keep_alive)
            else:
                self._write(response, keep_alive=request.keep_alive)

    def _release(self, response: Response, keep_alive: bool) -> None:
        self._held = None
        self._write(response, keep_alive=keep_alive)
        self._answer_waiting()

    def _write(self, response: Response, *, keep_alive: bool) -> None:
        if not response.is_dropped:
            self._transport.write(_render(response, keep_alive))
        if response.is_dropped or not keep_alive:
            self._waiting.clear()
            self._transport.close()


def _render(response: Response, keep_alive: bool) -> bytes:
    head = b"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n" % (
        response.status,
        _REASONS.get(response.status, b"Unknown"),
        response.content_type,
        len(response.body),
    )
    for name, value in response.headers:
        head += b"%s: %s\r\n" % (name, value)
    if not keep_alive:
        head += b"Connection: close\r\n"
    return head + b"\r\n" + response.body


class HttpServer:
    """A listening server and its open connections; made by `listen`."""

    def __init__(self, server: asyncio.Server, connections: set[_Connection]) -> None:
        self._server = server
        self._connections = connections
        address: tuple[str, int] = server.sockets[0].getsockname()[:2]
        self.port = address[1]

    async def close(self) -> None:
        """Stop listening and cut every connection; whoever waits for an answer sees it closed."""
        self._server.close()
        for connection in list(self._connections):
            connection.abort()
        await self._server.wait_closed()


async def listen(handler: Handler, *, host: str, port: int) -> HttpServer:
    """Listen on host and port (0: a free one) and answer with `handler`. Raises OSError where the port is
    taken."""
    connections: set[_Connection] = set()
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(handler, connections), host, port, family=socket.AF_UNSPEC, backlog=1024
    )
    return HttpServer(server, connections)

"""The HTTP server: what reaches the application, what never does, and an orderly stop."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from services.api_gateway.app import App
from services.api_gateway.errors import Shape
from services.api_gateway.http import Answer, Request, RequestOptions, json_answer
from services.api_gateway.http_server import MAX_HEAD_BYTES, HttpServer, listen
from services.api_gateway.routes import Route, Routes

GET = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
HELD = b"GET /held HTTP/1.1\r\nHost: a.example\r\n\r\n"


@dataclass
class Connection:
    """One connection to the server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next answer."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        return int(first.split()[1]), headers, await self.reader.readexactly(int(headers["content-length"]))

    async def is_closed(self) -> bool:
        return await self.reader.read(1) == b""


class Running:
    """A server with three endpoints: one that answers, one that reads the body, one that is held."""

    def __init__(
        self, *, keep_alive_s: int = 60, upload_timeout_s: float = 60.0, max_body_bytes: int = 1_000
    ) -> None:
        self.connections: list[Connection] = []
        self.held = asyncio.Event()
        self.let_go = asyncio.Event()
        routes = [
            self._route("GET", "/", self._at_once),
            self._route("POST", "/", self._length),
            self._route("GET", "/held", self._hold),
        ]
        self.server = HttpServer(
            App(Routes(routes), RequestOptions(max_body_bytes=max_body_bytes)),
            listen("127.0.0.1:0"),
            keep_alive_s=keep_alive_s,
            upload_timeout_s=upload_timeout_s,
            grace_s=5.0,
        )

    @staticmethod
    def _route(method: str, path: str, endpoint: Callable[[Request], Awaitable[Answer]]) -> Route:
        return Route(method=method, path=path, endpoint=endpoint, shape=Shape.PLAIN)

    async def _at_once(self, request: Request) -> Answer:
        return json_answer(200, {"root": request.root, "path": request.path})

    async def _length(self, request: Request) -> Answer:
        return json_answer(200, {"length": len(await request.body())})

    async def _hold(self, _request: Request) -> Answer:
        self.held.set()
        await self.let_go.wait()
        return json_answer(200, {"held": True})

    async def connect(self) -> Connection:
        connection = Connection(*await asyncio.open_connection("127.0.0.1", self.server.port))
        self.connections.append(connection)
        return connection

    async def close(self) -> None:
        """Stop, and leave nothing open."""
        self.let_go.set()
        self.server.stop()
        for connection in self.connections:
            connection.writer.close()
            with contextlib.suppress(OSError):
                await connection.writer.wait_closed()


@asynccontextmanager
async def running(**options: float) -> AsyncIterator[Running]:
    made = Running(**options)  # type: ignore[arg-type]  # numbers by name
    serving = asyncio.ensure_future(made.server.run())
    try:
        yield made
    finally:
        await made.close()
        await serving


async def test_a_server_that_drains_answers_on_and_asks_for_connections_to_be_closed() -> None:
    async with running() as gateway:
        connection = await gateway.connect()
        draining = asyncio.ensure_future(gateway.server.drain(0.2))
        await asyncio.sleep(0)
        await connection.send(GET)
        status, headers, _ = await connection.answer()
        assert (status, headers["connection"]) == (200, "close")
        assert await connection.is_closed()
        await draining


async def test_one_connection_serves_many_requests() -> None:
    async with running() as gateway:
        connection = await gateway.connect()
        for _ in range(3):
            await connection.send(GET)
            status, headers, body = await connection.answer()
            assert (status, json.loads(body)) == (200, {"root": "http://a.example", "path": "/"})
            assert headers["x-content-type-options"] == "nosniff"
            assert "server" not in headers


async def test_head_has_no_body() -> None:
    async with running() as gateway:
        connection = await gateway.connect()
        await connection.send(GET.replace(b"GET", b"HEAD") + GET)
        head = await connection.reader.readuntil(b"\r\n\r\n")
        assert b"content-length" in head
        assert (await connection.answer())[0] == 200


@pytest.mark.parametrize("pieces", [1, 5])
async def test_a_chunked_body(pieces: int) -> None:
    async with running() as gateway:
        connection = await gateway.connect()
        await connection.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(pieces):
            await connection.send(b"4\r\nabcd\r\n")
        await connection.send(b"0\r\n\r\n")
        assert json.loads((await connection.answer())[2]) == {"length": 4 * pieces}


async def test_a_chunked_body_that_is_too_large_is_refused_before_it_ends() -> None:
    async with running() as gateway:
        connection = await gateway.connect()
        await connection.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        await connection.send(b"400\r\n" + b"x" * 1_024 + b"\r\n")
        status, _, body = await connection.answer()
        assert (status, json.loads(body)["result"]) == (413, "error")


async def test_after_a_body_that_was_too_large_the_connection_can_be_used_again() -> None:
    async with running() as gateway:
        connection = await gateway.connect()
        await connection.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n")
        assert (await connection.answer())[0] == 413
        await connection.send(b"x" * 500_000 + GET)
        assert (await connection.answer())[0] == 200


async def test_a_client_that_asks_first_is_told_to_go_on_or_not() -> None:
    async with running() as gateway:
        for length, first_line in ((b"5", b"HTTP/1.1 100"), (b"5000", b"HTTP/1.1 413")):
            connection = await gateway.connect()
            await connection.send(
                b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: "
                + length
                + b"\r\n\r\n"
            )
            assert (await connection.reader.readline()).startswith(first_line)


@pytest.mark.parametrize(
    "garbage",
    [b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"],
)
async def test_what_is_no_http_is_told_so_in_json(garbage: bytes) -> None:
    async with running() as gateway:
        connection = await gateway.connect()
        await connection.send(garbage)
        status, headers, body = await connection.answer()
        assert (status, json.loads(body)) == (
            400,
            {"result": "error", "message": "Invalid HTTP request received."},
        )
        assert headers["access-control-allow-origin"] == "*"
        assert await connection.is_closed()


async def test_what_is_no_http_leaves_nothing_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with running() as server:
        connection = await server.connect()
        await connection.send(b"\x16\x03\x01\r\n\r\n")
        assert (await connection.answer())[0] == 400
    assert caplog.records == []


async def test_a_path_that_is_no_ascii_is_no_bug() -> None:
    async with running() as gateway:
        connection = await gateway.connect()
        await connection.send("GET /ŵ HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert (await connection.answer())[0] in (400, 404)


async def test_a_head_that_never_ends_is_cut_off() -> None:
    async with running() as gateway:
        connection = await gateway.connect()
        await connection.send(b"GET / HTTP/1.1\r\nX: ")
        for _ in range(MAX_HEAD_BYTES // 1_024 + 2):
            await connection.send(b"x" * 1_024)
        assert (await connection.answer())[0] == 431


@pytest.mark.parametrize(
    "sent", [b"GET / HTTP/1.1\r\nHo", b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc"]
)
async def test_a_request_that_does_not_arrive_is_given_up(sent: bytes) -> None:
    async with running(upload_timeout_s=0.05) as gateway:
        connection = await gateway.connect()
        await connection.send(sent)
        assert (await connection.answer())[0] == 408
        assert await connection.is_closed()


async def test_a_request_that_has_arrived_may_take_its_time() -> None:
    async with running(upload_timeout_s=0.05) as gateway:
        connection = await gateway.connect()
        await connection.send(HELD[:10])
        await connection.send(HELD[10:])
        await gateway.held.wait()
        asyncio.get_running_loop().call_later(0.2, gateway.let_go.set)
        assert (await connection.answer())[0] == 200


async def test_a_connection_that_says_nothing_is_closed() -> None:
    async with running(keep_alive_s=0) as gateway:
        connection = await gateway.connect()
        assert await connection.is_closed()


async def test_when_stopping_what_has_begun_is_answered_and_idle_connections_close() -> None:
    async with running() as gateway:
        idle, busy = await gateway.connect(), await gateway.connect()
        await busy.send(HELD)
        await gateway.held.wait()
        gateway.server.stop()
        assert await idle.is_closed()
        gateway.let_go.set()
        status, headers, _ = await busy.answer()
        assert (status, headers["connection"]) == (200, "close")
        with pytest.raises(OSError):  # noqa: PT011 -- refused or reset: nobody listens any more
            await gateway.connect()


async def test_two_servers_may_listen_on_one_port() -> None:
    first = listen("127.0.0.1:0")
    second = listen(f"127.0.0.1:{first.getsockname()[1]}")
    assert second.getsockname() == first.getsockname()
    first.close()
    second.close()

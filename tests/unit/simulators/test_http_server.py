"""The server under it all: what clients do that is awkward."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from simulators.http_server import HttpServer, Request, Response, Routes, json_response, listen

ROUTES = Routes()
ROUTES.add("POST", "/echo", lambda request: Response(body=request.body))
ROUTES.add("GET", "/slow", lambda _: Response(body=b"slow", delay_s=0.05))
ROUTES.add("GET", "/things/*", lambda request: json_response([request.rest, request.query_value("q")]))


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    server = await listen(ROUTES.answer, host="127.0.0.1", port=0)
    yield server
    await server.close()


async def talk(server: HttpServer, *parts: bytes) -> bytes:
    """Send the parts one after another and return all that comes back until the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await writer.wait_closed()
    return answer


async def test_requests_on_one_connection_are_answered_in_order(server: HttpServer) -> None:
    answer = await talk(
        server,
        b"GET /slow HTTP/1.1\r\n\r\n"
        b"POST /echo HTTP/1.1\r\nContent-Length: 5\r\nConnection: close\r\n\r\nafter",
    )

    assert answer.index(b"slow") < answer.index(b"after")
    assert answer.count(b"HTTP/1.1 200 OK") == 2


async def test_a_request_may_come_in_pieces(server: HttpServer) -> None:
    answer = await talk(
        server,
        b"POST /ec",
        b"ho HTTP/1.1\r\nContent-Le",
        b"ngth: 4\r\nConnection: close\r\n\r\nab",
        b"cd",
    )

    assert answer.endswith(b"\r\n\r\nabcd")


async def test_a_body_may_be_chunked(server: HttpServer) -> None:
    answer = await talk(
        server,
        b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n",
    )

    assert answer.endswith(b"\r\n\r\nabcd")


async def test_a_client_that_asks_may_go_on(server: HttpServer) -> None:
    answer = await talk(
        server,
        b"POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n",
        b"ab",
    )

    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


async def test_an_offer_of_another_protocol_is_ignored(server: HttpServer) -> None:
    upgrade = b"GET /slow HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for _ in range(2):
        writer.write(upgrade)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert head.startswith(b"HTTP/1.1 200 OK")
        assert await reader.readexactly(4) == b"slow"
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET /nowhere HTTP/1.1\r\n", b"404 Not Found"),
        (b"GET /echo HTTP/1.1\r\n", b"405 Method Not Allowed"),
        (b"rubbish\r\n", b"400 Bad Request"),
        (b"GET /slow HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n", b"431 Request Header Fields Too Large"),
    ],
)
async def test_what_cannot_be_answered_is_refused(
    request_line: bytes, status: bytes, server: HttpServer
) -> None:
    answer = await talk(server, request_line + b"Connection: close\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 " + status)


async def test_a_prefix_gives_the_rest_of_the_path_and_the_query(server: HttpServer) -> None:
    answer = await talk(server, b"GET /things/a%20b?q=c%26d HTTP/1.1\r\nConnection: close\r\n\r\n")

    assert answer.endswith(b'["a b","c&d"]')


async def test_closing_cuts_a_client_that_waits(server: HttpServer) -> None:
    held = asyncio.Event()

    def hold(_: Request) -> Response:
        held.set()
        return Response(delay_s=60)

    holding = await listen(hold, host="127.0.0.1", port=0)
    waiting = asyncio.create_task(talk(holding, b"GET / HTTP/1.1\r\n\r\n"))
    await held.wait()
    await asyncio.wait_for(holding.close(), 1)

    (outcome,) = await asyncio.gather(waiting, return_exceptions=True)
    assert outcome == b"" or isinstance(outcome, ConnectionError)

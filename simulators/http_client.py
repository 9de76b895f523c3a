"""One kept connection that posts prepared HTTP/1.1 requests and hands back the status, nothing more.

`receipts.py` holds a bounded number of them. Not for general use: answers' bodies are thrown away, and a
request that met a connection the other side had closed is sent again, which is right for receipts alone
(they may be repeated).

Why not aiohttp: its client took 127 µs of CPU a post (measured), more than all the rest of a simulated text
together.
"""

import asyncio
from typing import cast

import httptools


class Connection:
    """A connection to one host and port; opened by the first `post`, opened again after it was lost."""

    def __init__(self, host: str, port: int, *, timeout_s: float) -> None:
        self._host = host
        self._port = port
        self._timeout_s = timeout_s
        self._wire: _Wire | None = None

    async def post(self, request: bytes) -> int:
        """Send a whole request and return the answer's status. Raises OSError: refused, lost, or timed
        out."""
        try:
            async with asyncio.timeout(self._timeout_s):
                if self._wire is not None and self._wire.is_open:
                    try:
                        return await self._wire.exchange(request)
                    except ConnectionError:
                        # Servers close idle connections. That is seen only now, and says nothing about the
                        # server.
                        pass
                self._wire = await self._open()
                return await self._wire.exchange(request)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Cut the connection; the next `post` opens another."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    async def _open(self) -> "_Wire":
        _, wire = await asyncio.get_running_loop().create_connection(_Wire, self._host, self._port)
        return wire


class _Wire(asyncio.Protocol):
    """One TCP connection and the answer it is waiting for."""

    def __init__(self) -> None:
        self.is_open = False
        self._answer: asyncio.Future[int] | None = None
        self._parser = httptools.HttpResponseParser(self)

    async def exchange(self, request: bytes) -> int:
        if not self.is_open:
            raise ConnectionResetError
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        self.is_open = False
        self._transport.abort()

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's, though they are used alike.
        self._transport = cast("asyncio.Transport", transport)
        self.is_open = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError())

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.close()

    # Called by the parser.

    def on_message_complete(self) -> None:
        keep_alive = self._parser.should_keep_alive()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._parser.get_status_code())
        if not keep_alive:
            self.close()

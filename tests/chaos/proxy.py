"""A TCP proxy between two processes that can be told to cut, delay, swallow or spoil what goes through it.

    with Proxy(lambda: ("127.0.0.1", 5432)) as proxy:
        ...                      # somebody talks to 127.0.0.1:<proxy.port>
        proxy.set(Network.SILENT)  # both sides believe that they are connected
        proxy.set(Network.FINE)

It listens from the moment it is made, so that its port can go into settings before there is anything behind it, and
runs in a thread of its own. Nothing of what passes is looked at.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
_CHUNK_BYTES = 64 * 1024
_QUEUED_CHUNKS = 64
_RESET = struct.pack("ii", 1, 0)  # close at once, with RST

Upstream = Callable[[], tuple[str, int]]
_Chunk = tuple[float, bytes]


class Network(StrEnum):
    """What the network between the two is like."""

    FINE = "fine"
    CUT = "cut"  # connections are reset, new ones end at once
    SILENT = (
        "silent"  # half open: connections stay, new ones are accepted, and nothing passes in either direction
    )


class Answers(StrEnum):
    """What becomes of what the far side says."""

    WHOLE = "whole"
    TRUNCATED = "truncated"  # half of it arrives, then the connection is reset
    TWICE = "twice"  # it arrives, and then again


class Proxy:
    """See the module. A context manager."""

    def __init__(self, upstream: Upstream) -> None:
        """`upstream`: where to connect to, asked for each connection."""
        self._upstream = upstream
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self.latency_s = 0.0
        """Added to everything that passes, in each direction."""
        self.answers = Answers.WHOLE
        self._network = Network.FINE
        self._loop = asyncio.new_event_loop()
        self._passing = asyncio.Event()
        self._passing.set()
        self._connections: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._run, name=f"proxy {self.port}", daemon=True)
        self._stop = asyncio.Event()

    def set(self, network: Network) -> None:
        """Change the network. What was cut, or was silent and is fine again, has lost its connections: that is how a
        path that failed comes back."""
        asyncio.run_coroutine_threadsafe(self._set(network), self._loop).result(10)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._listener.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._take, sock=self._listener)
        await self._stop.wait()
        server.close()
        self._reset_all()
        running = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _set(self, network: Network) -> None:
        before, self._network = self._network, network
        if network is Network.SILENT:
            self._passing.clear()
        elif before is not network:
            self._reset_all()
            self._passing.set()

    def _reset_all(self) -> None:
        for writer in list(self._connections):
            _reset(writer)
        self._connections.clear()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        if self._network is Network.CUT:
            _reset(writer)
            return
        await self._passing.wait()
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._upstream())
        except OSError:
            _reset(writer)
            return
        self._connections.add(far_writer)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass(reader, far_writer, is_answer=False))
                group.create_task(self._pass(far_reader, writer, is_answer=True))
        except* OSError:
            pass
        finally:
            for end in (writer, far_writer):
                self._connections.discard(end)
                end.close()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        """What comes from one side goes to the other, in order, each piece when it is due."""
        pieces: asyncio.Queue[_Chunk] = asyncio.Queue(_QUEUED_CHUNKS)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write(pieces, writer))
            while data := await reader.read(_CHUNK_BYTES):
                if is_answer and self.answers is Answers.TWICE:
                    data += data
                if is_answer and self.answers is Answers.TRUNCATED:
                    writer.write(data[: len(data) // 2])
                    raise ConnectionResetError
                await pieces.put((self._loop.time() + self.latency_s, data))
            await pieces.put((self._loop.time() + self.latency_s, b""))

    async def _write(self, pieces: "asyncio.Queue[_Chunk]", writer: asyncio.StreamWriter) -> None:
        while True:
            due, data = await pieces.get()
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            await self._passing.wait()
            if not data:
                if writer.can_write_eof() and not writer.is_closing():
                    writer.write_eof()
                return
            writer.write(data)
            await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    found = writer.get_extra_info("socket")
    if found is not None and found.fileno() >= 0:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport = writer.transport
    transport.abort()

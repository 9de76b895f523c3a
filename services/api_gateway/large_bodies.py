"""Room for requests with large bodies: so many bytes of them are in memory at once, the others wait unread.

A body that waits stays in its sender's network buffers: the server reads from a connection only what an endpoint
asks for. Waiting counts towards the time that a request may take to arrive. Used by the endpoint that takes
files; its callers have shown a token before they come here.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_SMALL_BYTES: Final = 256 * 1024
"""What is shorter than this needs no room: nearly all requests, and in no number that matters here."""


class LargeBodies:
    """Gives room in the order in which it was asked for."""

    def __init__(self, room_bytes: int) -> None:
        self._room = self._free = room_bytes
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def room_for(self, size_bytes: int) -> AsyncIterator[None]:
        """Wait for room for a body of at most `size_bytes`, and hold it. One that is larger than all the room
        gets all of it."""
        wanted = 0 if size_bytes <= _SMALL_BYTES else min(size_bytes, self._room)
        if wanted:
            await self._take(wanted)
        try:
            yield
        finally:
            if wanted:
                self._give_back(wanted)

    async def _take(self, wanted: int) -> None:
        if not self._waiting and self._free >= wanted:
            self._free -= wanted
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((wanted, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_back(wanted)  # its turn came while it was cancelled
            else:
                self._waiting.remove((wanted, turn))
                self._call_next()
            raise

    def _give_back(self, size_bytes: int) -> None:
        self._free += size_bytes
        self._call_next()

    def _call_next(self) -> None:
        while self._waiting and self._free >= self._waiting[0][0]:
            wanted, turn = self._waiting.popleft()
            self._free -= wanted
            if not turn.done():
                turn.set_result(None)

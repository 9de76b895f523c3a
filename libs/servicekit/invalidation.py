"""Telling every process that something it keeps in memory was changed, by messages through Valkey.

Messages are a comfort and nothing rests on them: whoever keeps something does so for seconds. While Valkey is away no
message comes, and changes show when those seconds are over; once it is back, each process drops all that it keeps, as
it can't know what it missed. Called by the notifications service, which tells, and by it and the gateway, which listen.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog
from redis.asyncio import Redis

from servicekit.clock import monotonic
from servicekit.valkey import AWAY

ALL: Final = "*"
"""Instead of a key: everything of a kind."""

_CHANNEL: Final = "notify:changed"
_WAIT_S: Final = 1.0
_PAUSE_S: Final = 0.5
_PING_EVERY_S: Final = 10.0
_MAX_WAITING: Final = 10_000

_log = structlog.get_logger()


class Invalidations:
    """Tells and hears of changes. One for each process."""

    def __init__(self, valkey: Redis | None, *, drop: Callable[[str, str], object]) -> None:
        """`drop(kind, key)` drops what is kept of a thing, or (key ALL) of all things of a kind (kind ALL: of any)."""
        self._valkey = valkey
        self._drop = drop
        self._waiting: dict[tuple[str, str], None] = {}
        self._wake = asyncio.Event()
        self._stopping = False

    def tell(self, kind: str, key: str) -> None:
        """Drop it here at once, and tell the others soon. Never waits."""
        self._drop(kind, key)
        if self._valkey is not None and len(self._waiting) < _MAX_WAITING:
            self._waiting[kind, key] = None
            self._wake.set()

    async def tell_now(self, kind: str, key: str) -> int:
        """Drop it here and tell the others; gives how many processes heard of it, 0 while Valkey is away."""
        self._drop(kind, key)
        if self._valkey is None:
            return 0
        try:
            return int(await self._valkey.publish(_CHANNEL, f"{kind} {key}"))
        except AWAY:
            return 0

    async def run_telling(self) -> None:
        """Tell the others what was changed: a background loop."""
        while not self._stopping:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting and not self._stopping:
                kind, key = next(iter(self._waiting))
                del self._waiting[kind, key]
                await self.tell_now(kind, key)

    async def run_listening(self) -> None:
        """Hear of changes, and drop everything whenever some may have been missed: a background loop."""
        if self._valkey is None:
            return
        while not self._stopping:
            try:
                await self._listen(self._valkey)
            except AWAY as err:
                _log.debug("invalidations_lost", error=type(err).__name__)
            await self._pause()

    def stop(self) -> None:
        """End both loops soon."""
        self._stopping = True
        self._wake.set()

    async def _listen(self, valkey: Redis) -> None:
        async with valkey.pubsub(ignore_subscribe_messages=True) as pubsub:
            await pubsub.subscribe(_CHANNEL)
            self._drop(ALL, ALL)  # what was missed is not known
            ping_at = monotonic() + _PING_EVERY_S
            while not self._stopping:
                message = await pubsub.get_message(timeout=_WAIT_S)
                if message is not None and isinstance(message["data"], bytes):
                    kind, _, key = message["data"].decode(errors="replace").partition(" ")
                    self._drop(kind, key)
                elif monotonic() > ping_at:
                    await pubsub.ping()
                    ping_at = monotonic() + _PING_EVERY_S

    async def _pause(self) -> None:
        if not self._stopping:
            await asyncio.sleep(_PAUSE_S)

"""The cache and counter store: a client that fails fast, and a helper that stops asking while it is away.

Everything in Valkey may be lost. Callers therefore wrap each use in `FailOpen.call` with what to do without
it: limits pass, caches go to the source. Called by the gateway, notifications and whoever caches.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from servicekit.clock import monotonic

T = TypeVar("T")

CONNECT_TIMEOUT_S = 0.2
READ_TIMEOUT_S = 0.25
AWAY = (RedisError, OSError, TimeoutError, RuntimeError)
"""What redis-py raises when the store is away or ill. RuntimeError: uvloop's, for a connection that was reset between
two commands, which redis-py passes on as it is."""

_log = structlog.get_logger()


def make_valkey(url: str, *, max_connections: int = 64) -> Redis:
    """A client for `redis://…`; connects at first use, answers bytes, and never retries. Close with
    `aclose()`.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=max_connections,
        timeout=CONNECT_TIMEOUT_S,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=READ_TIMEOUT_S,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
        protocol=3,
    )
    return Redis.from_pool(pool)


class FailOpen:
    """Asks the store only while it answers.

    After a failure all calls get their default for `pause_s` at once, without waiting for a timeout; then
    one call tries again while the others still get their default.
    """

    def __init__(self, name: str = "valkey", *, pause_s: float = 1.0) -> None:
        self._name = name
        self._pause_s = pause_s
        self._closed_until = 0.0
        self._away = False
        self._trying = False
        self.skipped = 0
        """Calls that got their default; for a metric."""

    @property
    def is_away(self) -> bool:
        """Whether the last call that was made failed."""
        return self._away

    async def call(self, operation: Callable[[], Awaitable[T]], default: T) -> T:
        """The operation's result, or `default` when the store is away. Other exceptions pass through."""
        if self._away and (self._trying or monotonic() < self._closed_until):
            self.skipped += 1
            return default
        self._trying = self._away
        try:
            result = await operation()
        except AWAY as err:
            self._went_away(err)
            self.skipped += 1
            return default
        finally:
            self._trying = False
        if self._away:
            self._away = False
            _log.warning("store_returned", store=self._name)
        return result

    def _went_away(self, err: Exception) -> None:
        self._closed_until = monotonic() + self._pause_s
        if not self._away:
            self._away = True
            _log.warning("store_lost", store=self._name, error=type(err).__name__)

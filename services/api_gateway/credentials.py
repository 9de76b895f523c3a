"""What is known about the services that call, kept for seconds: their keys, state and limits.

The notifications service owns all of it; the gateway asks by RPC. Tokens are checked in `auth`, limits in
`limits`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar
from uuid import UUID

from notifyrules.daily_limits import TemporaryLimit
from notifyrules.statuses import KeyType, NotificationType
from servicekit import clock
from servicekit.errors import DeadlineExceeded, NotFound, ServiceError, Unavailable
from services.api_gateway import metrics

K = TypeVar("K")
V = TypeVar("V")

_MAX_SERVICES: Final = 20_000
"""About 2 KB each. Beyond it the one that was fetched longest ago goes."""
_MAX_UNKNOWN: Final = 2_000
"""Ids of services that do not exist; kept apart, so that made-up ids can't drive out real ones."""
_MAX_LOOKUPS: Final = 32
"""Lookups at the same time: a flood of made-up ids waits here and not in the notifications service."""
_FAILURE_PAUSE_S: Final = 1.0
"""After a lookup that failed, others for the same service get the same outcome for so long, without waiting
for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """One key of a service."""

    id: str
    type: KeyType
    secret: bytes = field(repr=False)
    """What tokens are signed with."""
    revoked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A service that may call, as far as the gateway needs to know it."""

    service_id: str
    name: str
    """What recipients know it as."""
    contact_link: str | None
    """Where recipients of its files can ask."""
    bucket: int
    """Where its notifications live; goes into their ids."""
    active: bool
    restricted: bool
    """In trial mode."""
    rate_limit: int
    """Requests a minute, for each type of key."""
    daily_limits: Mapping[NotificationType, int]
    keys: tuple[ApiKey, ...]
    """All of them, revoked ones too."""
    temporary_limits: tuple[TemporaryLimit, ...] = ()
    """Hold instead of those above until their ends, also while nobody can be asked."""


class AccountsPort(Protocol):
    """Where credentials come from."""

    async def credentials(self, service_id: UUID) -> Credentials:
        """Raises NotFound when there is no such service, Unavailable or DeadlineExceeded when nobody can
        say."""
        ...


@dataclass(slots=True, kw_only=True)
class _Entry:
    """What the last lookups for one service said."""

    credentials: Credentials
    fetched_at: float


@dataclass(slots=True, kw_only=True)
class _Failure:
    """A lookup that could not be made."""

    error: ServiceError
    at: float


class CredentialsCache:
    """Answers a service's credentials from memory or by one lookup, however many ask at once.

    Entries are good for `life_s`, that a service does not exist too. While the notifications service can't
    be asked, an entry that is up to `stale_s` old is used: a key that was revoked a moment ago may then
    still work for that long.
    """

    def __init__(
        self,
        accounts: AccountsPort,
        *,
        life_s: float = 2.0,
        stale_s: float = 60.0,
        monotonic: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._accounts = accounts
        self._life_s = life_s
        self._stale_s = stale_s
        self._monotonic = monotonic
        self._entries: dict[UUID, _Entry] = {}
        self._unknown: dict[UUID, float] = {}
        self._failures: dict[UUID, _Failure] = {}
        self._locks: dict[UUID, tuple[asyncio.Lock, int]] = {}
        self._lookups = asyncio.Semaphore(_MAX_LOOKUPS)
        self._dropped = 0
        """How often something was dropped: an answer to a question from before is used once and not kept."""

    async def get(self, service_id: UUID) -> Credentials | None:
        """The service's credentials; None when there is no such service.

        Raises Unavailable or DeadlineExceeded when the notifications service can't be asked and nothing
        recent is known.
        """
        entry = self._entries.get(service_id)
        if entry is not None and self._monotonic() - entry.fetched_at < self._life_s:
            return entry.credentials
        if self._is_known_unknown(service_id):
            return None
        return await self._alone(service_id, lambda: self._refresh(service_id))

    def peek(self, service_id: UUID) -> Credentials | None:
        """What is in memory of a service, however old; nobody is asked."""
        entry = self._entries.get(service_id)
        return None if entry is None else entry.credentials

    def forget(self, service_id: UUID) -> None:
        """Drop what is known of a service that was changed."""
        self._entries.pop(service_id, None)
        self._unknown.pop(service_id, None)
        self._dropped += 1

    def forget_all(self) -> None:
        """Drop all that is known."""
        self._entries.clear()
        self._unknown.clear()
        self._dropped += 1

    async def _alone(
        self, service_id: UUID, work: Callable[[], Awaitable[Credentials | None]]
    ) -> Credentials | None:
        """Run `work` while nobody else does for this service. A lock, not a shared task: a caller that is
        cancelled takes only itself away."""
        lock, waiting = self._locks.get(service_id, (None, 0))
        lock = lock or asyncio.Lock()
        self._locks[service_id] = (lock, waiting + 1)
        try:
            async with lock:
                return await work()
        finally:
            lock, waiting = self._locks[service_id]
            if waiting == 1:
                del self._locks[service_id]
            else:
                self._locks[service_id] = (lock, waiting - 1)

    async def _refresh(self, service_id: UUID) -> Credentials | None:
        """Ask, unless whoever had the lock before has just done so."""
        entry = self._entries.get(service_id)
        if entry is not None and self._monotonic() - entry.fetched_at < self._life_s:
            return entry.credentials
        if self._is_known_unknown(service_id):
            return None
        failure = self._failures.get(service_id)
        if failure is not None and self._monotonic() - failure.at < _FAILURE_PAUSE_S:
            return self._without_answer(entry, failure.error)
        dropped = self._dropped
        try:
            async with self._lookups:
                credentials = await self._accounts.credentials(service_id)
        except NotFound:
            metrics.count_lookup("unknown")
            self._entries.pop(service_id, None)
            self._unknown.pop(service_id, None)
            _put(self._unknown, service_id, self._monotonic(), _MAX_UNKNOWN)
            return None
        except (Unavailable, DeadlineExceeded) as err:
            metrics.count_lookup("failed")
            _put(self._failures, service_id, _Failure(error=err, at=self._monotonic()), _MAX_UNKNOWN)
            return self._without_answer(entry, err)
        metrics.count_lookup("found")
        self._failures.pop(service_id, None)
        if dropped != self._dropped:
            return credentials
        self._entries.pop(service_id, None)  # so that the order is that of fetching
        entry = _Entry(credentials=credentials, fetched_at=self._monotonic())
        _put(self._entries, service_id, entry, _MAX_SERVICES)
        return credentials

    def _is_known_unknown(self, service_id: UUID) -> bool:
        learned_at = self._unknown.get(service_id)
        return learned_at is not None and self._monotonic() - learned_at < self._life_s

    def _without_answer(self, entry: _Entry | None, error: ServiceError) -> Credentials:
        """What to do when nobody could be asked. Raises `error` when nothing recent enough is known."""
        if entry is None or self._monotonic() - entry.fetched_at > self._stale_s:
            raise error
        return entry.credentials


def _put(kept: dict[K, V], key: K, value: V, most: int) -> None:
    while len(kept) >= most and key not in kept:
        del kept[next(iter(kept))]
    kept[key] = value

"""Requests that may be repeated: a key that a sender chose, and what was answered to the first request with it.

The key is stored in the transaction that stores what was asked for, so that either both are there or neither,
and of two requests at the same time one alone makes something. Kept for a day. Refusals are not kept. Called by
`creating` and `jobs`; the statements are in `idempotency_store`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

import msgspec
import structlog

from servicekit.clock import Clock
from servicekit.errors import RuleBroken
from services.notifications.new_notifications import CreatedNotification, IdempotencyKey

log = structlog.get_logger()

KEPT_FOR: Final = timedelta(hours=24)
CLEANING_INTERVAL_S: Final = 300.0
LOT: Final = 5_000
"""Keys that are deleted in one statement."""
_RETRY_AFTER_S: Final = 1


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What is kept of a request; in the order of the query's columns."""

    service_id: UUID
    key_hash: bytes
    fingerprint: bytes
    subject_id: UUID
    answer: bytes
    context: str


class KeptAnswers(Protocol):
    """What this module needs of the store."""

    async def find(
        self, keys: Sequence[tuple[UUID, bytes]], since: datetime
    ) -> dict[tuple[UUID, bytes], KeptAnswer]: ...

    async def delete_older(self, than: datetime, limit: int) -> int: ...


def idempotency_key(service_id: UUID, key: str, fingerprint: bytes, context: str) -> IdempotencyKey:
    """A key as it is stored."""
    digest = hashlib.sha256(service_id.bytes + key.encode()).digest()
    return IdempotencyKey(hash=digest, fingerprint=fingerprint, context=context)


def encoded(answer: object) -> bytes:
    """An answer as it is kept."""
    return msgspec.json.encode(answer)


def first_answer(kept: KeptAnswer, key: IdempotencyKey, own_id: UUID) -> CreatedNotification:
    """What the first request with a key was told. `own_id` is that of the request that asks now: where it is
    the first one itself, sent twice by a caller that lost our answer, nothing is said to be a repeat.

    Raises RuleBroken IDEMPOTENCY_KEY_REUSED where the first request was another one.
    """
    check_same(kept, key)
    answer = msgspec.json.decode(kept.answer, type=CreatedNotification)
    if kept.subject_id == own_id:
        return answer
    return msgspec.structs.replace(answer, replayed=True, context=kept.context)


def check_same(kept: KeptAnswer, key: IdempotencyKey) -> None:
    """Raise RuleBroken IDEMPOTENCY_KEY_REUSED where what is kept is of another request."""
    if kept.fingerprint != key.fingerprint:
        raise RuleBroken(
            "IDEMPOTENCY_KEY_REUSED", "Idempotency-Key was already used for a request with another body"
        )


def in_progress() -> RuleBroken:
    """The refusal of a request while the first one with its key is being stored."""
    return RuleBroken(
        "IDEMPOTENCY_KEY_IN_PROGRESS",
        "A request with this Idempotency-Key is still in progress",
        metadata={"retry_after_s": str(_RETRY_AFTER_S)},
    )


class Idempotency:
    """Finds first answers and forgets old ones. One for each process."""

    def __init__(self, store: KeptAnswers, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def find(self, keys: Sequence[tuple[UUID, bytes]]) -> dict[tuple[UUID, bytes], KeptAnswer]:
        """What is kept for keys of services."""
        return await self._store.find(keys, self._clock.now() - KEPT_FOR)

    async def delete_expired(self) -> None:
        """Delete what was kept long enough, in lots: one round of periodic work."""
        deleted = total = await self._store.delete_older(self._clock.now() - KEPT_FOR, LOT)
        while deleted == LOT:
            deleted = await self._store.delete_older(self._clock.now() - KEPT_FOR, LOT)
            total += deleted
        if total:
            log.info("idempotency_keys_deleted", count=total)

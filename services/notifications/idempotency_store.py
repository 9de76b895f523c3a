"""The statements about idempotency keys.

Claiming belongs into the transaction that stores what a request asked for, so `claim` takes its connection.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from servicekit.database import Pool, Queries
from services.notifications.idempotency import KEPT_FOR, KeptAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A key that somebody wants to be the first to use, with what will be answered again."""

    service_id: UUID
    key_hash: bytes
    fingerprint: bytes
    context: str
    subject_id: UUID
    answer: bytes


class IdempotencyStore:
    """Keys on one pool."""

    def __init__(self, pool: Pool, queries: Queries) -> None:
        self._pool = pool
        self._queries = queries

    async def find(
        self, keys: Sequence[tuple[UUID, bytes]], since: datetime
    ) -> dict[tuple[UUID, bytes], KeptAnswer]:
        """What is kept since a time, by service and hash of the key."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                self._queries.find_kept_answers,
                {
                    "service_ids": [service_id for service_id, _ in keys],
                    "key_hashes": [key_hash for _, key_hash in keys],
                    "since": since,
                },
            )
            kept = [KeptAnswer(*row) for row in await cursor.fetchall()]
        return {(answer.service_id, answer.key_hash): answer for answer in kept}

    async def claim(
        self, connection: AsyncConnection[Any], claims: Sequence[Claim], now: datetime
    ) -> set[UUID]:
        """Take keys for the rest of the connection's transaction; gives the subjects of those that it got.

        One that is missing is another request's: of one that was committed, or of one that is under way and
        that nobody waits for. A key may be in `claims` once.
        """
        cursor = await connection.execute(
            self._queries.claim_idempotency_keys,
            {
                "service_ids": [claim.service_id for claim in claims],
                "key_hashes": [claim.key_hash for claim in claims],
                "fingerprints": [claim.fingerprint for claim in claims],
                "subject_ids": [claim.subject_id for claim in claims],
                "answers": [claim.answer for claim in claims],
                "contexts": [claim.context for claim in claims],
                "locks": [int.from_bytes(claim.key_hash[:8], "big", signed=True) for claim in claims],
                "now": now,
                "expired_at": now - KEPT_FOR,
            },
        )
        return {subject_id for (subject_id,) in await cursor.fetchall()}

    async def delete_older(self, than: datetime, limit: int) -> int:
        """Delete the oldest keys from before a time; gives how many."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                self._queries.delete_old_idempotency_keys, {"than": than, "limit": limit}
            )
            return cursor.rowcount

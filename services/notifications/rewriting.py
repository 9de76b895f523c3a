"""Writing secrets at rest again with the newest key, so that an older one can be taken out of the settings.

Every process reads with all keys of `secret_keys` and writes with the first. A run goes through the tables in
lots; what others change meanwhile is left, as they wrote it with the first key themselves. Called by the task.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from operationskit.tasks import TaskRun
from servicekit.database import Pool
from services.notifications.secret_box import SecretBox

_LOT: Final = 500
"""Some 50 ms of decrypting, in a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSecrets:
    """A table with encrypted columns."""

    table: str
    key: tuple[str, ...]
    begin: tuple[str, ...]  # before every key
    columns: tuple[str, ...]  # bytea, or an array of it


_BEGIN: Final = "00000000-0000-0000-0000-000000000000"
TABLES: Final = (
    KeptSecrets(table="api_keys", key=("id",), begin=(_BEGIN,), columns=("secret_encrypted",)),
    KeptSecrets(
        table="service_callbacks",
        key=("service_id", "kind"),
        begin=(_BEGIN, ""),
        columns=("token_encrypted", "signing_secrets_encrypted"),
    ),
    KeptSecrets(
        table="received_texts",
        key=("id",),
        begin=(_BEGIN,),
        columns=("user_number_encrypted", "content_encrypted"),
    ),
    KeptSecrets(
        table="unsubscribe_requests", key=("id",), begin=(_BEGIN,), columns=("email_address_encrypted",)
    ),
)
"""All of them; a test looks for encrypted columns that are missing here."""


class Rewriting:
    """Rewrites. One for each process."""

    def __init__(self, pool: Pool, secrets: SecretBox) -> None:
        self._pool = pool
        self._secrets = secrets

    async def rewrite(self, run: TaskRun) -> None:
        """Write what an older key encrypted again. May be repeated, and stopped at any moment."""
        for kept in TABLES:
            after: Sequence[object] | None = kept.begin
            while after is not None:
                after = await self._rewrite_lot(kept, after, run)
                await run.note_progress()

    async def _rewrite_lot(
        self, kept: KeptSecrets, after: Sequence[object], run: TaskRun
    ) -> Sequence[object] | None:
        """Do the rows after a key; gives the last one's, None when there were no more."""
        rows = await self._read(kept, after)
        if not rows:
            return None
        changed = await asyncio.to_thread(self._renew, kept, rows)
        if changed:
            run.count(f"{kept.table}_rewritten", await self._write(kept, changed))
        run.count("looked_at", len(rows))
        return rows[-1][: len(kept.key)]

    def _renew(
        self, kept: KeptSecrets, rows: Sequence[Sequence[Any]]
    ) -> list[tuple[Sequence[Any], list[Any]]]:
        """Rows with what their columns become, where that is something else."""
        found = []
        for row in rows:
            old = row[len(kept.key) :]
            new = [self._renewed(value) for value in old]
            if new != list(old):
                found.append((row, new))
        return found

    def _renewed(self, value: bytes | list[bytes]) -> bytes | list[bytes]:
        if isinstance(value, list):
            return [self._secrets.renewed(each) or each for each in value]
        return self._secrets.renewed(value) or value

    async def _read(self, kept: KeptSecrets, after: Sequence[object]) -> list[tuple[Any, ...]]:
        keys, marks = ", ".join(kept.key), ", ".join(["%s"] * len(kept.key))
        query = (
            f"select {keys}, {', '.join(kept.columns)} from {kept.table} "  # noqa: S608 -- the constants above
            f"where ({keys}) > ({marks}) order by {keys} limit {_LOT}"
        )
        async with self._pool.connection() as connection:
            return await (await connection.execute(query.encode(), after)).fetchall()

    async def _write(self, kept: KeptSecrets, changed: Sequence[tuple[Sequence[Any], list[Any]]]) -> int:
        sets = ", ".join(f"{column} = %s" for column in kept.columns)
        same = " and ".join(f"{column} = %s" for column in (*kept.key, *kept.columns))
        query = f"update {kept.table} set {sets} where {same}"  # noqa: S608 -- the constants above
        async with self._pool.connection() as connection, connection.cursor() as cursor:
            await cursor.executemany(query.encode(), [(*new, *row) for row, new in changed])
            return cursor.rowcount

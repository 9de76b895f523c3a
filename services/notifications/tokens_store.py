"""Every statement about people's tokens: those that were recorded, and those that were revoked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from operationskit.audit import Change, record_all
from servicekit.database import Pool
from servicekit.identity import MAX_PERSON_TOKEN_LIFE, Revocations


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedToken:
    """A person's token, without what makes it one."""

    id: str
    name: str
    role: str
    issued_at: datetime
    ends_at: datetime
    revoked: bool = False


class TokensStore:
    """Tokens on one pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def insert(self, token: RecordedToken, now: datetime) -> None:
        """Record a token; again changes nothing."""
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(
                b"insert into person_tokens (id, name, role, issued_at, ends_at) values (%s, %s, %s, %s, %s) "
                b"on conflict (id) do nothing",
                (token.id, token.name, token.role, token.issued_at, token.ends_at),
            )
            after = {"name": token.name, "role": token.role, "ends": token.ends_at.isoformat()}
            change = Change(type="token.created", subject=token.id, after=after)
            await record_all(connection, [change] * cursor.rowcount, now)

    async def page(
        self, name: str | None, before_id: str | None, limit: int, now: datetime
    ) -> list[RecordedToken]:
        """Tokens whose time is not over, newest first, of one person or of all."""
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=class_row(RecordedToken)) as cursor,
        ):
            await cursor.execute(
                b"select id, name, role, issued_at, ends_at, exists (select 1 from token_revocations "
                b"where (kind, subject) = ('token', id) "
                b"or ((kind, subject) = ('person', name) and revoked_at >= issued_at)) as revoked "
                b"from person_tokens where ends_at > %(now)s and (%(name)s::text is null or name = %(name)s) "
                b"and (%(before)s::text is null or (issued_at, id) < "
                b"(select issued_at, id from person_tokens where id = %(before)s)) "
                b"order by issued_at desc, id desc limit %(limit)s",
                {"now": now, "name": name, "before": before_id, "limit": limit},
            )
            return await cursor.fetchall()

    async def revoke(self, token_ids: Sequence[str], names: Sequence[str], now: datetime) -> int:
        """Revoke tokens by id, and all that people have until now; gives how many were not before, or of an earlier
        time.
        """
        wanted = [("token", id) for id in token_ids] + [("person", name) for name in names]
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(
                b"insert into token_revocations as kept (kind, subject, revoked_at) "
                b"select kind, subject, %(now)s from unnest(%(kinds)s::text[], %(subjects)s::text[]) "
                b"as wanted (kind, subject) on conflict (kind, subject) do update set revoked_at = excluded.revoked_at "
                b"where kept.kind = 'person' and kept.revoked_at < excluded.revoked_at returning kind, subject",
                {
                    "now": now,
                    "kinds": [kind for kind, _ in dict.fromkeys(wanted)],
                    "subjects": [subject for _, subject in dict.fromkeys(wanted)],
                },
            )
            revoked = await cursor.fetchall()
            changes = [
                Change(
                    type="token.revoked" if kind == "token" else "person.tokens_revoked",
                    subject=subject,
                    after={"until": now.isoformat()},
                )
                for kind, subject in revoked
            ]
            await record_all(connection, changes, now)
        return len(revoked)

    async def revocations(self, now: datetime) -> Revocations:
        """What was revoked and could still be good."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                b"select kind, subject, revoked_at from token_revocations where revoked_at > %s",
                (now - MAX_PERSON_TOKEN_LIFE,),
            )
            rows = await cursor.fetchall()
        return Revocations(
            token_ids=frozenset(subject for kind, subject, _ in rows if kind == "token"),
            not_before={subject: at for kind, subject, at in rows if kind == "person"},
        )

    async def delete_old(self, now: datetime) -> int:
        """Forget tokens that ended, and revocations of such as must have."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                b"with ended as (delete from person_tokens where ends_at < %(now)s returning 1), "
                b"moot as (delete from token_revocations where revoked_at < %(before)s returning 1) "
                b"select (select count(*) from ended) + (select count(*) from moot)",
                {"now": now, "before": now - MAX_PERSON_TOKEN_LIFE},
            )
            row = await cursor.fetchone()
        return int(row[0]) if row is not None else 0

"""People's tokens that were recorded, and what was revoked."""

from servicekit.migrations import execute_sql

revision = "0023"
down_revision = "0022"
phase = "pre"


def upgrade() -> None:
    execute_sql(
        """
        create table person_tokens (
            id text primary key,
            name text not null,
            role text not null,
            issued_at timestamptz not null,
            ends_at timestamptz not null
        );
        create index person_tokens_newest on person_tokens (issued_at desc, id desc);

        create table token_revocations (
            kind text not null check (kind in ('token', 'person')),
            -- The id of a token, or the name of a person.
            subject text not null,
            revoked_at timestamptz not null,
            primary key (kind, subject)
        );
        """
    )

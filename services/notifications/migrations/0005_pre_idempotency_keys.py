"""Keys of requests that senders may repeat, with what was answered.

A key leaves the table a day later. Nothing of it concerns requests without one.
"""

from servicekit.migrations import execute_sql

revision = "0005"
down_revision = "0004"
phase = "pre"


def upgrade() -> None:
    execute_sql(
        """
        create table idempotency_keys (
            service_id uuid not null,
            -- SHA-256 of the service's id and the key, which may hold anything.
            key_hash bytea not null check (length(key_hash) = 32),
            -- SHA-256 of the request.
            fingerprint bytea not null check (length(fingerprint) = 32),
            -- The notification or job that the request made.
            subject_id uuid not null,
            answer bytea not null,
            context text not null,
            created_at timestamptz not null,
            primary key (service_id, key_hash)
        ) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);
        create index idempotency_keys_oldest on idempotency_keys (created_at);
        """
    )

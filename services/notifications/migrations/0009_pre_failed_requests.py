"""Requests that a provider failed while the message went to another one, and which failures may have been none.

`failed_attempts` holds one row for each lease that found no taker. The other requests of a lease are here: a
lease that one provider failed and another took leaves no failed attempt. Code of before knows nothing of
either addition.
"""

from servicekit.migrations import execute_sql

revision = "0009"
down_revision = "0008"
phase = "pre"


def upgrade() -> None:
    execute_sql(
        """
        alter table failed_attempts add column may_be_out boolean not null default false;
        create table failed_requests (
            notification_id uuid not null,
            attempt integer not null,
            number smallint not null,
            provider text not null,
            started_at timestamptz not null,
            duration_ms integer not null,
            error_code text not null,
            may_be_out boolean not null,
            primary key (notification_id, attempt, number)
        );
        """
    )

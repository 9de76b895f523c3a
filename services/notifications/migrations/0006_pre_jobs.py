"""Jobs: tables of recipients, stored in lots of rows until notifications are made of them.

No column for the time of acceptance: it is in the id.
"""

from servicekit.migrations import execute_sql

revision = "0006"
down_revision = "0005"
phase = "pre"


def upgrade() -> None:
    execute_sql(
        """
        create table jobs (
            id uuid primary key,
            service_id uuid not null references services (id),
            template_id uuid not null,
            template_version integer not null,
            type text not null check (type in ('sms', 'email', 'letter')),
            key_type text not null check (key_type in ('normal', 'team', 'test')),
            api_key_id uuid,
            name text not null,
            reference text,
            sender text,
            status text not null check (status in (
                'scheduled', 'pending', 'in progress', 'finished', 'cancelled', 'sending limits exceeded')),
            start_at timestamptz,
            row_count integer not null,
            bad_row_count integer not null,
            simulated_row_count integer not null,
            -- What is wrong with rows: numbers of rows by reason.
            row_faults json not null,
            to_make_count integer not null,
            abroad_count integer not null,
            made_count integer not null default 0 check (made_count <= to_make_count),
            lot_count integer not null,
            next_lot integer not null default 0 check (next_lot <= lot_count),
            -- When its messages took their places in the service's day.
            counted_at timestamptz,
            began_at timestamptz,
            worked_at timestamptz,
            ended_at timestamptz,
            check ((ended_at is null) = (status in ('scheduled', 'pending', 'in progress'))),
            check (status <> 'finished' or made_count = to_make_count)
        );
        create index jobs_of_service on jobs (service_id, id desc);
        create index jobs_to_begin on jobs (start_at nulls first) where status in ('scheduled', 'pending');
        create index jobs_in_progress on jobs (worked_at) where status = 'in progress';

        -- Rows that wait. A lot leaves the table in the statement that makes its notifications, so that none is
        -- made twice.
        create table job_lots (
            job_id uuid not null references jobs (id),
            lot integer not null,
            row_count integer not null,
            abroad_count integer not null,
            rows json not null,
            primary key (job_id, lot)
        );
        """
    )

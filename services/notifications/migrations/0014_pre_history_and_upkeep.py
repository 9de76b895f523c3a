"""What nightly work keeps: notifications past their retention, counts of days; and what is still open.

History holds no recipient, content or personalisation. Its partitions are made as the notifications' own are.
"""

from servicekit.migrations import execute_sql

revision = "0014"
down_revision = "0013"
phase = "pre"


def upgrade() -> None:
    execute_sql(
        """
        create table notification_history (
            id uuid not null,
            service_id uuid not null,
            template_id uuid not null,
            template_version integer not null,
            type text not null,
            key_type text not null,
            api_key_id uuid,
            status text not null,
            reference text,
            billable_units integer not null,
            rate_multiplier smallint not null,
            international boolean not null,
            postage text,
            job_id uuid,
            job_row integer,
            created_by uuid,
            provider text,
            provider_ms integer,
            receipt_code text,
            sent_at timestamptz,
            updated_at timestamptz,
            possible_duplicate boolean not null,
            primary key (id)
        ) partition by range (id);
        create index notification_history_of_service on notification_history (service_id, id desc);
        create index notification_history_by_reference on notification_history (service_id, reference, id desc)
            where reference is not null;

        -- Notifications that were not final when they were looked at, minutes after they were made; looked at again
        -- until they are. Everything up to the mark that is not here is final.
        create table open_notifications (
            notification_id uuid primary key,
            noticed_at timestamptz not null
        );
        create table reconciler_mark (
            one_row boolean primary key default true check (one_row),
            looked_until uuid not null
        );
        insert into reconciler_mark (looked_until) values ('00000000-0000-0000-0000-000000000000');

        create table daily_statuses (
            -- In London.
            day date not null,
            service_id uuid not null,
            template_id uuid not null,
            type text not null,
            key_type text not null,
            from_job boolean not null,
            status text not null,
            count integer not null,
            primary key (day, service_id, template_id, type, key_type, from_job, status)
        );

        create table daily_processing_times (
            -- In London.
            day date primary key,
            total integer not null,
            within_10_s integer not null check (within_10_s <= total)
        );
        """
    )

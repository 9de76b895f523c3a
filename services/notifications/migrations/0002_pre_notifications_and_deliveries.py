"""The hot path: notifications in weekly partitions, the delivery queue, callbacks to services.

No column for the time of acceptance: it is in the id, to the microsecond (servicekit.ids.time_of).
"""

from servicekit.migrations import execute_sql

revision = "0002"
down_revision = "0001"
phase = "pre"


def upgrade() -> None:
    execute_sql(
        """
        create table notifications (
            id uuid not null,
            service_id uuid not null,
            template_id uuid not null,
            template_version integer not null,
            type text not null check (type in ('sms', 'email', 'letter')),
            key_type text not null check (key_type in ('normal', 'team', 'test')),
            api_key_id uuid,
            status text not null check (status in (
                'created', 'sending', 'pending', 'sent', 'delivered', 'temporary-failure',
                'permanent-failure', 'technical-failure', 'pending-virus-check', 'virus-scan-failed',
                'validation-failed', 'cancelled', 'returned-letter')),
            recipient text not null,
            normalised_recipient text not null,
            personalisation text not null,
            reference text,
            sender text,
            billable_units integer not null,
            rate_multiplier smallint not null,
            international boolean not null default false,
            expects_receipt boolean not null default true,
            postage text,
            unsubscribe_url text,
            job_id uuid,
            job_row integer,
            created_by uuid,
            provider text,
            provider_ms integer,
            receipt_code text,
            sent_at timestamptz,
            updated_at timestamptz,
            possible_duplicate boolean not null default false,
            primary key (id)
        ) partition by range (id);
        -- Pages of a service's messages, newest first. No index holds the status: changing it stays cheap (HOT).
        create index notifications_of_service on notifications (service_id, id desc);
        create index notifications_by_reference on notifications (service_id, reference, id desc)
            where reference is not null;

        -- What waits or is being sent; a finished delivery leaves the table.
        create table deliveries (
            notification_id uuid primary key references notifications (id),
            service_id uuid not null,
            channel text not null check (channel in ('sms', 'email', 'letter')),
            lane smallint not null check (lane in (1, 2, 3)),
            run_at timestamptz not null,
            attempts integer not null default 0,
            failures integer not null default 0,
            lease_owner text,
            leased_until timestamptz,
            possible_duplicate boolean not null default false,
            failed_providers text[] not null default '{}',
            last_error text,
            check ((lease_owner is null) = (leased_until is null))
        ) with (
            fillfactor = 70,
            autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000,
            autovacuum_vacuum_insert_scale_factor = 0.05,
            autovacuum_analyze_scale_factor = 0.05, autovacuum_analyze_threshold = 2000,
            autovacuum_vacuum_cost_delay = 0
        );
        create index deliveries_ready on deliveries (channel, lane, service_id, run_at) where lease_owner is
        null; create index deliveries_leased on deliveries (leased_until) where lease_owner is not null;

        create table dead_deliveries (
            notification_id uuid primary key,
            service_id uuid not null,
            channel text not null,
            lane smallint not null,
            attempts integer not null,
            last_error text not null,
            died_at timestamptz not null
        );
        create index dead_deliveries_newest on dead_deliveries (died_at desc, notification_id);

        -- Attempts that failed. One that worked is in the notification's own row.
        create table failed_attempts (
            notification_id uuid not null,
            attempt integer not null,
            provider text,
            started_at timestamptz not null,
            duration_ms integer,
            error_code text not null,
            primary key (notification_id, attempt)
        );

        -- What services are still to be told.
        create table callbacks (
            id uuid primary key,
            service_id uuid not null,
            kind text not null,
            notification_id uuid not null,
            status text not null,
            run_at timestamptz not null,
            attempts integer not null default 0,
            leased_until timestamptz
        ) with (
            fillfactor = 70,
            autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000,
            autovacuum_vacuum_cost_delay = 0
        );
        create index callbacks_due on callbacks (service_id, run_at);

        create table callback_attempts (
            callback_id uuid not null,
            attempt integer not null,
            notification_id uuid not null,
            kind text not null,
            attempted_at timestamptz not null,
            duration_ms integer not null,
            result text not null,
            primary key (callback_id, attempt)
        );
        create index callback_attempts_of_notification on callback_attempts (notification_id);
        """
    )

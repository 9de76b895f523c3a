"""What people send back (received texts, requests to be sent no more emails, complaints), and callbacks of every kind.

What a person wrote and who wrote it is encrypted. No column for the time of arrival: it is in the id.
"""

from servicekit.migrations import execute_sql

revision = "0003"
down_revision = "0002"
phase = "pre"


def upgrade() -> None:
    execute_sql(
        """
        create table inbound_numbers (
            id uuid primary key,
            -- As it is shown and looked up: a number of +44 in national form, any other as digits.
            number text not null unique check (number ~ '^[0-9]+$'),
            provider text not null check (provider in ('mmg', 'firetext')),
            service_id uuid references services (id),
            active boolean not null default true,
            created_at timestamptz not null
        );
        create index inbound_numbers_of_service on inbound_numbers (service_id) where service_id is not null;

        create table received_texts (
            id uuid primary key,
            service_id uuid not null references services (id),
            notify_number text not null,
            user_number_encrypted bytea not null,
            content_encrypted bytea not null,
            provider text not null,
            -- The time that the provider gave.
            sent_at timestamptz not null
        );
        create index received_texts_of_service on received_texts (service_id, id desc);

        -- Fingerprints of texts that providers gave a name to, so that one that comes again is known.
        create table received_text_marks (
            mark bytea primary key check (length(mark) = 32),
            seen_at timestamptz not null
        );
        create index received_text_marks_oldest on received_text_marks (seen_at);

        create table unsubscribe_requests (
            id uuid primary key,
            notification_id uuid not null,
            service_id uuid not null references services (id),
            template_id uuid not null,
            template_version integer not null,
            email_address_encrypted bytea not null,
            processed_at timestamptz
        );
        create index unsubscribe_requests_of_service on unsubscribe_requests (service_id, id desc);
        -- A repeat is not stored until the service has dealt with the earlier one.
        create unique index unsubscribe_requests_once on unsubscribe_requests (notification_id)
            where processed_at is null;

        create table complaints (
            id uuid primary key,
            notification_id uuid not null,
            service_id uuid not null references services (id),
            -- The provider's name of the complaint; with the notification, what makes it the same one again.
            feedback_id text not null,
            complaint_type text not null,
            complained_at timestamptz not null,
            unique (notification_id, feedback_id)
        );
        create index complaints_of_service on complaints (service_id, id desc);

        alter table service_callbacks
            -- The newest first; requests are signed with each of them.
            add column signing_secrets_encrypted bytea[] not null default '{}',
            -- Since when no call was answered well; null while all is well.
            add column failing_since timestamptz,
            -- When a paused endpoint is tried next; null while it is not paused.
            add column probe_at timestamptz;

        -- The code before this one leaves a row without a notification alone: its claim joins with notifications.
        -- squawk-ignore ban-drop-not-null
        alter table callbacks alter column notification_id drop not null;
        -- squawk-ignore ban-drop-not-null
        alter table callbacks alter column status drop not null;
        alter table callbacks
            add column received_text_id uuid,
            add column complaint_id uuid,
            -- Tries that failed and counted: the place in the schedule of retries.
            add column failures integer not null default 0,
            -- When it was queued again; null where the id tells when it was queued.
            add column queued_at timestamptz;

        -- squawk-ignore ban-drop-not-null
        alter table callback_attempts alter column notification_id drop not null;
        alter table callback_attempts
            add column service_id uuid,
            add column status text,
            add column received_text_id uuid,
            add column complaint_id uuid,
            -- What followed: 'taken', 'retry', 'refused', 'given_up'.
            add column outcome text;
        """
    )

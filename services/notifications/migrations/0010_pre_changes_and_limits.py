"""The record of changes; versions of what people change; agreements, archivings, retention, limits with an end."""

from operationskit.audit import AUDIT_EVENTS_DDL
from servicekit.migrations import execute_sql

revision = "0010"
down_revision = "0009"
phase = "pre"


def upgrade() -> None:
    execute_sql(AUDIT_EVENTS_DDL)
    execute_sql(
        """
        alter table organisations
            add column version integer not null default 1,
            -- What was signed last. The user is not a foreign key: the table is in use, and users are never deleted.
            add column agreement_version text,
            add column agreement_signed_by uuid,
            add column agreement_on_behalf_of text,
            add column agreement_signed_at timestamptz;

        alter table users add column version integer not null default 1;

        alter table services
            add column archived_at timestamptz,
            add column went_live_at timestamptz,
            add column guest_list_version integer not null default 1;

        alter table service_members
            add column permissions text[] not null default '{view_activity}',
            add column version integer not null default 1;

        alter table sms_senders add column version integer not null default 1;
        alter table email_reply_tos add column version integer not null default 1;

        -- A channel without a row has the default.
        create table service_retention (
            service_id uuid not null references services (id),
            type text not null check (type in ('sms', 'email', 'letter')),
            days integer not null check (days between 3 and 90),
            primary key (service_id, type)
        );

        -- What each archiving changed, so that undoing it changes that and nothing else.
        create table service_archivings (
            id uuid primary key,
            service_id uuid not null references services (id),
            archived_at timestamptz not null,
            name text not null,
            was_active boolean not null,
            template_ids uuid[] not null,
            -- The versions that the archiving made.
            template_versions integer[] not null,
            api_key_ids uuid[] not null,
            undone_at timestamptz
        );
        create unique index service_archivings_open on service_archivings (service_id) where undone_at is null;

        create table reply_to_verifications (
            id uuid primary key,
            service_id uuid not null references services (id),
            value text not null,
            is_default boolean not null,
            notification_id uuid not null,
            email_reply_to_id uuid,
            started_at timestamptz not null
        );

        -- Each time that a limit was set, with what it was before. One with an end is in force until then, or until it
        -- was ended early; services has what holds for good.
        create table limit_changes (
            id uuid primary key,
            service_id uuid not null references services (id),
            kind text not null check (kind in ('rate', 'email', 'sms', 'letter', 'international_sms')),
            old_value integer not null,
            value integer not null check (value >= 0),
            ends_at timestamptz,
            ended_at timestamptz,
            changed_by text not null,
            reason text not null,
            changed_at timestamptz not null,
            check (ended_at is null or ends_at is not null)
        );
        create index limit_changes_latest on limit_changes (service_id, kind, id desc);
        create index limit_changes_temporary on limit_changes (service_id)
            where ends_at is not null and ended_at is null;

        alter table inbound_numbers add column first_used_at timestamptz;
        """
    )

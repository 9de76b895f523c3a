"""Who sends and what: organisations, users, services, keys, senders, callbacks, templates."""

from servicekit.migrations import execute_sql

revision = "0001"
down_revision = None
phase = "pre"


def upgrade() -> None:
    execute_sql(
        """
        create table organisations (
            id uuid primary key,
            name text not null unique,
            organisation_type text not null,
            created_at timestamptz not null
        );

        create table users (
            id uuid primary key,
            name text not null,
            email_address text not null unique check (email_address = lower(email_address)),
            mobile_number text,
            created_at timestamptz not null
        );

        create table services (
            id uuid primary key,
            name text not null unique,
            active boolean not null default true,
            restricted boolean not null default true,
            permissions text[] not null default '{}',
            prefix_sms boolean not null default true,
            contact_link text,
            rate_limit integer not null default 3000 check (rate_limit >= 0),
            limit_email integer not null check (limit_email >= 0),
            limit_sms integer not null check (limit_sms >= 0),
            limit_letter integer not null check (limit_letter >= 0),
            limit_international_sms integer not null check (limit_international_sms >= 0),
            organisation_id uuid references organisations (id),
            email_sender_name text,
            branding_text text,
            branding_colour text,
            branding_logo_url text,
            branding_alt_text text,
            branding_banner boolean not null default false,
            version integer not null default 1,
            created_at timestamptz not null
        );

        create table service_members (
            service_id uuid not null references services (id),
            user_id uuid not null references users (id),
            primary key (service_id, user_id)
        );

        create table api_keys (
            id uuid primary key,
            service_id uuid not null references services (id),
            name text not null,
            key_type text not null check (key_type in ('normal', 'team', 'test')),
            secret_encrypted bytea not null,
            created_by uuid references users (id),
            created_at timestamptz not null,
            revoked_at timestamptz
        );
        create index api_keys_of_service on api_keys (service_id, created_at desc);
        -- Two live keys of one name could not be told apart by the people who use them.
        create unique index api_keys_live_name on api_keys (service_id, lower(name)) where revoked_at is null;

        create table sms_senders (
            id uuid primary key,
            service_id uuid not null references services (id),
            value text not null,
            is_default boolean not null,
            archived boolean not null default false,
            created_at timestamptz not null,
            check (not (is_default and archived))
        );
        create index sms_senders_of_service on sms_senders (service_id);
        create unique index sms_senders_one_default on sms_senders (service_id) where is_default;

        create table email_reply_tos (
            id uuid primary key,
            service_id uuid not null references services (id),
            value text not null,
            is_default boolean not null,
            archived boolean not null default false,
            created_at timestamptz not null,
            check (not (is_default and archived))
        );
        create index email_reply_tos_of_service on email_reply_tos (service_id);
        create unique index email_reply_tos_one_default on email_reply_tos (service_id) where is_default;

        create table letter_contacts (
            id uuid primary key,
            service_id uuid not null references services (id),
            value text not null,
            created_at timestamptz not null
        );
        create index letter_contacts_of_service on letter_contacts (service_id);

        create table guest_list (
            service_id uuid not null references services (id),
            position integer not null,
            recipient text not null,
            primary key (service_id, position)
        );

        create table service_callbacks (
            service_id uuid not null references services (id),
            kind text not null check (kind in ('delivery_status', 'inbound_sms', 'complaint',
            'returned_letter')), url text not null, token_encrypted bytea not null, updated_at timestamptz not
            null, primary key (service_id, kind)
        );

        create table templates (
            id uuid primary key,
            service_id uuid not null references services (id),
            type text not null check (type in ('sms', 'email', 'letter')),
            current_version integer not null,
            created_at timestamptz not null
        );
        create index templates_of_service on templates (service_id);

        create table template_versions (
            template_id uuid not null references templates (id),
            version integer not null check (version >= 1),
            name text not null,
            body text not null,
            subject text,
            postage text check (postage in ('first', 'second', 'economy')),
            letter_contact_id uuid references letter_contacts (id),
            is_priority boolean not null default false,
            has_unsubscribe_link boolean not null default false,
            archived boolean not null default false,
            created_by uuid references users (id),
            created_at timestamptz not null,
            primary key (template_id, version)
        );
        """
    )

"""What only letters have: apart from notifications, whose rows of texts and emails are no wider for it.

Kept longer than the messages: letters come back weeks later.
"""

from servicekit.migrations import execute_sql

revision = "0016"
down_revision = "0015"
phase = "pre"


def upgrade() -> None:
    execute_sql(
        """
        -- The template that stands for letters uploaded as PDFs is in no list, and nothing is sent with it.
        alter table templates add column hidden boolean not null default false;

        create table letter_details (
            notification_id uuid primary key,
            service_id uuid not null,
            -- The printer's name of it.
            reference text not null unique check (reference ~ '^[0-9A-Z]{16}$'),
            is_precompiled boolean not null,
            -- What a service is told of a letter that comes back, when its notification may be gone.
            template_id uuid not null,
            template_version integer not null,
            client_reference text,
            created_by uuid,
            job_id uuid,
            job_row integer,
            page_count integer,
            -- Why it is never printed: a code of the public contract.
            failure_reason text,
            invalid_pages integer[] not null default '{}'
        );

        create table returned_letters (
            notification_id uuid primary key,
            service_id uuid not null,
            reported_at timestamptz not null
        );
        create index returned_letters_of_service
            on returned_letters (service_id, reported_at desc, notification_id desc);
        """
    )

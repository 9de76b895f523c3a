"""What letter templates may have more: Welsh, attached pages; and the logos of services and organisations."""

from servicekit.migrations import execute_sql

revision = "0020"
down_revision = "0019"
phase = "pre"


def upgrade() -> None:
    """Nothing is filled: templates in English alone, without attachment."""
    execute_sql(
        """
        alter table template_versions
            add column letter_welsh_subject text,
            add column letter_welsh_body text,
            -- Kept by the letters service.
            add column letter_attachment_id uuid;

        create table letter_logos (
            -- A service or an organisation.
            owner_id uuid primary key,
            name text not null,
            svg text not null,
            updated_at timestamptz not null
        );
        """
    )

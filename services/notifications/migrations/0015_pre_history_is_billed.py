"""What billing reads of a notification, also when it has gone to history."""

from servicekit.migrations import execute_sql

revision = "0015"
down_revision = "0014"
phase = "pre"


def upgrade() -> None:
    execute_sql(
        """
        alter table notification_history add column version integer not null default 1;
        create or replace view notification_facts as
        select id, version, service_id, template_id, type, key_type, status, provider, billable_units,
            rate_multiplier, postage
        from notifications
        union all
        select id, version, service_id, template_id, type, key_type, status, provider, billable_units,
            rate_multiplier, postage
        from notification_history;
        """
    )

"""The feed of status changes, and a version of each notification by which what is read twice is known again.

A row of the feed is what one statement changed to one status: a batch, as a rule. It is written in the
transaction of the change. `xid` is that transaction: whoever reads only rows of transactions older than all
that are under way sees no row late, in whatever order they commit.
"""

from servicekit.migrations import execute_sql

revision = "0013"
down_revision = "0012"
phase = "pre"


def upgrade() -> None:
    execute_sql(
        """
        -- Counts changes of the status and of what is billed, from 1. A constant default rewrites nothing.
        alter table notifications add column version integer not null default 1;

        create table status_changes (
            xid xid8 not null default pg_current_xact_id(),
            seq bigint generated always as identity,
            status text not null,
            size integer not null check (size > 0),
            ids uuid[] not null,
            versions integer[] not null,
            changed_at timestamptz not null,
            primary key (xid, seq),
            check (cardinality(ids) = size and cardinality(versions) = size)
        ) with (
            autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
            autovacuum_vacuum_insert_scale_factor = 0.1
        );
        comment on table status_changes is 'What changed status, a row for each statement and status';
        -- Ids do not compress; trying would cost time on the path of every message.
        alter table status_changes alter column ids set storage external;
        alter table status_changes alter column versions set storage external;

        -- Up to where old rows were dropped: a reader that is further behind must be told.
        create table status_changes_dropped (
            one_row boolean primary key default true check (one_row),
            xid xid8 not null,
            seq bigint not null
        );
        insert into status_changes_dropped (xid, seq) values ('0', 0);

        -- What is billed of a notification. Rows that are kept elsewhere one day are added here, and nowhere
        -- else.
        create view notification_facts as
        select id, version, service_id, template_id, type, key_type, status, provider, billable_units,
            rate_multiplier, postage
        from notifications;
        """
    )

"""What a foreign key from deliveries to notifications held is held for less (docs/adr/0015).

The key looked each new delivery's notification up again, in the partitions, and locked it: half of what the
database did for a message. Every statement that makes a delivery makes or locks its notification anyway. What
is left to guard is that no notification goes while its delivery waits: once for a statement that deletes.
"""

from servicekit.migrations import execute_sql

revision = "0019"
down_revision = "0018"
phase = "pre"


def upgrade() -> None:
    execute_sql(
        """
        create function notifications_without_deliveries() returns trigger language plpgsql
        set search_path from current
        as $$
        begin
            -- With a view of its own, taken after the rows were locked: a delivery that was made meanwhile is seen.
            if exists (select 1 from deliveries where deliveries.notification_id in (select id from gone)) then
                raise foreign_key_violation using message = 'a notification with a delivery cannot go';
            end if;
            return null;
        end
        $$;
        create trigger notifications_without_deliveries
        after delete on notifications
        referencing old table as gone
        for each statement execute function notifications_without_deliveries();
        -- The statements' own work: every one that inserts a delivery inserts its notification or locks it.
        -- squawk-ignore ban-drop-constraint
        alter table deliveries drop constraint if exists deliveries_notification_id_fkey;
        """
    )

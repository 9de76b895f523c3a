"""Who had callbacks sent again, when and why: one row for each callback and replay."""

from servicekit.migrations import execute_sql

revision = "0012"
down_revision = "0011"
phase = "pre"


def upgrade() -> None:
    execute_sql(
        """
        create table callback_replays (
            callback_id uuid not null,
            replayed_at timestamptz not null,
            -- None where the callback is not about a notification.
            notification_id uuid,
            kind text not null,
            caller text not null,
            reason text not null,
            primary key (callback_id, replayed_at)
        );
        create index callback_replays_of_notification on callback_replays (notification_id);
        """
    )

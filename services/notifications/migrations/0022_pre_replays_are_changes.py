"""Who had callbacks sent again stands in the record of changes alone. What `callback_replays` has is copied there; the
table stays for processes of the release before, and goes in a later one.
"""

from servicekit.migrations import execute_sql

revision = "0022"
down_revision = "0021"
phase = "pre"


def upgrade() -> None:
    execute_sql(
        """
        insert into audit_events (id, happened_at, type, actor, actor_is_person, subject, reason, request_id, after)
        select
            -- Version 7, of the time of the replay.
            (lpad(to_hex((extract(epoch from replayed_at) * 1000)::bigint), 12, '0') || '7'
                || substr(md5(min(callback_id::text)), 1, 3) || '8'
                || substr(md5(min(callback_id::text)), 4, 15))::uuid,
            replayed_at, 'callback.replayed', caller, true, 'callbacks', reason, '',
            jsonb_build_object('callbacks', count(*), 'of', jsonb_agg(jsonb_build_object(
                'callback_id', callback_id, 'kind', kind, 'notification_id', notification_id)))
        from callback_replays
        group by replayed_at, caller, reason;
        """
    )

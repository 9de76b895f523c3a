-- The statements of the status feed, by name. The rows are written by the statements that change statuses (queries.sql).

-- name: list_status_changes
-- A page of changes after a position. Only transactions older than all that are under way are read, so that none commits
-- behind the position. Rows of statuses that nobody asked for are passed over: they come back without an id, for the
-- position. At least one row is taken, however large it is.
with scanned as (
    select xid, seq, status, changed_at,
        case when status = any (%(statuses)s::text[]) then size else 0 end as size,
        sum(case when status = any (%(statuses)s::text[]) then size else 0 end) over (order by xid, seq) as total
    from (
        select xid, seq, status, changed_at, size
        from status_changes
        where (xid, seq) > (%(xid)s::text::xid8, %(seq)s::bigint) and xid < pg_snapshot_xmin(pg_current_snapshot())
        order by xid, seq
        limit %(max_rows)s
    ) as following
), taken as (
    select xid, seq, status, changed_at, size
    from scanned
    where total <= %(max)s or total = size
)
select taken.xid::text, taken.seq, taken.status, taken.changed_at, change.id, change.version,
    facts.version, facts.service_id, facts.template_id, facts.type, facts.key_type, facts.status, facts.provider,
    facts.billable_units, facts.rate_multiplier, facts.postage
from taken
left join status_changes as found on taken.size > 0 and found.xid = taken.xid and found.seq = taken.seq
left join lateral unnest(found.ids, found.versions) with ordinality as change (id, version, place) on true
left join notification_facts as facts on facts.id = change.id
order by taken.xid, taken.seq, change.place

-- name: feed_bounds
-- Up to where rows were dropped, and whether a position can be one of this database at all: after a restore into a new
-- server, transactions are counted from the beginning again.
select (%(xid)s::text::xid8, %(seq)s::bigint) < (xid, seq) as is_dropped,
    %(xid)s::text::xid8 >= pg_snapshot_xmax(pg_current_snapshot()) as is_foreign
from status_changes_dropped

-- name: newest_position
-- Behind everything that can be read now.
select coalesce(max(xid)::text, '0'), coalesce((array_agg(seq order by xid desc, seq desc))[1], 0)
from (
    select xid, seq
    from status_changes
    where xid < pg_snapshot_xmin(pg_current_snapshot())
    order by xid desc, seq desc
    limit 1
) as newest

-- name: drop_old_changes
-- The oldest rows, in lots, and up to where they are gone.
with old as (
    select xid, seq
    from (
        select xid, seq, changed_at
        from status_changes
        order by xid, seq
        limit %(max)s
    ) as oldest
    where changed_at < %(before)s
), dropped as (
    delete from status_changes
    using old
    where status_changes.xid = old.xid and status_changes.seq = old.seq
    returning status_changes.xid, status_changes.seq
), newest as (
    select xid, seq
    from dropped
    order by xid desc, seq desc
    limit 1
), marked as (
    update status_changes_dropped
    set xid = newest.xid, seq = newest.seq
    from newest
    where (newest.xid, newest.seq) > (status_changes_dropped.xid, status_changes_dropped.seq)
)
select count(*)::int from dropped

-- name: read_facts_lot
-- What is billed of the next notifications in order of their ids, those alike together. Ids and versions are packed, so that
-- a million of them cost no object each; in no order, which would cost a sort by everything.
-- What is in the comment below is put in where only a service's are wanted: the planner must know which index to walk.
with lot as materialized (
    select *
    from notification_facts
    where id > %(after)s and id < %(until)s /* and of a service */
    order by id
    limit %(max)s
), ends as (
    select id as last_id
    from lot
    order by id desc
    limit 1
)
select ends.last_id, service_id, template_id, type, key_type, status, provider, billable_units, rate_multiplier, postage,
    count(*)::int,
    case when %(with_ids)s then string_agg(uuid_send(id), ''::bytea) end,
    case when %(with_ids)s then string_agg(int4send(version), ''::bytea) end
from lot
cross join ends
group by ends.last_id, service_id, template_id, type, key_type, status, provider, billable_units, rate_multiplier, postage

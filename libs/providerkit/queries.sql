-- The statements about providers, by name; each sender runs them in its own schema. Arrays carry batches.

-- name: list_providers
select name, weight, resting_weight, active, supports_international, version, updated_at, update_reason, updated_by,
    is_automatic
from providers
order by name

-- name: lock_providers
-- Always in the same order, so that two changes wait for each other instead of blocking each other.
select name, weight, resting_weight, active, supports_international, version, updated_at, update_reason, updated_by,
    is_automatic
from providers
order by name
for update

-- name: change_provider
-- The change and its history row are one statement.
with changed as (
    update providers
    set weight = coalesce(%(weight)s::smallint, weight),
        resting_weight = coalesce(%(resting_weight)s::smallint, resting_weight),
        active = coalesce(%(active)s::boolean, active),
        version = version + 1,
        updated_at = %(at)s::timestamptz,
        update_reason = %(reason)s::text,
        updated_by = %(changed_by)s::text,
        is_automatic = %(is_automatic)s::boolean
    where name = %(name)s::text
    returning *
),
recorded as (
    insert into provider_history (
        name, version, weight, resting_weight, active, updated_at, update_reason, updated_by, is_automatic)
    select name, version, weight, resting_weight, active, updated_at, update_reason, updated_by, is_automatic
    from changed
)
select name, weight, resting_weight, active, supports_international, version, updated_at, update_reason, updated_by,
    is_automatic
from changed

-- name: list_changes
-- A page, from before a row on. There are some hundred rows a month at most.
select name, version, weight, resting_weight, active, updated_at, update_reason, updated_by, is_automatic
from provider_history
where (%(name)s::text is null or name = %(name)s::text)
    and (updated_at, name, version) < (%(before_at)s::timestamptz, %(before_name)s::text, %(before_version)s::integer)
order by updated_at desc, name desc, version desc
limit %(limit)s::integer

-- name: add_counts
-- Rows come sorted, so that two processes take their locks in the same order.
insert into provider_counts as kept (provider, hour, measure, bucket, count)
select *
from unnest(
    %(providers)s::text[], %(hours)s::timestamptz[], %(measures)s::text[], %(buckets)s::smallint[], %(counts)s::bigint[])
on conflict (hour, provider, measure, bucket) do update
set count = kept.count + excluded.count

-- name: counts_by_day
-- By day of London time.
select provider, (hour at time zone 'Europe/London')::date as day, measure, bucket, sum(count)::bigint
from provider_counts
where hour >= %(since)s::timestamptz and hour < %(until)s::timestamptz
    and (%(name)s::text is null or provider = %(name)s::text)
group by provider, day, measure, bucket

-- name: counts_since
select provider, measure, bucket, sum(count)::bigint
from provider_counts
where hour >= %(since)s::timestamptz
group by provider, measure, bucket

-- name: volumes_since
select provider, sum(count)::bigint
from provider_counts
where hour >= %(since)s::timestamptz and measure = 'answer' and bucket = %(accepted)s::smallint
group by provider

-- name: delete_counts
-- A part of what is too old, so that no transaction is long.
delete from provider_counts
where ctid in (select ctid from provider_counts where hour < %(before)s::timestamptz limit %(max)s::integer)

-- name: note_process
-- This process is there; how many are.
with ended as (
    delete from sender_processes where seen_at < %(dead_before)s::timestamptz and name <> %(name)s::text
),
seen as (
    insert into sender_processes (name, seen_at)
    values (%(name)s::text, %(now)s::timestamptz)
    on conflict (name) do update
    set seen_at = excluded.seen_at
)
select 1 + count(*) from sender_processes where seen_at >= %(dead_before)s::timestamptz and name <> %(name)s::text

-- name: forget_process
delete from sender_processes where name = %(name)s::text

-- The statements that keep facts, by name. Whoever changes facts holds the lock `lock_facts` first, for its transaction:
-- what is counted and what it is counted from change together, one after the other.

-- name: lock_facts
select pg_advisory_xact_lock(hashtext('billing facts'))

-- name: read_cursor
select position, batch from feed_cursor

-- name: move_cursor
-- Only from where this reader found it: of two readers of one page the second finds no row.
update feed_cursor
set position = %(position)s, batch = batch + 1, read_at = %(now)s
where position is not distinct from %(from_position)s
returning batch

-- name: add_facts
insert into facts (
    service_id, london_date, channel, template_id, key_type, provider, postage, units, rate_multiplier, rate)
select key.*, unit_rate(key.channel, key.london_date, key.postage, key.units)
from unnest(
    %(service_ids)s::uuid[], %(london_dates)s::date[], %(channels)s::text[], %(template_ids)s::uuid[],
    %(key_types)s::text[], %(providers)s::text[], %(postages)s::text[], %(units)s::int[], %(rate_multipliers)s::int[])
    as key (service_id, london_date, channel, template_id, key_type, provider, postage, units, rate_multiplier)
on conflict do nothing

-- name: find_facts
select key.place::int, facts.id
from unnest(
    %(service_ids)s::uuid[], %(london_dates)s::date[], %(channels)s::text[], %(template_ids)s::uuid[],
    %(key_types)s::text[], %(providers)s::text[], %(postages)s::text[], %(units)s::int[], %(rate_multipliers)s::int[])
    with ordinality
    as key (service_id, london_date, channel, template_id, key_type, provider, postage, units, rate_multiplier, place)
join facts using (service_id, london_date, channel, template_id, key_type, provider, postage, units, rate_multiplier)

-- name: apply_states
-- Notifications as they are, newer than what is known of them or not known. What changes is taken out of the fact that it was
-- counted in and put into the other: `applied join billed` reads billed as it was before this statement.
with states as (
    select * from unnest(%(ids)s::uuid[], %(versions)s::int[], %(fact_ids)s::bigint[]) as state (id, version, fact_id)
), applied as (
    insert into billed (notification_id, version, fact_id, batch)
    select id, version, fact_id, %(batch)s from states
    on conflict (notification_id) do update
    set version = excluded.version, fact_id = excluded.fact_id, batch = excluded.batch
    where billed.version < excluded.version
    returning notification_id, fact_id
), changes as (
    select fact_id, count(*) as change from applied where fact_id is not null group by fact_id
    union all
    select billed.fact_id, -count(*)
    from applied
    join billed on billed.notification_id = applied.notification_id
    where billed.fact_id is not null
    group by billed.fact_id
), sums as (
    select fact_id, sum(change)::bigint as change from changes group by fact_id having sum(change) <> 0
)
update facts
set messages = facts.messages + sums.change
from sums
where facts.id = sums.fact_id

-- name: rebuild_lot
-- Makes `billed` say of a span of ids what notifications say: `groups` are runs of packed ids with their fact, or none.
-- A row that is newer than the lot's own stays; so does one that was read from the feed since the rebuild began. The counts
-- of facts follow.
with groups as (
    select fact_id, count, sum(count) over (order by place) - count as start
    from unnest(%(fact_ids)s::bigint[], %(counts)s::int[]) with ordinality as run (fact_id, count, place)
), states as materialized (
    select encode(substring(%(ids)s::bytea from (groups.start + n)::int * 16 + 1 for 16), 'hex')::uuid as id,
        (%(versions)s::int[])[groups.start + n + 1] as version, groups.fact_id
    from groups
    cross join lateral generate_series(0, groups.count - 1) as n
), wrong as (
    select states.id, states.version, states.fact_id, known.fact_id as was
    from states
    left join billed as known on known.notification_id = states.id
    where (known.notification_id is null and states.fact_id is not null)
        or known.version < states.version
        or (known.version = states.version and known.fact_id is distinct from states.fact_id)
), gone_ids as (
    -- `except` sorts; a join of two lists that have no index would compare each with each.
    select known.notification_id as id
    from billed as known
    join facts on facts.id = known.fact_id
    where known.notification_id > %(after)s and known.notification_id <= %(last)s and known.batch <= %(batch)s
        and (%(service_id)s::uuid is null or facts.service_id = %(service_id)s)
    except
    select id from states
), gone as (
    select gone_ids.id, known.fact_id as was
    from gone_ids
    join billed as known on known.notification_id = gone_ids.id
), written as (
    insert into billed (notification_id, version, fact_id, batch)
    select id, version, fact_id, %(batch)s from wrong
    on conflict (notification_id) do update
    set version = excluded.version, fact_id = excluded.fact_id, batch = excluded.batch
), deleted as (
    delete from billed using gone where billed.notification_id = gone.id
), changes as (
    select fact_id, count(*) as change from wrong where fact_id is not null group by fact_id
    union all
    select was, -count(*) from wrong where was is not null group by was
    union all
    select was, -count(*) from gone group by was
), sums as (
    select fact_id, sum(change)::bigint as change from changes group by fact_id having sum(change) <> 0
), counted as (
    -- A count that somebody spoilt may be too small to take from; the recount at the end sets it right.
    update facts
    set messages = greatest(0, facts.messages + sums.change)
    from sums
    where facts.id = sums.fact_id
)
select (select count(*) from wrong)::int, (select count(*) from gone)::int

-- name: recount_facts
-- The counts of a day from what they are made of.
with counted as (
    select fact_id, count(*) as messages
    from billed
    where notification_id >= %(first_id)s and notification_id < %(until_id)s and fact_id is not null
    group by fact_id
)
update facts
set messages = coalesce(counted.messages, 0)
from facts as present
left join counted on counted.fact_id = present.id
where facts.id = present.id and present.london_date = %(day)s
    and (%(service_id)s::uuid is null or present.service_id = %(service_id)s)
    and facts.messages <> coalesce(counted.messages, 0)

-- name: read_day
select service_id, london_date, channel, template_id, key_type, provider, postage, units, rate_multiplier, messages
from facts
where london_date = %(day)s and messages > 0 and (%(service_id)s::uuid is null or service_id = %(service_id)s)

-- name: rerate_facts
update facts
set rate = unit_rate(channel, london_date, postage, units)
where channel = %(channel)s and rate <> unit_rate(channel, london_date, postage, units)

-- name: forget_old_billed
delete from billed
where notification_id in (
    select notification_id from billed where notification_id < %(before)s order by notification_id limit %(max)s)

-- name: usage_lines
-- What services used, by month, in the finest parts that are priced. Texts are apart: see text_days.
select service_id, date_trunc('month', london_date)::date, channel, postage, units, rate_multiplier, rate,
    sum(messages)::bigint,
    sum(case channel when 'sms' then messages * units * rate_multiplier else messages end)::bigint
from facts
where (%(service_ids)s::uuid[] is null or service_id = any (%(service_ids)s))
    and london_date between %(first_day)s and %(last_day)s and messages > 0
group by 1, 2, 3, 4, 5, 6, 7
order by 1, 2, 3, 4, 5, 6, 7

-- name: text_days
-- Fragments charged for by service, month and price, and how many of them the allowance covers: it is used day by day from
-- the first day of the financial year. Within a day all texts have one price, so their order changes no figure.
with allowances as (
    select * from unnest(%(allowed_service_ids)s::uuid[], %(allowed)s::bigint[]) as allowance (service_id, free)
), days as (
    select service_id, london_date, rate, sum(messages * units * rate_multiplier)::bigint as units
    from facts
    where (%(service_ids)s::uuid[] is null or service_id = any (%(service_ids)s))
        and channel = 'sms' and london_date between %(year_start)s and %(last_day)s and messages > 0
    group by service_id, london_date, rate
), running as (
    select days.*, coalesce(allowances.free, 0) as free,
        sum(units) over (partition by days.service_id order by london_date, rate rows unbounded preceding) as total
    from days
    left join allowances using (service_id)
), split as (
    select *, least(units, greatest(0, free - (total - units)))::bigint as used from running
)
select service_id, date_trunc('month', london_date)::date, rate, sum(units)::bigint, sum(used)::bigint,
    sum((units - used) * rate)::bigint
from split
where london_date >= %(first_day)s
group by 1, 2, 3
order by 1, 2, 3

-- name: text_units
-- Fragments charged for, by service, in a span of days.
select service_id, sum(messages * units * rate_multiplier)::bigint
from facts
where (%(service_ids)s::uuid[] is null or service_id = any (%(service_ids)s))
    and channel = 'sms' and london_date between %(first_day)s and %(last_day)s and messages > 0
group by service_id

-- name: volumes
select service_id, london_date, channel, sum(messages)::bigint,
    sum(case channel when 'sms' then messages * units * rate_multiplier else messages end)::bigint
from facts
where london_date between %(first_day)s and %(last_day)s and messages > 0
    and (%(service_ids)s::uuid[] is null or service_id = any (%(service_ids)s))
group by 1, 2, 3
order by 1, 2, 3

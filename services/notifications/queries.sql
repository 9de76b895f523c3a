-- The hot statements, by name. Each is one statement and so one transaction; arrays carry a whole batch; `now` is passed in.

-- name: insert_notifications
-- Notifications and their deliveries together, or neither. An id that is already there is left alone, so that a call that
-- is repeated makes nothing twice; the answer lists the ids that are new.
with new_notifications as (
    insert into notifications (
        id, service_id, template_id, template_version, type, key_type, api_key_id, status, recipient,
        normalised_recipient, personalisation, reference, sender, billable_units, rate_multiplier, international,
        expects_receipt, unsubscribe_url)
    select *
    from unnest(
        %(ids)s::uuid[], %(service_ids)s::uuid[], %(template_ids)s::uuid[], %(template_versions)s::int[],
        %(types)s::text[], %(key_types)s::text[], %(api_key_ids)s::uuid[], %(statuses)s::text[], %(recipients)s::text[],
        %(normalised_recipients)s::text[], %(personalisations)s::text[], %(references)s::text[], %(senders)s::text[],
        %(billable_units)s::int[], %(rate_multipliers)s::smallint[], %(internationals)s::boolean[],
        %(expects_receipts)s::boolean[], %(unsubscribe_urls)s::text[])
    on conflict (id) do nothing
    returning id
), new_deliveries as (
    insert into deliveries (notification_id, service_id, channel, lane, run_at, attempts, lease_owner, leased_until)
    select row.id, row.service_id, row.channel, row.lane, %(now)s,
        case when row.lease_owner is null then 0 else 1 end, row.lease_owner,
        case when row.lease_owner is null then null else %(leased_until)s::timestamptz end
    from unnest(
        %(ids)s::uuid[], %(service_ids)s::uuid[], %(types)s::text[], %(lanes)s::smallint[], %(lease_owners)s::text[]
    ) as row (id, service_id, channel, lane, lease_owner)
    join new_notifications using (id)
)
select id from new_notifications

-- name: claim_deliveries
-- Leases up to `max` deliveries of a channel: lanes in order, and within a lane the services in turn.
-- The first part walks the index from one (lane, service) to the next, so its cost is the number of services with work.
with recursive queues as (
    (
        select lane, service_id
        from deliveries
        where channel = %(channel)s and lease_owner is null
        order by lane, service_id
        limit 1
    )
    union all
    select following.lane, following.service_id
    from queues
    cross join lateral (
        select lane, service_id
        from deliveries
        where channel = %(channel)s and lease_owner is null
            and (lane, service_id) > (queues.lane, queues.service_id)
        order by lane, service_id
        limit 1
    ) as following
), candidates as (
    select ready.notification_id, queues.lane, ready.turn
    from queues
    cross join lateral (
        select notification_id, row_number() over (order by run_at) as turn
        from (
            select notification_id, run_at
            from deliveries
            where channel = %(channel)s and lane = queues.lane and service_id = queues.service_id
                and lease_owner is null and run_at <= %(now)s
            order by run_at
            limit %(max)s
        ) as oldest
    ) as ready
    order by queues.lane, ready.turn
    limit %(max)s
), locked as (
    select deliveries.notification_id, candidates.lane, candidates.turn
    from deliveries
    join candidates using (notification_id)
    where deliveries.lease_owner is null
    for update of deliveries skip locked
), leased as (
    update deliveries
    set lease_owner = %(worker)s, leased_until = %(leased_until)s, attempts = attempts + 1
    from locked
    where deliveries.notification_id = locked.notification_id
    returning deliveries.notification_id, deliveries.attempts, deliveries.possible_duplicate,
        deliveries.failed_providers, locked.lane, locked.turn
)
select
    leased.notification_id, leased.attempts, leased.possible_duplicate, leased.failed_providers,
    notifications.service_id, notifications.template_id, notifications.template_version, notifications.type,
    notifications.key_type, notifications.normalised_recipient, notifications.personalisation, notifications.sender,
    notifications.international, notifications.unsubscribe_url
from leased
join notifications on notifications.id = leased.notification_id
order by leased.lane, leased.turn

-- name: extend_leases
update deliveries
set leased_until = %(leased_until)s
from unnest(%(ids)s::uuid[], %(attempts)s::int[]) as held (id, attempt)
where notification_id = held.id and attempts = held.attempt and lease_owner = %(worker)s
returning notification_id, attempts

-- name: return_expired_leases
-- Leases that ran out: their holder may have reached the provider, so the message may go out twice, and says so.
-- Where a receipt came meanwhile, the provider has the message for certain: its delivery ends, and nothing goes out twice.
with expired as (
    select deliveries.notification_id, notifications.status <> 'created' as is_out
    from deliveries
    join notifications on notifications.id = deliveries.notification_id
    where deliveries.leased_until < %(now)s
    order by deliveries.leased_until
    limit 1000
    for update of deliveries skip locked
), ended as (
    delete from deliveries
    using expired
    where deliveries.notification_id = expired.notification_id and expired.is_out
), returned as (
    update deliveries
    set lease_owner = null, leased_until = null, run_at = %(now)s, possible_duplicate = true,
        last_error = 'lease_expired'
    from expired
    where deliveries.notification_id = expired.notification_id and not expired.is_out
    returning deliveries.notification_id, deliveries.channel
), marked as (
    update notifications
    set possible_duplicate = true
    from returned
    where notifications.id = returned.notification_id
)
select notification_id, channel from returned

-- name: complete_deliveries
-- Results of senders: 'done' ends the delivery with a status, 'retry' and 'release' put it back, 'dead' gives it up; a retry
-- that is one too many by the channel's policy gives it up as well.
-- A result of a lease that was lost (another attempt or owner) finds no row and changes nothing. The status changes only
-- from 'created': where a receipt came first, what it said stays.
with results as (
    select *
    from unnest(
        %(ids)s::uuid[], %(attempts)s::int[], %(workers)s::text[], %(outcomes)s::text[], %(statuses)s::text[],
        %(providers)s::text[], %(started_ats)s::timestamptz[], %(duration_mss)s::int[], %(error_codes)s::text[],
        %(delay_ss)s::float8[], %(counteds)s::boolean[], %(callback_ids)s::uuid[]
    ) as result (
        id, attempt, worker, outcome, status, provider, started_at, duration_ms, error_code, delay_s, counted,
        callback_id)
), policies as (
    select *
    from unnest(%(channels)s::text[], %(max_failures)s::int[], %(first_delay_ss)s::float8[], %(later_delay_ss)s::float8[])
        as policy (channel, max_failures, first_delay_s, later_delay_s)
), held as (
    select
        results.id, results.attempt, results.provider, results.started_at, results.duration_ms, results.error_code,
        results.counted, results.callback_id, deliveries.service_id, deliveries.channel, deliveries.lane,
        case
            when results.outcome = 'retry' and results.counted and deliveries.failures >= policies.max_failures
            then 'dead' else results.outcome end as outcome,
        case
            when results.outcome in ('retry', 'dead') then 'technical-failure' else results.status end as status,
        make_interval(secs => coalesce(
            results.delay_s,
            case when deliveries.failures = 0 then policies.first_delay_s else policies.later_delay_s end)) as delay
    from results
    join deliveries on deliveries.notification_id = results.id
    join policies on policies.channel = deliveries.channel
    where deliveries.attempts = results.attempt and deliveries.lease_owner = results.worker
    for update of deliveries
), ended as (
    delete from deliveries
    using held
    where deliveries.notification_id = held.id and held.outcome in ('done', 'dead')
), put_back as (
    update deliveries
    set lease_owner = null, leased_until = null, run_at = %(now)s::timestamptz + held.delay,
        failures = failures + held.counted::int, last_error = coalesce(held.error_code, last_error),
        failed_providers = case
            when not held.counted or held.provider is null or held.provider = any (failed_providers)
            then failed_providers else failed_providers || held.provider end
    from held
    where deliveries.notification_id = held.id and held.outcome in ('retry', 'release')
), buried as (
    insert into dead_deliveries (notification_id, service_id, channel, lane, attempts, last_error, died_at)
    select id, service_id, channel, lane, attempt, coalesce(error_code, 'refused'), %(now)s
    from held
    where outcome = 'dead'
    on conflict (notification_id) do nothing
), recorded as (
    insert into failed_attempts (notification_id, attempt, provider, started_at, duration_ms, error_code)
    select id, attempt, provider, coalesce(started_at, %(now)s), duration_ms, coalesce(error_code, 'refused')
    from held
    where outcome in ('retry', 'dead') and counted
    on conflict (notification_id, attempt) do nothing
), changed as (
    update notifications
    set status = case
            when notifications.status <> 'created' then notifications.status
            when held.status = 'sending' and notifications.international then 'sent'
            else held.status end,
        sent_at = case
            when held.outcome = 'done' then least(notifications.sent_at, coalesce(held.started_at, %(now)s))
            else notifications.sent_at end,
        provider = coalesce(held.provider, notifications.provider),
        provider_ms = held.duration_ms,
        updated_at = case when notifications.status = 'created' then %(now)s else notifications.updated_at end
    from held
    where notifications.id = held.id and held.outcome in ('done', 'dead')
    returning notifications.id, notifications.status, held.status as reported, held.service_id, held.callback_id
), queued_callbacks as (
    insert into callbacks (id, service_id, kind, notification_id, status, run_at)
    select changed.callback_id, changed.service_id, 'delivery_status', changed.id, changed.status, %(now)s
    from changed
    join service_callbacks on service_callbacks.service_id = changed.service_id
        and service_callbacks.kind = 'delivery_status'
    where changed.status = changed.reported and changed.status not in ('sending', 'sent')
    returning service_id
)
select held.id, held.attempt, held.outcome, exists (select 1 from queued_callbacks) as callbacks_queued from held

-- name: read_for_reports
-- The state of notifications that providers report about.
select id, type, status, provider, sent_at, key_type, international, expects_receipt
from notifications
where id = any (%(ids)s::uuid[])

-- name: apply_statuses
-- What providers reported, where the status is still the one that was seen: an update that lost a race finds no row, and the
-- caller reads again. A receipt that overtook the sender's own report says that the message was sent.
with reports as (
    select *
    from unnest(
        %(ids)s::uuid[], %(seen_statuses)s::text[], %(statuses)s::text[], %(codes)s::text[],
        %(received_ats)s::timestamptz[], %(providers)s::text[], %(callback_ids)s::uuid[]
    ) as report (id, seen_status, status, code, received_at, provider, callback_id)
), changed as (
    update notifications
    set status = reports.status, updated_at = reports.received_at, receipt_code = reports.code,
        provider = coalesce(notifications.provider, reports.provider),
        sent_at = coalesce(notifications.sent_at, reports.received_at)
    from reports
    where notifications.id = reports.id and notifications.status = reports.seen_status
    returning notifications.id, notifications.service_id, notifications.status, reports.callback_id
), queued_callbacks as (
    insert into callbacks (id, service_id, kind, notification_id, status, run_at)
    select changed.callback_id, changed.service_id, 'delivery_status', changed.id, changed.status, %(now)s
    from changed
    join service_callbacks on service_callbacks.service_id = changed.service_id
        and service_callbacks.kind = 'delivery_status'
    where changed.status <> 'pending'
    returning service_id
)
select changed.id, exists (select 1 from queued_callbacks) as callbacks_queued from changed

-- name: get_notification
select *
from notifications
where id = %(id)s and service_id = %(service_id)s

-- name: claim_callbacks
-- Due callbacks, services in turn.
with recursive services_with_work as (
    (select service_id from callbacks order by service_id limit 1)
    union all
    select following.service_id
    from services_with_work
    cross join lateral (
        select service_id
        from callbacks
        where service_id > services_with_work.service_id
        order by service_id
        limit 1
    ) as following
), candidates as (
    select due.id, due.turn
    from services_with_work
    cross join lateral (
        select id, row_number() over (order by run_at) as turn
        from (
            select id, run_at
            from callbacks
            where service_id = services_with_work.service_id and run_at <= %(now)s
                and (leased_until is null or leased_until < %(now)s)
                and not (service_id = any (%(paused_services)s::uuid[]))
            order by run_at
            limit %(max)s
        ) as oldest
    ) as due
    order by due.turn
    limit %(max)s
), locked as (
    select callbacks.id
    from callbacks
    join candidates using (id)
    where callbacks.leased_until is null or callbacks.leased_until < %(now)s
    for update of callbacks skip locked
), leased as (
    update callbacks
    set leased_until = %(leased_until)s, attempts = attempts + 1
    from locked
    where callbacks.id = locked.id
    returning callbacks.id, callbacks.service_id, callbacks.kind, callbacks.notification_id, callbacks.status,
        callbacks.attempts
)
select
    leased.id, leased.service_id, leased.kind, leased.notification_id, leased.status, leased.attempts,
    notifications.reference, notifications.recipient, notifications.sent_at, notifications.updated_at,
    notifications.type, notifications.template_id, notifications.template_version,
    service_callbacks.url, service_callbacks.token_encrypted
from leased
join notifications on notifications.id = leased.notification_id
left join service_callbacks on service_callbacks.service_id = leased.service_id and service_callbacks.kind = leased.kind

-- name: end_callbacks
-- Callbacks that were delivered or given up.
with results as (
    select *
    from unnest(
        %(ids)s::uuid[], %(attempts)s::int[], %(notification_ids)s::uuid[], %(kinds)s::text[],
        %(attempted_ats)s::timestamptz[], %(duration_mss)s::int[], %(results)s::text[], %(run_ats)s::timestamptz[]
    ) as result (id, attempt, notification_id, kind, attempted_at, duration_ms, result, run_at)
), recorded as (
    insert into callback_attempts (callback_id, attempt, notification_id, kind, attempted_at, duration_ms, result)
    select id, attempt, notification_id, kind, attempted_at, duration_ms, result
    from results
    on conflict (callback_id, attempt) do nothing
), ended as (
    delete from callbacks
    using results
    where callbacks.id = results.id and callbacks.attempts = results.attempt and results.run_at is null
)
update callbacks
set run_at = results.run_at, leased_until = null
from results
where callbacks.id = results.id and callbacks.attempts = results.attempt and results.run_at is not null

-- name: queue_statistics
select
    channel, lane,
    count(*) filter (where lease_owner is null and run_at <= %(now)s) as ready,
    count(*) filter (where lease_owner is not null) as leased,
    count(*) filter (where lease_owner is null and run_at > %(now)s) as waiting,
    min(run_at) filter (where lease_owner is null and run_at <= %(now)s) as oldest_ready
from (
    select channel, lane, lease_owner, run_at from deliveries limit 50000
) as sample
group by channel, lane
order by channel, lane

-- name: list_dead_deliveries
select notification_id, service_id, channel, attempts, last_error, died_at
from dead_deliveries
where (%(service_id)s::uuid is null or service_id = %(service_id)s)
    and (%(before_died_at)s::timestamptz is null
        or (died_at, notification_id) < (%(before_died_at)s, %(before_id)s::uuid))
order by died_at desc, notification_id desc
limit %(max)s

-- name: replay_dead_deliveries
-- Puts dead deliveries back, and their notifications back to the beginning: the one way out of technical-failure.
with revived as (
    delete from dead_deliveries
    where notification_id = any (%(ids)s)
    returning notification_id, service_id, channel, lane
), reset as (
    update notifications
    set status = 'created', updated_at = %(now)s
    from revived
    where notifications.id = revived.notification_id and notifications.status = 'technical-failure'
    returning notifications.id
)
insert into deliveries (notification_id, service_id, channel, lane, run_at)
select revived.notification_id, revived.service_id, revived.channel, revived.lane, %(now)s
from revived
join reset on reset.id = revived.notification_id
on conflict (notification_id) do nothing
returning notification_id

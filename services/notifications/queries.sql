-- The hot statements, by name. Each is one statement and so one transaction; arrays carry a whole batch; `now` is passed in.
--
-- Deliveries come and go, so that the planner mostly takes their table for empty, where walking a whole index seems to cost no
-- more than looking up some rows. It costs that much once somebody holds an old snapshot, and everything that was sent since is
-- still in the index. Statements leave it no choice: rows of `deliveries` are looked up by `notification_id = any (array)` or in
-- a lateral subquery that locks them (which the planner takes apart for no join), and conditions on the lease are written
-- `coalesce(lease_owner, '')`, which no partial index answers. Only what takes waiting or expired rows walks those indexes.

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
    returning id, status, version
), fed as (
    insert into status_changes (status, size, ids, versions, changed_at)
    select status, count(*), array_agg(id), array_agg(version), %(now)s
    from new_notifications
    group by status
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

-- name: insert_letters
-- As insert_notifications, for letters: with what only they have.
with new_notifications as (
    insert into notifications (
        id, service_id, template_id, template_version, type, key_type, api_key_id, status, recipient,
        normalised_recipient, personalisation, reference, billable_units, rate_multiplier, international,
        expects_receipt, postage, updated_at)
    select id, service_id, template_id, template_version, 'letter', key_type, api_key_id, status, '', '',
        personalisation, reference, 0, 0, international, true, postage,
        case when status = 'created' or status = 'pending-virus-check' then null else %(now)s::timestamptz end
    from unnest(
        %(ids)s::uuid[], %(service_ids)s::uuid[], %(template_ids)s::uuid[], %(template_versions)s::int[],
        %(key_types)s::text[], %(api_key_ids)s::uuid[], %(statuses)s::text[], %(personalisations)s::text[],
        %(references)s::text[], %(internationals)s::boolean[], %(postages)s::text[]
    ) as row (
        id, service_id, template_id, template_version, key_type, api_key_id, status, personalisation, reference,
        international, postage)
    on conflict (id) do nothing
    returning id, status, version
), fed as (
    insert into status_changes (status, size, ids, versions, changed_at)
    select status, count(*), array_agg(id), array_agg(version), %(now)s
    from new_notifications
    group by status
), new_letters as (
    insert into letter_details (
        notification_id, service_id, reference, is_precompiled, template_id, template_version, client_reference)
    select row.id, row.service_id, row.reference, row.is_precompiled, row.template_id, row.template_version,
        row.client_reference
    from unnest(
        %(ids)s::uuid[], %(service_ids)s::uuid[], %(letter_references)s::text[], %(are_precompiled)s::boolean[],
        %(template_ids)s::uuid[], %(template_versions)s::int[], %(references)s::text[]
    ) as row (id, service_id, reference, is_precompiled, template_id, template_version, client_reference)
    join new_notifications using (id)
), new_deliveries as (
    insert into deliveries (notification_id, service_id, channel, lane, run_at, attempts, lease_owner, leased_until)
    select row.id, row.service_id, 'letter', row.lane, %(now)s,
        case when row.lease_owner is null then 0 else 1 end, row.lease_owner,
        case when row.lease_owner is null then null else %(leased_until)s::timestamptz end
    from unnest(%(ids)s::uuid[], %(service_ids)s::uuid[], %(lanes)s::smallint[], %(lease_owners)s::text[])
        as row (id, service_id, lane, lease_owner)
    join new_notifications using (id)
)
select id from new_notifications

-- name: letters_in_queue
-- What the letters service needs of claimed letters beside what every delivery has.
select letter_details.notification_id, letter_details.reference, letter_details.is_precompiled, notifications.postage,
    notifications.status
from letter_details
join notifications on notifications.id = letter_details.notification_id
where letter_details.notification_id = any (%(ids)s::uuid[])

-- name: find_kept_answers
select kept.service_id, kept.key_hash, kept.fingerprint, kept.subject_id, kept.answer, kept.context
from unnest(%(service_ids)s::uuid[], %(key_hashes)s::bytea[]) as wanted (service_id, key_hash)
join idempotency_keys as kept using (service_id, key_hash)
where kept.created_at > %(since)s

-- name: claim_idempotency_keys
-- Keys for one transaction. Whoever gets the lock of a key, and finds no row of it, is the first; the lock ends with the
-- transaction, when the row can be seen. Nobody waits here: a lock that is held means that another request is under way.
with wanted as materialized (
    select service_id, key_hash, fingerprint, subject_id, answer, context, pg_try_advisory_xact_lock(lock) as is_free
    from unnest(
        %(service_ids)s::uuid[], %(key_hashes)s::bytea[], %(fingerprints)s::bytea[], %(subject_ids)s::uuid[],
        %(answers)s::bytea[], %(contexts)s::text[], %(locks)s::bigint[]
    ) as wanted (service_id, key_hash, fingerprint, subject_id, answer, context, lock)
)
insert into idempotency_keys as kept (
    service_id, key_hash, fingerprint, subject_id, answer, context, created_at)
select service_id, key_hash, fingerprint, subject_id, answer, context, %(now)s
from wanted
where is_free
on conflict (service_id, key_hash) do update
set fingerprint = excluded.fingerprint, subject_id = excluded.subject_id, answer = excluded.answer,
    context = excluded.context, created_at = excluded.created_at
where kept.created_at <= %(expired_at)s
returning subject_id

-- name: delete_old_idempotency_keys
delete from idempotency_keys
where (service_id, key_hash) in (
    select service_id, key_hash
    from idempotency_keys
    where created_at <= %(than)s
    order by created_at
    limit %(limit)s
    for update skip locked)

-- name: claim_deliveries
-- Leases up to `max` deliveries of a channel: lanes in order, and within a lane the services in turn, those first that come
-- after the one that was served last: where more services wait than a claim has places, each claim goes on where the one
-- before it ended.
-- The first part walks the index from one (lane, service) to the next, so its cost is the number of services with work. For
-- those that the caller knows (in the index's order) it says from where on there may be any: what lies before is gone, but its
-- entries may still be in the index, and walking over them would cost more with every delivery that was ever made. The steps
-- between two known ones find those that are not known yet.
-- Where a receipt came while a delivery waited for its next try, the provider has the message although its answer was lost:
-- the delivery ends, and nothing goes out twice.
-- What is locked, deleted and leased is asked for by id and by nothing that another index could answer: see the top.
with recursive queues as (
    select 0::smallint as lane, '00000000-0000-0000-0000-000000000000'::uuid as service_id, null::timestamptz as since,
        1 as next_known
    union all
    select coalesce(unknown.lane, known.lane), coalesce(unknown.service_id, known.service_id),
        case when unknown.lane is null then known.since end,
        case when unknown.lane is null then queues.next_known + 1 else queues.next_known end
    from queues
    cross join lateral (
        select coalesce((%(known_lanes)s::smallint[])[queues.next_known], 32767::smallint) as lane,
            coalesce(
                (%(known_service_ids)s::uuid[])[queues.next_known], 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid
            ) as service_id,
            (%(known_sinces)s::timestamptz[])[queues.next_known] as since
    ) as known
    left join lateral (
        select lane, service_id
        from deliveries
        where channel = %(channel)s and lease_owner is null
            and (lane, service_id) > (queues.lane, queues.service_id)
            and (lane, service_id) < (known.lane, known.service_id)
        order by lane, service_id
        limit 1
    ) as unknown on true
    where unknown.lane is not null or known.lane < 32767
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
                and run_at >= coalesce(queues.since, '-infinity'::timestamptz)
            order by run_at
            limit %(max)s
        ) as oldest
    ) as ready
    order by queues.lane, ready.turn, queues.service_id <= %(after)s, queues.service_id
    limit %(max)s
), locked as (
    select deliveries.notification_id,
        -- A letter's PDF is wanted whatever its status, unless it is never printed.
        notifications.status = 'created'
            or (notifications.type = 'letter' and notifications.status not in (
                'cancelled', 'validation-failed', 'virus-scan-failed', 'technical-failure')) as is_wanted
    from deliveries
    join notifications on notifications.id = deliveries.notification_id
    where deliveries.notification_id = any (array(select notification_id from candidates))
        and coalesce(deliveries.lease_owner, '') = ''
    for update of deliveries skip locked
), ended as (
    delete from deliveries
    where notification_id = any (array(select notification_id from locked where not is_wanted))
), leased as (
    update deliveries
    set lease_owner = %(worker)s, leased_until = %(leased_until)s, attempts = attempts + 1
    where notification_id = any (array(select notification_id from locked where is_wanted))
    returning notification_id, attempts, possible_duplicate, failed_providers, run_at, lane
)
-- One row at least, so that it is known whether more was ready than was looked at.
select
    (select count(*) from candidates)::int as looked_at,
    leased.notification_id, leased.attempts, leased.possible_duplicate, leased.failed_providers, leased.lane::int,
    leased.run_at, notifications.service_id, notifications.template_id, notifications.template_version, notifications.type,
    notifications.key_type, notifications.normalised_recipient, notifications.personalisation, notifications.sender,
    notifications.international, notifications.unsubscribe_url
from (select) as one
left join (leased join notifications on notifications.id = leased.notification_id) on true
order by leased.lane, row_number() over (partition by leased.lane, notifications.service_id order by leased.run_at),
    notifications.service_id <= %(after)s, notifications.service_id

-- name: lease_named
-- Leases deliveries of texts and emails that wait, by id, whether or not their time has come.
update deliveries
set lease_owner = %(worker)s, leased_until = %(leased_until)s, attempts = attempts + 1
where notification_id = any (array(
    select notification_id
    from deliveries
    where notification_id = any (%(ids)s::uuid[]) and coalesce(lease_owner, '') = '' and channel <> 'letter'
    order by notification_id
    for update skip locked
))
returning notification_id, attempts, service_id

-- name: extend_leases
update deliveries
set leased_until = %(leased_until)s
from unnest(%(ids)s::uuid[], %(attempts)s::int[]) as held (id, attempt)
where notification_id = any (%(ids)s::uuid[]) and notification_id = held.id and attempts = held.attempt
    and coalesce(lease_owner, '') = %(worker)s
returning notification_id, attempts

-- name: return_expired_leases
-- Leases that ran out: their holder may have reached the provider, so the message may go out twice, and says so.
-- Where a receipt came meanwhile, the provider has the message for certain: its delivery ends, and nothing goes out twice.
-- `since`: no lease that ended before is left; entries of those that are gone are not walked over again.
with expired as (
    select deliveries.notification_id,
        notifications.status <> 'created'
            -- A letter leaves with the print run, not with its delivery, which makes its PDF.
            and (notifications.type <> 'letter' or notifications.status in (
                'cancelled', 'validation-failed', 'virus-scan-failed', 'technical-failure')) as is_out
    from deliveries
    join notifications on notifications.id = deliveries.notification_id
    where deliveries.leased_until < %(now)s and deliveries.leased_until >= %(since)s
        and deliveries.lease_owner is not null
    order by deliveries.leased_until
    limit 1000
    for update of deliveries skip locked
), ended as (
    delete from deliveries
    where notification_id = any (array(select notification_id from expired where is_out))
), returned as (
    update deliveries
    -- A PDF that is made twice is no letter that is printed twice.
    set lease_owner = null, leased_until = null, run_at = %(now)s, possible_duplicate = deliveries.channel <> 'letter',
        last_error = 'lease_expired'
    where notification_id = any (array(select notification_id from expired where not is_out))
    returning deliveries.notification_id, deliveries.channel
), marked as (
    update notifications
    set possible_duplicate = true
    from returned
    where notifications.id = returned.notification_id and returned.channel <> 'letter'
)
select expired.notification_id, returned.channel
from expired
left join returned using (notification_id)

-- name: complete_deliveries
-- Results of senders: 'done' ends the delivery with a status, 'retry' and 'release' put it back, 'dead' gives it up; a retry
-- that is one too many by the channel's policy gives it up as well.
-- A result of a lease that was lost (another attempt or owner) finds no row and changes nothing. The status changes only
-- from 'created': where a receipt came first, what it said stays.
-- 'doubtful': a provider of this lease may have the message although it did not say so. Another has it or may get it, so
-- it may go out twice: the notification says so, also where a receipt of the one came before this, or the lease ran out while
-- the other was asked.
with results as (
    select *
    from unnest(
        %(ids)s::uuid[], %(attempts)s::int[], %(workers)s::text[], %(outcomes)s::text[], %(statuses)s::text[],
        %(providers)s::text[], %(started_ats)s::timestamptz[], %(duration_mss)s::int[], %(error_codes)s::text[],
        %(delay_ss)s::float8[], %(counteds)s::boolean[], %(may_be_outs)s::boolean[], %(doubtfuls)s::boolean[],
        %(callback_ids)s::uuid[]
    ) as result (
        id, attempt, worker, outcome, status, provider, started_at, duration_ms, error_code, delay_s, counted,
        may_be_out, doubtful, callback_id)
), policies as (
    select *
    from unnest(%(channels)s::text[], %(max_failures)s::int[], %(first_delay_ss)s::float8[], %(later_delay_ss)s::float8[])
        as policy (channel, max_failures, first_delay_s, later_delay_s)
), held as (
    select
        results.id, results.attempt, results.provider, results.started_at, results.duration_ms, results.error_code,
        results.counted, results.may_be_out, results.doubtful, results.callback_id, deliveries.service_id,
        deliveries.channel, deliveries.lane,
        case
            when results.outcome = 'retry' and results.counted and deliveries.failures >= policies.max_failures
            then 'dead' else results.outcome end as outcome,
        case
            when results.outcome in ('retry', 'dead') then 'technical-failure' else results.status end as status,
        make_interval(secs => coalesce(
            results.delay_s,
            case when deliveries.failures = 0 then policies.first_delay_s else policies.later_delay_s end)) as delay
    from results
    cross join lateral (
        select service_id, channel, lane, failures
        from deliveries
        where notification_id = results.id and attempts = results.attempt
            and coalesce(lease_owner, '') = results.worker
        for update
    ) as deliveries
    join policies on policies.channel = deliveries.channel
), ended as (
    delete from deliveries
    where notification_id = any (array(select id from held where outcome in ('done', 'dead')))
), put_back as (
    update deliveries
    set lease_owner = null, leased_until = null, run_at = %(now)s::timestamptz + held.delay,
        failures = failures + held.counted::int, possible_duplicate = possible_duplicate or held.doubtful,
        last_error = coalesce(held.error_code, last_error),
        failed_providers = case
            when not held.counted or held.provider is null or held.provider = any (failed_providers)
            then failed_providers else failed_providers || held.provider end
    from held
    where deliveries.notification_id = any (array(select id from held where outcome in ('retry', 'release')))
        and deliveries.notification_id = held.id
), buried as (
    insert into dead_deliveries (notification_id, service_id, channel, lane, attempts, last_error, died_at)
    select id, service_id, channel, lane, attempt, coalesce(error_code, 'refused'), %(now)s
    from held
    where outcome = 'dead'
    on conflict (notification_id) do nothing
), recorded as (
    insert into failed_attempts (
        notification_id, attempt, provider, started_at, duration_ms, error_code, may_be_out)
    select id, attempt, provider, coalesce(started_at, %(now)s), duration_ms, coalesce(error_code, 'refused'), may_be_out
    from held
    where outcome in ('retry', 'dead') and counted
    on conflict (notification_id, attempt) do nothing
), recorded_requests as (
    insert into failed_requests (
        notification_id, attempt, number, provider, started_at, duration_ms, error_code, may_be_out)
    select held.id, held.attempt, request.number, request.provider, request.started_at, request.duration_ms,
        request.error_code, request.may_be_out
    from unnest(
        %(request_ids)s::uuid[], %(request_attempts)s::int[], %(request_numbers)s::smallint[],
        %(request_providers)s::text[], %(request_started_ats)s::timestamptz[], %(request_duration_mss)s::int[],
        %(request_error_codes)s::text[], %(request_may_be_outs)s::boolean[]
    ) as request (id, attempt, number, provider, started_at, duration_ms, error_code, may_be_out)
    join held on held.id = request.id and held.attempt = request.attempt
    where held.outcome = 'done' or held.counted
    on conflict (notification_id, attempt, number) do nothing
), marked as (
    update notifications
    set possible_duplicate = true
    from results
    where notifications.id = results.id and results.doubtful and not notifications.possible_duplicate
        and not exists (select 1 from held where held.id = results.id and held.outcome in ('done', 'dead'))
), changed as (
    update notifications
    set status = case
            when notifications.status not in ('created', 'pending-virus-check') then notifications.status
            when held.status = 'sending' and notifications.international then 'sent'
            else held.status end,
        sent_at = case
            when held.outcome = 'done' then least(notifications.sent_at, coalesce(held.started_at, %(now)s))
            else notifications.sent_at end,
        provider = coalesce(held.provider, notifications.provider),
        provider_ms = held.duration_ms,
        possible_duplicate = notifications.possible_duplicate
            or exists (select 1 from results where results.id = held.id and results.doubtful),
        updated_at = case
            when notifications.status in ('created', 'pending-virus-check') then %(now)s
            else notifications.updated_at end,
        version = notifications.version + 1
    from held
    where notifications.id = held.id and held.outcome in ('done', 'dead')
    returning notifications.id, notifications.type, notifications.status, notifications.version,
        held.status as reported, held.service_id, held.callback_id
), fed as (
    insert into status_changes (status, size, ids, versions, changed_at)
    select status, count(*), array_agg(id), array_agg(version), %(now)s
    from changed
    group by status
), queued_callbacks as (
    insert into callbacks (id, service_id, kind, notification_id, status, run_at)
    select changed.callback_id, changed.service_id, 'delivery_status', changed.id, changed.status, %(now)s
    from changed
    join service_callbacks on service_callbacks.service_id = changed.service_id
        and service_callbacks.kind = 'delivery_status'
    -- The public contract tells of texts and emails only.
    where changed.status = changed.reported and changed.status not in ('sending', 'sent') and changed.type <> 'letter'
    returning service_id
)
select held.id, held.attempt, held.channel, held.lane, held.doubtful,
    exists (select 1 from queued_callbacks) as callbacks_queued
from held

-- name: complete_letters
-- What making letters ready for print showed; ends their deliveries. A letter that was cancelled meanwhile, or whose status went
-- on, keeps its status: what is known of its pages is recorded all the same.
with results as (
    select *
    from unnest(
        %(ids)s::uuid[], %(attempts)s::int[], %(workers)s::text[], %(failed_statuses)s::text[], %(reasons)s::text[],
        %(invalid_pages)s::text[], %(page_counts)s::int[], %(sheets)s::int[], %(postages)s::text[],
        %(internationals)s::boolean[], %(addresses)s::text[]
    ) as result (
        id, attempt, worker, failed_status, reason, invalid_pages, page_count, sheets, postage, international, address)
), held as (
    select results.*
    from results
    join deliveries on deliveries.notification_id = results.id
    where deliveries.notification_id = any (%(ids)s::uuid[]) and deliveries.attempts = results.attempt
        and coalesce(deliveries.lease_owner, '') = results.worker
    for update of deliveries
), ended as (
    delete from deliveries
    where notification_id = any (array(select id from held))
), changed as (
    update notifications
    set status = case
            when notifications.status not in ('created', 'pending-virus-check') then notifications.status
            when held.failed_status is not null then held.failed_status
            when notifications.key_type = 'test' then 'delivered'
            else 'created' end,
        billable_units = case
            when held.failed_status is not null or notifications.status = 'cancelled' then 0
            else held.sheets end,
        postage = coalesce(held.postage, notifications.postage),
        international = coalesce(held.international, notifications.international),
        recipient = coalesce(held.address, notifications.recipient),
        updated_at = case
            when notifications.status in ('created', 'pending-virus-check') then %(now)s
            else notifications.updated_at end,
        version = notifications.version + 1
    from held
    where notifications.id = held.id
    returning notifications.id, notifications.status, notifications.version
), fed as (
    insert into status_changes (status, size, ids, versions, changed_at)
    select status, count(*), array_agg(id), array_agg(version), %(now)s
    from changed
    group by status
), recorded as (
    update letter_details
    set page_count = held.page_count, failure_reason = held.reason, invalid_pages = held.invalid_pages::int[]
    from held
    where letter_details.notification_id = held.id
)
select id, attempt from held

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
        -- A letter that the printer never took was not sent.
        sent_at = case
            when notifications.type = 'letter' and reports.status = 'technical-failure' then notifications.sent_at
            else coalesce(notifications.sent_at, reports.received_at) end,
        version = notifications.version + 1
    from reports
    where notifications.id = reports.id and notifications.status = reports.seen_status
    returning notifications.id, notifications.service_id, notifications.type, notifications.status,
        notifications.version, reports.callback_id
), fed as (
    insert into status_changes (status, size, ids, versions, changed_at)
    select status, count(*), array_agg(id), array_agg(version), %(now)s
    from changed
    group by status
), queued_callbacks as (
    insert into callbacks (id, service_id, kind, notification_id, status, run_at)
    select changed.callback_id, changed.service_id, 'delivery_status', changed.id, changed.status, %(now)s
    from changed
    join service_callbacks on service_callbacks.service_id = changed.service_id
        and service_callbacks.kind = 'delivery_status'
    -- The public contract tells of texts and emails only.
    where changed.status <> 'pending' and changed.type <> 'letter'
    returning service_id
)
select changed.id, exists (select 1 from queued_callbacks) as callbacks_queued from changed

-- name: read_notifications
-- What services see of notifications that they ask for by id, each in the one partition that its id points to.
-- `number` is the place among those that were asked for.
select wanted.number::int,
    n.id, n.service_id, n.template_id, n.template_version, n.type, n.key_type, n.status, n.recipient, n.personalisation,
    n.reference, n.billable_units, n.rate_multiplier, n.postage, n.unsubscribe_url, n.provider, n.sent_at, n.updated_at,
    n.possible_duplicate, n.created_by
from unnest(%(ids)s::uuid[], %(service_ids)s::uuid[]) with ordinality as wanted (id, service_id, number)
join notifications as n on n.id = wanted.id and n.service_id = wanted.service_id

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
    set status = 'created', updated_at = %(now)s, version = notifications.version + 1
    from revived
    where notifications.id = revived.notification_id and notifications.status = 'technical-failure'
    returning notifications.id, notifications.status, notifications.version
), fed as (
    insert into status_changes (status, size, ids, versions, changed_at)
    select status, count(*), array_agg(id), array_agg(version), %(now)s
    from reset
    group by status
)
insert into deliveries (notification_id, service_id, channel, lane, run_at)
select revived.notification_id, revived.service_id, revived.channel, revived.lane, %(now)s
from revived
join reset on reset.id = revived.notification_id
on conflict (notification_id) do nothing
returning notification_id, service_id

-- name: drop_dead_deliveries
delete from dead_deliveries where notification_id = any (%(ids)s::uuid[])
returning notification_id, service_id

-- name: insert_job
insert into jobs (
    id, service_id, template_id, template_version, type, key_type, api_key_id, name, reference, sender, status, start_at,
    row_count, bad_row_count, simulated_row_count, row_faults, to_make_count, abroad_count, lot_count, counted_at, ended_at)
values (
    %(id)s, %(service_id)s, %(template_id)s, %(template_version)s, %(type)s, %(key_type)s, %(api_key_id)s, %(name)s,
    %(reference)s, %(sender)s, %(status)s, %(start_at)s, %(row_count)s, %(bad_row_count)s, %(simulated_row_count)s,
    %(row_faults)s::json, %(to_make_count)s, %(abroad_count)s, %(lot_count)s, %(counted_at)s, %(ended_at)s)
on conflict (id) do nothing
returning id

-- name: insert_job_lots
-- Megabytes in a statement: sent in binary, which spares quoting them.
insert into job_lots (job_id, lot, row_count, abroad_count, rows)
select %(job_id)s, lot, row_count, abroad_count, rows::json
from unnest(%(lots)s::int[], %(row_counts)s::int[], %(abroad_counts)s::int[], %(rows)b::text[])
    as lots (lot, row_count, abroad_count, rows)

-- name: find_due_job
-- A job whose time has come; several processes may find the same one.
select id
from jobs
where status in ('scheduled', 'pending') and paused_at is null and (start_at is null or start_at <= %(now)s)
order by start_at nulls first
limit 1

-- name: begin_job
update jobs
set status = 'in progress', began_at = %(now)s, worked_at = %(now)s, counted_at = coalesce(counted_at, %(now)s)
where id = %(id)s and status in ('scheduled', 'pending') and paused_at is null
returning id

-- name: end_job
-- Ends a job whose notifications are not all made, and forgets the rows that are left.
with ended as (
    update jobs
    set status = %(status)s, ended_at = %(now)s, paused_at = null
    where id = %(id)s and status in ('scheduled', 'pending', 'in progress')
    returning id
), dropped as (
    delete from job_lots
    using ended
    where job_lots.job_id = ended.id
    returning job_lots.row_count, job_lots.abroad_count
)
select ended.id, coalesce(sum(dropped.row_count), 0)::int, coalesce(sum(dropped.abroad_count), 0)::int
from ended
left join dropped on true
group by ended.id

-- name: set_job_paused
-- The making of a lot holds the job's row until its end: after this statement none is under way.
update jobs
set paused_at = %(paused_at)s, worked_at = case when status = 'in progress' then %(now)s else worked_at end
where id = %(id)s

-- name: claim_job
-- The job in progress that nobody has worked on for longest, for the rest of the transaction.
select id, service_id, type
from jobs
where status = 'in progress' and paused_at is null
order by worked_at
limit 1
for update skip locked

-- name: make_job_lot
-- Notifications and deliveries of a claimed job's next lot. The lot goes in the same statement, so that nothing is made twice.
with job as (
    select * from jobs where id = %(job_id)s
), lot as (
    delete from job_lots
    using job
    where job_lots.job_id = job.id and job_lots.lot = job.next_lot
    returning job_lots.rows, job_lots.row_count
), made as (
    select (%(ids)s::uuid[])[rows.ordinality] as id, rows.*
    from lot
    cross join rows from (json_to_recordset(lot.rows) as (
        n int, "as" text, "to" text, p text, ref text, u int, x smallint, i boolean, d boolean)) with ordinality as rows
), new_notifications as (
    insert into notifications (
        id, service_id, template_id, template_version, type, key_type, api_key_id, status, recipient,
        normalised_recipient, personalisation, reference, sender, billable_units, rate_multiplier, international,
        expects_receipt, job_id, job_row)
    select made.id, job.service_id, job.template_id, job.template_version, job.type, job.key_type, job.api_key_id,
        'created', coalesce(made."as", made."to"), made."to", made.p, made.ref, job.sender, coalesce(made.u, 1),
        coalesce(made.x, 1), coalesce(made.i, false), coalesce(made.d, true), job.id, made.n
    from made
    cross join job
    returning id, status, version
), fed as (
    insert into status_changes (status, size, ids, versions, changed_at)
    select status, count(*), array_agg(id), array_agg(version), %(now)s
    from new_notifications
    group by status
), new_deliveries as (
    insert into deliveries (notification_id, service_id, channel, lane, run_at)
    select made.id, job.service_id, job.type, %(lane)s, %(now)s
    from made
    cross join job
)
update jobs
set next_lot = jobs.next_lot + 1, made_count = jobs.made_count + lot.row_count, worked_at = %(now)s,
    status = case when jobs.next_lot + 1 = jobs.lot_count then 'finished' else jobs.status end,
    ended_at = case when jobs.next_lot + 1 = jobs.lot_count then %(now)s end
from lot
where jobs.id = %(job_id)s
returning lot.row_count, jobs.status

-- name: make_letter_job_lot
-- As make_job_lot, for letters: with what only they have.
with job as (
    select * from jobs where id = %(job_id)s
), lot as (
    delete from job_lots
    using job
    where job_lots.job_id = job.id and job_lots.lot = job.next_lot
    returning job_lots.rows, job_lots.row_count
), made as (
    select (%(ids)s::uuid[])[rows.ordinality] as id,
        (%(letter_references)s::text[])[rows.ordinality] as letter_reference, rows.*
    from lot
    cross join rows from (json_to_recordset(lot.rows) as (
        n int, p text, ref text, i boolean, po text)) with ordinality as rows
), new_notifications as (
    insert into notifications (
        id, service_id, template_id, template_version, type, key_type, api_key_id, status, recipient,
        normalised_recipient, personalisation, reference, billable_units, rate_multiplier, international,
        expects_receipt, postage, updated_at, job_id, job_row)
    select made.id, job.service_id, job.template_id, job.template_version, 'letter', job.key_type, job.api_key_id,
        case when job.key_type = 'test' then %(test_status)s else 'created' end, '', '', made.p, made.ref, 0, 0,
        coalesce(made.i, false), true, made.po,
        case when job.key_type = 'test' then %(now)s::timestamptz end, job.id, made.n
    from made
    cross join job
    returning id, status, version
), fed as (
    insert into status_changes (status, size, ids, versions, changed_at)
    select status, count(*), array_agg(id), array_agg(version), %(now)s
    from new_notifications
    group by status
), new_letters as (
    insert into letter_details (
        notification_id, service_id, reference, is_precompiled, template_id, template_version, client_reference,
        job_id, job_row)
    select made.id, job.service_id, made.letter_reference, false, job.template_id, job.template_version, made.ref,
        job.id, made.n
    from made
    cross join job
), new_deliveries as (
    insert into deliveries (notification_id, service_id, channel, lane, run_at)
    select made.id, job.service_id, 'letter', %(lane)s, %(now)s
    from made
    cross join job
)
update jobs
set next_lot = jobs.next_lot + 1, made_count = jobs.made_count + lot.row_count, worked_at = %(now)s,
    status = case when jobs.next_lot + 1 = jobs.lot_count then 'finished' else jobs.status end,
    ended_at = case when jobs.next_lot + 1 = jobs.lot_count then %(now)s end
from lot
where jobs.id = %(job_id)s
returning lot.row_count, jobs.status

-- name: read_job_rows
-- The next rows of a job: those of which notifications were made; where fewer of these are left than asked for, then the next
-- lot that waits. Rows are made in their order, so those that wait come after all that were made; and as both are seen at one
-- moment, a row that is made between two pages is in one of them.
with made as (
    select job_row, recipient, status, id
    from notifications
    where job_id = %(job_id)s and id >= %(first_id)s and job_row > %(after_row)s
    order by job_row
    limit %(max)s
), next_lot as (
    select lot, rows
    from job_lots
    where job_id = %(job_id)s and lot > %(after_lot)s and (select count(*) from made) < %(max)s
    order by lot
    limit 1
)
select job_row, recipient, status, id, null::int as lot
from made
union all
select waiting.n, coalesce(waiting."as", waiting."to"), null, null, next_lot.lot
from next_lot
cross join json_to_recordset(next_lot.rows) as waiting (n int, "as" text, "to" text)
where waiting.n > %(after_row)s
order by 1

-- name: count_job_statuses
-- Notifications of a job by status. Their ids are no older than the job, which spares older partitions.
select status, count(*)::int
from notifications
where job_id = %(job_id)s and id >= %(first_id)s
group by status

-- The statements about callbacks, by name. Each is one statement and so one transaction; `now` is passed in.
-- Those that wait are looked up by `id = any (array)`: to the planner their table is empty (see `queries.sql`).

-- name: take_probes
-- Paused endpoints that are to be tried now; no other process tries them in the meantime.
update service_callbacks
set probe_at = %(next_probe_at)s
where probe_at <= %(now)s
returning service_id, kind

-- name: claim_callbacks
-- Leases callbacks that are due, endpoints in turn, each with no more than it is allowed; none of paused ones, but the first
-- that waits, due or not, for each that is to be tried. The first part walks the index from one endpoint to the next, so its
-- cost is the number of endpoints with work; what lies before the places that the caller knows is not walked over, as in
-- `claim_deliveries`.
with recursive endpoints as (
    select '00000000-0000-0000-0000-000000000000'::uuid as service_id, ''::text as kind, null::timestamptz as since,
        1 as next_known
    union all
    select coalesce(unknown.service_id, known.service_id), coalesce(unknown.kind, known.kind),
        case when unknown.service_id is null then known.since end,
        case when unknown.service_id is null then endpoints.next_known + 1 else endpoints.next_known end
    from endpoints
    cross join lateral (
        select
            coalesce(
                (%(known_service_ids)s::uuid[])[endpoints.next_known], 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid
            ) as service_id,
            coalesce((%(known_kinds)s::text[])[endpoints.next_known], '') as kind,
            (%(known_sinces)s::timestamptz[])[endpoints.next_known] as since
    ) as known
    left join lateral (
        select service_id, kind
        from callbacks
        where (service_id, kind) > (endpoints.service_id, endpoints.kind)
            and (service_id, kind) < (known.service_id, known.kind)
        order by service_id, kind
        limit 1
    ) as unknown on true
    where unknown.service_id is not null or known.kind <> ''
), allowances as (
    select *
    from unnest(%(service_ids)s::uuid[], %(kinds)s::text[], %(allowed)s::int[])
        as allowance (service_id, kind, allowed)
), due as (
    select ready.id, ready.turn
    from endpoints
    left join service_callbacks on service_callbacks.service_id = endpoints.service_id
        and service_callbacks.kind = endpoints.kind
    left join allowances on allowances.service_id = endpoints.service_id and allowances.kind = endpoints.kind
    cross join lateral (
        select id, row_number() over (order by run_at) as turn
        from (
            select id, run_at
            from callbacks
            where callbacks.service_id = endpoints.service_id and callbacks.kind = endpoints.kind
                and run_at <= %(now)s and run_at >= coalesce(endpoints.since, '-infinity'::timestamptz)
                and (leased_until is null or leased_until < %(now)s)
            order by run_at
            limit coalesce(allowances.allowed, %(allowed_otherwise)s)
        ) as oldest
    ) as ready
    where service_callbacks.probe_at is null
    order by ready.turn
    limit %(max)s
), probed as (
    select *
    from unnest(%(probed_service_ids)s::uuid[], %(probed_kinds)s::text[]) as endpoint (service_id, kind)
), candidates as (
    select id from due
    union all
    select first.id
    from probed
    cross join lateral (
        select id
        from callbacks
        where callbacks.service_id = probed.service_id and callbacks.kind = probed.kind
            and (leased_until is null or leased_until < %(now)s)
        order by run_at
        limit 1
    ) as first
), locked as (
    select callbacks.id
    from callbacks
    where callbacks.id = any (array(select id from candidates))
        and (callbacks.leased_until is null or callbacks.leased_until < %(now)s)
    for update skip locked
), leased as (
    update callbacks
    set leased_until = %(leased_until)s, attempts = attempts + 1
    where id = any (array(select id from locked))
    returning *
)
select
    leased.id, leased.service_id, leased.kind, leased.notification_id, leased.received_text_id, leased.complaint_id,
    leased.status, leased.attempts, leased.failures, leased.run_at, leased.run_at <= %(now)s as is_due,
    notifications.reference, notifications.recipient, notifications.sent_at, notifications.updated_at,
    notifications.type, notifications.template_id, notifications.template_version,
    received_texts.user_number_encrypted, received_texts.notify_number, received_texts.content_encrypted,
    received_texts.sent_at as text_sent_at, complaints.complained_at,
    service_callbacks.url, service_callbacks.token_encrypted, service_callbacks.signing_secrets_encrypted
from leased
left join notifications on notifications.id = leased.notification_id
left join received_texts on received_texts.id = leased.received_text_id
left join complaints on complaints.id = leased.complaint_id
left join service_callbacks on service_callbacks.service_id = leased.service_id and service_callbacks.kind = leased.kind

-- name: end_callbacks
-- How calls ended: recorded each, taken from the queue or put back, and what they tell of their endpoints. A result of a lease
-- that was lost is recorded and changes nothing else. Answers endpoints whose state changed.
with results as (
    select *
    from unnest(
        %(ids)s::uuid[], %(attempts)s::int[], %(service_ids)s::uuid[], %(kinds)s::text[],
        %(notification_ids)s::uuid[], %(received_text_ids)s::uuid[], %(complaint_ids)s::uuid[], %(statuses)s::text[],
        %(attempted_ats)s::timestamptz[], %(duration_mss)s::int[], %(results)s::text[], %(outcomes)s::text[],
        %(run_ats)s::timestamptz[], %(counteds)s::boolean[]
    ) as result (
        id, attempt, service_id, kind, notification_id, received_text_id, complaint_id, status, attempted_at,
        duration_ms, result, outcome, run_at, counted)
), recorded as (
    insert into callback_attempts (
        callback_id, attempt, service_id, kind, notification_id, received_text_id, complaint_id, status, attempted_at,
        duration_ms, result, outcome)
    select
        id, attempt, service_id, kind, notification_id, received_text_id, complaint_id, status, attempted_at,
        duration_ms, result, outcome
    from results
    on conflict (callback_id, attempt) do nothing
), ended as (
    delete from callbacks
    using results
    where callbacks.id = any (%(ids)s::uuid[]) and callbacks.id = results.id
        and callbacks.attempts = results.attempt and results.run_at is null
), put_back as (
    update callbacks
    set run_at = results.run_at, leased_until = null, failures = callbacks.failures + results.counted::int
    from results
    where callbacks.id = any (%(ids)s::uuid[]) and callbacks.id = results.id
        and callbacks.attempts = results.attempt and results.run_at is not null
), seen as (
    select service_id, kind, bool_or(outcome in ('taken', 'refused')) as answers, min(attempted_at) as first_at
    from results
    group by service_id, kind
), recovered as (
    update service_callbacks
    set failing_since = null, probe_at = null
    from seen
    join service_callbacks as before using (service_id, kind)
    where service_callbacks.service_id = seen.service_id and service_callbacks.kind = seen.kind
        and seen.answers and service_callbacks.failing_since is not null
    returning service_callbacks.service_id, service_callbacks.kind, before.probe_at is not null as was_paused
), failing as (
    update service_callbacks
    set failing_since = coalesce(service_callbacks.failing_since, seen.first_at),
        probe_at = case
            when coalesce(service_callbacks.failing_since, seen.first_at) <= %(paused_if_failing_since)s
            then %(next_probe_at)s else service_callbacks.probe_at end
    from seen
    where service_callbacks.service_id = seen.service_id and service_callbacks.kind = seen.kind and not seen.answers
        and service_callbacks.probe_at is null
        and (service_callbacks.failing_since is null
            or service_callbacks.failing_since <= %(paused_if_failing_since)s)
    returning service_callbacks.service_id, service_callbacks.kind, service_callbacks.probe_at
)
select service_id, kind, 'resumed' as change from recovered where was_paused
union all
select service_id, kind, 'paused' from failing where probe_at is not null

-- name: make_callbacks_due
-- What waits for its next try at an endpoint that answers again.
with waiting as (
    select id
    from callbacks
    where service_id = %(service_id)s and kind = %(kind)s and run_at > %(now)s and leased_until is null
    order by run_at
    limit %(max)s
    for update skip locked
)
update callbacks
set run_at = %(now)s
where id = any (array(select id from waiting))

-- name: expire_callbacks
-- What has waited for longer than callbacks are tried, at a paused endpoint for example. Ids begin with the time of queueing;
-- what was queued again says itself when.
with old as (
    select id
    from callbacks
    where id < %(first_kept_id)s and (queued_at is null or queued_at < %(before)s)
        and (leased_until is null or leased_until < %(now)s)
    order by id
    limit %(max)s
    for update skip locked
), expired as (
    delete from callbacks
    where id = any (array(select id from old))
    returning *
)
insert into callback_attempts (
    callback_id, attempt, service_id, kind, notification_id, received_text_id, complaint_id, status, attempted_at,
    duration_ms, result, outcome)
select
    id, attempts + 1, service_id, kind, notification_id, received_text_id, complaint_id, status, %(now)s, 0, 'expired',
    'given_up'
from expired
on conflict (callback_id, attempt) do nothing

-- name: delete_callback_attempts
delete from callback_attempts
where (callback_id, attempt) in (
    select callback_id, attempt
    from callback_attempts
    where callback_id < %(first_kept_id)s and attempted_at < %(before)s
    order by callback_id
    limit %(max)s
)

-- name: list_callback_attempts
select
    callback_id, attempt, service_id, kind, notification_id, received_text_id, complaint_id, attempted_at, duration_ms,
    result, coalesce(outcome, case when result like '2__' then 'taken' else 'retry' end)
from callback_attempts
where (%(service_id)s::uuid is null or service_id = %(service_id)s)
    and (%(notification_id)s::uuid is null or notification_id = %(notification_id)s)
    and (%(callback_id)s::uuid is null or callback_id = %(callback_id)s)
    and (%(kind)s::text is null or kind = %(kind)s)
    and (%(from)s::timestamptz is null or attempted_at >= %(from)s)
    and (%(until)s::timestamptz is null or attempted_at < %(until)s)
    and (not %(failed_only)s or outcome <> 'taken')
    and (%(before_at)s::timestamptz is null
        or (attempted_at, callback_id, attempt) < (%(before_at)s, %(before_id)s::uuid, %(before_attempt)s::int))
order by attempted_at desc, callback_id desc, attempt desc
limit %(max)s

-- name: replay_callbacks
-- Queues callbacks again under their own ids, from what their last attempts recorded; those that still wait become due.
with last as (
    select distinct on (callback_id)
        callback_id, attempt, service_id, kind, notification_id, received_text_id, complaint_id, status
    from callback_attempts
    where callback_id = any (%(ids)s::uuid[]) and service_id is not null
    order by callback_id, attempt desc
), queued as (
    insert into callbacks as waiting (
        id, service_id, kind, notification_id, received_text_id, complaint_id, status, run_at, attempts, queued_at)
    select
        last.callback_id, last.service_id, last.kind, last.notification_id, last.received_text_id, last.complaint_id,
        last.status, %(now)s, last.attempt, %(now)s
    from last
    on conflict (id) do update
    set run_at = excluded.run_at, failures = 0, queued_at = excluded.queued_at
    where waiting.leased_until is null
    returning id
)
select last.callback_id, last.kind, last.notification_id
from last
join queued on queued.id = last.callback_id

-- name: find_callbacks_in_span
-- Callbacks that were tried in a span of time, in the order of their ids; with failed_only those that ended badly.
select distinct callback_id
from callback_attempts as tried
where service_id = %(service_id)s and attempted_at >= %(from)s and attempted_at < %(until)s
    and (%(kind)s::text is null or kind = %(kind)s)
    and (%(after)s::uuid is null or callback_id > %(after)s)
    and (not %(failed_only)s or exists (
        select 1
        from callback_attempts as last
        where last.callback_id = tried.callback_id and last.outcome in ('refused', 'given_up')
            and not exists (
                select 1
                from callback_attempts as later
                where later.callback_id = last.callback_id and later.attempt > last.attempt)))
order by callback_id
limit %(max)s

-- name: insert_complaints
-- Complaints about emails that are known, and their callbacks, together. A complaint that is there already is left alone.
with given as (
    select *
    from unnest(
        %(ids)s::uuid[], %(notification_ids)s::uuid[], %(feedback_ids)s::text[], %(types)s::text[],
        %(complained_ats)s::timestamptz[], %(callback_ids)s::uuid[]
    ) as complaint (id, notification_id, feedback_id, type, complained_at, callback_id)
), known as (
    select given.*, notifications.service_id
    from given
    join notifications on notifications.id = given.notification_id
), stored as (
    insert into complaints (id, notification_id, service_id, feedback_id, complaint_type, complained_at)
    select id, notification_id, service_id, feedback_id, type, complained_at
    from known
    on conflict (notification_id, feedback_id) do nothing
    returning id
), queued as (
    insert into callbacks (id, service_id, kind, notification_id, complaint_id, run_at)
    select known.callback_id, known.service_id, 'complaint', known.notification_id, known.id, %(now)s
    from stored
    join known using (id)
    join service_callbacks on service_callbacks.service_id = known.service_id and service_callbacks.kind = 'complaint'
    returning id
)
select known.id, stored.id is not null as is_new, exists (select 1 from queued) as callbacks_queued
from known
left join stored using (id)

-- name: list_endpoints
select
    service_callbacks.kind, url, cardinality(signing_secrets_encrypted), failing_since, probe_at,
    (
        select count(*)
        from (
            select 1
            from callbacks
            where callbacks.service_id = service_callbacks.service_id and callbacks.kind = service_callbacks.kind
            limit 10000
        ) as sample
    ) as waiting
from service_callbacks
where service_callbacks.service_id = %(service_id)s
order by service_callbacks.kind

-- name: set_endpoint
-- To set an endpoint is a new beginning for it, also with the same URL: somebody says that it works. A secret that is there
-- already stays; the answer tells whether this one was taken.
insert into service_callbacks as known (service_id, kind, url, token_encrypted, signing_secrets_encrypted, updated_at)
values (%(service_id)s, %(kind)s, %(url)s, %(token)s, array[%(secret)s::bytea], %(now)s)
on conflict (service_id, kind) do update
set url = excluded.url, token_encrypted = excluded.token_encrypted, updated_at = excluded.updated_at,
    signing_secrets_encrypted = case
        when cardinality(known.signing_secrets_encrypted) = 0
        then excluded.signing_secrets_encrypted else known.signing_secrets_encrypted end,
    failing_since = null, probe_at = null
returning signing_secrets_encrypted[1] = %(secret)s::bytea

-- name: remove_endpoint
delete from service_callbacks where service_id = %(service_id)s and kind = %(kind)s

-- name: rotate_secret
-- The new one first, and the one that was first until now.
update service_callbacks
set signing_secrets_encrypted = array[%(secret)s::bytea] || signing_secrets_encrypted[1:1]
where service_id = %(service_id)s and kind = %(kind)s
returning kind

-- name: retire_secret
update service_callbacks
set signing_secrets_encrypted = signing_secrets_encrypted[1:1]
where service_id = %(service_id)s and kind = %(kind)s
returning kind

-- name: returned_letter
-- What is told of a letter that came back; its notification may be past retention.
select letter_details.notification_id, letter_details.client_reference, letter_details.is_precompiled,
    letter_details.template_id, letter_details.template_version, template_versions.name, users.email_address, jobs.name,
    letter_details.job_row
from letter_details
left join template_versions on template_versions.template_id = letter_details.template_id
    and template_versions.version = letter_details.template_version
left join users on users.id = letter_details.created_by
left join jobs on jobs.id = letter_details.job_id
where letter_details.notification_id = %(id)s

-- The statements of retention, by name. Each works on a lot, so that no lock is held for long, and is one transaction: whoever is
-- killed in between leaves nothing half done.

-- name: move_lot_to_history
-- Looks at the next notifications by id, and moves those that are past their service's retention: to history without recipient,
-- content and personalisation, or nowhere for test keys. What still has a delivery stays, and so do letters that are not done.
with lot as (
    select id, service_id, type, key_type, status
    from notifications
    where id > %(after)s and id < %(before)s
    order by id
    limit %(max)s
), cutoffs as (
    select * from unnest(%(days)s::int[], %(cutoff_ids)s::uuid[]) as cutoff (days, id)
), due as (
    select lot.id
    from lot
    left join service_retention on service_retention.service_id = lot.service_id and service_retention.type = lot.type
    join cutoffs on cutoffs.days = coalesce(service_retention.days, %(default_days)s)
    where lot.id < cutoffs.id
        and not (lot.type = 'letter' and lot.status in ('created', 'sending', 'pending-virus-check'))
        and not exists (select 1 from deliveries where deliveries.notification_id = lot.id)
), gone as (
    delete from notifications
    using due
    where notifications.id = due.id
    returning notifications.*
), kept as (
    insert into notification_history (
        id, service_id, template_id, template_version, type, key_type, api_key_id, status, reference, billable_units,
        rate_multiplier, international, postage, job_id, job_row, created_by, provider, provider_ms, receipt_code,
        sent_at, updated_at, possible_duplicate, version)
    select
        id, service_id, template_id, template_version, type, key_type, api_key_id, status, reference, billable_units,
        rate_multiplier, international, postage, job_id, job_row, created_by, provider, provider_ms, receipt_code,
        sent_at, updated_at, possible_duplicate, version
    from gone
    where key_type <> 'test'
    returning id
), forgotten_attempts as (
    delete from failed_attempts
    using gone
    where failed_attempts.notification_id = gone.id
), forgotten_requests as (
    delete from failed_requests
    using gone
    where failed_requests.notification_id = gone.id
), forgotten_dead as (
    delete from dead_deliveries
    using gone
    where dead_deliveries.notification_id = gone.id
), to_forget as (
    -- With their PDFs, by the letters service.
    insert into letters_to_forget (notification_id)
    select id from gone where type = 'letter'
    on conflict (notification_id) do nothing
), forgotten_details as (
    -- Others are kept with their history: letters come back weeks later.
    delete from letter_details
    using gone
    where letter_details.notification_id = gone.id and gone.key_type = 'test'
)
select
    (select count(*) from lot) as looked_at,
    (select id from lot order by id desc limit 1) as last_id,
    (select count(*) from kept) as moved,
    (select count(*) from gone) as gone

-- name: estimate_notifications
-- About how many notifications there are in partitions, as the planner believes.
select sum(greatest(reltuples, 0))::bigint
from pg_class
where oid = any (%(partitions)s::text[]::regclass[])

-- name: partitions
-- Partitions of a table, with whether one is half way detached.
select c.relname::text, i.inhdetachpending
from pg_inherits as i
join pg_class as c on c.oid = i.inhrelid
where i.inhparent = %(parent)s::regclass
order by c.relname

-- name: loose_partitions
-- Tables that were partitions and were not dropped.
select c.relname::text
from pg_class as c
where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and not c.relispartition
    and c.relname ~ %(pattern)s
order by c.relname

-- name: delete_received_texts
-- Received texts of services, past the retention of their texts.
delete from received_texts
where id in (
    select received_texts.id
    from received_texts
    left join service_retention on service_retention.service_id = received_texts.service_id
        and service_retention.type = 'sms'
    join unnest(%(days)s::int[], %(cutoff_ids)s::uuid[]) as cutoff (days, id)
        on cutoff.days = coalesce(service_retention.days, %(default_days)s)
    where received_texts.id < %(before)s and received_texts.id < cutoff.id
    order by received_texts.id
    limit %(max)s)

-- name: delete_jobs
-- Jobs that ended, past the retention of their channel, by the time that they were made or scheduled for.
delete from jobs
where id in (
    select jobs.id
    from jobs
    left join service_retention on service_retention.service_id = jobs.service_id and service_retention.type = jobs.type
    join unnest(%(days)s::int[], %(cutoff_ids)s::uuid[], %(cutoffs)s::timestamptz[]) as cutoff (days, id, at)
        on cutoff.days = coalesce(service_retention.days, %(default_days)s)
    where jobs.id < cutoff.id and jobs.ended_at is not null and (jobs.start_at is null or jobs.start_at < cutoff.at)
    order by jobs.id
    limit %(max)s)

-- name: delete_complaints
delete from complaints
where id in (select id from complaints where id < %(before)s order by id limit %(max)s)

-- name: delete_unsubscribe_requests
-- Those that were dealt with, and old ones all the same.
delete from unsubscribe_requests
where id in (
    select id
    from unsubscribe_requests
    where id < %(before)s or processed_at < %(processed_before)s
    order by id
    limit %(max)s)

-- name: letters_to_forget
select notification_id from letters_to_forget order by notification_id limit %(max)s

-- name: letters_forgotten
delete from letters_to_forget where notification_id = any (%(ids)s::uuid[])

-- name: delete_letter_details
-- What only letters had, of a span of ids whose history goes.
with old as (
    select notification_id
    from letter_details
    where notification_id >= %(first_id)s and notification_id < %(end_id)s
        and not exists (select 1 from notifications where notifications.id = letter_details.notification_id)
    order by notification_id
    limit %(max)s
), unreturned as (
    delete from returned_letters using old where returned_letters.notification_id = old.notification_id
)
delete from letter_details using old where letter_details.notification_id = old.notification_id

-- name: delete_refused_requests
delete from refused_requests
where id in (select id from refused_requests where id < %(before)s order by id limit %(max)s)

-- name: delete_request_counts
delete from daily_requests
where (day, process_id) in (select day, process_id from daily_requests where day < %(before)s order by day limit %(max)s)

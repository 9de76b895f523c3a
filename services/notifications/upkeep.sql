-- The statements of regular checks, by name: the reconciler's, counts of days, and what alerts are raised about.

-- name: notice_open_notifications
-- Looks at the next notifications by id, and remembers those that are not final. With what is remembered, the mark proves that
-- everything before it is settled.
with lot as (
    select id, type, status
    from notifications
    where id > %(after)s and id < %(before)s
    order by id
    limit %(max)s
), noticed as (
    insert into open_notifications (notification_id, noticed_at)
    select id, %(now)s
    from lot
    where type = any (%(types)s::text[]) and status = any (%(open_statuses)s::text[])
    on conflict (notification_id) do nothing
    returning notification_id
), moved as (
    update reconciler_mark
    set looked_until = last.id
    from (select id from lot order by id desc limit 1) as last
    where reconciler_mark.looked_until < last.id
)
select
    (select count(*) from lot) as looked_at,
    (select id from lot order by id desc limit 1) as last_id,
    (select count(*) from noticed) as noticed

-- name: read_open_notifications
-- What is remembered, with what is known of it now. No notification: it was moved to history.
select
    remembered.notification_id, notifications.service_id, notifications.type, notifications.status,
    deliveries.notification_id is not null as has_delivery
from (
    select notification_id
    from open_notifications
    where notification_id > %(after)s and notification_id < %(before)s
    order by notification_id
    limit %(max)s
) as remembered
left join notifications on notifications.id = remembered.notification_id
left join deliveries on deliveries.notification_id = remembered.notification_id
order by remembered.notification_id

-- name: forget_open_notifications
delete from open_notifications where notification_id = any (%(ids)s::uuid[])

-- name: queue_lost_deliveries
-- Gives notifications the delivery that they should have. Nobody knows whether they went out, so they may go out twice.
with lost as (
    select id, service_id, type, job_id
    from notifications
    where id = any (%(ids)s::uuid[]) and status = 'created'
    for update
), queued as (
    insert into deliveries (notification_id, service_id, channel, lane, run_at, possible_duplicate)
    select id, service_id, type, case when job_id is null then %(normal_lane)s::smallint else %(bulk_lane)s::smallint end, %(now)s, true
    from lost
    on conflict (notification_id) do nothing
    returning notification_id, channel
), marked as (
    update notifications
    set possible_duplicate = true
    from queued
    where notifications.id = queued.notification_id
)
select notification_id, channel from queued

-- name: delete_statuses_of_day
delete from daily_statuses
where day = %(day)s and type = any (%(types)s::text[]) and (key_type <> 'test' or %(with_test_keys)s)

-- name: insert_statuses_of_day
insert into daily_statuses (day, service_id, template_id, type, key_type, from_job, status, count)
select %(day)s, service_id, template_id, type, key_type, job_id is not null, status, count(*)
from (
    select service_id, template_id, type, key_type, job_id, status
    from notifications
    where id >= %(first_id)s and id < %(end_id)s
    union all
    select service_id, template_id, type, key_type, job_id, status
    from notification_history
    where id >= %(first_id)s and id < %(end_id)s
) as made
where type = any (%(types)s::text[]) and (key_type <> 'test' or %(with_test_keys)s)
group by service_id, template_id, type, key_type, job_id is not null, status

-- name: save_processing_times
-- Messages of the API alone: a table of recipients is made ahead of its sending.
insert into daily_processing_times (day, total, within_10_s)
select %(day)s, count(*),
    count(*) filter (where sent_at <= uuid_extract_timestamp(id) + interval '10 seconds')
from notifications
where id >= %(first_id)s and id < %(end_id)s and type <> 'letter' and key_type <> 'test' and job_id is null
on conflict (day) do update
set total = excluded.total, within_10_s = excluded.within_10_s
returning total, within_10_s

-- name: find_suspicious_services
-- Live services whose texts fail often, or go to numbers that are kept for drama.
select texts.service_id, texts.total, texts.failed, texts.to_drama
from (
    select service_id, count(*) as total,
        count(*) filter (where status = 'permanent-failure') as failed,
        count(*) filter (where starts_with(normalised_recipient, %(drama_prefix)s)) as to_drama
    from notifications
    where id >= %(first_id)s and type = 'sms' and key_type <> 'test'
    group by service_id
) as texts
join services on services.id = texts.service_id
where not services.restricted
    and ((texts.total >= %(min_texts)s and texts.failed >= %(share)s * texts.total) or texts.to_drama >= %(min_drama)s)

-- name: count_inbound_numbers
select count(*) filter (where service_id is null and active), count(*) from inbound_numbers

-- name: find_stalled_jobs
-- Jobs whose time has come and that nobody works on, but for those that were paused.
select id, status
from jobs
where paused_at is null and (
    (status = 'in progress' and worked_at < %(before)s)
    or (status in ('scheduled', 'pending') and coalesce(start_at, uuid_extract_timestamp(id)) < %(before)s))
order by id
limit %(max)s

-- name: find_jobs_with_missing_rows
-- Finished jobs that do not have the notifications that were made of their rows.
select jobs.id, jobs.made_count, made.count
from jobs
cross join lateral (
    select count(*) as count
    from notifications
    where notifications.job_id = jobs.id
) as made
where jobs.status = 'finished' and jobs.ended_at > %(from)s and jobs.ended_at <= %(until)s
    and made.count <> jobs.made_count
order by jobs.id
limit %(max)s

-- name: count_deliveries_of_day
-- Counts a day anew. What went to numbers kept for television is not known any more of messages that went to history.
insert into daily_deliveries (
    day, service_id, type, total, single, within_10_s, under_1_min, under_5_min, under_10_min, under_30_min, over_30_min, to_drama)
select %(day)s, service_id, type, count(*), sum(single), sum(within_10_s), sum(under_1_min), sum(under_5_min),
    sum(under_10_min), sum(under_30_min), sum(over_30_min), sum(to_drama)
from notification_measures
where id >= %(first_id)s and id < %(end_id)s
group by service_id, type
on conflict (day, service_id, type) do update
set total = excluded.total, single = excluded.single, within_10_s = excluded.within_10_s,
    under_1_min = excluded.under_1_min, under_5_min = excluded.under_5_min, under_10_min = excluded.under_10_min,
    under_30_min = excluded.under_30_min, over_30_min = excluded.over_30_min,
    to_drama = greatest(daily_deliveries.to_drama, excluded.to_drama)

-- Statements of looking after letters, by name. Each is one statement and so one transaction; `now` is passed in.

-- name: find_letters
-- Letters of live keys in some statuses, by id: the span is a day's at most, so that a statement reads no more than a day.
select n.id, n.service_id, d.reference, n.status, n.postage, n.sent_at,
    exists (select 1 from deliveries where deliveries.notification_id = n.id) as has_delivery
from letter_details as d
join notifications as n on n.id = d.notification_id
where d.notification_id > %(after)s and d.notification_id < %(before)s
    and n.id > %(after)s and n.id < %(before)s
    and n.status = any (%(statuses)s::text[]) and n.key_type = 'normal'
    and (%(service_id)s::uuid is null or n.service_id = %(service_id)s)
    and (%(job_id)s::uuid is null or n.job_id = %(job_id)s)
    and (%(sent_before)s::timestamptz is null or n.sent_at < %(sent_before)s)
    and (not %(only_unprepared)s or (n.billable_units = 0
        and not exists (select 1 from deliveries where deliveries.notification_id = n.id)))
order by d.notification_id
limit %(max)s

-- name: letters_to_end
select id, service_id, status
from notifications
where id = any (%(ids)s::uuid[]) and type = 'letter'

-- name: end_letters
-- Where the status is still the one that was seen. Where a letter waits for its PDF, nobody is to make it.
with wanted as (
    select * from unnest(%(ids)s::uuid[], %(seen_statuses)s::text[]) as wanted (id, seen_status)
), ended as (
    update notifications
    set status = %(status)s, updated_at = %(now)s, version = notifications.version + 1,
        sent_at = case
            when %(status)s = 'delivered' then coalesce(notifications.sent_at, %(now)s)
            else notifications.sent_at end
    from wanted
    where notifications.id = wanted.id and notifications.status = wanted.seen_status
    returning notifications.id, notifications.service_id, wanted.seen_status, notifications.status, notifications.version
), fed as (
    insert into status_changes (status, size, ids, versions, changed_at)
    select status, count(*), array_agg(id), array_agg(version), %(now)s
    from ended
    group by status
), unqueued as (
    delete from deliveries
    where notification_id = any (array(select id from ended)) and coalesce(lease_owner, '') = ''
), undead as (
    -- Replayed, it would be printed.
    delete from dead_deliveries
    using ended
    where dead_deliveries.notification_id = ended.id
)
select id, service_id, seen_status from ended

-- name: queue_lost_letters
-- Gives letters that wait for their PDF or their check the delivery that they should have.
with lost as (
    select id, service_id, job_id
    from notifications
    where id = any (%(ids)s::uuid[]) and type = 'letter'
        and (status = 'pending-virus-check' or (status = 'created' and (billable_units = 0 or %(also_prepared)s)))
        and not exists (select 1 from deliveries where deliveries.notification_id = notifications.id)
    for update
), queued as (
    insert into deliveries (notification_id, service_id, channel, lane, run_at)
    select id, service_id, 'letter', case when job_id is null then %(normal_lane)s::smallint else %(bulk_lane)s::smallint end, %(now)s
    from lost
    on conflict (notification_id) do nothing
    returning notification_id
)
select notification_id from queued

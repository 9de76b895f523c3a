-- The statements of the email service, by name. Each is one statement and so one transaction; arrays carry a whole batch.

-- name: insert_sent_emails
-- SES's names of emails that it took. A row that is already there is left alone, so that a batch may be written twice.
insert into sent_emails (message_id, notification_id, sent_at)
select * from unnest(%(message_ids)s::text[], %(notification_ids)s::uuid[], %(sent_at)s::timestamptz[])
on conflict (message_id) do nothing

-- name: find_notifications
select message_id, notification_id
from sent_emails
where message_id = any(%(message_ids)s::text[])

-- name: delete_sent_emails
-- A part of what is too old, so that no transaction is long.
delete from sent_emails
where message_id in (
    select message_id from sent_emails where sent_at < %(before)s::timestamptz order by sent_at limit %(max)s::int
)

-- name: insert_complaints
-- SNS may hand over a complaint more than once.
insert into complaints (notification_id, feedback_id, complaint_type, complained_at, received_at)
select *
from unnest(
    %(notification_ids)s::uuid[], %(feedback_ids)s::text[], %(complaint_types)s::text[],
    %(complained_at)s::timestamptz[], %(received_at)s::timestamptz[])
on conflict (notification_id, feedback_id) do nothing

-- name: find_untold_complaints
select notification_id, feedback_id, complaint_type, complained_at, received_at
from complaints
where told_at is null
order by received_at
limit %(max)s::int

-- name: note_told
update complaints
set told_at = %(now)s::timestamptz
from unnest(%(notification_ids)s::uuid[], %(feedback_ids)s::text[]) as told (notification_id, feedback_id)
where complaints.notification_id = told.notification_id and complaints.feedback_id = told.feedback_id

-- name: keep_unmatched
insert into unmatched_receipts (
    message_id, kind, feedback_id, detail_code, mailed_at, happened_at, received_at, tries_left, next_try_at)
select row.*, %(tries)s::smallint, %(next_try_at)s::timestamptz
from unnest(
    %(message_ids)s::text[], %(kinds)s::text[], %(feedback_ids)s::text[], %(detail_codes)s::text[],
    %(mailed_at)s::timestamptz[], %(happened_at)s::timestamptz[], %(received_at)s::timestamptz[]) as row
on conflict (message_id, kind, feedback_id) do nothing

-- name: take_unmatched
-- Those whose time has come, one try less, out of sight until `next_try_at`: a process that dies now loses none.
with due as (
    select id
    from unmatched_receipts
    where next_try_at <= %(now)s::timestamptz
    order by next_try_at
    limit %(max)s::int
    for update skip locked
)
update unmatched_receipts as kept
set tries_left = greatest(tries_left - 1, 0), next_try_at = %(next_try_at)s::timestamptz
from due
where kept.id = due.id
returning
    kept.id, kept.tries_left, kept.message_id, kept.kind, kept.feedback_id, kept.detail_code, kept.mailed_at,
    kept.happened_at, kept.received_at

-- name: forget_unmatched
delete from unmatched_receipts where id = any(%(ids)s::bigint[])

-- Statements about letters that are no hot ones, by name: cancelling, those that came back. Each is one statement and so one
-- transaction; `now` is passed in.

-- name: letters_to_cancel
select id, status
from notifications
where id = any (%(ids)s::uuid[]) and service_id = %(service_id)s and type = 'letter'

-- name: cancel_letters
-- Where a letter still waits for its PDF, nobody is to make it.
with cancelled as (
    update notifications
    set status = 'cancelled', billable_units = 0, updated_at = %(now)s, version = notifications.version + 1
    where id = any (%(ids)s::uuid[]) and status in ('created', 'pending-virus-check')
    returning id, key_type, status, version
), fed as (
    insert into status_changes (status, size, ids, versions, changed_at)
    select status, count(*), array_agg(id), array_agg(version), %(now)s
    from cancelled
    group by status
), unqueued as (
    delete from deliveries
    where notification_id = any (array(select id from cancelled)) and coalesce(lease_owner, '') = ''
)
select id, key_type from cancelled

-- name: record_returned_letters
-- A letter is recorded once; its callback is queued with that. The list counts whatever we believed of the letter.
with found as (
    select notification_id, service_id, reference, row_number() over (order by notification_id) as place
    from letter_details
    where reference = any (%(references)s::text[])
), recorded as (
    insert into returned_letters (notification_id, service_id, reported_at)
    select notification_id, service_id, %(now)s
    from found
    order by notification_id
    on conflict (notification_id) do nothing
    returning notification_id
), changed as (
    update notifications
    set status = 'returned-letter', updated_at = %(now)s, version = notifications.version + 1
    from found
    where notifications.id = found.notification_id and notifications.status <> 'returned-letter'
    returning notifications.id, notifications.status, notifications.version
), changed_history as (
    update notification_history
    set status = 'returned-letter', updated_at = %(now)s, version = notification_history.version + 1
    from found
    where notification_history.id = found.notification_id and notification_history.status <> 'returned-letter'
    returning notification_history.id, notification_history.status, notification_history.version
), fed as (
    insert into status_changes (status, size, ids, versions, changed_at)
    select status, count(*), array_agg(id), array_agg(version), %(now)s
    from (select * from changed union all select * from changed_history) as changes
    group by status
), queued_callbacks as (
    insert into callbacks (id, service_id, kind, notification_id, status, run_at)
    select (%(callback_ids)s::uuid[])[found.place], found.service_id, 'returned_letter', found.notification_id,
        'returned-letter', %(now)s
    from found
    join recorded using (notification_id)
    join service_callbacks on service_callbacks.service_id = found.service_id
        and service_callbacks.kind = 'returned_letter'
    returning service_id
)
select found.reference, recorded.notification_id is not null as is_new,
    exists (select 1 from queued_callbacks) as callbacks_queued
from found
left join recorded using (notification_id)

-- name: list_returned_letters
select returned_letters.notification_id, letter_details.reference, letter_details.client_reference,
    returned_letters.reported_at
from returned_letters
join letter_details using (notification_id)
where returned_letters.service_id = %(service_id)s
    and (%(before_at)s::timestamptz is null
        or (returned_letters.reported_at, returned_letters.notification_id) < (%(before_at)s, %(before_id)s::uuid))
order by returned_letters.reported_at desc, returned_letters.notification_id desc
limit %(max)s

-- name: import_notifications
-- Messages of another system, with what only letters have. One that is there already is left as it is.
with rows as (
    select *
    from unnest(
        %(ids)s::uuid[], %(service_ids)s::uuid[], %(template_ids)s::uuid[], %(template_versions)s::int[],
        %(types)s::text[], %(key_types)s::text[], %(statuses)s::text[], %(recipients)s::text[],
        %(normalised_recipients)s::text[], %(personalisations)s::text[], %(references)s::text[],
        %(billable_units)s::int[], %(rate_multipliers)s::smallint[], %(internationals)s::boolean[],
        %(postages)s::text[], %(job_ids)s::uuid[], %(job_rows)s::int[], %(created_bys)s::uuid[],
        %(providers)s::text[], %(sent_ats)s::timestamptz[], %(updated_ats)s::timestamptz[],
        %(letter_references)s::text[], %(are_precompiled)s::boolean[]
    ) as row (
        id, service_id, template_id, template_version, type, key_type, status, recipient, normalised_recipient,
        personalisation, reference, billable_units, rate_multiplier, international, postage, job_id, job_row,
        created_by, provider, sent_at, updated_at, letter_reference, is_precompiled)
), imported as (
    insert into notifications (
        id, service_id, template_id, template_version, type, key_type, status, recipient, normalised_recipient,
        personalisation, reference, billable_units, rate_multiplier, international, postage, job_id, job_row,
        created_by, provider, sent_at, updated_at)
    select id, service_id, template_id, template_version, type, key_type, status, recipient, normalised_recipient,
        personalisation, reference, billable_units, rate_multiplier, international, postage, job_id, job_row,
        created_by, provider, sent_at, updated_at
    from rows
    on conflict (id) do nothing
    returning id, status, version
), fed as (
    insert into status_changes (status, size, ids, versions, changed_at)
    select status, count(*), array_agg(id), array_agg(version), %(now)s
    from imported
    group by status
), letters as (
    insert into letter_details (
        notification_id, service_id, reference, is_precompiled, template_id, template_version, client_reference,
        created_by, job_id, job_row)
    select rows.id, rows.service_id, rows.letter_reference, rows.is_precompiled, rows.template_id,
        rows.template_version, rows.reference, rows.created_by, rows.job_id, rows.job_row
    from rows
    join imported using (id)
    where rows.type = 'letter'
)
select id from imported

-- The statements of the letters service, by name, but those of the print run (printing/).

-- name: record_letter
-- What was prepared is never changed: a second preparation, after a crash, finds the first. A letter that was
-- cancelled while it was prepared stays so.
insert into letters as kept (
    notification_id, service_id, state, state_changed_at, created_at, prepared_at, key_type, is_uploaded, reference,
    postage, page_count, sheets, address_lines, object_key, fault, invalid_pages)
values (
    %(notification_id)s, %(service_id)s, %(state)s, %(now)s, %(created_at)s, %(now)s, %(key_type)s,
    %(is_uploaded)s, %(reference)s, %(postage)s, %(page_count)s, %(sheets)s, %(address_lines)s, %(object_key)s,
    %(fault)s, %(invalid_pages)s)
on conflict (notification_id) do update
set created_at = excluded.created_at,
    prepared_at = excluded.prepared_at,
    key_type = excluded.key_type,
    is_uploaded = excluded.is_uploaded,
    reference = excluded.reference,
    postage = excluded.postage,
    page_count = excluded.page_count,
    sheets = excluded.sheets,
    address_lines = excluded.address_lines,
    object_key = excluded.object_key,
    invalid_pages = excluded.invalid_pages
where kept.prepared_at is null

-- name: get_letter
select
    notification_id, service_id, state, state_changed_at, created_at, prepared_at, key_type, is_uploaded, reference,
    postage, page_count, coalesce(sheets, 0) as sheets, address_lines, object_key, fault, invalid_pages
from letters
where notification_id = %(notification_id)s

-- name: cancel_letters
-- Those that nobody prepared yet get a row, so that they are not printed when they are. In order of id: two calls
-- wait for each other instead of blocking each other.
insert into letters as kept (notification_id, service_id, state, state_changed_at)
select notification_id, service_id, 'cancelled', %(now)s
from unnest(%(notification_ids)s::uuid[], %(service_ids)s::uuid[]) as wanted (notification_id, service_id)
order by notification_id
on conflict (notification_id) do update
set state = 'cancelled', version = kept.version + 1, state_changed_at = excluded.state_changed_at
where kept.state = 'ready'

-- name: states_of_letters
select notification_id, state from letters where notification_id = any(%(notification_ids)s::uuid[])

-- name: deletable_letters
select notification_id, object_key
from letters
where notification_id = any(%(notification_ids)s::uuid[]) and state not in ('ready', 'requested')

-- name: old_letters
select notification_id
from letters
where state_changed_at < %(before)s and state not in ('ready', 'requested')
order by state_changed_at
limit %(limit)s

-- name: delete_letters
delete from letters
where notification_id = any(%(notification_ids)s::uuid[]) and state not in ('ready', 'requested')

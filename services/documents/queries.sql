-- The statements of the documents service, by name. Each is one statement and so one transaction.

-- name: insert_document
insert into documents (
    id, service_id, mime_type, size_bytes, created_at, expires_at, sealed_name, confirmation, pass_secret
)
values (
    %(id)s, %(service_id)s, %(mime_type)s, %(size_bytes)s, %(created_at)s, %(expires_at)s, %(sealed_name)s,
    %(confirmation)s, %(pass_secret)s
)

-- name: get_document
-- Both ids must be right: nobody sees another service's document through a link of their own.
select id, service_id, mime_type, size_bytes, created_at, expires_at, sealed_name, confirmation, pass_secret,
    locked_until, downloads, blocked_at, removed_at
from documents
where id = %(id)s::uuid and service_id = %(service_id)s::uuid

-- name: find_document
select id, service_id, mime_type, size_bytes, created_at, expires_at, sealed_name, confirmation, pass_secret,
    locked_until, downloads, blocked_at, removed_at
from documents
where id = %(id)s::uuid

-- name: list_documents
-- A page, newest first: ids are in the order of time.
select id, service_id, mime_type, size_bytes, created_at, expires_at, sealed_name, confirmation, pass_secret,
    locked_until, downloads, blocked_at, removed_at
from documents
where service_id = %(service_id)s::uuid
    and created_at >= %(from_time)s::timestamptz and created_at < %(until_time)s::timestamptz
    and (%(before_id)s::uuid is null or id < %(before_id)s::uuid)
order by id desc
limit %(max)s::int

-- name: delete_document
delete from documents where id = %(id)s::uuid and service_id = %(service_id)s::uuid

-- name: take_try
-- Counts a try where one is left. After a lock that is over, counting begins anew.
update documents
set
    wrong_tries = case when locked_until is null then wrong_tries + 1 else 1 end,
    locked_until = case
        when (case when locked_until is null then wrong_tries + 1 else 1 end) >= %(most)s::int
            then %(locked_until)s::timestamptz
    end
where id = %(id)s::uuid and service_id = %(service_id)s::uuid
    and (locked_until is null or locked_until <= %(now)s::timestamptz)

-- name: forgive_tries
update documents set wrong_tries = 0, locked_until = null
where id = %(id)s::uuid and service_id = %(service_id)s::uuid

-- name: count_download
-- Only what may be downloaded at this moment.
update documents set downloads = downloads + 1
where id = %(id)s::uuid and service_id = %(service_id)s::uuid
    and blocked_at is null and removed_at is null and expires_at > %(now)s::timestamptz

-- name: block
with changed as (
    update documents set blocked_at = %(now)s::timestamptz
    where blocked_at is null
        and (
            id = any(%(ids)s::uuid[])
            or (
                service_id = %(service_id)s::uuid
                and created_at >= %(from_time)s::timestamptz and created_at < %(until_time)s::timestamptz
            )
        )
    returning id
)
insert into actions (document_id, happened_at, caller, blocked, reason)
select id, %(now)s::timestamptz, %(caller)s::text, true, %(reason)s::text from changed

-- name: unblock
with changed as (
    update documents set blocked_at = null
    where blocked_at is not null
        and (
            id = any(%(ids)s::uuid[])
            or (
                service_id = %(service_id)s::uuid
                and created_at >= %(from_time)s::timestamptz and created_at < %(until_time)s::timestamptz
            )
        )
    returning id
)
insert into actions (document_id, happened_at, caller, blocked, reason)
select id, %(now)s::timestamptz, %(caller)s::text, false, %(reason)s::text from changed

-- name: list_actions
select happened_at, caller, blocked, reason
from actions
where document_id = %(id)s::uuid
order by id

-- name: find_expired
-- By id, so that a run that could not remove one goes on behind it.
select id, service_id, mime_type, size_bytes, created_at, expires_at, sealed_name, confirmation, pass_secret,
    locked_until, downloads, blocked_at, removed_at
from documents
where removed_at is null and expires_at <= %(now)s::timestamptz and id > %(after)s::uuid
order by id
limit %(max)s::int

-- name: mark_removed
update documents set removed_at = %(now)s::timestamptz where id = any(%(ids)s::uuid[]) and removed_at is null

-- name: find_known
select id from documents where id = any(%(ids)s::uuid[])

-- name: forget
-- A part of what is too old, so that no transaction is long.
delete from documents
where id in (
    select id from documents
    where removed_at is not null and expires_at < %(before)s::timestamptz
    order by expires_at
    limit %(max)s::int
)

-- The statements of printing, by name; `deliverykit.kept_store` has those of kept reports. Arrays carry batches.

-- name: begin_print_run
-- One scheduled run for each day; any number by hand.
insert into print_runs (id, day, origin, state, created_at)
values (%(id)s, %(day)s, %(origin)s, 'collecting', %(now)s)
on conflict (day) where origin = 'schedule' do nothing
returning id, day, origin, state, created_at, collected_at, volumes

-- name: collecting_print_runs
-- Runs that a process left half-way.
select id, day, origin, state, created_at, collected_at, volumes
from print_runs
where state = 'collecting'
order by created_at

-- name: scheduled_print_run
select state from print_runs where day = %(day)s and origin = 'schedule'

-- name: take_letters
-- A lot of the letters that no run has taken. `from_at`: where the lot before ended, so that what was taken is not read again.
with due as (
    select notification_id, created_at
    from letters
    where state = 'ready' and print_run_id is null and key_type = 'normal' and sheets > 0
        and created_at >= %(from_at)s and created_at < %(before)s
    order by created_at
    limit %(limit)s
    for update
), taken as (
    update letters
    set print_run_id = %(run_id)s, print_next_at = %(now)s,
        print_rank = array_position(array['first', 'second', 'economy', 'europe', 'rest-of-world'], letters.postage)
    from due
    where letters.notification_id = due.notification_id
    returning due.created_at
)
select count(*), max(created_at) from taken

-- name: count_volumes
select postage, count(*), sum(sheets)
from letters
where print_run_id = %(run_id)s and state = 'ready'
group by postage

-- name: finish_collecting
-- The volume report and the start of printing are one: nothing is printed before the report is there.
with volumes as (
    select postage, count(*) as letters, sum(sheets) as sheets
    from letters
    where print_run_id = %(run_id)s and state = 'ready'
    group by postage
)
update print_runs
set state = 'printing', collected_at = %(now)s,
    volumes = coalesce(
        (select jsonb_object_agg(postage, jsonb_build_array(letters, sheets)) from volumes), '{}'::jsonb)
where id = %(run_id)s and state = 'collecting'
returning id, day, origin, state, created_at, collected_at, volumes

-- name: get_print_run
select id, day, origin, state, created_at, collected_at, volumes from print_runs where id = %(id)s

-- name: list_print_runs
select id, day, origin, state, created_at, collected_at, volumes
from print_runs
where (created_at, id) < (%(before_at)s, %(before_id)s)
order by created_at desc, id desc
limit %(limit)s

-- name: print_progress
select
    count(*) filter (where state in ('ready', 'requested')),
    count(*) filter (where state in ('ready', 'requested') and print_failures > 0),
    count(*) filter (where state in ('handed_over', 'despatched')),
    count(*) filter (where state = 'rejected'),
    count(*) filter (where state = 'cancelled')
from letters
where print_run_id = %(run_id)s

-- name: lease_letters
-- A lot to hand over, unless the provider is out of use: then all wait. From here on a letter is `requested`: it can't be cancelled any more. A lease that ran out is given again.
with due as (
    select letters.notification_id
    from letters
    join print_runs on print_runs.id = letters.print_run_id and print_runs.state = 'printing'
    where letters.state in ('ready', 'requested') and letters.print_run_id is not null
        and letters.print_next_at <= %(now)s
        and exists (select from providers where name = 'dvla' and active)
    order by letters.print_rank, letters.created_at
    limit %(limit)s
    for update of letters skip locked
)
update letters
set state = 'requested',
    version = version + (state = 'ready')::int,
    state_changed_at = case when state = 'ready' then %(now)s else state_changed_at end,
    print_attempts = print_attempts + 1,
    print_next_at = %(leased_until)s
from due
where letters.notification_id = due.notification_id
returning letters.notification_id, letters.service_id, letters.reference, letters.postage, letters.address_lines,
    letters.object_key, letters.print_attempts, letters.print_failures, letters.print_rank, letters.created_at

-- name: complete_letters
-- What became of leased letters: `state` where one ended, otherwise it is tried again at `next_at`. A result of a lease that was
-- lost, or of a letter that the provider reported on meanwhile, finds no row and changes nothing.
update letters
set state = coalesce(result.state, letters.state),
    version = version + (result.state is not null)::int,
    state_changed_at = case when result.state is null then state_changed_at else %(now)s end,
    handed_over_at = case when result.state = 'handed_over' then %(now)s else handed_over_at end,
    print_failures = print_failures + result.failed::int,
    print_error = result.error,
    print_next_at = result.next_at
from unnest(
    %(ids)s::uuid[], %(attempts)s::int[], %(states)s::text[], %(faileds)s::boolean[], %(errors)s::text[],
    %(next_ats)s::timestamptz[]
) as result (id, attempt, state, failed, error, next_at)
where letters.notification_id = result.id and letters.print_attempts = result.attempt and letters.state = 'requested'
returning letters.notification_id

-- name: record_report
-- The first report counts. A letter that ended stays as it is.
update letters
set state = case when state = 'pretended' then state else %(state)s::text end,
    version = version + 1,
    state_changed_at = %(now)s,
    reported_at = %(now)s,
    despatched_on = %(despatched_on)s,
    cost_class = %(cost_class)s,
    reported_sheets = %(sheets)s,
    print_next_at = null
where notification_id = %(id)s and reported_at is null and state in ('ready', 'requested', 'handed_over', 'pretended')
returning sheets

-- name: want_pretend_report
update letters
set print_next_at = %(now)s
where notification_id = %(id)s and state = 'pretended' and reported_at is null and print_attempts = 0
    and print_next_at is null

-- name: lease_pretend_reports
with due as (
    select notification_id
    from letters
    where state = 'pretended' and print_next_at <= %(now)s
    order by print_next_at
    limit %(limit)s
    for update skip locked
)
update letters
set print_attempts = print_attempts + 1,
    -- After the last one nothing comes again.
    print_next_at = case when print_attempts + 1 < %(most_attempts)s then %(next_at)s::timestamptz end
from due
where letters.notification_id = due.notification_id
returning letters.notification_id, letters.postage, letters.sheets, letters.print_attempts

-- name: take_lock
insert into print_locks (name, holder, held_until)
values (%(name)s, %(holder)s, %(until)s)
on conflict (name) do update
set holder = excluded.holder, held_until = excluded.held_until
where print_locks.held_until < %(now)s or print_locks.holder = excluded.holder
returning name

-- name: release_lock
delete from print_locks where name = %(name)s and holder = %(holder)s

-- name: get_credentials
select username, password, next_password, api_key, password_changed_for, api_key_changed_for, version
from print_credentials

-- name: insert_credentials
insert into print_credentials (id, username, password, api_key, updated_at)
values (1, %(username)s, %(password)s, %(api_key)s, %(now)s)
on conflict (id) do nothing

-- name: change_credentials
update print_credentials
set password = %(password)s, next_password = %(next_password)s, api_key = %(api_key)s,
    password_changed_for = %(password_changed_for)s, api_key_changed_for = %(api_key_changed_for)s,
    version = version + 1, updated_at = %(now)s
where version = %(version)s
returning version

-- The statements of reports, by name. They are planned for the values they are given (the pool of reports says so), so a condition
-- that is not asked for costs nothing.

-- name: counted_until
-- The last days that the nightly counts have seen.
select (select max(day) from daily_deliveries), (select max(day) from daily_statuses)

-- name: find_service
select name from services where id = %(service_id)s

-- name: read_status_counts
select type, status, sum(count)::bigint
from (
    select type, status, count
    from daily_statuses
    where day between %(first_day)s and %(last_counted_day)s and key_type <> 'test'
        and (%(service_id)s::uuid is null or service_id = %(service_id)s)
    union all
    select type, status, count(*)
    from notifications
    where id >= %(first_id)s and id < %(end_id)s and key_type <> 'test'
        and (%(service_id)s::uuid is null or service_id = %(service_id)s)
    group by type, status
    union all
    select type, status, count(*)
    from notification_history
    where id >= %(first_id)s and id < %(end_id)s and key_type <> 'test'
        and (%(service_id)s::uuid is null or service_id = %(service_id)s)
    group by type, status
) as counts
where %(type)s::text is null or type = %(type)s
group by type, status
order by type, status

-- name: read_measures
-- By day and channel.
select day, type, sum(total)::bigint, sum(single)::bigint, sum(within_10_s)::bigint, sum(under_1_min)::bigint,
    sum(under_5_min)::bigint, sum(under_10_min)::bigint, sum(under_30_min)::bigint, sum(over_30_min)::bigint
from (
    select day, type, total, single, within_10_s, under_1_min, under_5_min, under_10_min, under_30_min, over_30_min
    from daily_deliveries
    where day between %(first_day)s and %(last_counted_day)s
        and (%(service_id)s::uuid is null or service_id = %(service_id)s)
    union all
    select (made_at at time zone 'Europe/London')::date, type, count(*), sum(single), sum(within_10_s), sum(under_1_min),
        sum(under_5_min), sum(under_10_min), sum(under_30_min), sum(over_30_min)
    from notification_measures
    where id >= %(first_id)s and id < %(end_id)s
        and (%(service_id)s::uuid is null or service_id = %(service_id)s)
    group by 1, 2
) as days
group by day, type
order by day, type

-- name: find_failing_services
select worst.service_id, coalesce(services.name, ''), worst.type, worst.total, worst.failed
from (
    select service_id, type, sum(count)::bigint as total,
        coalesce(sum(count) filter (where status = any (%(failures)s::text[])), 0)::bigint as failed
    from (
        select service_id, type, status, count
        from daily_statuses
        where day between %(first_day)s and %(last_counted_day)s and key_type <> 'test'
        union all
        select service_id, type, status, count(*)
        from notifications
        where id >= %(first_id)s and id < %(end_id)s and key_type <> 'test'
        group by service_id, type, status
        union all
        select service_id, type, status, count(*)
        from notification_history
        where id >= %(first_id)s and id < %(end_id)s and key_type <> 'test'
        group by service_id, type, status
    ) as counts
    group by service_id, type
) as worst
left join services on services.id = worst.service_id
where worst.total >= %(min_messages)s and worst.failed >= %(min_share)s::double precision * worst.total and worst.failed > 0
order by worst.failed::double precision / worst.total desc, worst.failed desc, worst.service_id
limit %(max)s

-- name: find_services_texting_drama_numbers
select most.service_id, coalesce(services.name, ''), most.texts, most.to_drama
from (
    select service_id, sum(total)::bigint as texts, sum(to_drama)::bigint as to_drama
    from (
        select service_id, total, to_drama
        from daily_deliveries
        where day between %(first_day)s and %(last_counted_day)s and type = 'sms'
        union all
        select service_id, count(*), sum(to_drama)
        from notification_measures
        where id >= %(first_id)s and id < %(end_id)s and type = 'sms'
        group by service_id
    ) as days
    group by service_id
) as most
left join services on services.id = most.service_id
where most.to_drama >= %(min_texts)s
order by most.to_drama desc, most.service_id
limit %(max)s

-- name: read_availability
select day, sum(requests)::bigint, sum(failed)::bigint
from daily_requests
where day between %(first_day)s and %(last_day)s
group by day
order by day

-- name: read_report_lot
-- The next messages of a service, and those that are wanted of them as lines of CSV.
with lot as (
    select *
    from (
        (
            select id, template_id, template_version, type, key_type, status, recipient, reference, created_by, job_id, api_key_id
            from notifications
            where service_id = %(service_id)s and id > %(after)s and id < %(before)s
            order by id
            limit %(max)s
        )
        union all
        (
            select id, template_id, template_version, type, key_type, status, '', reference, created_by, job_id, api_key_id
            from notification_history
            where service_id = %(service_id)s and id > %(after)s and id < %(before)s
            order by id
            limit %(max)s
        )
    ) as kept
    order by id
    limit %(max)s
), lines as (
    select lot.id,
        concat_ws(',',
            csv_cell(replace(lot.recipient, E'\n', ', ')), csv_cell(lot.reference), csv_cell(template_versions.name),
            lot.type, csv_cell(users.name), csv_cell(users.email_address), csv_cell(jobs.name),
            coalesce(words.word, lot.status),
            to_char(uuid_extract_timestamp(lot.id) at time zone 'Europe/London', 'YYYY-MM-DD HH24:MI:SS'),
            csv_cell(api_keys.name)) || E'\r\n' as line
    from lot
    left join template_versions on template_versions.template_id = lot.template_id
        and template_versions.version = lot.template_version
    left join users on users.id = lot.created_by
    left join jobs on jobs.id = lot.job_id
    left join api_keys on api_keys.id = lot.api_key_id
    left join unnest(%(word_types)s::text[], %(word_statuses)s::text[], %(words)s::text[]) as words (type, status, word)
        on words.type = lot.type and words.status = lot.status
    where lot.type = any (%(types)s::text[]) and lot.key_type = any (%(key_types)s::text[])
)
select
    (select count(*) from lot)::integer,
    (select id from lot order by id desc limit 1),
    (select count(*) from lines)::integer,
    (select convert_to(string_agg(line, '' order by id), 'UTF8') from lines)

-- name: list_delivery_records
select *
from (
    (
        select id, type, key_type, status, template_id, template_version, sent_at, updated_at, provider, false
        from notifications
        where service_id = %(service_id)s and reference = %(reference)s and id < %(before)s
        order by id desc
        limit %(max)s
    )
    union all
    (
        select id, type, key_type, status, template_id, template_version, sent_at, updated_at, provider, true
        from notification_history
        where service_id = %(service_id)s and reference = %(reference)s and id < %(before)s
        order by id desc
        limit %(max)s
    )
) as kept
order by id desc
limit %(max)s

-- name: read_users
-- The next people, with a row for each of their services; people without any have one row.
select people.id, people.name, people.email_address, people.created_at, services.id, services.name, services.active,
    services.restricted, service_members.permissions
from (
    select id, name, email_address, created_at
    from users
    where id > %(after)s
    order by id
    limit %(max)s
) as people
left join service_members on service_members.user_id = people.id
left join services on services.id = service_members.service_id
order by people.id, services.name

-- name: list_refused_requests
select id, service_id, api_key_id, method, route, status, error, reason, fields, count, last_at
from refused_requests
where (%(service_id)s::uuid is null or service_id = %(service_id)s)
    and (%(status)s::smallint is null or status = %(status)s)
    and id >= %(first_id)s and id < %(before)s
order by id desc
limit %(max)s

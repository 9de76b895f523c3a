-- What the benchmark of reports fills the tables with, by name.

-- name: history
insert into notification_history (
    id, service_id, template_id, template_version, type, key_type, status, reference, billable_units, rate_multiplier,
    international, provider, provider_ms, sent_at, updated_at, possible_duplicate)
select
    (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(%(bucket)s::int), 3, '0') || '800'
        || substr(md5(n::text), 1, 13))::uuid,
    case when n %% 10 < 6 then %(service)s else md5((n %% 97)::text)::uuid end,
    case when n %% 5 = 4 then %(email)s else %(text)s end, 1, case when n %% 5 = 4 then 'email' else 'sms' end, 'normal',
    case when n %% 100 = 11 then 'permanent-failure' else 'delivered' end,
    case when n %% 2 = 0 then 'ref-' || n end, 1, 1, false, 'mmg', 40, to_timestamp(ms / 1000.0 + 1),
    to_timestamp(ms / 1000.0 + 3), false
from generate_series(%(first)s::bigint, %(last)s::bigint) as n
cross join lateral (select %(start_ms)s::bigint + n * %(span_ms)s::bigint / %(rows)s as ms) as made

-- name: services
insert into services (id, name, limit_email, limit_sms, limit_letter, limit_international_sms, created_at)
select md5(n::text)::uuid, 'Service ' || n, 1, 1, 1, 1, now() from generate_series(0, 96) as n

-- name: users
insert into users (id, name, email_address, created_at)
select uuidv7(), 'User ' || n, 'user.' || n || '@example.com', now() from generate_series(1, 20000) as n

-- name: service_members
insert into service_members (service_id, user_id)
select md5((n %% 97)::text)::uuid, id from (select id, row_number() over () as n from users) as users

-- name: audit_events
insert into audit_events (id, happened_at, type, actor, actor_is_person, service_id, subject, reason, request_id, after)
select uuidv7(interval '-1 hour' - n * interval '20 seconds'), now() - interval '1 hour' - n * interval '20 seconds',
    case when n %% 50 = 0 then 'limit.set' else 'api_key.created' end, 'person ' || n %% 40, true, md5((n %% 97)::text)::uuid,
    md5((n %% 1000)::text), 'a reason', 'r' || n, jsonb_build_object('name', 'thing ' || n, 'sms_limit', n %% 5000)
from generate_series(1, 1000000) as n

-- name: jobs
insert into jobs (id, service_id, template_id, template_version, type, key_type, name, status, row_count, bad_row_count,
    simulated_row_count, row_faults, to_make_count, abroad_count, made_count, lot_count, next_lot, ended_at)
select uuidv7(n * interval '-1 minute'), case when n %% 2 = 0 then %(service)s else md5((n %% 97)::text)::uuid end, %(text)s, 1,
    'sms', 'normal', 'job ' || n, 'finished', 1, 0, 0, '{}', 1, 0, 1, 1, 1, now() from generate_series(1, 100000) as n

-- name: refused_requests
insert into refused_requests (id, service_id, api_key_id, method, route, status, error, reason, fields, count, last_at)
select uuidv7(n * interval '-0.6 seconds'), case when n %% 4 = 0 then %(service)s else md5((n %% 97)::text)::uuid end, uuidv7(),
    'POST', '/v2/notifications/sms', case when n %% 10000 = 0 then 429 else 400 end, 'BadRequestError', 'TEMPLATE_NOT_FOUND', '{}', 3,
    now() from generate_series(1, 1000000) as n

-- name: alerts
insert into alerts (id, name, subject, details, first_raised_at, last_raised_at, acknowledged_at, acknowledged_by)
select uuidv7(n * interval '-1 minute'), 'deliveries-lost', n::text, '{}', now(), now(),
    case when n %% 100 > 0 then now() end, case when n %% 100 > 0 then 'somebody' end from generate_series(1, 100000) as n

-- name: dead_deliveries
insert into dead_deliveries (notification_id, service_id, channel, lane, attempts, last_error, died_at)
select uuidv7(n * interval '-1 second'), case when n %% 1000 = 0 then %(service)s else md5((n %% 97)::text)::uuid end, 'sms', 2, 48,
    'http_500', now() - n * interval '1 second' from generate_series(1, 200000) as n

-- name: daily_statuses
insert into daily_statuses (day, service_id, template_id, type, key_type, from_job, status, count)
select current_date - day, case when s = 97 then %(service)s else md5(s::text)::uuid end, md5(t::text)::uuid, 'sms', 'normal', false,
    status, 100
from generate_series(1, 399) as day, generate_series(0, 97) as s, generate_series(1, 5) as t,
    unnest(array['delivered', 'permanent-failure', 'temporary-failure']) as status

-- name: daily_deliveries
insert into daily_deliveries
select current_date - day, case when s = 97 then %(service)s else md5(s::text)::uuid end, type, 1000, 900, 890, 800, 50, 10, 5, 1, s
from generate_series(1, 399) as day, generate_series(0, 97) as s, unnest(array['sms', 'email']) as type

-- name: daily_requests
insert into daily_requests
select current_date - day, uuidv7(), 1000000, 3 from generate_series(0, 390) as day, generate_series(1, 50) as process

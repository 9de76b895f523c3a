-- The statements that keep what the gateway tells of requests. All counts are sums since they were begun: what comes twice, or
-- late, changes nothing.

-- name: record_counts
insert into daily_requests (day, process_id, requests, failed)
select day, %(process_id)s, requests, failed
from unnest(%(days)s::date[], %(requests)s::bigint[], %(failed)s::bigint[]) as counted (day, requests, failed)
order by day
on conflict (day, process_id) do update
set requests = excluded.requests, failed = excluded.failed
where daily_requests.requests <= excluded.requests

-- name: record_refused
insert into refused_requests (id, service_id, api_key_id, method, route, status, error, reason, fields, count, last_at)
select id, service_id, api_key_id, method, route, status, error, reason, fields::text[], count, last_at
from unnest(
    %(ids)s::uuid[], %(service_ids)s::uuid[], %(api_key_ids)s::uuid[], %(methods)s::text[], %(routes)s::text[],
    %(statuses)s::smallint[], %(errors)s::text[], %(reasons)s::text[], %(fields)s::text[], %(counts)s::bigint[],
    %(last_ats)s::timestamptz[])
    as refused (id, service_id, api_key_id, method, route, status, error, reason, fields, count, last_at)
order by id
on conflict (id) do update
set count = excluded.count, last_at = excluded.last_at
where refused_requests.count < excluded.count

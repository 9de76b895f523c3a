-- The statements of the sms service, by name; `deliverykit.kept_store` has those of kept receipts, `providerkit`
-- those about providers. Arrays carry batches.

-- name: add_delivery_counts
insert into delivery_minutes as kept (provider, minute, sent, fast, failed)
select *
from unnest(
    %(providers)s::text[], %(minutes)s::timestamptz[], %(sent)s::integer[], %(fast)s::integer[],
    %(failed)s::integer[])
on conflict (minute, provider) do update
set sent = kept.sent + excluded.sent,
    fast = kept.fast + excluded.fast,
    failed = kept.failed + excluded.failed

-- name: slow_shares
-- Texts of a minute that is not over for 5 minutes yet are on time whatever becomes of them.
select
    provider,
    coalesce(sum(greatest(sent - failed, 0)), 0)::integer,
    coalesce(sum(greatest(sent - failed - fast, 0)) filter (where minute <= %(slow_until)s::timestamptz), 0)::integer
from delivery_minutes
where minute >= %(since)s::timestamptz
group by provider

-- name: delete_delivery_counts
delete from delivery_minutes where minute < %(before)s::timestamptz

-- name: claim_run
-- The row is the lock: whoever moves its time does the work, the others find that it was just done.
insert into loop_runs as kept (name, ran_at)
values (%(name)s::text, %(now)s::timestamptz)
on conflict (name) do update
set ran_at = excluded.ran_at
where kept.ran_at <= %(not_since)s::timestamptz

-- name: count_slow_minutes
-- A minute that was counted already leaves everything as it is.
insert into slow_minutes as kept (provider, minutes, counted_at)
select provider, is_slow::integer, %(minute)s::timestamptz
from unnest(%(providers)s::text[], %(are_slow)s::boolean[]) as minute (provider, is_slow)
on conflict (provider) do update
set minutes = case
        when excluded.counted_at <= kept.counted_at then kept.minutes
        when excluded.minutes = 0 then 0
        when kept.counted_at < %(unbroken_since)s::timestamptz then 1
        else kept.minutes + 1 end,
    counted_at = greatest(kept.counted_at, excluded.counted_at)
returning provider, minutes

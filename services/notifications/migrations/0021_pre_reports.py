"""What reports are made from, and which requests were refused. Nothing of it holds personal data.

Counts of days are kept for as long as the table is; refused requests for a week, counts of requests for 13 months.
"""

from alembic import op

from servicekit.migrations import execute_sql

revision = "0021"
down_revision = "0020"
phase = "pre"

INDEXES = {
    "daily_statuses_of_service": "daily_statuses (service_id, day)",
    "service_members_of_user": "service_members (user_id)",
}
"""Of tables that are in use; made again after a failure half-way."""


def upgrade() -> None:
    execute_sql(
        r"""
        create table daily_deliveries (
            -- In London.
            day date not null,
            service_id uuid not null,
            type text not null,
            -- Of live and team keys.
            total integer not null,
            -- Of them, those that were not made from tables, and that a provider had within 10 seconds.
            single integer not null,
            within_10_s integer not null check (within_10_s <= single),
            -- Delivered, by minutes from acceptance to the receipt.
            under_1_min integer not null,
            under_5_min integer not null,
            under_10_min integer not null,
            under_30_min integer not null,
            over_30_min integer not null,
            -- To numbers that are kept for television.
            to_drama integer not null,
            primary key (day, service_id, type)
        );
        create index daily_deliveries_of_service on daily_deliveries (service_id, day);

        -- Requests to the public API. Each process of the gateway counts for itself; its row is what it counted so far.
        create table daily_requests (
            -- In London.
            day date not null,
            process_id uuid not null,
            requests bigint not null,
            failed bigint not null check (failed <= requests),
            primary key (day, process_id)
        );

        -- Requests alike, of about a minute. The id tells when the first of them came.
        create table refused_requests (
            id uuid primary key,
            service_id uuid,
            -- Null: the service is only what the token says.
            api_key_id uuid,
            method text not null,
            route text not null,
            status smallint not null,
            error text not null,
            reason text not null,
            fields text[] not null,
            count bigint not null,
            last_at timestamptz not null
        ) with (fillfactor = 80);
        create index refused_requests_of_service on refused_requests (service_id, id desc);

        -- What is counted of a text or email for reports, as 0 or 1. Drama numbers: notifyrules.recipients.
        create view notification_measures as
        select id, made_at, service_id, type,
            (job_id is null)::integer as single,
            coalesce(job_id is null and sent_at <= made_at + interval '10 seconds', false)::integer as within_10_s,
            coalesce(took < interval '1 minute', false)::integer as under_1_min,
            coalesce(took >= interval '1 minute' and took < interval '5 minutes', false)::integer as under_5_min,
            coalesce(took >= interval '5 minutes' and took < interval '10 minutes', false)::integer as under_10_min,
            coalesce(took >= interval '10 minutes' and took < interval '30 minutes', false)::integer as under_30_min,
            coalesce(took >= interval '30 minutes', false)::integer as over_30_min,
            (type = 'sms' and starts_with(normalised_recipient, '447700900'))::integer as to_drama
        from (
            select id, uuid_extract_timestamp(id) as made_at, service_id, type, job_id, sent_at, normalised_recipient,
                case when status = 'delivered' then updated_at - uuid_extract_timestamp(id) end as took
            from notifications
            where key_type <> 'test' and type <> 'letter'
            union all
            select id, uuid_extract_timestamp(id), service_id, type, job_id, sent_at, '',
                case when status = 'delivered' then updated_at - uuid_extract_timestamp(id) end
            from notification_history
            where key_type <> 'test' and type <> 'letter'
        ) as made;

        create function csv_cell(value text) returns text language sql immutable parallel safe
        return case when value ~ '[",\r\n]' then '"' || replace(value, '"', '""') || '"' else coalesce(value, '') end;
        """
    )
    with op.get_context().autocommit_block():
        for index, columns in INDEXES.items():
            execute_sql(f"drop index concurrently if exists {index};")
            execute_sql(f"create index concurrently {index} on {columns};")

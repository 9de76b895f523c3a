"""Daily facts, what each of them is made of, the cursor, figures with their history, and a mirror of services."""

from servicekit.migrations import execute_sql

revision = "0002"
down_revision = "0001"
phase = "pre"


def upgrade() -> None:
    """Create the tables of the schema."""
    execute_sql(
        """
        -- Prices, multipliers, allowances: what `value` means follows from the kind (notifyrules.rates).
        create table rates (
            kind text not null check (kind in ('text', 'letter', 'multiplier', 'free_allowance', 'service_allowance')),
            key text not null,
            from_date date not null,
            value integer not null check (value >= 0),
            set_at timestamptz not null,
            set_by text not null,
            reason text not null,
            primary key (kind, key, from_date)
        );
        create table rate_changes (
            id uuid primary key,
            kind text not null,
            key text not null,
            from_date date not null,
            before integer,
            after integer not null,
            changed_at timestamptz not null,
            changed_by text not null,
            reason text not null
        );
        comment on table rate_changes is 'Every change of a figure: who, when, why, before and after';

        -- The price of a fragment (text) or of a whole letter; before the first price, that one.
        create function unit_rate(channel text, day date, postage text, units integer) returns integer
        language sql stable
        return case channel when 'email' then 0 else coalesce(
            (
                select value from rates
                where kind = case channel when 'sms' then 'text' else 'letter' end
                    and key = case channel when 'sms' then '' else postage || '/' || least(units, 5) end
                    and from_date <= day
                order by from_date desc limit 1
            ),
            (
                select value from rates
                where kind = case channel when 'sms' then 'text' else 'letter' end
                    and key = case channel when 'sms' then '' else postage || '/' || least(units, 5) end
                order by from_date limit 1
            ),
            0) end;

        -- Messages of a London day that are alike in all that is billed. A row is never deleted.
        create table facts (
            id bigint generated always as identity primary key,
            service_id uuid not null,
            london_date date not null,
            channel text not null check (channel in ('sms', 'email', 'letter')),
            template_id uuid not null,
            key_type text not null check (key_type in ('normal', 'team')),
            provider text not null,
            postage text not null,
            units integer not null check (units >= 0),
            rate_multiplier integer not null check (rate_multiplier >= 0),
            rate integer not null check (rate >= 0),
            messages bigint not null default 0 check (messages >= 0),
            constraint facts_key unique (
                service_id, london_date, channel, template_id, key_type, provider, postage, units, rate_multiplier)
        ) with (fillfactor = 80);
        comment on column facts.units is 'Fragments of each text, sheets of each letter';
        comment on column facts.rate is 'Ten-thousandths of a pound for a fragment or a whole letter';
        create index facts_of_day on facts (london_date, service_id);

        -- Which fact each notification is counted in, by which version of it; null: in none.
        create table billed (
            notification_id uuid primary key,
            version integer not null,
            fact_id bigint,
            batch bigint not null
        ) with (fillfactor = 85, autovacuum_vacuum_insert_scale_factor = 0.1);

        create table feed_cursor (
            one_row boolean primary key default true check (one_row),
            position text,
            batch bigint not null,
            read_at timestamptz
        );
        insert into feed_cursor (position, batch) values (null, 0);

        create table runs (
            name text not null,
            london_date date not null,
            began_at timestamptz not null,
            ended_at timestamptz,
            differences integer,
            primary key (name, london_date)
        );

        create table services (
            service_id uuid primary key,
            name text not null,
            organisation_id uuid,
            organisation_name text
        );
        create index services_of_organisation on services (organisation_id) where organisation_id is not null;
        -- The type that counts for a financial year: the last one that was seen in it.
        create table service_types (
            service_id uuid not null,
            financial_year integer not null,
            organisation_type text,
            primary key (service_id, financial_year)
        );
        """
    )

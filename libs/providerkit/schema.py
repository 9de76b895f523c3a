"""The tables of providers, which each sender has in its own schema, for its migrations. No personal data.

Never changed: a later revision of each sender changes the tables.
"""

from typing import Final

CREATE_PROVIDERS: Final = """
CREATE TABLE providers (
    name text PRIMARY KEY,
    weight smallint NOT NULL CHECK (weight BETWEEN 0 AND 100),
    resting_weight smallint NOT NULL CHECK (resting_weight BETWEEN 0 AND 100),
    active boolean NOT NULL,
    supports_international boolean NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    updated_at timestamptz NOT NULL,
    update_reason text NOT NULL,
    updated_by text NOT NULL,
    is_automatic boolean NOT NULL
);
COMMENT ON TABLE providers IS 'Providers and how much each is used';

CREATE TABLE provider_history (
    name text NOT NULL REFERENCES providers (name),
    version integer NOT NULL,
    weight smallint NOT NULL,
    resting_weight smallint,
    active boolean NOT NULL,
    updated_at timestamptz NOT NULL,
    update_reason text NOT NULL,
    updated_by text NOT NULL,
    is_automatic boolean NOT NULL,
    PRIMARY KEY (name, version)
);
COMMENT ON TABLE provider_history IS 'Every version of every provider, the present one too';
"""
"""For a sender that has no providers' table yet."""

CREATE_PROVIDER_COUNTS: Final = """
CREATE TABLE provider_counts (
    provider text NOT NULL,
    -- The UTC hour in which it happened.
    hour timestamptz NOT NULL,
    -- `answer`, or what was timed.
    measure text NOT NULL,
    -- The kind of answer, or the step of the histogram.
    bucket smallint NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (hour, provider, measure, bucket)
) WITH (fillfactor = 80);
COMMENT ON TABLE provider_counts IS 'How providers answered and how fast messages arrived, by hour';

CREATE TABLE sender_processes (
    name text PRIMARY KEY,
    seen_at timestamptz NOT NULL
);
COMMENT ON TABLE sender_processes IS 'Processes that share a provider''s rate among them';
"""
"""For every sender."""

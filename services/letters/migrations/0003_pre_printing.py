"""Print runs, what the print provider was asked and reported, its credentials (encrypted), and kept reports."""

from deliverykit.kept_store import CREATE_KEPT_RECEIPTS
from servicekit.migrations import execute_sql

revision = "0003"
down_revision = "0002"
phase = "pre"


def upgrade() -> None:
    """Create tables, and columns of letters."""
    execute_sql(
        """
        CREATE TABLE print_runs (
            id uuid PRIMARY KEY,
            -- The day in London whose letters were made before 17:30.
            day date NOT NULL,
            origin text NOT NULL CHECK (origin IN ('schedule', 'by_hand')),
            -- Nothing of a run is printed while it is collecting.
            state text NOT NULL CHECK (state IN ('collecting', 'printing')),
            created_at timestamptz NOT NULL,
            collected_at timestamptz,
            -- By postage class, [letters, sheets].
            volumes jsonb,
            CHECK ((state = 'printing') = (collected_at IS NOT NULL AND volumes IS NOT NULL))
        );
        COMMENT ON TABLE print_runs IS 'Every print run, with what it gave to the printer';
        CREATE UNIQUE INDEX print_runs_one_scheduled ON print_runs (day) WHERE origin = 'schedule';
        CREATE INDEX print_runs_newest ON print_runs (created_at, id);

        CREATE TABLE print_locks (
            name text PRIMARY KEY,
            holder text NOT NULL,
            held_until timestamptz NOT NULL
        );
        COMMENT ON TABLE print_locks IS 'Who does what only one process may do at a time';

        CREATE TABLE print_credentials (
            id smallint PRIMARY KEY CHECK (id = 1),
            username text NOT NULL,
            password bytea NOT NULL,
            -- Written before the provider is asked to change to it: whichever of the two fits is right.
            next_password bytea,
            api_key bytea NOT NULL,
            -- The days (UTC) whose rotation was done.
            password_changed_for date,
            api_key_changed_for date,
            version integer NOT NULL DEFAULT 1,
            updated_at timestamptz NOT NULL
        );
        COMMENT ON TABLE print_credentials IS 'What the print provider knows us by; secrets are encrypted';

        ALTER TABLE letters
            -- The run that took the letter; null until one did.
            ADD COLUMN print_run_id uuid,
            -- Order in the run, by postage class.
            ADD COLUMN print_rank smallint,
            -- How often it was leased to be handed over; a result names it, so that a lost lease changes nothing.
            ADD COLUMN print_attempts integer NOT NULL DEFAULT 0,
            -- How often the provider was asked and did not take it.
            ADD COLUMN print_failures integer NOT NULL DEFAULT 0,
            -- Not before: the next try, or the end of the lease.
            ADD COLUMN print_next_at timestamptz,
            ADD COLUMN print_error text,
            ADD COLUMN handed_over_at timestamptz,
            ADD COLUMN reported_at timestamptz,
            ADD COLUMN despatched_on date,
            ADD COLUMN cost_class text,
            ADD COLUMN reported_sheets integer;
        """
    )
    execute_sql(CREATE_KEPT_RECEIPTS)

"""Providers with their history, times of delivery, kept receipts, and who ran which loop last. No personal
data."""

from deliverykit.kept_store import CREATE_KEPT_RECEIPTS
from servicekit.migrations import execute_sql

revision = "0001"
down_revision = None
phase = "pre"


def upgrade() -> None:
    """Create the tables of the schema."""
    execute_sql(
        """
        CREATE TABLE providers (
            name text PRIMARY KEY,
            weight smallint NOT NULL CHECK (weight BETWEEN 0 AND 100),
            resting_weight smallint NOT NULL CHECK (resting_weight BETWEEN 0 AND 100),
            active boolean NOT NULL,
            supports_international boolean NOT NULL,
            version integer NOT NULL CHECK (version >= 1),
            updated_at timestamptz NOT NULL,
            update_reason text NOT NULL,
            updated_by text NOT NULL
        );
        COMMENT ON TABLE providers IS 'Text providers and how much each is used';

        CREATE TABLE provider_history (
            name text NOT NULL REFERENCES providers (name),
            version integer NOT NULL,
            weight smallint NOT NULL,
            active boolean NOT NULL,
            updated_at timestamptz NOT NULL,
            update_reason text NOT NULL,
            updated_by text NOT NULL,
            PRIMARY KEY (name, version)
        );
        COMMENT ON TABLE provider_history IS 'Every version of every provider, the present one too';

        CREATE TABLE delivery_minutes (
            provider text NOT NULL,
            minute timestamptz NOT NULL,
            sent integer NOT NULL,
            fast integer NOT NULL,
            failed integer NOT NULL,
            PRIMARY KEY (minute, provider)
        );
        COMMENT ON TABLE delivery_minutes IS
            'Live and team texts by minute of sending: handed over, delivered within 5 minutes, failed';

        CREATE TABLE loop_runs (
            name text PRIMARY KEY,
            ran_at timestamptz NOT NULL
        );
        COMMENT ON TABLE loop_runs IS 'When work that is done once in the cluster was last begun';

        INSERT INTO providers
        VALUES
            ('mmg', 51, 51, true, true, 1, now(), 'first version', 'system'),
            ('firetext', 49, 49, true, false, 1, now(), 'first version', 'system');
        INSERT INTO provider_history
        SELECT name, version, weight, active, updated_at, update_reason, updated_by FROM providers;
        """
    )
    execute_sql(CREATE_KEPT_RECEIPTS)

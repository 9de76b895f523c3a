"""The print provider with its history, and counts of how it does."""

from providerkit.schema import CREATE_PROVIDER_COUNTS, CREATE_PROVIDERS
from servicekit.migrations import execute_sql

revision = "0007"
down_revision = "0006"
phase = "pre"


def upgrade() -> None:
    """Create the tables."""
    execute_sql(CREATE_PROVIDERS)
    execute_sql(
        """
        INSERT INTO providers
        VALUES ('dvla', 100, 100, true, true, 1, now(), 'first version', 'system', false);
        INSERT INTO provider_history (
            name, version, weight, resting_weight, active, updated_at, update_reason, updated_by, is_automatic)
        SELECT name, version, weight, resting_weight, active, updated_at, update_reason, updated_by, is_automatic
        FROM providers;
        """
    )
    execute_sql(CREATE_PROVIDER_COUNTS)

"""SES's names of sent emails, receipts that wait, and complaints. No personal data in any of them."""

from deliverykit.kept_store import CREATE_KEPT_RECEIPTS
from servicekit.migrations import execute_sql

revision = "0001"
down_revision = None
phase = "pre"


def upgrade() -> None:
    """Create the tables of the schema."""
    execute_sql(
        """
        CREATE TABLE sent_emails (
            message_id text PRIMARY KEY,
            notification_id uuid NOT NULL,
            sent_at timestamptz NOT NULL
        );
        COMMENT ON TABLE sent_emails IS 'Which notification a receipt of SES is about; purged after days';
        CREATE INDEX sent_emails_by_age ON sent_emails (sent_at);

        CREATE TABLE complaints (
            notification_id uuid NOT NULL,
            feedback_id text NOT NULL,
            complaint_type text NOT NULL,
            complained_at timestamptz NOT NULL,
            received_at timestamptz NOT NULL,
            PRIMARY KEY (notification_id, feedback_id)
        );
        COMMENT ON TABLE complaints IS 'Emails that their recipients marked as spam';

        CREATE TABLE unmatched_receipts (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            message_id text NOT NULL,
            kind text NOT NULL
                CHECK (kind IN ('delivery', 'permanent_bounce', 'temporary_bounce', 'complaint')),
            feedback_id text NOT NULL,
            detail_code text NOT NULL,
            mailed_at timestamptz NOT NULL,
            happened_at timestamptz NOT NULL,
            received_at timestamptz NOT NULL,
            tries_left smallint NOT NULL CHECK (tries_left >= 0),
            next_try_at timestamptz NOT NULL,
            UNIQUE (message_id, kind, feedback_id)
        );
        COMMENT ON TABLE unmatched_receipts IS 'Receipts that came before sent_emails had their message id';
        CREATE INDEX unmatched_receipts_by_time ON unmatched_receipts (next_try_at);
        """
    )
    execute_sql(CREATE_KEPT_RECEIPTS)

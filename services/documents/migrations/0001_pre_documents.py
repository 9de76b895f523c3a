"""Documents, what operators did to them, and the record of the tasks that remove expired ones.

No file, no name of one, and no address is in any of it in a form that can be read without a link.
"""

from operationskit.schema import CREATE_TASKS_AND_ALERTS
from servicekit.migrations import execute_sql

revision = "0001"
down_revision = None
phase = "pre"


def upgrade() -> None:
    """Create the tables of the schema."""
    execute_sql(
        """
        CREATE TABLE documents (
            id uuid PRIMARY KEY,
            service_id uuid NOT NULL,
            mime_type text NOT NULL,
            size_bytes bigint NOT NULL CHECK (size_bytes > 0),
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
            sealed_name bytea NOT NULL,
            confirmation bytea CHECK (octet_length(confirmation) = 32),
            pass_secret bytea NOT NULL CHECK (octet_length(pass_secret) = 32),
            wrong_tries integer NOT NULL DEFAULT 0 CHECK (wrong_tries >= 0),
            locked_until timestamptz,
            downloads integer NOT NULL DEFAULT 0 CHECK (downloads >= 0),
            blocked_at timestamptz,
            removed_at timestamptz
        );
        COMMENT ON TABLE documents IS 'Files sent by email; the key of each is in its link and nowhere else';
        COMMENT ON COLUMN documents.sealed_name IS 'The file name, encrypted; also what a key is checked by';
        COMMENT ON COLUMN documents.confirmation IS 'Digest of the address to confirm, keyed by the link''s key';
        COMMENT ON COLUMN documents.removed_at IS 'When the file left the object store';
        CREATE INDEX documents_by_service ON documents (service_id, created_at);
        CREATE INDEX documents_to_remove ON documents (expires_at) WHERE removed_at IS NULL;
        CREATE INDEX documents_to_forget ON documents (expires_at) WHERE removed_at IS NOT NULL;

        CREATE TABLE actions (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            document_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
            happened_at timestamptz NOT NULL,
            caller text NOT NULL,
            blocked boolean NOT NULL,
            reason text NOT NULL
        );
        COMMENT ON TABLE actions IS 'Blocks and unblocks by operators, with who and why';
        CREATE INDEX actions_by_document ON actions (document_id);
        """
    )
    execute_sql(CREATE_TASKS_AND_ALERTS)

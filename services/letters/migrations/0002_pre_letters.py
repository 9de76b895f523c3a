"""Letters: what is known of each once its PDF was made, and where it is on its way to the printer.

A row is written before notifications are told, so that every letter that is `created` with sheets has one. Its
address is personal data: it goes with the row when the letter's service keeps it no longer.
"""

from servicekit.migrations import execute_sql

revision = "0002"
down_revision = "0001"
phase = "pre"


def upgrade() -> None:
    """Create the table."""
    execute_sql(
        """
        CREATE TABLE letters (
            notification_id uuid PRIMARY KEY,
            service_id uuid NOT NULL,
            -- Who may print it, and what became of it: see services/letters/letters.py. Only `ready` is for the
            -- print run; `cancelled` may come before everything else is known.
            state text NOT NULL CHECK (state IN (
                'ready', 'requested', 'handed_over', 'despatched', 'rejected', 'cancelled', 'pretended',
                'invalid', 'infected')),
            -- Counts changes of the state.
            version integer NOT NULL DEFAULT 1 CHECK (version >= 1),
            state_changed_at timestamptz NOT NULL,
            -- When the notification was accepted; decides about the day of the print run.
            created_at timestamptz,
            prepared_at timestamptz,
            key_type text CHECK (key_type IN ('normal', 'team', 'test')),
            is_uploaded boolean,
            reference text,
            postage text CHECK (postage IN ('first', 'second', 'economy', 'europe', 'rest-of-world')),
            page_count integer CHECK (page_count >= 1),
            sheets integer CHECK (sheets >= 0),
            -- As it is printed in the window, a line each.
            address_lines text[],
            -- Area and name in the object store.
            object_key text,
            -- Why it must not be printed, with the pages that are at fault.
            fault text,
            invalid_pages integer[],
            -- What the printer needs is there before the print run may see it.
            CHECK (state NOT IN ('ready', 'requested', 'handed_over', 'despatched', 'rejected') OR (
                created_at IS NOT NULL AND key_type = 'normal' AND reference IS NOT NULL
                AND postage IS NOT NULL AND sheets > 0 AND address_lines IS NOT NULL
                AND object_key IS NOT NULL)),
            CHECK ((state IN ('invalid', 'infected')) = (fault IS NOT NULL))
        ) WITH (fillfactor = 80);
        COMMENT ON TABLE letters IS 'Letters whose PDF was made or refused, and where they are on their way';

        -- The print run, in order of age.
        CREATE INDEX letters_to_print ON letters (created_at) WHERE state IN ('ready', 'requested');
        -- Letters that have been with the printer for too long.
        CREATE INDEX letters_handed_over ON letters (state_changed_at) WHERE state = 'handed_over';
        -- The printer's name of a letter.
        CREATE INDEX letters_reference ON letters (reference) WHERE reference IS NOT NULL;
        -- Looking for what was kept for too long.
        CREATE INDEX letters_state_changed_at ON letters (state_changed_at);
        """
    )

"""Letters whose messages are past retention: the letters service is still to be told to delete them."""

from servicekit.migrations import execute_sql

revision = "0018"
down_revision = "0017"
phase = "pre"


def upgrade() -> None:
    """Create the list, and fill it with those that went before it was there."""
    execute_sql(
        """
        create table letters_to_forget (
            notification_id uuid primary key
        );
        comment on table letters_to_forget is 'Written with the move to history; the letters service is to delete them';
        insert into letters_to_forget (notification_id)
        select notification_id
        from letter_details
        where not exists (select 1 from notifications where notifications.id = letter_details.notification_id);
        """
    )

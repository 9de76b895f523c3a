"""Text messages: MMG and Firetext, the choice between them, and their receipts. Stores no message body."""

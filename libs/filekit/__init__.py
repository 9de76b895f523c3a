"""What services that keep files need unchanged, whatever the files are.

- `object_store`: keeps files in a folder of this machine or in a bucket of S3; start at `store`.
- `antivirus`: asks clamd about a file, and says what to do where there is no clamd.

Not here: what files are called and how long they stay, which each service says itself. Used by
services/letters and services/documents."""

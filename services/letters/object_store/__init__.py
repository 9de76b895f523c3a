"""Where the letters service keeps its files: a folder of this machine, or a bucket of S3.

`open_object_store` makes the store that a URL names. See `store` for what it does, `keys` and `letter_files`
for what files are called, `retention` for how long they stay.
"""

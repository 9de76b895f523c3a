"""Where services keep files: a folder of this machine, or a bucket of S3.

`open_object_store` makes the store that a URL names. See `store` for what it does and `keys` for what files
may be called.
"""

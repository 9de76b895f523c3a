"""The endpoints of the public API, version 2: one module for each, named for what it does.

An endpoint gets a request whose token was checked, and answers or raises a `ServiceError`.
"""

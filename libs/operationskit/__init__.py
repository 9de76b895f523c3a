"""What any service needs to be looked after: scheduled tasks, alerts and the record of changes, with the RPCs that show
them.

A service that has tasks opens them in its `__main__` (`starting.open_operations`), makes their tables in a
migration of its own (`schema`) and registers the servicers; one that records changes does so with `audit` and registers
`audit_service`. Knows nothing of messages.
"""

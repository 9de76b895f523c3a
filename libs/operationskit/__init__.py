"""What any service needs to be looked after: scheduled tasks and alerts, with the RPCs that show them.

A service that has some opens them in its `__main__` (`starting.open_operations`), makes their tables in a
migration of its own (`schema`) and registers the servicers. Knows nothing of messages.
"""

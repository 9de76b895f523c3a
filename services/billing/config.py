"""Settings of the billing service, read once in `__main__`."""

from pydantic import Field

from servicekit.settings import ServiceSettings, settings_config


class BillingSettings(ServiceSettings):
    """Environment variables `NOTIFY_BILLING_…`."""

    model_config = settings_config("NOTIFY_BILLING_")

    grpc_listen: str = "127.0.0.1:6025"
    metrics_listen: str = "127.0.0.1:6045"
    notifications_target: str = "127.0.0.1:6021"
    """gRPC address of the notifications service."""
    database_statement_timeout_ms: int = Field(default=60_000, ge=0)
    """Higher than elsewhere: a rebuild counts a million messages in one statement."""
    billed_kept_days: int = Field(default=400, ge=30)
    """Days for which the books know each notification, and so can correct what it was counted as."""

"""Settings of the billing service, read once in `__main__`."""

from servicekit.settings import ServiceSettings, settings_config


class BillingSettings(ServiceSettings):
    """Environment variables `NOTIFY_BILLING_…`."""

    model_config = settings_config("NOTIFY_BILLING_")

    grpc_listen: str = "127.0.0.1:6025"
    metrics_listen: str = "127.0.0.1:6045"

"""Settings of the notifications service, read once in `__main__`."""

from pydantic import Field, SecretStr

from servicekit.settings import ServiceSettings, settings_config


class NotificationsSettings(ServiceSettings):
    """Environment variables `NOTIFY_NOTIFICATIONS_…`."""

    model_config = settings_config("NOTIFY_NOTIFICATIONS_")

    grpc_listen: str = "127.0.0.1:6021"
    metrics_listen: str = "127.0.0.1:6041"
    secret_keys: SecretStr
    """Keys that API secrets and callback tokens are encrypted with at rest, comma separated; the first one
    encrypts.
    """
    email_domain: str = "notify.example"
    """Domain of the addresses that emails come from."""
    api_host: str = "http://127.0.0.1:6011"
    """Public root of the API, for links in messages."""
    lease_s: float = Field(default=60.0, gt=0)
    """How long a sender may hold a delivery without renewing it."""
    callback_timeout_s: float = Field(default=5.0, gt=0)
    """Limit of one call to a service's own URL."""
    callback_retry_s: float = Field(default=300.0, gt=0)
    """Time between tries of a callback."""
    callback_max_in_flight: int = Field(default=64, ge=1)
    """Calls to services' own URLs under way at once."""

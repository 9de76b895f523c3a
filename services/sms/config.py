"""Settings of the sms service, read once in `__main__`."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, SecretStr

from servicekit.production_rules import CREDENTIAL, PROVIDER, PUBLIC_HTTPS, ProductionRule
from servicekit.settings import ServiceSettings, settings_config


class SmsSettings(ServiceSettings):
    """Environment variables `NOTIFY_SMS_…`."""

    model_config = settings_config("NOTIFY_SMS_")

    production_rules: ClassVar[Mapping[str, ProductionRule]] = {
        "mmg_url": PROVIDER,
        "mmg_api_key": CREDENTIAL,
        "mmg_receipt_url": PUBLIC_HTTPS,
        "firetext_url": PROVIDER,
        "firetext_api_key": CREDENTIAL,
        "firetext_international_api_key": CREDENTIAL,
        "firetext_receipt_url": PUBLIC_HTTPS,
        "mmg_inbound_passwords": CREDENTIAL,
        "firetext_inbound_passwords": CREDENTIAL,
    }

    grpc_listen: str = "127.0.0.1:6022"
    metrics_listen: str = "127.0.0.1:6042"
    notifications_target: str = "127.0.0.1:6021"
    """gRPC address of the notifications service."""
    mmg_url: str = "https://api.mmg.co.uk/jsonv2a/api.php"
    mmg_api_key: SecretStr
    mmg_receipt_url: SecretStr | None = None
    """Where MMG sends receipts, with `user:password@` in it; None: what is agreed with MMG."""
    firetext_url: str = "https://www.firetext.co.uk/api/sendsms/json"
    firetext_api_key: SecretStr
    firetext_international_api_key: SecretStr | None = None
    """Key for numbers abroad; None: the same as for others."""
    firetext_receipt_url: SecretStr | None = None
    """Where Firetext sends receipts; None: what is agreed with Firetext."""
    mmg_inbound_usernames: str = ""
    """Names under which MMG may hand over received texts, comma separated; none: it may not."""
    mmg_inbound_passwords: SecretStr = SecretStr("")
    """The passwords that go with them, comma separated: several while one is being changed."""
    firetext_inbound_passwords: SecretStr = SecretStr("")
    """Passwords with which Firetext may hand over received texts, comma separated; its name is `notify`."""
    max_in_flight: int = Field(default=200, ge=1, le=1_000)
    """Texts under way at once."""
    provider_max_in_flight: int = Field(default=100, ge=1, le=1_000)
    """Requests under way at once to one provider; also the number of connections to it. Less than max_in_flight: a slow
    provider then leaves room for the other."""
    mmg_max_per_second: float | None = Field(default=None, gt=0)
    """Requests a second that MMG takes by its contract, from all processes together; absent: as many as there are."""
    firetext_max_per_second: float | None = Field(default=None, gt=0)
    """The same for Firetext."""
    mmg_monthly_cap: int | None = Field(default=None, ge=0)
    """Texts that MMG may be given in a month, for a staging system; then they go to the other provider, and when that
    has its cap too they end as technical failures. Absent: any number."""
    firetext_monthly_cap: int | None = Field(default=None, ge=0)
    """The same for Firetext."""
    provider_timeout_s: float = Field(default=10.0, gt=0, le=30)
    """Limit of one request to a provider."""

"""Settings of the notifications service, read once in `__main__`."""

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field, SecretStr, field_validator

from servicekit.production_rules import DOMAIN, GOOD_KEY, NARROW, PUBLIC_HTTPS, ProductionRule
from servicekit.settings import ServiceSettings, settings_config
from services.notifications.callbacks_addresses import parse_networks
from services.notifications.callbacks_policy import DEFAULT_GAPS_S, parse_gaps
from services.notifications.limits import parse_capacities


class NotificationsSettings(ServiceSettings):
    """Environment variables `NOTIFY_NOTIFICATIONS_…`."""

    model_config = settings_config("NOTIFY_NOTIFICATIONS_")

    production_rules: ClassVar[Mapping[str, ProductionRule]] = {
        "secret_keys": GOOD_KEY,
        "email_domain": DOMAIN,
        "api_host": PUBLIC_HTTPS,
        "admin_host": PUBLIC_HTTPS,
        "download_host": PUBLIC_HTTPS,
        "callback_allowed_networks": NARROW,
    }

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
    admin_host: str = "http://127.0.0.1:6012"
    """Public root of the pages where services are set up, for links in errors."""
    download_host: str = "http://127.0.0.1:6011"
    """Where recipients download files, as the documents service has it: for the links of simulated recipients."""
    lease_s: float = Field(default=60.0, gt=0)
    """How long a sender may hold a delivery without renewing it."""
    callback_timeout_s: float = Field(default=5.0, gt=0, le=30)
    """Limit of one call to a service's own URL."""
    callback_retry_gaps_s: str = DEFAULT_GAPS_S
    """Seconds between the tries of a callback, with commas between; with the last one it is given up."""
    callback_max_in_flight: int = Field(default=256, ge=1)
    """Calls to services' own URLs under way at once."""
    callback_max_per_endpoint: int = Field(default=16, ge=1)
    """Calls to one URL under way at once; one that does not answer gets fewer, down to one."""
    callback_paused_after_s: float = Field(default=1800.0, gt=0)
    """A URL that answers no call well for so long is paused, and tried with single calls."""
    callback_probed_every_s: float = Field(default=10.0, gt=0)
    """Time between the single calls to a URL that is paused."""
    callback_allowed_networks: str = ""
    """Private networks that callbacks may go to all the same, such as `10.1.0.0/16`, with commas between.
    Without any, outside development only public addresses are called.
    """
    callback_attempts_kept_days: int = Field(default=30, ge=1)
    """Days for which calls of services' URLs are kept, and can be replayed."""
    billing_target: str = ""
    """gRPC address of the billing service, for the prices that the public API shows; empty: as published."""
    status_changes_kept_days: int = Field(default=14, ge=1)
    """Days for which the status feed is kept; a reader that was away for longer has to rebuild."""
    history_archive_folder: str = ""
    """Where history goes that is a year old, a file for each week; none: it stays in the database."""
    received_text_repeats_s: float = Field(default=86_400.0, gt=0)
    """How long a received text is known again when it comes twice under its provider's same reference."""

    replica_database_url: SecretStr | None = None
    """`postgresql://…` of a copy of the database that only reads: reports and searches of history go there; none:
    they go to the database itself.
    """
    reports_statement_timeout_ms: int = Field(default=60_000, ge=1_000)
    """How long one statement of a report may take."""
    letters_target: str = "127.0.0.1:6024"
    """gRPC address of the letters service, which is asked before a letter is cancelled."""
    pretend_letter_receipts: bool = False
    """Letters of test keys wait for a pretended report of the printer, instead of being delivered at once."""
    daily_capacities: str = ""
    """What each provider takes in a day, as agreed with it, such as `sms/mmg=5000000, email/ses=10000000`: what
    services may send is held against it (`notifyctl limits capacity`).
    """
    reply_to_template_id: UUID = UUID("019b0000-0000-7000-8000-000000000001")
    """Email template of the system's own service that checks reply-to addresses; `make run` makes one of this id."""

    @field_validator("daily_capacities")
    @classmethod
    def _are_capacities(cls, value: str) -> str:
        parse_capacities(value)
        return value

    @field_validator("callback_retry_gaps_s")
    @classmethod
    def _are_gaps(cls, value: str) -> str:
        parse_gaps(value)
        return value

    @field_validator("callback_allowed_networks")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        parse_networks(value)
        return value

"""Settings of the email service, read once in `__main__`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from pydantic import Field, SecretStr, field_validator

from servicekit.production_rules import CREDENTIAL, PROVIDER, REPORTERS, TOPICS, ProductionRule
from servicekit.settings import ServiceSettings, settings_config
from services.email.clients.sns import region_of


class EmailSettings(ServiceSettings):
    """Environment variables `NOTIFY_EMAIL_…`."""

    model_config = settings_config("NOTIFY_EMAIL_")

    production_rules: ClassVar[Mapping[str, ProductionRule]] = {
        "ses_endpoint_url": PROVIDER,
        "aws_access_key_id": CREDENTIAL,
        "aws_secret_access_key": CREDENTIAL,
        "sns_topic_arns": TOPICS,
        "sns_certificate_hosts": REPORTERS,
    }

    grpc_listen: str = "127.0.0.1:6023"
    metrics_listen: str = "127.0.0.1:6043"
    notifications_target: str = "127.0.0.1:6021"
    """gRPC address of the notifications service."""
    ses_endpoint_url: str | None = None
    """Absent: Amazon's own endpoint of the region."""
    aws_region: str = "eu-west-1"
    aws_access_key_id: str | None = None
    """Absent: credentials are found as AWS's tools do, for example from the role of the pod."""
    aws_secret_access_key: SecretStr | None = None
    sns_topic_arns: str = ""
    """Topics whose messages are believed, comma separated. Without any, every receipt is refused."""
    sns_certificate_hosts: str = ""
    """Hosts (`host` or `host:port`, comma separated) that are trusted as SNS beside Amazon's own; in
    development those of this machine also over http."""
    max_in_flight: int = Field(default=64, ge=1, le=1_000)
    """Emails under way to SES at once; also its number of connections."""
    ses_max_per_second: float | None = Field(default=None, gt=0)
    """Emails a second that SES takes from this account, from all processes together; absent: as many as there are."""
    ses_monthly_cap: int | None = Field(default=None, ge=0)
    """Emails that SES may be given in a month, for a staging system; further ones end as technical failures.
    Absent: any number."""
    template_cache_characters: int = Field(default=8_000_000, ge=0)
    """How much template text is kept compiled."""
    record_patience_s: float = Field(default=8.0, ge=0)
    """Seconds that the end of a delivery waits for the database to take SES's message id. Less than what
    leasing allows deliveries when the service stops (10 s)."""
    sent_emails_kept_days: int = Field(default=5, ge=1)
    """Days for which SES's message ids are kept; receipts that come later are dropped."""

    @field_validator("sns_topic_arns")
    @classmethod
    def _are_arns(cls, value: str) -> str:
        for arn in _listed(value):
            region_of(arn)
        return value

    @property
    def topic_arns(self) -> frozenset[str]:
        """`sns_topic_arns` one by one."""
        return frozenset(_listed(self.sns_topic_arns))

    @property
    def certificate_hosts(self) -> frozenset[str]:
        """`sns_certificate_hosts` one by one."""
        return frozenset(_listed(self.sns_certificate_hosts))

    @property
    def sent_emails_kept(self) -> timedelta:
        """`sent_emails_kept_days` as a span."""
        return timedelta(days=self.sent_emails_kept_days)


def _listed(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]

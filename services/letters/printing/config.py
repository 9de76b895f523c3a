"""Settings of printing; a part of the letters service's settings."""

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field, SecretStr

from servicekit.production_rules import CREDENTIAL, GOOD_KEY, PROVIDER, PUBLIC_HTTPS, ProductionRule
from servicekit.settings import ServiceSettings


class PrintingSettings(ServiceSettings):
    """Inherited by `LettersSettings`, which gives the prefix `NOTIFY_LETTERS_`."""

    production_rules: ClassVar[Mapping[str, ProductionRule]] = {
        "dvla_base_url": PROVIDER,
        "dvla_username": CREDENTIAL,
        "dvla_password": CREDENTIAL,
        "dvla_api_key": CREDENTIAL,
        "api_url": PUBLIC_HTTPS,
        "secret_keys": GOOD_KEY,
    }

    dvla_base_url: str = "https://driver-vehicle-licensing.api.gov.uk"
    """The print provider's API."""
    dvla_username: str | None = None
    """User name there. With password and key it is read once; from then on the database has what rotation made of
    them. Absent: nothing is printed, and letters wait."""
    dvla_password: SecretStr | None = None
    """The first password there."""
    dvla_api_key: SecretStr | None = None
    """The first API key there."""
    dvla_timeout_s: float = Field(default=30.0, gt=0, le=40)
    """Limit of one request to the provider."""
    dvla_connections: int = Field(default=16, ge=1, le=100)
    """Requests to the provider at once, each in a thread."""
    dvla_monthly_cap: int | None = Field(default=None, ge=0)
    """Letters that the provider may be given in a month, for a staging system; further ones end as technical failures.
    Absent: any number."""
    print_lease_s: float = Field(default=300.0, ge=5, le=3_600)
    """For how long a lot of letters is one process's; after its death they wait so long. A lot takes less, also when
    every request runs into its time limit."""
    api_url: str = "http://127.0.0.1:6011"
    """Base of the public API as the print provider reaches it; it reports there."""
    pretend_api_url: str | None = None
    """The same as this service reaches it, for the pretended reports on letters of test keys; absent: api_url."""
    volume_report_template_id: UUID = UUID("019b0000-0000-7000-8000-000000000002")
    """Email template of the system's own service that tells the printer how much comes; `make run` makes one of this
    id."""
    volume_report_recipients: str = ""
    """Email addresses that get the volume report before each print run, comma separated. Empty: nobody, and the log
    says so."""
    secret_keys: SecretStr
    """Keys that encrypt the provider's credentials and sign the tokens of its reports, comma separated, each at least
    32 characters. The first encrypts and signs, all decrypt and check."""

    @property
    def volume_report_addresses(self) -> tuple[str, ...]:
        """The addresses of `volume_report_recipients`."""
        return tuple(part.strip() for part in self.volume_report_recipients.split(",") if part.strip())

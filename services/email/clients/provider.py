"""What the email service needs of a provider. Implemented by `ses.py`, and by fakes in tests."""

from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from deliverykit.types import HandedOver, Refused, RetryLater


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingEmail:
    """One email, rendered. Personal data is left out of its `repr`."""

    notification_id: UUID
    """Given to the provider as our reference."""
    to_address: str = field(repr=False)
    """One address, lower case; its domain may be outside ASCII."""
    from_name: str
    from_address: str
    reply_to_address: str | None
    """None: answers go nowhere."""
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    unsubscribe_url: str | None = field(repr=False)
    """For the List-Unsubscribe header; None without one."""


class EmailProvider(Protocol):
    """Takes emails."""

    name: str
    """What the provider is called in results and metrics."""

    async def send(self, email: OutgoingEmail) -> HandedOver | RetryLater | Refused:
        """Hand over one email, within 25 seconds. `HandedOver.provider_reference` is never None."""
        ...

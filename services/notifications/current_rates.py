"""The prices that the public API shows with a message, and what texts abroad count as: those that the billing service
has in force.

They are asked for now and then. Until billing has answered, and while it is away, they are the published ones
or the last that were heard: nobody who sends or reads a message waits for billing.
"""

from datetime import date
from typing import Final

import structlog

from notify.billing.v1 import billing_pb2, billing_pb2_grpc
from notifyrules.rates import Rate, RateKind, Rates, published
from servicekit.errors import DeadlineExceeded, Unavailable
from servicekit.grpc_client import Channel

log = structlog.get_logger()

REFRESH_EVERY_S: Final = 30.0
_TIMEOUT_S: Final = 5.0
_KINDS: Final = {
    billing_pb2.RATE_KIND_TEXT: RateKind.TEXT,
    billing_pb2.RATE_KIND_LETTER: RateKind.LETTER,
    billing_pb2.RATE_KIND_MULTIPLIER: RateKind.MULTIPLIER,
}


class CurrentRates:
    """Prices in force, as far as this process knows. One for each process."""

    def __init__(self, channel: Channel | None) -> None:
        """`channel`: to the billing service; None: the published prices stay."""
        self._channel = channel
        self._billing = None if channel is None else billing_pb2_grpc.BillingServiceStub(channel.grpc)
        self._rates = published()

    def rates(self) -> Rates:
        """What is known now."""
        return self._rates

    async def refresh(self) -> None:
        """Ask billing, if it answers."""
        if self._channel is None or self._billing is None:
            return
        request = billing_pb2.ListRatesRequest(kinds=list(_KINDS))
        try:
            answer = await self._channel.call(self._billing.ListRates, request, timeout_s=_TIMEOUT_S)
        except (Unavailable, DeadlineExceeded) as err:
            log.info("rates_not_refreshed", reason=err.reason)
            return
        found = [
            Rate(
                kind=_KINDS[rate.kind],
                key=rate.key,
                from_date=date.fromisoformat(rate.from_london_date),
                value=rate.value,
            )
            for rate in answer.rates
        ]
        # None: billing has only begun, and has not stored the published ones yet.
        if found:
            self._rates = Rates(found)

"""The notifications service's delivery queue as a sender calls it: domain values in, domain values out.

`Leasing` and `StatusReporter` take any `Deliveries`; `DeliveriesClient` is the real one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from deliverykit import convert
from deliverykit.types import Delivery, DeliveryResult, LeaseRef, ReportResult, StatusReport
from notify.notifications.v1 import deliveries_pb2, deliveries_pb2_grpc
from notifyrules.statuses import NotificationType
from servicekit.errors import InternalError
from servicekit.grpc_client import Channel
from servicekit.logs import get_logger

_POLL_MARGIN_S = 5.0
"""What a long poll is allowed beyond its wait, for its claim and its way back."""

_APPLY_TIMEOUT_S = 2.0
"""Reports that take longer are kept instead: whoever posted them waits, and to apply them twice is
harmless."""

_log = get_logger()


class Deliveries(Protocol):
    """What senders need of the queue. Every method raises servicekit errors, and may be repeated safely."""

    async def lease(
        self, channel: NotificationType, worker_id: str, max_deliveries: int, wait: timedelta
    ) -> list[Delivery]:
        """Lease up to `max_deliveries` (1 to 1,000), waiting up to `wait` (at most 30 s) for the first."""
        ...

    async def complete(
        self, worker_id: str, results: Sequence[tuple[LeaseRef, DeliveryResult]]
    ) -> list[bool]:
        """Report results (1 to 1,000); for each, whether it was recorded. False: the lease had been lost."""
        ...

    async def extend(
        self, worker_id: str, leases: Sequence[LeaseRef]
    ) -> tuple[frozenset[LeaseRef], datetime]:
        """Renew leases (1 to 10,000); answers those still held and until when."""
        ...

    async def apply_statuses(self, reports: Sequence[StatusReport]) -> list[ReportResult]:
        """Apply reports (1 to 1,000); one result for each, in order."""
        ...


class DeliveriesClient:
    """`Deliveries` over gRPC."""

    def __init__(self, channel: Channel, *, timeout_s: float = 5.0) -> None:
        """`timeout_s`: limit of calls that report and renew."""
        self._channel = channel
        self._stub = deliveries_pb2_grpc.DeliveriesServiceStub(channel.grpc)
        self._timeout_s = timeout_s

    async def lease(
        self, channel: NotificationType, worker_id: str, max_deliveries: int, wait: timedelta
    ) -> list[Delivery]:
        """As in `Deliveries`. A delivery that cannot be read is left out: its lease runs out."""
        request = convert.lease_request(channel, worker_id, max_deliveries, wait)
        response = await self._channel.call(
            self._stub.LeaseDeliveries, request, timeout_s=wait.total_seconds() + _POLL_MARGIN_S
        )
        deliveries = []
        for pb in response.deliveries:
            try:
                deliveries.append(convert.delivery_from_pb(pb))
            except ValueError:  # one bad delivery must not hold up the others
                _log.error("delivery_unreadable", notification_id=pb.notification_id)
        return deliveries

    async def complete(
        self, worker_id: str, results: Sequence[tuple[LeaseRef, DeliveryResult]]
    ) -> list[bool]:
        """As in `Deliveries`."""
        response = await self._channel.call(
            self._stub.CompleteDeliveries,
            convert.complete_request(worker_id, results),
            timeout_s=self._timeout_s,
        )
        if len(response.statuses) != len(results):
            raise InternalError
        recorded = deliveries_pb2.COMPLETION_STATUS_RECORDED
        return [status == recorded for status in response.statuses]

    async def extend(
        self, worker_id: str, leases: Sequence[LeaseRef]
    ) -> tuple[frozenset[LeaseRef], datetime]:
        """As in `Deliveries`."""
        response = await self._channel.call(
            self._stub.ExtendLeases, convert.extend_request(worker_id, leases), timeout_s=self._timeout_s
        )
        held = frozenset(convert.lease_ref_from_pb(pb) for pb in response.leases)
        return held, convert.time_from_pb(response.lease_expire_time)

    async def apply_statuses(self, reports: Sequence[StatusReport]) -> list[ReportResult]:
        """As in `Deliveries`."""
        response = await self._channel.call(
            self._stub.ApplyStatuses, convert.apply_request(reports), timeout_s=_APPLY_TIMEOUT_S
        )
        if len(response.results) != len(reports):
            raise InternalError
        return [convert.report_result_from_pb(pb) for pb in response.results]

"""DeliveriesService: work for senders, and their results."""

from datetime import timedelta
from typing import Any

import structlog
from grpc.aio import ServicerContext

from notify.notifications.v1 import deliveries_pb2 as pb
from notify.notifications.v1.deliveries_pb2_grpc import DeliveriesServiceServicer
from servicekit.clock import Clock
from servicekit.errors import NotFound
from servicekit.grpc_server import remaining_s
from services.notifications.completing import Completing
from services.notifications.convert import deliveries as convert
from services.notifications.convert.values import id_from, page_size, span_from, timestamp, type_from
from services.notifications.delivering import DeliveryQueue
from services.notifications.reconciling import Reconciling
from services.notifications.statuses import ReportOutcome, ReportResult, Statuses
from services.notifications.store import Store

log = structlog.get_logger()

Context = ServicerContext[Any, Any]

MAX_WAIT_S = 30.0
_ANSWER_EARLY_S = 0.5
"""A long poll answers this long before the caller's deadline, so that what it leases arrives."""
MAX_RENEWALS = 10_000


class DeliveriesServicer(DeliveriesServiceServicer):
    """Gives work to senders and takes their results."""

    def __init__(
        self,
        queue: DeliveryQueue,
        completing: Completing,
        statuses: Statuses,
        reconciling: Reconciling,
        store: Store,
        clock: Clock,
    ) -> None:
        self._queue = queue
        self._completing = completing
        self._statuses = statuses
        self._reconciling = reconciling
        self._store = store
        self._clock = clock

    async def LeaseDeliveries(  # noqa: N802 -- the name of the RPC
        self, request: pb.LeaseDeliveriesRequest, context: Context
    ) -> pb.LeaseDeliveriesResponse:
        channel = type_from(request.channel, "channel")
        convert.check_batch(request.max_deliveries, "max_deliveries")
        worker_id = convert.worker_id_from(request.worker_id)
        has_wait = request.HasField("wait_duration")
        wait_s = span_from(request.wait_duration, "wait_duration").total_seconds() if has_wait else 0.0
        left_s = remaining_s()
        if left_s is not None:
            wait_s = min(wait_s, left_s - _ANSWER_EARLY_S)
        leased = await self._queue.lease_deliveries(
            channel, worker_id, request.max_deliveries, min(wait_s, MAX_WAIT_S)
        )
        return pb.LeaseDeliveriesResponse(deliveries=[convert.delivery(delivery) for delivery in leased])

    async def CompleteDeliveries(  # noqa: N802
        self, request: pb.CompleteDeliveriesRequest, context: Context
    ) -> pb.CompleteDeliveriesResponse:
        convert.check_batch(len(request.results), "results")
        results = [convert.delivery_result(result, request.worker_id) for result in request.results]
        counted = await self._completing.complete(results)
        return pb.CompleteDeliveriesResponse(statuses=[convert.completion_status(each) for each in counted])

    async def ExtendLeases(  # noqa: N802
        self, request: pb.ExtendLeasesRequest, context: Context
    ) -> pb.ExtendLeasesResponse:
        convert.check_batch(len(request.leases), "leases", MAX_RENEWALS)
        leases = [
            (id_from(lease.notification_id, "notification_id"), lease.attempt) for lease in request.leases
        ]
        held, leased_until = await self._completing.extend_leases(request.worker_id, leases)
        return pb.ExtendLeasesResponse(
            leases=[pb.LeaseRef(notification_id=str(id), attempt=attempt) for id, attempt in held],
            lease_expire_time=timestamp(leased_until),
        )

    async def ApplyStatuses(  # noqa: N802
        self, request: pb.ApplyStatusesRequest, context: Context
    ) -> pb.ApplyStatusesResponse:
        convert.check_batch(len(request.reports), "reports")
        reports = [convert.status_report(report, self._clock) for report in request.reports]
        known = [report for report in reports if report is not None]
        applied = iter(await self._statuses.apply(known) if known else [])
        unknown = ReportResult(outcome=ReportOutcome.UNKNOWN_NOTIFICATION)
        return pb.ApplyStatusesResponse(
            results=[
                convert.report_result(unknown, None)
                if report is None
                else convert.report_result(next(applied), report.notification_id)
                for report in reports
            ]
        )

    async def ListDeadDeliveries(  # noqa: N802
        self, request: pb.ListDeadDeliveriesRequest, context: Context
    ) -> pb.ListDeadDeliveriesResponse:
        limit = page_size(request.page_size, 50, 1_000)
        dead = await self._store.list_dead_deliveries(
            id_from(request.service_id, "service_id") if request.HasField("service_id") else None,
            convert.dead_page_start(request.page_token) if request.HasField("page_token") else None,
            limit,
        )
        return pb.ListDeadDeliveriesResponse(
            deliveries=[convert.dead_delivery(each) for each in dead],
            next_page_token=convert.dead_page_token(dead[-1]) if len(dead) == limit else None,
        )

    async def ReplayDeliveries(  # noqa: N802
        self, request: pb.ReplayDeliveriesRequest, context: Context
    ) -> pb.ReplayDeliveriesResponse:
        convert.check_batch(len(request.notification_ids), "notification_ids")
        ids = [id_from(text, "notification_ids") for text in request.notification_ids]
        replayed = await self._store.replay_dead_deliveries(ids, self._clock.now())
        if not replayed:
            raise NotFound("dead delivery")
        self._queue.wake_all()
        return pb.ReplayDeliveriesResponse(replayed_count=replayed)

    async def GetQueueStatistics(  # noqa: N802
        self, request: pb.GetQueueStatisticsRequest, context: Context
    ) -> pb.GetQueueStatisticsResponse:
        now = self._clock.now()
        queues = await self._store.queue_statistics(now)
        return pb.GetQueueStatisticsResponse(
            queues=[convert.queue_statistics(queue, now) for queue in queues]
        )

    async def DropDeliveries(  # noqa: N802
        self, request: pb.DropDeliveriesRequest, context: Context
    ) -> pb.DropDeliveriesResponse:
        convert.check_batch(len(request.notification_ids), "notification_ids")
        ids = [id_from(text, "notification_ids") for text in request.notification_ids]
        convert.reason_from(request.reason)
        dropped = await self._store.drop_dead_deliveries(ids, self._clock.now())
        if not dropped:
            raise NotFound("dead delivery")
        return pb.DropDeliveriesResponse(dropped_count=dropped)

    async def MarkHandedOver(  # noqa: N802
        self, request: pb.MarkHandedOverRequest, context: Context
    ) -> pb.MarkHandedOverResponse:
        messages = convert.handed_over_messages(request)
        convert.reason_from(request.reason)
        marked = await self._store.mark_handed_over(messages, self._clock.now())
        return pb.MarkHandedOverResponse(marked_count=marked)

    async def ListOpenNotifications(  # noqa: N802
        self, request: pb.ListOpenNotificationsRequest, context: Context
    ) -> pb.ListOpenNotificationsResponse:
        has_age = request.HasField("older_than")
        older_than = span_from(request.older_than, "older_than") if has_age else timedelta(0)
        found = await self._reconciling.stuck(older_than, page_size(request.page_size, 50, 1_000))
        return pb.ListOpenNotificationsResponse(
            notifications=[convert.open_notification(each, verdict) for each, verdict in found]
        )

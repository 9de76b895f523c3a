"""ReportsService: what was sent, how fast and how well."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from grpc.aio import ServicerContext

from notify.notifications.v1 import reports_pb2 as pb
from notify.notifications.v1.reports_pb2_grpc import ReportsServiceServicer
from notifyrules.notifications_report import COLUMNS
from servicekit.ids import time_of
from services.notifications.convert import reports as convert
from services.notifications.convert.values import id_from, timestamp
from services.notifications.notifications_report import NotificationsReport
from services.notifications.reports import Reports
from services.notifications.reports_store import ReportsStore

Context = ServicerContext[Any, Any]

_USERS_PAGE = 1_000


class ReportsServicer(ReportsServiceServicer):
    """Makes reports."""

    def __init__(self, reports: Reports, notifications: NotificationsReport, store: ReportsStore) -> None:
        self._reports = reports
        self._notifications = notifications
        self._store = store

    async def ReadStatusSummary(  # noqa: N802 -- the name of the RPC
        self, request: pb.ReadStatusSummaryRequest, context: Context
    ) -> pb.ReadStatusSummaryResponse:
        found = await self._reports.status_summary(
            convert.period(request.period), convert.wanted_service(request), convert.wanted_type(request)
        )
        return pb.ReadStatusSummaryResponse(counts=[convert.status_count(count) for count in found])

    async def ReadDeliveryTimes(  # noqa: N802
        self, request: pb.ReadDeliveryTimesRequest, context: Context
    ) -> pb.ReadDeliveryTimesResponse:
        found = await self._reports.delivery_times(
            convert.period(request.period), convert.wanted_service(request)
        )
        return pb.ReadDeliveryTimesResponse(times=[convert.delivery_times(each) for each in found])

    async def ReadProcessingTimes(  # noqa: N802
        self, request: pb.ReadProcessingTimesRequest, context: Context
    ) -> pb.ReadProcessingTimesResponse:
        found = await self._reports.processing_times(
            convert.period(request.period), convert.wanted_service(request)
        )
        return pb.ReadProcessingTimesResponse(days=[convert.processing_time(each) for each in found])

    async def FindFailingServices(  # noqa: N802
        self, request: pb.FindFailingServicesRequest, context: Context
    ) -> pb.FindFailingServicesResponse:
        found = await self._reports.failing_services(
            convert.period(request.period),
            permanent_only=request.permanent_only,
            min_messages=convert.min_messages(request.min_messages, "min_messages"),
            min_share=convert.min_share(request),
            limit=convert.max_services(request.max_services),
        )
        return pb.FindFailingServicesResponse(services=[convert.failing_service(each) for each in found])

    async def FindServicesTextingDramaNumbers(  # noqa: N802
        self, request: pb.FindServicesTextingDramaNumbersRequest, context: Context
    ) -> pb.FindServicesTextingDramaNumbersResponse:
        found = await self._reports.services_texting_drama_numbers(
            convert.period(request.period),
            convert.min_messages(request.min_texts, "min_texts", 1),
            convert.max_services(request.max_services),
        )
        return pb.FindServicesTextingDramaNumbersResponse(
            services=[convert.drama_service(each) for each in found]
        )

    async def ReadAvailability(  # noqa: N802
        self, request: pb.ReadAvailabilityRequest, context: Context
    ) -> pb.ReadAvailabilityResponse:
        found = await self._reports.availability(convert.period(request.period))
        return pb.ReadAvailabilityResponse(days=[convert.availability(each) for each in found])

    async def ReadNotificationsReport(  # noqa: N802
        self, request: pb.ReadNotificationsReportRequest, context: Context
    ) -> AsyncIterator[pb.ReadNotificationsReportResponse]:
        span = convert.report_span(request)
        header = io.StringIO()
        csv.writer(header).writerow(COLUMNS)
        answer = pb.ReadNotificationsReportResponse(
            header=header.getvalue(),
            page_token=str(span.after),
            reached_time=request.from_time,
        )
        async for page in self._notifications.read(span):
            answer.lines = page.lines
            answer.row_count = page.row_count
            answer.page_token = str(page.last_id)
            answer.reached_time.CopyFrom(timestamp(time_of(page.last_id)))
            yield answer
            answer = pb.ReadNotificationsReportResponse()
        if answer.header:
            yield answer

    async def ListDeliveryRecords(  # noqa: N802
        self, request: pb.ListDeliveryRecordsRequest, context: Context
    ) -> pb.ListDeliveryRecordsResponse:
        limit = convert.records_limit(request.page_size)
        found = await self._store.delivery_records(
            id_from(request.service_id, "service_id"),
            convert.reference(request),
            convert.records_before(request),
            limit,
        )
        return pb.ListDeliveryRecordsResponse(
            records=[convert.delivery_record(each) for each in found],
            next_page_token=str(found[-1].id) if len(found) == limit else None,
        )

    async def ReadUsersReport(  # noqa: N802
        self, request: pb.ReadUsersReportRequest, context: Context
    ) -> AsyncIterator[pb.ReadUsersReportResponse]:
        after = UUID(int=0)
        while users := await self._store.users(after, _USERS_PAGE):
            yield pb.ReadUsersReportResponse(users=[convert.user(each) for each in users])
            after = users[-1].id

"""`BillingService`. A method is: pb → domain, one call, domain → pb."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from notify.billing.v1 import billing_pb2 as pb
from notify.billing.v1 import billing_pb2_grpc
from notifyrules.rates import financial_year
from operationskit.audit import Change, record_alone
from servicekit.clock import Clock
from servicekit.database import Pool
from servicekit.ids import new_id
from servicekit.request_context import current_caller
from services.billing import convert
from services.billing.rates_store import RateChange, RatesStore
from services.billing.rebuilding import NightlyCheck, Rebuilding
from services.billing.reports import monthly_report
from services.billing.usage import Usage
from services.billing.usage_store import UsageStore

_MAX_PAGE: Final = 1_000
_PAGE: Final = 100
_MAX_VOLUME_DAYS: Final = 92


class BillingServicer(billing_pb2_grpc.BillingServiceServicer):
    """See the proto."""

    def __init__(
        self,
        *,
        usage: Usage,
        usage_store: UsageStore,
        rates: RatesStore,
        rebuilding: Rebuilding,
        check: NightlyCheck,
        clock: Clock,
        pool: Pool,
    ) -> None:
        """`pool`: of the record of changes."""
        self._usage = usage
        self._usage_store = usage_store
        self._rates = rates
        self._rebuilding = rebuilding
        self._check = check
        self._clock = clock
        self._pool = pool

    async def GetRates(self, request: pb.GetRatesRequest, context: Any) -> pb.GetRatesResponse:  # noqa: N802 -- the name of the RPC
        day = convert.day_from(request.london_date, "london_date")
        return convert.rates_of_day(await self._rates.load(), day)

    async def ListRates(self, request: pb.ListRatesRequest, context: Any) -> pb.ListRatesResponse:  # noqa: N802
        kinds = convert.kinds_from(request)
        rates = await self._rates.load()
        return pb.ListRatesResponse(rates=[convert.rate(rate) for rate in rates.all() if rate.kind in kinds])

    async def SetRate(self, request: pb.SetRateRequest, context: Any) -> pb.SetRateResponse:  # noqa: N802
        caller = current_caller()
        change = RateChange(
            id=new_id(),
            rate=convert.rate_from(request),
            before=None,
            changed_at=self._clock.now(),
            changed_by=caller.name if caller else "",
            reason=request.reason.strip(),
        )
        recorded, repriced = await self._rates.set(change)
        return pb.SetRateResponse(change=convert.rate_change(recorded), repriced_count=repriced)

    async def ListRateChanges(  # noqa: N802
        self, request: pb.ListRateChangesRequest, context: Any
    ) -> pb.ListRateChangesResponse:
        if not 0 <= request.page_size <= _MAX_PAGE:
            raise convert.invalid("page_size", f"page_size must be between 0 and {_MAX_PAGE}")
        limit = request.page_size or _PAGE
        before = convert.id_from(request.page_token, "page_token") if request.HasField("page_token") else None
        changes = await self._rates.changes(before, limit)
        return pb.ListRateChangesResponse(
            changes=[convert.rate_change(change) for change in changes],
            next_page_token=str(changes[-1].id) if len(changes) == limit else None,
        )

    async def GetUsage(self, request: pb.GetUsageRequest, context: Any) -> pb.GetUsageResponse:  # noqa: N802
        start, end = convert.span_from(request.from_london_date, request.to_london_date)
        if financial_year(start) != financial_year(end):
            raise convert.invalid("to_london_date", "The days must be of one financial year")
        service_id = convert.id_from(request.service_id, "service_id")
        return convert.usage_response(await self._usage.days([service_id], start, end))

    async def GetYearUsage(self, request: pb.GetYearUsageRequest, context: Any) -> pb.GetYearUsageResponse:  # noqa: N802
        service_id = convert.id_from(request.service_id, "service_id")
        usage = await self._usage.year([service_id], self._year(request.financial_year))
        return convert.year_response(usage, service_id)

    async def GetOrganisationUsage(  # noqa: N802
        self, request: pb.GetOrganisationUsageRequest, context: Any
    ) -> pb.GetOrganisationUsageResponse:
        organisation_id = convert.id_from(request.organisation_id, "organisation_id")
        usage = await self._usage.organisation(organisation_id, self._year(request.financial_year))
        return convert.organisation_response(usage)

    async def GetPlatformUsage(  # noqa: N802
        self, request: pb.GetPlatformUsageRequest, context: Any
    ) -> pb.GetPlatformUsageResponse:
        return convert.platform_response(await self._usage.year(None, self._year(request.financial_year)))

    async def ListVolumes(self, request: pb.ListVolumesRequest, context: Any) -> pb.ListVolumesResponse:  # noqa: N802
        start, end = convert.span_from(request.from_london_date, request.to_london_date)
        if end - start >= timedelta(days=_MAX_VOLUME_DAYS):
            raise convert.invalid("to_london_date", f"At most {_MAX_VOLUME_DAYS} days can be listed at once")
        service_id = (
            convert.id_from(request.service_id, "service_id") if request.HasField("service_id") else None
        )
        return convert.volumes_response(*await self._usage.volumes(service_id, start, end))

    async def ForecastCost(self, request: pb.ForecastCostRequest, context: Any) -> pb.ForecastCostResponse:  # noqa: N802
        service_id = convert.id_from(request.service_id, "service_id")
        return convert.forecast_response(
            await self._usage.forecast(service_id, convert.forecast_lines(request))
        )

    async def GetMonthlyReport(  # noqa: N802
        self, request: pb.GetMonthlyReportRequest, context: Any
    ) -> pb.GetMonthlyReportResponse:
        month = convert.month_from(request.london_month)
        usage = await self._usage.days(None, month, _end_of(month))
        return pb.GetMonthlyReportResponse(csv=monthly_report(month, usage.lines, usage.services))

    async def RebuildDay(self, request: pb.RebuildDayRequest, context: Any) -> pb.RebuildDayResponse:  # noqa: N802
        service_id = (
            convert.id_from(request.service_id, "service_id") if request.HasField("service_id") else None
        )
        day = convert.day_from(request.london_date, "london_date")
        await self._record("billing.day_rebuilt", str(day), service_id)
        return convert.rebuilt(
            await self._rebuilding.rebuild_day(day, service_id, may_empty=request.may_empty)
        )

    async def CheckLastDays(  # noqa: N802
        self, request: pb.CheckLastDaysRequest, context: Any
    ) -> pb.CheckLastDaysResponse:
        await self._record("billing.checked", "last days", None)
        found = await self._check.check_last_days(self._clock.now())
        return pb.CheckLastDaysResponse(differences=[convert.difference(each) for each in found])

    async def GetBillingStatus(  # noqa: N802
        self, request: pb.GetBillingStatusRequest, context: Any
    ) -> pb.GetBillingStatusResponse:
        return convert.status_response(await self._usage_store.state())

    async def _record(self, type: str, subject: str, service_id: UUID | None) -> None:
        """Work of minutes, in many transactions: recorded when it was asked for."""
        change = Change(type=type, subject=subject, service_id=service_id)
        await record_alone(self._pool, change, self._clock.now())

    def _year(self, given: int) -> int:
        return convert.year_from(given, self._usage.this_year())


def _end_of(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)

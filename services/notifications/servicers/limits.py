"""LimitsService: how much services may send."""

from collections.abc import Sequence
from typing import Any, cast

from grpc.aio import ServicerContext

from notify.notifications.v1 import limits_pb2 as pb
from notify.notifications.v1.limits_pb2_grpc import LimitsServiceServicer
from servicekit.clock import Clock
from services.notifications.convert.accounts import LIMIT_NUMBERS
from services.notifications.convert.values import id_from, invalid, moment_from, page_size, timestamp
from services.notifications.limits import (
    Capacity,
    CapacityCheck,
    Limit,
    LimitName,
    NewLimit,
    Totals,
    check_capacities,
    checked_limit,
    default_limits,
)
from services.notifications.limits_store import LimitsStore

Context = ServicerContext[Any, Any]

_NAMES = {number: LimitName(name) for name, number in LIMIT_NUMBERS.items()}
_PAGE, _MAX_PAGE = 100, 1_000


class LimitsServicer(LimitsServiceServicer):
    """Keeps limits."""

    def __init__(self, store: LimitsStore, clock: Clock, capacities: Sequence[Capacity]) -> None:
        self._store = store
        self._clock = clock
        self._capacities = capacities

    async def GetLimits(  # noqa: N802 -- the name of the RPC
        self, request: pb.GetLimitsRequest, context: Context
    ) -> pb.GetLimitsResponse:
        """Read a service's limits."""
        found = await self._store.load(id_from(request.service_id, "service_id"))
        return pb.GetLimitsResponse(
            limits=[_limit(found.limits[name]) for name in LimitName], service_version=found.service_version
        )

    async def SetLimit(  # noqa: N802
        self, request: pb.SetLimitRequest, context: Context
    ) -> pb.SetLimitResponse:
        """Set a limit."""
        new = NewLimit(
            name=_name(request.kind),
            value=request.value,
            ends_at=moment_from(request.end_time, "end_time") if request.HasField("end_time") else None,
        )
        limit = await self._store.set(
            id_from(request.service_id, "service_id"),
            request.based_on_version,
            checked_limit(new, self._clock.now()),
        )
        return pb.SetLimitResponse(limit=_limit(limit))

    async def EndTemporaryLimit(  # noqa: N802
        self, request: pb.EndTemporaryLimitRequest, context: Context
    ) -> pb.EndTemporaryLimitResponse:
        """End a temporary limit."""
        limit = await self._store.end_temporary(
            id_from(request.service_id, "service_id"), request.based_on_version, _name(request.kind)
        )
        return pb.EndTemporaryLimitResponse(limit=_limit(limit))

    async def ListRaisedLimits(  # noqa: N802
        self, request: pb.ListRaisedLimitsRequest, context: Context
    ) -> pb.ListRaisedLimitsResponse:
        """List raised limits."""
        limit = page_size(request.page_size, _PAGE, _MAX_PAGE)
        # The kind is after the last slash: a service's name may have some.
        name, slash, kind = request.page_token.rpartition("/")
        if (request.page_token and not slash) or "\0" in request.page_token:
            raise invalid("page_token", "page_token is none that was given")
        found = await self._store.list_raised((name, kind) if slash else None, limit)
        last = found[-1] if len(found) == limit else None
        return pb.ListRaisedLimitsResponse(
            limits=[
                pb.RaisedLimit(
                    service_id=str(service.service_id), service_name=service.service_name, limit=_limit(each)
                )
                for service, each in found
            ],
            next_page_token=None if last is None else f"{last[0].service_name}/{last[1].name}",
        )

    async def CheckCapacity(  # noqa: N802
        self, request: pb.CheckCapacityRequest, context: Context
    ) -> pb.CheckCapacityResponse:
        """Add up what services may send."""
        if not request.HasField("service_id"):
            totals = await self._store.totals()
        else:
            service_id = id_from(request.service_id, "service_id")
            own = (await self._store.load(service_id)).limits
            totals = await self._store.totals(except_service=service_id)
            wanted = {name: limit.value for name, limit in own.items()} | {_name(request.kind): request.value}
            totals = {name: _with(totals.get(name), name, wanted[name]) for name in LimitName}
        checks = check_capacities(self._capacities, totals)
        return pb.CheckCapacityResponse(providers=[_capacity(check) for check in checks])


def _with(others: Totals | None, name: LimitName, value: int) -> Totals:
    others = others or Totals(raised=0, all=0)
    is_raised = value > default_limits(restricted=False)[name]
    return Totals(raised=others.raised + (value if is_raised else 0), all=others.all + value)


def _name(number: int) -> LimitName:
    name = _NAMES.get(cast("pb.LimitKind", number))
    if name is None:
        raise invalid("kind", "kind is not set, or not known")
    return name


def _limit(limit: Limit) -> pb.Limit:
    return pb.Limit(
        kind=LIMIT_NUMBERS[limit.name],
        value=limit.value,
        lasting_value=limit.lasting_value,
        default_value=limit.default_value,
        old_value=limit.old_value,
        end_time=None if limit.ends_at is None else timestamp(limit.ends_at),
        set_by=limit.set_by,
        reason=limit.reason,
        set_time=None if limit.set_at is None else timestamp(limit.set_at),
    )


def _capacity(check: CapacityCheck) -> pb.ProviderCapacity:
    return pb.ProviderCapacity(
        provider=check.capacity.provider,
        kind=LIMIT_NUMBERS[check.capacity.name],
        daily_capacity=check.capacity.messages,
        raised_total=check.totals.raised,
        total=check.totals.all,
        exceeded=check.is_exceeded,
    )

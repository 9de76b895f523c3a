"""A sender's providers, put together. Called from its `__main__`:

    providers = await open_providers(lifecycle, pool, ProvidersSetup(...), valkey=valkey, clock=clock)
    registrations = [providers.registration, …]
    tasks += provider_tasks(providers, operations.alerts)

with `ALLOWED_CALLERS | PROVIDERS_CALLERS` (`callers`) as the table of callers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Final

from redis.asyncio import Redis

from notify.providers.v1 import providers_pb2_grpc
from notifyrules.statuses import NotificationType
from operationskit.alerts import Alerts
from operationskit.schedules import Daily, Every
from operationskit.tasks import PeriodicTask, TaskRun
from providerkit.caps import MonthlyCaps
from providerkit.directory import ProviderDirectory
from providerkit.gates import Gate
from providerkit.limits import ProviderLimits
from providerkit.measuring import Measurements
from providerkit.servicer import ProvidersServicer
from providerkit.store import ProviderStore
from providerkit.token_bucket import TokenBucket
from servicekit.clock import Clock
from servicekit.database import Pool
from servicekit.errors import ServiceError
from servicekit.grpc_server import ServiceRegistration
from servicekit.lifecycle import Lifecycle
from servicekit.logs import get_logger

COUNTS_KEPT_FOR: Final = timedelta(days=400)
"""13 months, and the days of the one that is under way."""
_WRITE_EVERY_S: Final = 5.0
_NOTE_EVERY_S: Final = 5.0
_DEAD_AFTER: Final = timedelta(seconds=20)
_LOT: Final = 10_000

_log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvidersSetup:
    """What a sender says of its providers."""

    channel: NotificationType
    process_name: str
    """Names this process, as in leases."""
    limits: Mapping[str, ProviderLimits]
    """Of each provider that has any."""
    may_be_without: bool = False
    """The channel may be left without an active provider, and its messages wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """What the rest of the sender uses."""

    store: ProviderStore
    directory: ProviderDirectory
    measurements: Measurements
    gates: Mapping[str, Gate]
    """Of each provider that has a `max_in_flight`."""
    caps: MonthlyCaps
    registration: ServiceRegistration
    clock: Clock


async def open_providers(
    lifecycle: Lifecycle, pool: Pool, setup: ProvidersSetup, *, valkey: Redis | None, clock: Clock
) -> Providers:
    """Make everything, read what is needed to send, and start the loops. Raises servicekit errors."""
    store = ProviderStore(pool)
    directory = ProviderDirectory(store.list_providers)
    await directory.refresh()
    lifecycle.start_periodic("providers", 1.0, directory.keep_fresh)
    measurements = Measurements(store.add_counts)
    caps = MonthlyCaps(
        caps={name: each.monthly_cap for name, each in setup.limits.items() if each.monthly_cap is not None},
        store=store,
        measurements=measurements,
        clock=clock,
    )
    await caps.refresh()
    gates = _make_gates(setup, valkey, _start_counting_processes(lifecycle, store, setup, clock))

    async def write() -> None:
        await measurements.write()
        await caps.keep_fresh()
        for gate in gates.values():
            gate.measure()

    lifecycle.on_close(measurements.write)
    lifecycle.start_periodic("provider counts", _WRITE_EVERY_S, write)
    servicer = ProvidersServicer(
        channel=setup.channel,
        store=store,
        directory=directory,
        limits=setup.limits,
        may_be_without=setup.may_be_without,
        clock=clock,
    )
    return Providers(
        store=store,
        directory=directory,
        measurements=measurements,
        gates=gates,
        caps=caps,
        registration=ServiceRegistration(
            add=providers_pb2_grpc.add_ProvidersServiceServicer_to_server, servicer=servicer
        ),
        clock=clock,
    )


def provider_tasks(providers: Providers, alerts: Alerts) -> list[PeriodicTask]:
    """The scheduled tasks about providers."""

    async def delete(run: TaskRun) -> None:
        before = providers.clock.now() - COUNTS_KEPT_FOR
        while deleted := await providers.store.delete_counts(before, _LOT):
            run.count("rows_deleted", deleted)
            await run.note_progress()

    async def tell(_: TaskRun) -> None:
        await providers.caps.tell(alerts)

    tasks = [
        PeriodicTask(
            name="delete-old-provider-statistics",
            description="Forget how providers did more than 13 months ago",
            schedule=Daily(times=(time(2, 40),)),
            run=delete,
        )
    ]
    if providers.caps.caps:
        tasks.append(
            PeriodicTask(
                name="check-provider-caps",
                description="Tell when a provider was given as much as it may be in this month",
                schedule=Every(timedelta(minutes=1)),
                run=tell,
                made_up_for=timedelta(minutes=1),
            )
        )
    return tasks


@dataclass(slots=True)
class _Processes:
    """How many processes there are, as last read."""

    count: int = 1


def _start_counting_processes(
    lifecycle: Lifecycle, store: ProviderStore, setup: ProvidersSetup, clock: Clock
) -> _Processes:
    """Count the processes that share rates, while there are any rates."""
    processes = _Processes()
    if all(limits.max_per_second is None for limits in setup.limits.values()):
        return processes

    async def note() -> None:
        try:
            processes.count = await store.note_process(setup.process_name, clock.now(), _DEAD_AFTER)
        except ServiceError as err:  # the number stays
            _log.warning("processes_not_counted", failure=err)

    async def forget() -> None:
        try:
            await store.forget_process(setup.process_name)
        except ServiceError as err:  # it is forgotten after a while
            _log.warning("process_not_forgotten", failure=err)

    lifecycle.start_periodic("sender processes", _NOTE_EVERY_S, note)
    lifecycle.on_close(forget)
    return processes


def _make_gates(setup: ProvidersSetup, valkey: Redis | None, processes: _Processes) -> dict[str, Gate]:
    gates = {}
    for name, limits in setup.limits.items():
        if limits.max_in_flight is None:
            continue
        bucket = None
        if limits.max_per_second is not None:
            bucket = TokenBucket(
                name,
                per_second=limits.max_per_second,
                valkey=valkey,
                processes=lambda: processes.count,
            )
        gates[name] = Gate(name, max_in_flight=limits.max_in_flight, bucket=bucket)
    return gates

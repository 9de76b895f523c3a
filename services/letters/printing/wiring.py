"""Putting printing together: its loops, its tasks, its gRPC service, and what the rest of the letters service calls.

Called once, by the service's `__main__`.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from deliverykit.client import Deliveries
from deliverykit.kept_store import KeptReceiptsStore
from deliverykit.receipts import StatusReporter
from filekit.object_store.store import ObjectStore
from notify.letters.v1 import printing_pb2_grpc
from operationskit.alerts import Alerts
from operationskit.tasks import PeriodicTask
from providerkit.wiring import Providers
from servicekit.clock import Clock
from servicekit.database import Pool
from servicekit.grpc_client import Channel
from servicekit.grpc_server import ServiceRegistration
from servicekit.lifecycle import Lifecycle
from servicekit.logs import get_logger
from services.letters.printing.config import PrintingSettings
from services.letters.printing.credentials import Credentials, CredentialsBox
from services.letters.printing.dvla import DvlaClient
from services.letters.printing.notifications import NotificationsClient
from services.letters.printing.pretending import Pretending
from services.letters.printing.provider import PrintProvider
from services.letters.printing.report_tokens import ReportTokens
from services.letters.printing.reports import LetterReports
from services.letters.printing.requesting import PrintAddresses, Requester
from services.letters.printing.rotation import Rotation
from services.letters.printing.run import PrintRuns
from services.letters.printing.scheduled import PrintTasks
from services.letters.printing.servicer import PrintingServicer
from services.letters.printing.store import PrintStore
from services.letters.printing.volume_report import VolumeReport

_PRETEND_CHECK_S: Final = 1.0

_log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What printing needs of the process that it runs in."""

    pool: Pool
    notifications: Channel
    deliveries: Deliveries
    files: ObjectStore
    alerts: Alerts
    providers: Providers
    holder: str
    """Names this process, as in leases."""
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Printing:
    """What the rest of the service uses."""

    reports: LetterReports
    """For `LettersService.HandleReceipt`."""
    pretending: Pretending
    """For letters of test keys: `want`, after the row is there."""
    registration: ServiceRegistration
    tasks: Sequence[PeriodicTask]
    """What it does by the clock."""


async def start_printing(lifecycle: Lifecycle, settings: PrintingSettings, around: Surroundings) -> Printing:
    """Make everything and start its loops."""
    store = PrintStore(around.pool, CredentialsBox(settings.secret_keys))
    await keep_first_credentials(store, settings, around.clock)
    tokens = ReportTokens(settings.secret_keys)
    connections = settings.dvla_connections
    threads = await lifecycle.enter(_Threads(connections))
    client = DvlaClient(
        base_url=settings.dvla_base_url, timeout_s=settings.dvla_timeout_s, connections=connections
    )
    lifecycle.on_close(client.aclose)
    provider = PrintProvider(client, store, threads=threads, connections=connections, clock=around.clock)
    measurements = around.providers.measurements
    reporter = StatusReporter(
        around.deliveries,
        KeptReceiptsStore(around.pool),
        clock=around.clock,
        on_result=measurements.note_result,
    )
    lifecycle.start_loop("kept reports", reporter.run_kept)
    lifecycle.on_stopping(reporter.stop)
    requester = Requester(
        store=store,
        notifications=NotificationsClient(around.notifications),
        reporter=reporter,
        provider=provider,
        files=around.files,
        addresses=PrintAddresses(api_url=settings.api_url.rstrip("/"), tokens=tokens),
        measurements=measurements,
        caps=around.providers.caps,
        clock=around.clock,
        lease=timedelta(seconds=settings.print_lease_s),
    )
    lifecycle.start_loop("print requests", requester.run)
    lifecycle.on_stopping(requester.stop)
    report = VolumeReport(
        notifications=around.notifications,
        alerts=around.alerts,
        template_id=settings.volume_report_template_id,
        recipients=settings.volume_report_addresses,
    )
    runs = PrintRuns(store=store, holder=around.holder, clock=around.clock, tell=report.send)
    scheduled = PrintTasks(
        runs=runs,
        rotation=Rotation(client, provider, store, holder=around.holder, clock=around.clock),
        store=store,
        alerts=around.alerts,
        collected=requester.wake,
        clock=around.clock,
    )
    pretend_threads = await lifecycle.enter(_Threads(1))
    pretending = Pretending(
        store,
        tokens,
        api_url=(settings.pretend_api_url or settings.api_url).rstrip("/"),
        threads=pretend_threads,
        clock=around.clock,
    )
    lifecycle.start_periodic("pretended reports", _PRETEND_CHECK_S, pretending.look)
    return Printing(
        reports=LetterReports(tokens, store, reporter, clock=around.clock),
        pretending=pretending,
        registration=ServiceRegistration(
            add=printing_pb2_grpc.add_PrintingServiceServicer_to_server,
            servicer=PrintingServicer(
                store, tokens, runs, clock=around.clock, pool=around.pool, collected=requester.wake
            ),
        ),
        tasks=scheduled.tasks(),
    )


async def keep_first_credentials(store: PrintStore, settings: PrintingSettings, clock: Clock) -> None:
    """Put the settings' credentials into the database, if it has none yet."""
    await store.renew_credentials(clock.now())
    username, password, api_key = settings.dvla_username, settings.dvla_password, settings.dvla_api_key
    if not username or password is None or api_key is None:
        if await store.credentials() is None:
            _log.warning("print_provider_not_set")
        return
    first = Credentials(
        username=username, password=password.get_secret_value(), api_key=api_key.get_secret_value()
    )
    await store.insert_credentials(first, clock.now())


class _Threads:
    """Threads for blocking calls, ended with the process."""

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(max_workers=count, thread_name_prefix="printing")

    async def __aenter__(self) -> ThreadPoolExecutor:
        return self._threads

    async def __aexit__(self, *_failure: object) -> None:
        # What still runs ends with its time limit; its letter's lease runs out, and it is asked for again.
        self._threads.shutdown(wait=False, cancel_futures=True)

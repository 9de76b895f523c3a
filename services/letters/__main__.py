"""The letters service: wiring, and nothing else. `python -m services.letters`; see `servicekit.lifecycle`."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from deliverykit.client import DeliveriesClient
from deliverykit.leasing import Leasing, new_worker_id
from filekit.antivirus import make_scanner
from filekit.object_store.opening import open_object_store
from filekit.object_store.store import ObjectStore
from notify.letters.v1 import letters_pb2_grpc
from notifyrules.statuses import NotificationType
from operationskit.revoking import asking, start_revoking
from operationskit.starting import open_operations
from providerkit.limits import ProviderLimits
from providerkit.wiring import ProvidersSetup, open_providers, provider_tasks
from servicekit.clock import SystemClock
from servicekit.database import make_pool, ping
from servicekit.grpc_client import make_channel
from servicekit.grpc_server import Check, GrpcServer, ServiceRegistration, make_server
from servicekit.identity import CallerTokens
from servicekit.lifecycle import Lifecycle, service_main
from services.letters import metrics
from services.letters.callers import ALLOWED_CALLERS
from services.letters.config import LettersSettings
from services.letters.forgetting import Forgetting
from services.letters.importing import Importing
from services.letters.letter_workers import letter_workers
from services.letters.preparing import Preparer
from services.letters.previews import Previewer
from services.letters.printing.requesting import PROVIDER
from services.letters.printing.wiring import Surroundings, start_printing
from services.letters.reading import LetterReader
from services.letters.service import LetterParts, LettersServicer
from services.letters.store import Store
from services.letters.taking_in import Intake
from services.letters.templates_client import TemplatesClient
from services.letters.workers import WorkerLimits, pdf_workers

SCHEMA: Final = "letters"


async def main(lifecycle: Lifecycle, settings: LettersSettings) -> None:
    """Start everything; what stops first is entered last."""
    clock = SystemClock()
    tokens = settings.caller_tokens("letters")
    pool = await lifecycle.enter(
        make_pool(
            settings.need_database_url(),
            schema=SCHEMA,
            application_name="letters",
            min_size=settings.database_pool_min,
            max_size=settings.database_pool_max,
            statement_timeout_ms=settings.database_statement_timeout_ms,
        )
    )
    store, files = Store(pool), object_store(settings)
    scanner = make_scanner(
        settings.clamd_url,
        is_development=settings.is_development,
        timeout_s=settings.clamd_timeout_s,
        max_bytes=settings.clamd_max_bytes,
    )
    limits = WorkerLimits(memory_bytes=settings.pdf_worker_memory_bytes, time_s=settings.pdf_worker_time_s)
    checker = await lifecycle.enter(pdf_workers(count=settings.pdf_workers, limits=limits))
    renderer = await lifecycle.enter(letter_workers(count=settings.rendering_workers))
    metrics.watch_worker_memory("uploads", lambda: checker.memory_bytes)
    metrics.watch_worker_memory("rendering", lambda: renderer.memory_bytes)
    notifications = await lifecycle.enter(make_channel(settings.notifications_target, caller=tokens))
    await start_revoking(lifecycle, tokens, asking(notifications))
    deliveries, worker_id = DeliveriesClient(notifications), new_worker_id("letters")
    operations = await open_operations(
        lifecycle, settings.need_database_url(), schema=SCHEMA, name="letters", clock=clock
    )
    setup = ProvidersSetup(
        channel=NotificationType.LETTER,
        process_name=worker_id,
        limits={PROVIDER: ProviderLimits(monthly_cap=settings.dvla_monthly_cap)},
        may_be_without=True,  # letters wait for a day when the printer is out of use
    )
    providers = await open_providers(lifecycle, pool, setup, valkey=None, clock=clock)
    printing = await start_printing(
        lifecycle,
        settings,
        Surroundings(
            pool=pool,
            notifications=notifications,
            deliveries=deliveries,
            files=files,
            alerts=operations.alerts,
            providers=providers,
            holder=worker_id,
            clock=clock,
        ),
    )
    preparer = Preparer(
        letters=store,
        pretend_reports=printing.pretending,
        files=files,
        scanner=scanner,
        renderer=renderer,
        checker=checker,
        clock=clock,
    )
    leasing = Leasing(
        deliveries,
        NotificationType.LETTER,
        worker_id=worker_id,
        capacity=settings.max_in_flight,
        deliver=preparer.deliver,
        clock=clock,
    )
    lifecycle.start_loop("deliveries", leasing.run)
    lifecycle.on_stopping(leasing.stop)

    forgetting = Forgetting(
        letters=store, files=files, clock=clock, kept_for=timedelta(days=settings.files_kept_days)
    )
    parts = LetterParts(
        store=store,
        intake=Intake(letters=store, files=files, scanner=scanner, checker=checker),
        reader=LetterReader(letters=store, files=files, pictures=checker),
        previewer=Previewer(
            templates=TemplatesClient(notifications),
            files=files,
            renderer=renderer,
            pictures=checker,
            clock=clock,
        ),
        forgetting=forgetting,
        importing=Importing(letters=store, files=files, clock=clock),
        reports=printing.reports,
        clock=clock,
        pool=pool,
    )
    servicer = LettersServicer(parts)
    await lifecycle.serve(
        make_letters_server(
            [
                letters_registration(servicer),
                printing.registration,
                providers.registration,
                *operations.start(
                    lifecycle,
                    [*printing.tasks, forgetting.task(), *provider_tasks(providers, operations.alerts)],
                ),
            ],
            settings,
            tokens,
            checks={"database": lambda: ping(pool)},
        )
    )


def object_store(settings: LettersSettings) -> ObjectStore:
    """The object store that the settings name. Raises ValueError when they name none."""
    secret = settings.object_store_secret_access_key
    return open_object_store(
        settings.object_store_url,
        access_key_id=settings.object_store_access_key_id,
        secret_access_key=None if secret is None else secret.get_secret_value(),
    )


def letters_registration(servicer: LettersServicer) -> ServiceRegistration:
    """How the server knows the service."""
    return ServiceRegistration(add=letters_pb2_grpc.add_LettersServiceServicer_to_server, servicer=servicer)


def make_letters_server(
    registrations: Sequence[ServiceRegistration],
    settings: LettersSettings,
    tokens: CallerTokens,
    *,
    checks: Mapping[str, Check],
) -> GrpcServer:
    """The gRPC server; nothing listens yet."""
    return make_server(
        registrations,
        domain="letters.notify",
        listen=settings.grpc_listen,
        tokens=tokens,
        allowed_callers=ALLOWED_CALLERS,
        reflection=settings.is_development,
        checks=checks,
    )


if __name__ == "__main__":
    service_main("letters", LettersSettings, main, package="services.letters", schema=SCHEMA)

"""The billing service: wiring, and nothing else. `python -m services.billing`; see `servicekit.lifecycle`."""

from datetime import timedelta
from functools import partial
from typing import Final

from notify.billing.v1 import billing_pb2_grpc
from notifyrules.rates import published
from operationskit.callers import OPERATIONS_CALLERS
from operationskit.revoking import asking, start_revoking
from operationskit.starting import open_operations
from servicekit.clock import SystemClock
from servicekit.database import make_pool, ping, trusting_indexes
from servicekit.grpc_client import make_channel
from servicekit.grpc_server import ServiceRegistration, make_server
from servicekit.ids import first_id_at
from servicekit.lifecycle import Lifecycle, service_main
from services.billing.callers import ALLOWED_CALLERS
from services.billing.config import BillingSettings
from services.billing.directory import Directory
from services.billing.following import Following
from services.billing.notifications_client import NotificationsClient
from services.billing.rates_store import RatesStore
from services.billing.rebuilding import NightlyCheck, Rebuilding
from services.billing.service import BillingServicer
from services.billing.store import SCHEMA, Store
from services.billing.tasks import billing_tasks
from services.billing.usage import Usage
from services.billing.usage_store import UsageStore

_MIRROR_EVERY_S: Final = 30.0
_FORGET_EVERY_S: Final = 3_600.0
_FORGOTTEN_AT_ONCE: Final = 20_000


async def main(lifecycle: Lifecycle, settings: BillingSettings) -> None:
    """Start everything; what stops first is entered last."""
    clock, tokens = SystemClock(), settings.caller_tokens("billing")
    url = settings.need_database_url()
    make = partial(
        make_pool,
        schema=SCHEMA,
        min_size=settings.database_pool_min,
        max_size=settings.database_pool_max,
        statement_timeout_ms=settings.database_statement_timeout_ms,
    )
    books = await lifecycle.enter(make(trusting_indexes(url), application_name="billing books"))
    pool = await lifecycle.enter(make(url, application_name="billing"))
    channel = await lifecycle.enter(make_channel(settings.notifications_target, caller=tokens))
    await start_revoking(lifecycle, tokens, asking(channel))
    notifications = NotificationsClient(channel)
    store, usage_store, rates = Store(books), UsageStore(pool), RatesStore(pool)
    await rates.add_published(published().all(), clock.now())

    kept_for = timedelta(days=settings.billed_kept_days)
    rebuilding = Rebuilding(notifications, store, clock=clock)
    following = Following(
        notifications,
        store,
        clock=clock,
        kept_for=kept_for,
        rebuild=rebuilding.rebuild_day,
        sleep=lifecycle.sleep,
    )
    check = NightlyCheck(rebuilding, store, catch_up=following.catch_up, clock=clock)
    directory = Directory(notifications, usage_store, clock=clock)

    async def forget_old() -> None:
        before = first_id_at(clock.now() - kept_for)
        while await store.forget_old(before, _FORGOTTEN_AT_ONCE) == _FORGOTTEN_AT_ONCE:
            pass

    lifecycle.start_loop("status feed", following.run)
    lifecycle.start_periodic("services", _MIRROR_EVERY_S, directory.refresh)
    lifecycle.start_periodic("old notifications", _FORGET_EVERY_S, forget_old)
    operations = await open_operations(lifecycle, url, schema=SCHEMA, name="billing", clock=clock)
    task_services = operations.start(lifecycle, billing_tasks(check, operations.alerts))
    servicer = BillingServicer(
        usage=Usage(usage_store, rates, clock=clock),
        usage_store=usage_store,
        rates=rates,
        rebuilding=rebuilding,
        check=check,
        clock=clock,
        pool=pool,
    )
    await lifecycle.serve(
        make_server(
            [
                ServiceRegistration(
                    add=billing_pb2_grpc.add_BillingServiceServicer_to_server,
                    servicer=servicer,
                    quiet=frozenset({"ListRates"}),
                    waiting=frozenset({"RebuildDay", "CheckLastDays"}),
                ),
                *task_services,
            ],
            domain="billing.notify",
            listen=settings.grpc_listen,
            tokens=tokens,
            allowed_callers={**ALLOWED_CALLERS, **OPERATIONS_CALLERS},
            reflection=settings.is_development,
            checks={"database": lambda: ping(pool)},
        )
    )


if __name__ == "__main__":
    service_main("billing", BillingSettings, main, package="services.billing", schema=SCHEMA)

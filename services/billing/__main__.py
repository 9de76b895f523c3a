"""The billing service: wiring, and nothing else. `python -m services.billing`; see `servicekit.lifecycle`."""

from notify.billing.v1 import billing_pb2_grpc
from servicekit.access import reads
from servicekit.database import make_pool, ping
from servicekit.grpc_server import ServiceRegistration, make_server
from servicekit.lifecycle import Lifecycle, service_main
from services.billing.config import BillingSettings
from services.billing.service import BillingServicer

SCHEMA = "billing"
READERS = reads("api_gateway", "notifications", "notifyctl")
ALLOWED_CALLERS = {
    "notify.billing.v1.BillingService/*": READERS,
}


async def main(lifecycle: Lifecycle, settings: BillingSettings) -> None:
    """Start everything; what stops first is entered last."""
    pool = await lifecycle.enter(
        make_pool(
            settings.need_database_url(),
            schema=SCHEMA,
            application_name="billing",
            min_size=settings.database_pool_min,
            max_size=settings.database_pool_max,
            statement_timeout_ms=settings.database_statement_timeout_ms,
        )
    )
    await lifecycle.serve(
        make_server(
            [
                ServiceRegistration(
                    add=billing_pb2_grpc.add_BillingServiceServicer_to_server, servicer=BillingServicer()
                )
            ],
            domain="billing.notify",
            listen=settings.grpc_listen,
            tokens=settings.caller_tokens("billing"),
            allowed_callers=ALLOWED_CALLERS,
            reflection=settings.is_development,
            checks={"database": lambda: ping(pool)},
        )
    )


if __name__ == "__main__":
    service_main("billing", BillingSettings, main, package="services.billing", schema=SCHEMA)

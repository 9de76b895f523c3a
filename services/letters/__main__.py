"""The letters service: wiring, and nothing else. `python -m services.letters`; see `servicekit.lifecycle`."""

from notify.letters.v1 import letters_pb2_grpc
from servicekit.access import only, reads
from servicekit.database import make_pool, ping
from servicekit.grpc_server import ServiceRegistration, make_server
from servicekit.lifecycle import Lifecycle, service_main
from services.letters.config import LettersSettings
from services.letters.service import LettersServicer

SCHEMA = "letters"
READERS = reads("api_gateway", "notifications", "notifyctl")
ALLOWED_CALLERS = {
    "notify.letters.v1.LettersService/PreviewLetter": READERS,
    "notify.letters.v1.LettersService/GetLetterPdf": READERS,
    "notify.letters.v1.LettersService/HandleReceipt": only("api_gateway"),
}


async def main(lifecycle: Lifecycle, settings: LettersSettings) -> None:
    """Start everything; what stops first is entered last."""
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
    await lifecycle.serve(
        make_server(
            [
                ServiceRegistration(
                    add=letters_pb2_grpc.add_LettersServiceServicer_to_server, servicer=LettersServicer()
                )
            ],
            domain="letters.notify",
            listen=settings.grpc_listen,
            tokens=settings.caller_tokens("letters"),
            allowed_callers=ALLOWED_CALLERS,
            reflection=settings.is_development,
            checks={"database": lambda: ping(pool)},
        )
    )


if __name__ == "__main__":
    service_main("letters", LettersSettings, main, package="services.letters", schema=SCHEMA)

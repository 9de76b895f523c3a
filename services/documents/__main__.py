"""The documents service: wiring, and nothing else. `python -m services.documents`; see `servicekit.lifecycle`."""

import asyncio
from datetime import timedelta
from typing import Final

from filekit.antivirus import make_scanner
from filekit.object_store.opening import open_object_store
from notify.documents.v1 import documents_pb2_grpc
from operationskit.revoking import asking, start_revoking
from operationskit.starting import open_operations
from servicekit.clock import SystemClock
from servicekit.database import make_pool, ping
from servicekit.grpc_client import make_channel
from servicekit.grpc_server import ServiceRegistration, make_server
from servicekit.lifecycle import Lifecycle, service_main
from services.documents.callers import ALLOWED_CALLERS
from services.documents.config import DocumentsSettings
from services.documents.opening import Opening
from services.documents.removing import Removing
from services.documents.service import DocumentsServicer
from services.documents.store import SCHEMA, Store
from services.documents.storing import Storing

_MOST_SCANNED_BYTES: Final = 64 * 1024 * 1024


async def main(lifecycle: Lifecycle, settings: DocumentsSettings) -> None:
    """Start everything; what stops first is entered last."""
    clock, tokens = SystemClock(), settings.caller_tokens("documents")
    notifications = await lifecycle.enter(make_channel(settings.notifications_target, caller=tokens))
    await start_revoking(lifecycle, tokens, asking(notifications))
    pool = await lifecycle.enter(
        make_pool(
            settings.need_database_url(),
            schema=SCHEMA,
            application_name="documents",
            min_size=settings.database_pool_min,
            max_size=settings.database_pool_max,
            statement_timeout_ms=settings.database_statement_timeout_ms,
        )
    )
    store = Store(pool)
    secret = settings.object_store_secret_access_key
    objects = open_object_store(
        settings.object_store_url,
        access_key_id=settings.object_store_access_key_id or None,
        secret_access_key=None if secret is None else secret.get_secret_value() or None,
    )
    scanner = make_scanner(
        settings.clamd_url, is_development=settings.is_development, max_bytes=_MOST_SCANNED_BYTES
    )
    removing = Removing(
        store=store,
        objects=objects,
        clock=clock,
        forgotten_after=timedelta(days=settings.forgotten_after_days),
    )
    servicer = DocumentsServicer(
        storing=Storing(
            store=store,
            objects=objects,
            scanner=scanner,
            clock=clock,
            max_bytes=settings.max_file_bytes,
            at_once=settings.uploads_at_once,
            download_host=settings.download_host,
        ),
        opening=Opening(
            store=store,
            objects=objects,
            clock=clock,
            wrong_tries=settings.wrong_tries,
            locked_for=timedelta(hours=settings.locked_hours),
        ),
        removing=removing,
        store=store,
        objects=objects,
        clock=clock,
        pool=pool,
    )
    operations = await open_operations(
        lifecycle, settings.need_database_url(), schema=SCHEMA, name="documents", clock=clock
    )
    await lifecycle.serve(
        make_server(
            [
                ServiceRegistration(
                    add=documents_pb2_grpc.add_DocumentsServiceServicer_to_server,
                    servicer=servicer,
                    waiting=frozenset({"StoreDocument", "DownloadDocument", "RemoveExpired"}),
                ),
                *operations.start(lifecycle, [removing.task()]),
            ],
            domain="documents.notify",
            listen=settings.grpc_listen,
            tokens=tokens,
            allowed_callers=ALLOWED_CALLERS,
            reflection=settings.is_development,
            checks={"database": lambda: ping(pool), "files": lambda: asyncio.to_thread(objects.check)},
        )
    )


if __name__ == "__main__":
    service_main("documents", DocumentsSettings, main, package="services.documents", schema=SCHEMA)

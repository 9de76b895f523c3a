"""Settings of the documents service, read once in `__main__`."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, SecretStr

from servicekit.production_rules import PUBLIC_HTTPS, SCANNER, STORE, ProductionRule
from servicekit.settings import ServiceSettings, settings_config


class DocumentsSettings(ServiceSettings):
    """Environment variables `NOTIFY_DOCUMENTS_…`."""

    model_config = settings_config("NOTIFY_DOCUMENTS_")

    production_rules: ClassVar[Mapping[str, ProductionRule]] = {
        "download_host": PUBLIC_HTTPS,
        "clamd_url": SCANNER,
        "object_store_url": STORE,
    }

    grpc_listen: str = "127.0.0.1:6026"
    metrics_listen: str = "127.0.0.1:6046"
    notifications_target: str = "127.0.0.1:6021"
    """gRPC address of the notifications service, which knows whose tokens were revoked."""
    download_host: str = "http://127.0.0.1:6011"
    """Scheme and host of the links in emails: where the gateway is reached by recipients."""
    object_store_url: str = ".notify/files"
    """Where files are kept: the path of a folder, or `s3://bucket/prefix?region=…`. Files are encrypted before
    they get there."""
    object_store_access_key_id: str | None = None
    """Absent: credentials are found as AWS's tools do, for example from the role of the pod."""
    object_store_secret_access_key: SecretStr | None = None
    clamd_url: str | None = None
    """Where the virus scanner listens: `tcp://host:port` or `unix:///path`. Only development does without."""
    max_file_bytes: int = Field(default=2 * 1024 * 1024 + 1024, ge=1, le=50 * 1024 * 1024)
    """Largest file that is taken: 2 MiB and a little for what encoding adds, as the public API says."""
    uploads_at_once: int = Field(default=4, ge=1)
    """Files that are checked and encrypted at the same time, each wholly in memory; others wait their turn."""
    wrong_tries: int = Field(default=10, ge=1, le=1000)
    """Wrong tries to confirm an address, after which a document takes none for a while."""
    locked_hours: int = Field(default=24, ge=1)
    """How long that while is."""
    forgotten_after_days: int = Field(default=365, ge=1)
    """Days after its end for which a document's link still says that it has expired."""

"""Settings of the letters service, read once in `__main__`."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, SecretStr

from servicekit.production_rules import SCANNER, STORE, ProductionRule
from servicekit.settings import settings_config
from services.letters.printing.config import PrintingSettings


class LettersSettings(PrintingSettings):
    """Environment variables `NOTIFY_LETTERS_…`."""

    model_config = settings_config("NOTIFY_LETTERS_")

    production_rules: ClassVar[Mapping[str, ProductionRule]] = {
        "clamd_url": SCANNER,
        "object_store_url": STORE,
    }

    grpc_listen: str = "127.0.0.1:6024"
    metrics_listen: str = "127.0.0.1:6044"
    notifications_target: str = "127.0.0.1:6021"
    """gRPC address of the notifications service."""
    object_store_url: str
    """Where PDFs are: `s3://bucket/prefix`, with `?region=…`, `endpoint_url=…` (a server other than AWS) and
    `kms_key_id=…` where they are needed; or the path of a folder, which every process of this service shares."""
    object_store_access_key_id: str | None = None
    """For S3. Absent: credentials are found as AWS's tools do, for example from the role of the pod."""
    object_store_secret_access_key: SecretStr | None = None
    clamd_url: str | None = None
    """The virus scanner, `tcp://host:port` or `unix:///path`. Without one, production does not start and
    development does not scan."""
    clamd_timeout_s: float = Field(default=30.0, gt=0, le=300)
    """Limit of one scan."""
    clamd_max_bytes: int = Field(default=25_000_000, ge=1)
    """Size of the largest file that the scanner takes: its `StreamMaxLength`."""
    max_in_flight: int = Field(default=24, ge=1, le=1_000)
    """Letters being prepared at once; each may hold a PDF in memory."""
    rendering_workers: int = Field(default=2, ge=1, le=64)
    """Processes that make PDFs from templates: as many as there are cores to give."""
    pdf_workers: int = Field(default=2, ge=1, le=64)
    """Processes that check uploaded PDFs and draw pages."""
    pdf_worker_memory_bytes: int = Field(default=300_000_000, ge=150_000_000)
    """Memory that one uploaded PDF may take; one that wants more can't be read."""
    pdf_worker_time_s: float = Field(default=30.0, gt=0, le=300)
    """Time that one uploaded PDF may take."""
    files_kept_days: int = Field(default=100, ge=91)
    """Days after which letters that nobody asked to delete are deleted all the same; more than the longest
    that a service can keep them."""

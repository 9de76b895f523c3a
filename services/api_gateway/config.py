"""Settings of the gateway: every environment variable it reads, with unit and default."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from servicekit.production_rules import PUBLIC_HTTPS_NEEDED, ProductionRule
from servicekit.settings import ServiceSettings, settings_config


class GatewaySettings(ServiceSettings):
    """`NOTIFY_GATEWAY_…`, and the shared ones. The gateway has no database and no gRPC server of its own."""

    model_config = settings_config("NOTIFY_GATEWAY_")

    production_rules: ClassVar[Mapping[str, ProductionRule]] = {
        "public_url": PUBLIC_HTTPS_NEEDED,
    }

    http_listen: str = "127.0.0.1:6011"
    """Address of the public REST API, `host:port`. Several processes may share it (SO_REUSEPORT)."""
    metrics_listen: str = "127.0.0.1:6040"
    notifications_target: str = "127.0.0.1:6021"
    """gRPC address of the notifications service, `host:port` or `dns:///name:port`."""
    sms_target: str = "127.0.0.1:6022"
    email_target: str = "127.0.0.1:6023"
    letters_target: str = "127.0.0.1:6024"
    documents_target: str = "127.0.0.1:6026"
    public_url: str | None = None
    """Scheme and host that links in answers begin with; None: those of each request."""
    max_body_bytes: int = Field(default=8 * 1024 * 1024, ge=1024, le=12 * 1024 * 1024)
    """Longest body of a request. The largest allowed email is 2 MB of text, which JSON may write with three
    times as many bytes; at most 12 MiB, as a message between our own services may have 16 MiB."""
    max_bulk_body_bytes: int = Field(default=32 * 1024 * 1024, ge=1024, le=32 * 1024 * 1024)
    """Longest body of a request that sends many messages; it travels to the notifications service in pieces."""
    max_letter_body_bytes: int = Field(default=15 * 1024 * 1024, ge=1024, le=20 * 1024 * 1024)
    """Longest body of a request that sends a letter: a PDF of 10 MB and more, in base64. It must fit a message
    between our own services once it is decoded."""
    max_email_body_bytes: int = Field(default=16 * 1024 * 1024, ge=1024, le=64 * 1024 * 1024)
    """Longest body of a request that sends an email, files in base64 included: five of the largest ones. Without
    its files it must keep to the limit of other requests."""
    large_bodies_bytes: int = Field(default=16 * 1024 * 1024, ge=1024)
    """How many bytes of large bodies of such requests are in memory at once (each costs about four times as much
    while it is worked on); further ones are read when there is room."""
    upload_timeout_s: float = Field(default=30.0, gt=0)
    """A request that has not arrived completely by then is given up."""
    keep_alive_s: int = Field(default=75, ge=1)
    """How long an idle connection stays open: longer than load balancers keep theirs, so that they close
    first."""
    drain_s: float = Field(default=5.0, ge=0)
    """How long requests are still taken after the process was told to stop, while every answer asks for its
    connection to be closed and `/_status` says 503: longer than it takes who stands in front to notice (our edge
    asks every 2 s and waits 2 s for an answer)."""
    credentials_life_s: float = Field(default=2.0, ge=0)
    """How long keys and limits of a service are used without asking again."""
    credentials_stale_s: float = Field(default=60.0, ge=0)
    """How old they may be while the notifications service can't be asked."""
    git_commit: str = "unknown"
    """Shown by `/_status`; set when an image is built."""
    build_time: str = "unknown"

"""The processes of the system itself, as children of a stack: what each is called and what it is told.

Every setting here is one of the service's `config.py`; `.env.example` lists them all. What stands in `Facts`
differs from stack to stack; the rest is what suits one machine.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from clients.notifyctl.stack.children import ChildSpec, Stage
from clients.notifyctl.stack.health import http_ok
from clients.notifyctl.stack.ports import HOST, REST

ROOT = Path(__file__).resolve().parents[3]
SIMULATORS = "simulators"
GATEWAY = "api_gateway"
NOTIFICATIONS = "notifications"
INBOUND_USERNAME = INBOUND_PASSWORD = "simulator"  # noqa: S105 -- as good as any on one machine
"""With what providers may hand over received texts."""
SNS_TOPIC_ARN = "arn:aws:sns:eu-west-2:000000000000:ses-notifications"


class Receipts(StrEnum):
    """Whether the providers' simulators report on the messages that they were given."""

    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceKind:
    """What a stack knows of a service before it starts it."""

    name: str
    """Its folder in `services/`, and its process's name."""
    prefix: str
    """Of its environment variables."""
    stage: Stage
    schema: str | None = None
    """Its schema in the database; None without one."""
    calls: tuple[str, ...] = ()
    """The services that it calls: it gets a `…_TARGET` for each."""
    workers: bool = False
    """There may be several processes of it."""


KINDS = (
    ServiceKind(
        name=NOTIFICATIONS,
        prefix="NOTIFY_NOTIFICATIONS_",
        stage=Stage.CORE,
        schema="notifications",
        calls=("letters", "billing"),
        workers=True,
    ),
    ServiceKind(
        name="billing",
        prefix="NOTIFY_BILLING_",
        stage=Stage.SENDERS,
        schema="billing",
        calls=(NOTIFICATIONS,),
    ),
    ServiceKind(name="sms", prefix="NOTIFY_SMS_", stage=Stage.SENDERS, schema="sms", calls=(NOTIFICATIONS,)),
    ServiceKind(
        name="email", prefix="NOTIFY_EMAIL_", stage=Stage.SENDERS, schema="email", calls=(NOTIFICATIONS,)
    ),
    ServiceKind(
        name="letters",
        prefix="NOTIFY_LETTERS_",
        stage=Stage.SENDERS,
        schema="letters",
        calls=(NOTIFICATIONS,),
    ),
    ServiceKind(
        name="documents",
        prefix="NOTIFY_DOCUMENTS_",
        stage=Stage.SENDERS,
        schema="documents",
        calls=(NOTIFICATIONS,),
    ),
    ServiceKind(
        name=GATEWAY,
        prefix="NOTIFY_GATEWAY_",
        stage=Stage.EDGE,
        calls=(NOTIFICATIONS, "sms", "email", "letters", "documents"),
        workers=True,
    ),
)
"""In the order in which they start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a stack decides for its processes."""

    ports: Mapping[str, int]
    redis_url: str
    caller_keys: str
    operator_public_keys: str
    secret_keys: str
    database_urls: Mapping[str, str]
    """By schema."""
    workers: int
    log_folder: Path
    letters_folder: Path
    """The letters' object store."""
    simulators_folder: Path
    files_folder: Path
    """Where the services that keep files have their object store."""
    receipts: Receipts
    base_environment: Mapping[str, str]
    """What every process gets, such as PATH; settings in it win over those made here."""
    settings: Mapping[str, Mapping[str, str]]
    """By service, settings without their prefix that win over everything else."""

    @property
    def rest_url(self) -> str:
        """Where the public API is."""
        return f"http://{HOST}:{self.ports[REST]}"

    @property
    def simulators_url(self) -> str:
        """Where the simulators are."""
        return f"http://{HOST}:{self.ports[SIMULATORS]}"


def built_kinds() -> tuple[ServiceKind, ...]:
    """The services that can be started: those with a `__main__`."""
    return tuple(kind for kind in KINDS if (ROOT / "services" / kind.name / "__main__.py").exists())


def process_names(kind: ServiceKind, workers: int) -> list[str]:
    """The processes of a service: `notifications`, `notifications-2` …"""
    return [kind.name, *(f"{kind.name}-{n}" for n in range(2, (workers if kind.workers else 1) + 1))]


def port_names(kinds: tuple[ServiceKind, ...], workers: int) -> list[str]:
    """The names of all ports of the services' processes: for gRPC (REST, for the gateway) and for metrics."""
    names = [REST]
    for kind in kinds:
        for process in process_names(kind, workers):
            names += [f"{process}.metrics"] if kind.name == GATEWAY else [process, f"{process}.metrics"]
    return names


def service_spec(kind: ServiceKind, process: str, facts: Facts) -> ChildSpec:
    """A process of a service."""
    health_url = f"http://{HOST}:{facts.ports[f'{process}.metrics']}/healthz"
    return ChildSpec(
        name=process,
        command=(sys.executable, "-m", f"services.{kind.name}"),
        environment=service_environment(kind, process, facts),
        folder=ROOT,
        log=facts.log_folder / f"{process}.log",
        is_healthy=lambda: http_ok(health_url),
        health_url=health_url,
        stage=kind.stage,
    )


def migration_command(kind: ServiceKind) -> tuple[str, ...]:
    """What brings the schema of a service up to date; takes the environment of its process."""
    return (sys.executable, "-m", f"services.{kind.name}", "--migrate")


def simulators_spec(facts: Facts) -> ChildSpec:
    """The providers' simulators."""
    health_url = f"{facts.simulators_url}/health"
    return ChildSpec(
        name=SIMULATORS,
        command=(
            sys.executable, "-m", "simulators",
            "--data-dir", str(facts.simulators_folder),
            "--port", str(facts.ports[SIMULATORS]),
            "--gateway-url", facts.rest_url,
            "--receipts", facts.receipts.value,
            "--sns-topic-arn", SNS_TOPIC_ARN,
        ),
        environment={**facts.base_environment},
        folder=ROOT,
        log=facts.log_folder / f"{SIMULATORS}.log",
        is_healthy=lambda: http_ok(health_url),
        health_url=health_url,
        stage=Stage.GROUND,
    )  # fmt: skip


def service_environment(kind: ServiceKind, process: str, facts: Facts) -> dict[str, str]:
    """The whole environment of a service's process."""
    ours = {
        **_shared(facts),
        **{kind.prefix + name: value for name, value in _own(kind, process, facts).items()},
    }
    overrides = {kind.prefix + name: value for name, value in facts.settings.get(kind.name, {}).items()}
    return {**ours, **facts.base_environment, **overrides}


def _shared(facts: Facts) -> dict[str, str]:
    return {
        "NOTIFY_CALLER_KEYS": facts.caller_keys,
        "NOTIFY_OPERATOR_PUBLIC_KEYS": facts.operator_public_keys,
        "NOTIFY_REDIS_URL": facts.redis_url,
        "NOTIFY_ENVIRONMENT": "development",
        "NOTIFY_SHUTDOWN_GRACE_S": "5",
    }


def _own(kind: ServiceKind, process: str, facts: Facts) -> dict[str, str]:
    settings = {"METRICS_LISTEN": f"{HOST}:{facts.ports[f'{process}.metrics']}"}
    if kind.name == GATEWAY:
        settings["HTTP_LISTEN"] = f"{HOST}:{facts.ports[REST]}"
        settings["DRAIN_S"] = "0"  # nobody stands in front of it
    else:
        settings["GRPC_LISTEN"] = f"{HOST}:{facts.ports[process]}"
    if kind.schema:
        settings["DATABASE_URL"] = facts.database_urls[kind.schema]
    for called in kind.calls:
        if called in facts.ports:
            settings[f"{called.upper()}_TARGET"] = _target(called, facts)
    return settings | _special(kind, facts)


def _special(kind: ServiceKind, facts: Facts) -> dict[str, str]:
    """What only one service is told."""
    match kind.name:
        case "notifications":
            return {
                "SECRET_KEYS": facts.secret_keys,
                "DAILY_CAPACITIES": "sms/mmg=500000, sms/firetext=500000, email/ses=1000000, letter/dvla=50000",
                "API_HOST": facts.rest_url,
                "ADMIN_HOST": facts.rest_url,
                "DOWNLOAD_HOST": facts.rest_url,
                # The conformance suite may run twice on one system, and sends the same texts again each time.
                "RECEIVED_TEXT_REPEATS_S": "2",
            }
        case "sms":
            return {
                "MMG_URL": f"{facts.simulators_url}/mmg",
                "MMG_API_KEY": "simulator",
                "MMG_RECEIPT_URL": f"{facts.rest_url}/notifications/sms/mmg",
                "FIRETEXT_URL": f"{facts.simulators_url}/firetext",
                "FIRETEXT_API_KEY": "simulator",
                "FIRETEXT_INTERNATIONAL_API_KEY": "simulator",
                "FIRETEXT_RECEIPT_URL": f"{facts.rest_url}/notifications/sms/firetext",
                "MMG_INBOUND_USERNAMES": INBOUND_USERNAME,
                "MMG_INBOUND_PASSWORDS": INBOUND_PASSWORD,
                "FIRETEXT_INBOUND_PASSWORDS": INBOUND_PASSWORD,
            }
        case "email":
            return {
                "SES_ENDPOINT_URL": f"{facts.simulators_url}/ses",
                "AWS_REGION": "eu-west-2",
                "AWS_ACCESS_KEY_ID": "simulator",
                "AWS_SECRET_ACCESS_KEY": "simulator",
                "SNS_TOPIC_ARNS": SNS_TOPIC_ARN,
                "SNS_CERTIFICATE_HOSTS": f"{HOST}:{facts.ports[SIMULATORS]}",
            }
        case "letters":
            return {
                "OBJECT_STORE_URL": str(facts.letters_folder),
                "SECRET_KEYS": facts.secret_keys,
                "DVLA_BASE_URL": f"{facts.simulators_url}/dvla",
                "DVLA_USERNAME": "simulator",
                "DVLA_PASSWORD": "simulator",
                "DVLA_API_KEY": "simulator",
                "API_URL": facts.rest_url,
            }
        case "documents":
            return {
                "DOWNLOAD_HOST": facts.rest_url,
                "OBJECT_STORE_URL": str(facts.files_folder),
            }
        case _:
            return {}


def _target(service: str, facts: Facts) -> str:
    """One address, or all of them, over which gRPC spreads the calls."""
    names = [service, *(f"{service}-{n}" for n in range(2, facts.workers + 1))]
    addresses = [f"{HOST}:{facts.ports[name]}" for name in names if name in facts.ports]
    return addresses[0] if len(addresses) == 1 else "ipv4:" + ",".join(addresses)

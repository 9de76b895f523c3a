"""The system that chaos is made in: one service with a callback, short leases, and a proxy on each way between two
processes.

`chaos_world` starts it. What is done to it is in `scenarios`, how it is judged in `running`.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from clients.notifyctl.connection import Clients, with_clients
from clients.notifyctl.stack import postgres, valkey
from clients.notifyctl.stack.secrets import StackSecrets
from clients.notifyctl.stack.services import NOTIFICATIONS
from clients.notifyctl.stack.stack import Stack
from clients.notifyctl.stack.state import read_state
from notify.notifications.v1 import accounts_pb2
from tests.bench.system import System, make_service
from tests.chaos.proxy import HOST, Answers, Network, Proxy, Upstream
from tests.homes import prepared

SINK: Final = "chaos"
LEASE_S: Final = 25.0
"""Instead of 60 s, so that what a dead sender held comes back while somebody watches. Senders look every 20 s for
leases to renew."""
PROVIDER_TIMEOUT_S: Final = 5.0
"""Instead of 10 s."""

WAYS: Final = (
    "gateway-notifications",
    "gateway-sms",
    "gateway-valkey",
    "sms-notifications",
    "sms-providers",
    "sms-postgres",
    "email-notifications",
    "email-provider",
    "billing-notifications",
    "notifications-postgres",
    "notifications-valkey",
)
"""Who talks to whom over a proxy: the caller, then whom it calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A running system, and its network."""

    system: System
    ways: Mapping[str, Proxy]
    """By name, as in WAYS."""

    @property
    def stack(self) -> Stack:
        """The processes."""
        return self.system.stack

    def put_right(self) -> None:
        """The network is fine again."""
        for way in self.ways.values():
            way.latency_s, way.answers = 0.0, Answers.WHOLE
            way.set(Network.FINE)


@contextmanager
def chaos_world() -> Iterator[World]:
    """A fresh world; everything is gone afterwards."""
    with TemporaryDirectory(prefix="notify-chaos-") as folder, ExitStack() as opened:
        home = Path(folder) / "home"
        ways = {name: opened.enter_context(Proxy(_far_end(name, home))) for name in WAYS}
        stack = opened.enter_context(Stack(prepared(home), settings=_settings(home, ways)))
        system = System(stack=stack, service=make_service(stack))
        set_callback(stack, system.service.id)
        yield World(system=system, ways=ways)


def _far_end(way: str, home: Path) -> Upstream:
    """Where a way leads; which port that is, the stack's state says once there is one."""
    called = way.rpartition("-")[2]
    name = "simulators" if called.startswith("provider") else called

    def look_up() -> tuple[str, int]:
        state = read_state(home)
        if state is None:
            raise ConnectionRefusedError(name)
        return HOST, state.ports[name]

    return look_up


def _settings(home: Path, ways: Mapping[str, Proxy]) -> dict[str, dict[str, str]]:
    secrets = StackSecrets(home / "secrets")

    def at(way: str) -> str:
        return f"{HOST}:{ways[way].port}"

    def database(way: str, schema: str) -> str:
        password = secrets.get(f"postgres_{schema}")
        return postgres.url(ways[way].port, password, role=postgres.role_of(schema))

    def cache(way: str) -> str:
        return valkey.url(ways[way].port, secrets.get("valkey"))

    return {
        "api_gateway": {
            "NOTIFICATIONS_TARGET": at("gateway-notifications"),
            "SMS_TARGET": at("gateway-sms"),
            "REDIS_URL": cache("gateway-valkey"),
        },
        NOTIFICATIONS: {
            "LEASE_S": str(LEASE_S),
            "DATABASE_URL": database("notifications-postgres", "notifications"),
            "REDIS_URL": cache("notifications-valkey"),
            "CALLBACK_RETRY_GAPS_S": "1,1,2,2,5,5,10,10,30,60,60",
        },
        "sms": {
            "NOTIFICATIONS_TARGET": at("sms-notifications"),
            "DATABASE_URL": database("sms-postgres", "sms"),
            "MMG_URL": f"http://{at('sms-providers')}/mmg",
            "FIRETEXT_URL": f"http://{at('sms-providers')}/firetext",
            "PROVIDER_TIMEOUT_S": str(PROVIDER_TIMEOUT_S),
        },
        "email": {
            "NOTIFICATIONS_TARGET": at("email-notifications"),
            "SES_ENDPOINT_URL": f"http://{at('email-provider')}/ses",
        },
        "billing": {"NOTIFICATIONS_TARGET": at("billing-notifications")},
    }


def set_callback(stack: Stack, service_id: str) -> None:
    """The service is told of each of its messages, at the simulated endpoint."""

    async def set_it(clients: Clients) -> None:
        request = accounts_pb2.SetCallbackRequest(
            service_id=service_id,
            kind=accounts_pb2.CALLBACK_KIND_DELIVERY_STATUS,
            url=f"{stack.simulators_url}/callbacks/{SINK}",
            bearer_token="a long enough token",
        )
        await clients.channel.call(clients.accounts.SetCallback, request)

    with_clients(stack.home, set_it, reason="chaos")

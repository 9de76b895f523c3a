"""A notifications service that answers what it is told to and remembers what it was asked, on a free port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from notify.notifications.v1 import (
    accounts_pb2_grpc,
    deliveries_pb2_grpc,
    notifications_pb2_grpc,
    templates_pb2_grpc,
)
from servicekit.errors import ServiceError
from servicekit.grpc_server import ServiceRegistration, make_server
from servicekit.identity import CallerTokens

KEYS = "k" * 32
_TOOLS = frozenset({"notifyctl"})


@dataclass
class Asked:
    """What was asked for, and what is answered: a message, an error, or several one after the other."""

    requests: list[Any] = field(default_factory=list)
    answers: dict[str, list[Any]] = field(default_factory=dict)

    def answer(self, rpc: str, *answers: Any) -> None:
        """From now on. The last one stays."""
        self.answers[rpc] = list(answers)

    async def reply(self, rpc: str, request: Any) -> Any:
        """What the servicers do."""
        self.requests.append(request)
        waiting = self.answers[rpc]
        answer = waiting[0] if len(waiting) == 1 else waiting.pop(0)
        if isinstance(answer, ServiceError):
            raise answer
        return answer


def _servicer(base: type, asked: Asked) -> Any:
    """A servicer of this kind whose every method records and answers."""
    methods = {name: _method(asked, name) for name in vars(base) if not name.startswith("_")}
    return type(f"Fake{base.__name__}", (base,), methods)()


def _method(asked: Asked, rpc: str) -> Any:
    async def handle(_self: Any, request: Any, _context: Any) -> Any:
        return await asked.reply(rpc, request)

    return handle


@asynccontextmanager
async def running(asked: Asked) -> AsyncIterator[str]:
    """A server; gives its address."""
    services = [
        (notifications_pb2_grpc, "NotificationsService"),
        (deliveries_pb2_grpc, "DeliveriesService"),
        (templates_pb2_grpc, "TemplatesService"),
        (accounts_pb2_grpc, "AccountsService"),
    ]
    server = make_server(
        [
            ServiceRegistration(
                add=getattr(module, f"add_{name}Servicer_to_server"),
                servicer=_servicer(getattr(module, f"{name}Servicer"), asked),
            )
            for module, name in services
        ],
        domain="notifications.notify",
        listen="127.0.0.1:0",
        tokens=CallerTokens("notifications", KEYS),
        allowed_callers={f"notify.notifications.v1.{name}/*": _TOOLS for _, name in services},
    )
    await server.start()
    try:
        yield f"127.0.0.1:{server.port}"
    finally:
        await server.stop(0)

"""Which ports a stack uses: the REST port that was asked for, and all others at a fixed distance from it.

So `--rest-port 7011` moves everything by a thousand, and two stacks run side by side. A port that somebody
else has is replaced by a free one; only the REST port is never replaced, as people have it in their notes.
What was chosen is in the stack's state file.
"""

import random
import socket
from collections.abc import Iterable

HOST = "127.0.0.1"
DEFAULT_REST_PORT = 6011
REST = "rest"
OFFSETS = {
    REST: 0,
    "notifications": 10,
    "sms": 11,
    "email": 12,
    "letters": 13,
    "billing": 14,
    "documents": 15,
    "simulators": 19,
    "api_gateway.metrics": 29,
    "notifications.metrics": 30,
    "sms.metrics": 31,
    "email.metrics": 32,
    "letters.metrics": 33,
    "billing.metrics": 34,
    "documents.metrics": 35,
    "postgres": 40,
    "valkey": 41,
}
"""Distance from the REST port. A name that is not here (a second worker) always gets a free port."""

# Below the range that systems take outgoing ports from, so that a free port stays free until its process has
# it.
_FREE_FROM, _FREE_TO = 20_000, 32_000
_TRIES = 200


class PortTakenError(Exception):
    """The REST port, or every port that was tried, is in use."""


def choose_ports(rest_port: int, names: Iterable[str]) -> dict[str, int]:
    """A port for each name; `rest_port` 0 makes all of them free ones. Raises PortTakenError."""
    chosen: dict[str, int] = {}
    for name in names:
        port = rest_port + OFFSETS[name] if rest_port and name in OFFSETS else 0
        if name == REST and port and not is_free(port):
            raise PortTakenError(f"port {port} is in use; choose another with --rest-port")
        usable = 0 < port < 65_536 and port not in chosen.values() and is_free(port)
        chosen[name] = port if usable else free_port(chosen.values())
    return chosen


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of the loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # connections that just ended do not count
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_port(taken: Iterable[int] = ()) -> int:
    """A port that is free now and not among `taken`. Raises PortTakenError."""
    avoid = set(taken)
    for _ in range(_TRIES):
        port = random.randrange(_FREE_FROM, _FREE_TO)
        if port not in avoid and is_free(port):
            return port
    raise PortTakenError("no free port was found")

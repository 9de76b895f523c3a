"""The floor that the gateway is measured against: the same HTTP server with one worker, which only checks
the token (with the gateway's own function), reads the JSON and answers JSON. What the gateway costs above
it is what it does.

`python -m tests.bench.floor 6011 <service id> <secret>` serves POST on any path of that port until it is
ended.
"""

import asyncio
import signal
import sys
from typing import Any, NoReturn
from uuid import UUID

import uvloop

from notifyrules.statuses import KeyType, NotificationType
from servicekit.clock import SystemClock
from servicekit.ids import bucket_of, new_id
from services.api_gateway.auth import Authenticator
from services.api_gateway.credentials import ApiKey, Credentials, CredentialsCache
from services.api_gateway.http import Request, RequestOptions, json_answer
from services.api_gateway.http_server import HttpServer, listen
from services.api_gateway.json_body import parse_object

_OPTIONS = RequestOptions(max_body_bytes=8 * 1024 * 1024)


class OneService:
    """Knows one service, without asking anybody."""

    def __init__(self, service_id: str, secret: str) -> None:
        key = ApiKey(id="key", type=KeyType.NORMAL, secret=secret.encode(), revoked=False)
        self._credentials = Credentials(
            name="Bench",
            contact_link=None,
            service_id=service_id,
            bucket=bucket_of(UUID(service_id)),
            active=True,
            restricted=False,
            rate_limit=10**9,
            daily_limits=dict.fromkeys(NotificationType, 10**9),
            keys=(key,),
        )

    async def credentials(self, service_id: UUID) -> Credentials:
        return self._credentials


class Floor:
    """The application."""

    def __init__(self, service_id: str, secret: str) -> None:
        self._authenticator = Authenticator(CredentialsCache(OneService(service_id, secret)), SystemClock())

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive, _OPTIONS)
        caller = await self._authenticator.check(request.header(b"authorization"))
        body = parse_object(await request.body())
        answer = {
            "id": str(new_id()),
            "service": caller.service.service_id,
            "reference": body.get("reference"),
        }
        await json_answer(201, answer).send(send)


async def serve(port: int, service_id: str, secret: str) -> None:
    """Serve until SIGTERM."""
    server = HttpServer(
        Floor(service_id, secret),
        listen(f"127.0.0.1:{port}"),
        keep_alive_s=60,
        upload_timeout_s=30.0,
        grace_s=1.0,
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    await server.run()


def main() -> NoReturn:
    """Read the arguments and serve."""
    port, service_id, secret = sys.argv[1:]
    uvloop.run(serve(int(port), service_id, secret))
    sys.exit(0)


if __name__ == "__main__":
    main()

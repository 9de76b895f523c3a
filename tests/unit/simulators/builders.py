"""What the tests of the simulators share beside fixtures: a stand-in gateway, answers, botocore."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

import boto3
import botocore.config

from simulators.http_server import HttpServer, Request, Response, listen
from simulators.server import Running

WAIT_S = 10.0


class FakeGateway:
    """Takes receipts; answers them with the statuses in `answers`, one after another, then with 200."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self._received: asyncio.Queue[Request] = asyncio.Queue()
        self._server: HttpServer | None = None
        self.port = 0

    async def open(self) -> Self:
        self._server = await listen(self._answer, host="127.0.0.1", port=self.port)
        self.port = self._server.port
        return self

    async def close(self) -> None:
        if self._server is not None:
            await self._server.close()
            self._server = None

    async def next_receipt(self) -> Request:
        """Wait for the next receipt, refused ones included."""
        return await asyncio.wait_for(self._received.get(), WAIT_S)

    def has_more(self) -> bool:
        return not self._received.empty()

    def _answer(self, request: Request) -> Response:
        self._received.put_nowait(request)
        return Response(status=self.answers.pop(0) if self.answers else 200)


@dataclass(frozen=True, slots=True)
class Answer:
    """A provider's answer, read."""

    status: int
    content_type: str
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


SendText = Callable[..., Awaitable[Answer]]
SendEmail = Callable[..., Awaitable[str]]
StartSimulators = Callable[..., Awaitable[Running]]


def ses_client(running: Running) -> Any:
    """Return a botocore client without retries, as the email service has one."""
    return boto3.client(
        "sesv2",
        region_name="eu-west-2",
        endpoint_url=f"{running.url}/ses",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=2),
    )

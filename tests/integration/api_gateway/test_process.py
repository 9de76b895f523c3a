"""The gateway as a process: it starts from its settings, serves, and stops in order."""

import asyncio
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from clients.notifyctl.stack.ports import free_port
from tests.integration.api_gateway.fake_services import KEYS, FakeServices
from tests.unit.api_gateway.fakes import SECRETS, TEMPLATE_ID, a_token

COMMAND = [sys.executable, "-m", "services.api_gateway"]
RECIPIENT = "07700900987"
BODY = json.dumps({"phone_number": RECIPIENT, "template_id": TEMPLATE_ID, "personalisation": {"a": "S3CRET"}})


def a_token_now(secret: str = SECRETS["normal"]) -> str:
    return a_token(secret, iat=int(time.time()))


@dataclass
class Process:
    """A running gateway."""

    child: asyncio.subprocess.Process
    port: int
    lines: list[str] = field(default_factory=list)

    async def line(self, event: str) -> dict[str, object]:
        """The next log line of this event."""
        assert self.child.stdout is not None
        async with asyncio.timeout(20):
            while True:
                text = (await self.child.stdout.readline()).decode()
                assert text, "".join(self.lines)
                self.lines.append(text)
                line: dict[str, object] = json.loads(text)
                if line["event"] == event:
                    return line

    def request(
        self, method: str, path: str, body: str | None = None, token: str = ""
    ) -> tuple[int, dict[str, object]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, {"Authorization": f"Bearer {token}"} if token else {})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()


@asynccontextmanager
async def a_process(services: FakeServices, redis_url: str) -> AsyncIterator[Process]:
    port = free_port()
    environment = {
        **os.environ,
        "NOTIFY_CALLER_KEYS": KEYS,
        "NOTIFY_ENVIRONMENT": "development",
        "NOTIFY_REDIS_URL": redis_url,
        "NOTIFY_GATEWAY_HTTP_LISTEN": f"127.0.0.1:{port}",
        "NOTIFY_GATEWAY_METRICS_LISTEN": "127.0.0.1:0",
        **{
            f"NOTIFY_GATEWAY_{name}_TARGET": services.target
            for name in ("NOTIFICATIONS", "SMS", "EMAIL", "LETTERS")
        },
    }
    child = await asyncio.create_subprocess_exec(
        *COMMAND, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    process = Process(child, port)
    try:
        await process.line("process_started")
        yield process
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def test_a_text_goes_through_the_whole_process_and_leaves_no_personal_data_in_the_logs(
    services: FakeServices, valkey_url: str
) -> None:
    async with a_process(services, valkey_url) as process:
        token = a_token_now()
        sent = await asyncio.to_thread(process.request, "POST", "/v2/notifications/sms", BODY, token)
        assert sent[0] == 201
        line = await process.line("request_answered")
        assert {name: line[name] for name in ("method", "route", "status", "key_id", "key_type")} == {
            "method": "POST",
            "route": "/v2/notifications/sms",
            "status": 201,
            "key_id": "normal",
            "key_type": "normal",
        }
        assert re.fullmatch("[0-9a-f]{16}", str(line["request_id"]))
        assert await asyncio.to_thread(process.request, "GET", "/_status?simple=1") == (200, {"status": "ok"})
        process.child.send_signal(signal.SIGTERM)
        await process.line("process_stopped")
        logged = "".join(process.lines)
        assert not any(secret in logged for secret in (RECIPIENT, "S3CRET", token, SECRETS["normal"]))


async def test_a_request_that_has_begun_is_answered_before_the_process_ends(
    services: FakeServices, valkey_url: str
) -> None:
    async with a_process(services, valkey_url) as process:
        services.notifications.go_on.clear()
        sending = asyncio.create_task(
            asyncio.to_thread(process.request, "POST", "/v2/notifications/sms", BODY, a_token_now())
        )
        await services.notifications.called.wait()
        process.child.send_signal(signal.SIGTERM)
        await process.line("signal_received")
        services.notifications.go_on.set()
        assert (await sending)[0] == 201
        await process.line("process_stopped")
        assert await process.child.wait() == 0


@pytest.mark.parametrize(
    ("environment", "code", "said"),
    [
        ({"NOTIFY_CALLER_KEYS": KEYS}, 0, "in order"),
        ({}, 2, "CALLER_KEYS"),
        ({"NOTIFY_CALLER_KEYS": KEYS, "NOTIFY_GATEWAY_MAX_BODY_BYTES": "0"}, 2, "MAX_BODY_BYTES"),
        ({"NOTIFY_CALLER_KEYS": KEYS, "NOTIFY_GATEWAY_HTTP_LISTN": "x"}, 2, "no such setting"),
    ],
)
def test_checking_the_settings(environment: dict[str, str], code: int, said: str) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NOTIFY_")}
    clean["NOTIFY_ENVIRONMENT"] = "development"
    done = subprocess.run(
        [*COMMAND, "--check-config"], env=clean | environment, capture_output=True, text=True
    )
    assert (done.returncode, said in done.stdout) == (code, True)

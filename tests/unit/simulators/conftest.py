"""Simulators on a free port, and a stand-in for the gateway that they post receipts to."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from simulators.client import AsyncSimulatorsClient
from simulators.config import Config
from simulators.provider import Timing
from simulators.server import Running, start
from simulators.sns import load_or_make_key
from tests.unit.simulators.builders import (
    Answer,
    FakeGateway,
    SendEmail,
    SendText,
    StartSimulators,
    ses_client,
)


@pytest.fixture(scope="session")
def key_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose SNS key was made once for all tests: making one takes a while."""
    folder = tmp_path_factory.mktemp("simulators")
    load_or_make_key(folder, "2")
    return folder


@pytest.fixture
async def gateway() -> AsyncIterator[FakeGateway]:
    fake = await FakeGateway().open()
    yield fake
    await fake.close()


@pytest.fixture
async def start_simulators(
    gateway: FakeGateway, tmp_path: Path, key_dir: Path
) -> AsyncIterator[StartSimulators]:
    """Start simulators with settings other than the tests' defaults; they are stopped in the end."""
    for file in key_dir.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    started: list[Running] = []

    async def _start(**settings: Any) -> Running:
        defaults: dict[str, Any] = {
            "data_dir": tmp_path,
            "gateway_url": f"http://127.0.0.1:{gateway.port}",
            "port": 0,
            "mmg_receipt_delay_ms": 0,
            "firetext_receipt_delay_ms": 0,
            "ses_receipt_delay_ms": 0,
            "dvla_receipt_delay_ms": 0,
            "timing": Timing(slow_answer_s=0.1, early_answer_s=0.2, late_receipt_s=0.1, receipt_step_s=0.05),
            "receipt_connections": 2,
            "sns_subscribe": "on-demand",
        }
        running = await start(Config(**(defaults | settings)))
        started.append(running)
        return running

    yield _start
    for running in started:
        await running.stop()


@pytest.fixture
async def simulators(start_simulators: StartSimulators) -> Running:
    return await start_simulators()


@pytest.fixture
async def client(simulators: Running) -> AsyncIterator[AsyncSimulatorsClient]:
    async with AsyncSimulatorsClient(simulators.url) as client:
        yield client


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def send_text(simulators: Running, http: aiohttp.ClientSession) -> SendText:
    """Send a text as the sms service does."""

    async def _send(
        provider: str = "mmg",
        *,
        to: str = "447700900123",
        reference: str = "6f1c2d3e-0000-7000-8000-000000000001",
        text: str = "Your code is 12345",
        receipt_url: str = "",
    ) -> Answer:
        if provider == "mmg":
            body = {
                "reqType": "BULK",
                "MSISDN": to,
                "msg": text,
                "sender": "GOVUK",
                "cid": reference,
                "multi": True,
            }
            if receipt_url:
                body["delurl"] = receipt_url
            sending = http.post(f"{simulators.url}/mmg", json=body, headers={"Authorization": "Basic a-key"})
        else:
            form = {"apiKey": "a-key", "from": "GOVUK", "to": to, "message": text, "reference": reference}
            if receipt_url:
                form["receipt"] = receipt_url
            sending = http.post(f"{simulators.url}/firetext", data=form)
        async with sending as answer:
            return Answer(answer.status, answer.content_type, await answer.read())

    return _send


@pytest.fixture
def send_email() -> SendEmail:
    """Send an email with botocore, as the email service does; returns its message id."""

    async def _send(running: Running, to: str = "someone@example.com", **fields: Any) -> str:
        request: dict[str, Any] = {
            "FromEmailAddress": '"A Service" <a.service@notify.example>',
            "Destination": {"ToAddresses": [to]},
            "ReplyToAddresses": ["reply@example.com"],
            "Content": {
                "Simple": {
                    "Subject": {"Data": "Your permit – ready"},
                    "Body": {"Text": {"Data": "Hello £5"}, "Html": {"Data": "<p>Hello £5</p>"}},
                    "Headers": [{"Name": "List-Unsubscribe", "Value": "<https://example.com/u>"}],
                }
            },
        }
        answer = await asyncio.to_thread(ses_client(running).send_email, **(request | fields))
        return str(answer["MessageId"])

    return _send

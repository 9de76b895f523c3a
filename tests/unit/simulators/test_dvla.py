"""The print provider: signing in, print jobs, status callbacks."""

import base64
import json
from typing import Any

import aiohttp
import jwt
import pytest

from simulators.client import AsyncSimulatorsClient
from simulators.server import Running
from tests.unit.simulators.builders import FakeGateway

PDF = b"%PDF-1.7 a letter"
JOB_ID = "6f1c2d3e-0000-7000-8000-000000000002"


def a_job(**changes: Any) -> dict[str, Any]:
    address = {"unstructuredAddress": {"line1": "A. Person", "line2": "1 Street", "postcode": "SW1A 1AA"}}
    params = {
        "jobType": "NOTIFY",
        "templateReference": "NOTIFY",
        "businessIdentifier": "ABCDEFGHIJKLMNOP",
        "recipientName": changes.pop("recipient", "A. Person"),
        "address": changes.pop("address", address),
    }
    if "despatch_method" in changes:
        params["despatchMethod"] = changes.pop("despatch_method")
    return {
        "id": JOB_ID,
        "standardParams": params,
        "customParams": [{"key": "pdfContent", "value": base64.b64encode(PDF).decode()}],
        "callbackParams": {
            "target": "https://api.example/notifications/letter/status?token=a.token",
            "retryParams": {"enabled": True, "maxRetryWindow": 10800},
        },
        **changes,
    }


async def sign_in(simulators: Running, http: aiohttp.ClientSession) -> dict[str, str]:
    """Return the headers that a print job needs."""
    url = f"{simulators.url}/dvla/thirdparty-access/v1/authenticate"
    async with http.post(url, json={"userName": "notify", "password": "secret"}) as answer:
        token = (await answer.json())["id-token"]
    return {"Accept": "application/json", "Authorization": token, "X-API-Key": "a-key"}


async def print_job(
    simulators: Running, http: aiohttp.ClientSession, job: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    url = f"{simulators.url}/dvla/print-request/v1/print/jobs"
    async with http.post(url, json=job, headers=await sign_in(simulators, http)) as answer:
        return answer.status, await answer.json()


async def test_the_token_says_when_it_ends(simulators: Running, http: aiohttp.ClientSession) -> None:
    headers = await sign_in(simulators, http)

    assert "exp" in jwt.decode(headers["Authorization"], options={"verify_signature": False})


@pytest.mark.parametrize("body", [{"userName": "", "password": ""}, {"userName": "x"}])
async def test_wrong_credentials_are_refused_with_a_list(
    body: dict[str, str], simulators: Running, http: aiohttp.ClientSession
) -> None:
    async with http.post(f"{simulators.url}/dvla/thirdparty-access/v1/authenticate", json=body) as answer:
        assert answer.status in {400, 401}
        assert (await answer.json())[0]["detail"]


async def test_key_and_password_can_be_changed(simulators: Running, http: aiohttp.ClientSession) -> None:
    base = f"{simulators.url}/dvla/thirdparty-access/v1"
    async with http.post(f"{base}/new-api-key", headers=await sign_in(simulators, http)) as answer:
        assert (await answer.json())["newApiKey"]
    body = {"userName": "notify", "password": "old", "newPassword": "new"}
    async with http.post(f"{base}/password", json=body) as answer:
        assert answer.status == 200


async def test_an_accepted_letter_can_be_read_back_with_its_pdf(
    simulators: Running, http: aiohttp.ClientSession, client: AsyncSimulatorsClient
) -> None:
    status, _ = await print_job(simulators, http, a_job())

    assert status == 202
    (message,) = await client.messages()
    assert (message.channel, message.reference, message.recipient) == ("letter", JOB_ID, "A. Person")
    assert message.body == "A. Person\n1 Street\nSW1A 1AA"
    async with http.get(f"{simulators.url}/letters/{message.number}.pdf") as answer:
        assert (answer.content_type, await answer.read()) == ("application/pdf", PDF)


@pytest.mark.parametrize(
    ("method", "postage", "product"),
    [(None, "2ND", "MM"), ("FIRST", "1ST", "UNSORTED"), ("INTERNATIONAL_EU", "INTERNATIONAL", "INT EU")],
)
async def test_a_letter_is_reported_despatched_to_the_jobs_own_target(
    method: str | None,
    postage: str,
    product: str,
    simulators: Running,
    http: aiohttp.ClientSession,
    gateway: FakeGateway,
) -> None:
    await print_job(simulators, http, a_job(**({"despatch_method": method} if method else {})))

    receipt = await gateway.next_receipt()
    assert f"{receipt.path}?{receipt.query}" == "/notifications/letter/status?token=a.token"
    body = json.loads(receipt.body)
    assert body["id"]
    assert body["metadata"]["correlationId"]
    assert body["time"].endswith("Z")
    data = body["data"]
    assert (data["jobId"], data["jobStatus"]) == (JOB_ID, "DESPATCHED")
    properties = {item["key"]: item["value"] for item in data["despatchProperties"]}
    assert properties == {"postageClass": postage, "mailingProduct": product, "totalSheets": "1"}


async def test_a_name_makes_a_letter_be_rejected(
    simulators: Running, http: aiohttp.ClientSession, gateway: FakeGateway
) -> None:
    await print_job(simulators, http, a_job(recipient="perm-fail"))

    assert json.loads((await gateway.next_receipt()).body)["data"]["jobStatus"] == "REJECTED"


async def test_the_same_job_again_is_a_conflict(simulators: Running, http: aiohttp.ClientSession) -> None:
    first, _ = await print_job(simulators, http, a_job())
    second, body = await print_job(simulators, http, a_job())

    assert (first, second) == (202, 409)
    assert body["errors"][0]["detail"]


TWO_KINDS = {"unstructuredAddress": {"line1": "A"}, "bfpoAddress": {"line1": "A"}}


@pytest.mark.parametrize(
    ("job", "status"),
    [
        (a_job(recipient="error"), 500),
        (a_job(recipient="throttle"), 429),
        (a_job(recipient="invalid"), 400),
        (a_job(customParams=[]), 400),
        (a_job(customParams=[{"key": "pdfContent", "value": "bm90IGEgcGRm"}]), 400),
        (a_job(address={}), 400),
        (a_job(address=TWO_KINDS), 400),
        (a_job(address={"unstructuredAddress": {"line1": "x" * 46}}), 400),
        (a_job(despatch_method="PIGEON"), 400),
    ],
)
async def test_a_job_is_refused_with_an_error_that_has_a_detail(
    job: dict[str, Any], status: int, simulators: Running, http: aiohttp.ClientSession
) -> None:
    answer = await print_job(simulators, http, job)

    assert answer[0] == status
    assert answer[1]["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("change", "status"),
    [({"Authorization": "stale"}, 401), ({"Authorization": ""}, 401), ({"X-API-Key": ""}, 403)],
)
async def test_a_job_needs_token_and_key(
    change: dict[str, str], status: int, simulators: Running, http: aiohttp.ClientSession
) -> None:
    headers = {**await sign_in(simulators, http), **change}

    url = f"{simulators.url}/dvla/print-request/v1/print/jobs"
    async with http.post(url, json=a_job(), headers=headers) as answer:
        assert answer.status == status

"""The print provider: signing in, print jobs, status callbacks."""

import base64
import io
import json
from typing import Any

import aiohttp
import jwt
import pypdfium2
import pytest

from simulators.client import AsyncSimulatorsClient, SimulatorsError
from simulators.server import Running
from tests.unit.simulators.builders import FakeGateway, StartSimulators

ACCOUNT = "dvla/thirdparty-access/v1"
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


async def test_after_a_new_key_the_old_one_is_refused(
    simulators: Running, http: aiohttp.ClientSession
) -> None:
    headers = await sign_in(simulators, http)
    async with http.post(f"{simulators.url}/{ACCOUNT}/new-api-key", headers=headers) as answer:
        new_key = (await answer.json())["newApiKey"]

    url = f"{simulators.url}/dvla/print-request/v1/print/jobs"
    async with http.post(url, json=a_job(), headers=headers) as answer:
        assert answer.status == 403
    async with http.post(url, json=a_job(), headers={**headers, "X-API-Key": new_key}) as answer:
        assert answer.status == 202


@pytest.mark.parametrize(
    ("new", "status", "good"), [("Strong-enough-1", 200, "Strong-enough-1"), ("weak", 400, "secret")]
)
async def test_a_new_password_must_be_strong_and_replaces_the_old_one(
    new: str, status: int, good: str, simulators: Running, http: aiohttp.ClientSession
) -> None:
    body = {"userName": "notify", "password": "secret", "newPassword": new}
    async with http.post(f"{simulators.url}/{ACCOUNT}/password", json=body) as answer:
        assert answer.status == status

    statuses = {}
    for password in ("secret", "Strong-enough-1"):
        sign_in = {"userName": "notify", "password": password}
        async with http.post(f"{simulators.url}/{ACCOUNT}/authenticate", json=sign_in) as answer:
            statuses[password] = answer.status
    assert statuses[good] == 200
    assert status == 400 or statuses["secret"] == 401


async def test_signing_in_has_a_mode_of_its_own(
    simulators: Running, http: aiohttp.ClientSession, client: AsyncSimulatorsClient
) -> None:
    await client.set_mode("dvla-account", "fail", next_requests=1)

    sign_in = {"userName": "notify", "password": "secret"}
    async with http.post(f"{simulators.url}/{ACCOUNT}/authenticate", json=sign_in) as answer:
        assert (answer.status, (await answer.json())[0]["detail"]) == (500, "simulated failure")


@pytest.mark.parametrize("status", ["DESPATCHED", "REJECTED"])
async def test_a_letter_is_reported_on_request(
    status: str, start_simulators: StartSimulators, http: aiohttp.ClientSession, gateway: FakeGateway
) -> None:
    simulators = await start_simulators(receipts="off")
    await print_job(simulators, http, a_job())

    async with AsyncSimulatorsClient(simulators.url) as client:
        await client.report_letter(JOB_ID, status)

        assert json.loads((await gateway.next_receipt()).body)["data"]["jobStatus"] == status
        with pytest.raises(SimulatorsError):
            await client.report_letter("another", status)


async def test_pages_and_sheets_are_those_of_the_pdf(
    simulators: Running, http: aiohttp.ClientSession, client: AsyncSimulatorsClient, gateway: FakeGateway
) -> None:
    pdf = a_pdf(pages=3)
    await print_job(simulators, http, a_job(customParams=[{"key": "pdfContent", "value": pdf}]))

    (message,) = await client.messages()
    assert message.page_count == 3
    assert (await client.letter_page(message.number, 3)).startswith(b"\x89PNG")
    with pytest.raises(SimulatorsError):
        await client.letter_page(message.number, 4)
    properties = json.loads((await gateway.next_receipt()).body)["data"]["despatchProperties"]
    assert {"key": "totalSheets", "value": "2"} in properties


def a_pdf(*, pages: int) -> str:
    """A PDF of empty pages, in base64."""
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(595, 842).close()
    stream = io.BytesIO()
    document.save(stream)
    document.close()
    return base64.b64encode(stream.getvalue()).decode()


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

"""What goes over the wire to the providers, exactly, and what is made of their answers."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from urllib.parse import parse_qsl
from uuid import UUID

import pytest

from deliverykit.types import TextContent
from services.sms.clients.firetext import FiretextClient
from services.sms.clients.http import open_session
from services.sms.clients.mmg import MmgClient
from services.sms.clients.provider import Blame, NotTaken, SmsClient, Taken
from tests.integration.sms.worlds import Mode, ProviderServer, firetext_server, mmg_server

ID = UUID("0199a1b2-0000-7000-8000-000000000001")
UK = TextContent(phone_number="447900900123", sender="Tests", body="Tests: £5 & ŵ “so”", international=False)
ABROAD = TextContent(phone_number="33612345678", sender="Tests", body="Bonjour", international=True)


@asynccontextmanager
async def mmg_client(
    server: ProviderServer, *, receipt_url: str | None = None, timeout_s: float = 10.0
) -> AsyncIterator[SmsClient]:
    async with server.running() as url, open_session(connections=10, timeout_s=timeout_s) as session:
        yield MmgClient(session, url=url, api_key="mmg-key", receipt_url=receipt_url)


@asynccontextmanager
async def firetext_client(
    server: ProviderServer, *, receipt_url: str | None = None, timeout_s: float = 10.0
) -> AsyncIterator[SmsClient]:
    async with server.running() as url, open_session(connections=10, timeout_s=timeout_s) as session:
        yield FiretextClient(
            session,
            url=url,
            api_key="uk-key",
            international_api_key="abroad-key",
            receipt_url=receipt_url,
        )


CLIENTS = {"mmg": (mmg_server, mmg_client), "firetext": (firetext_server, firetext_client)}


async def test_request_to_mmg() -> None:
    server = mmg_server()
    async with mmg_client(server) as client:
        await client.send(ID, UK)

    [seen] = server.seen
    assert seen.headers["Content-Type"] == "application/json"
    assert seen.headers["Authorization"] == "Basic mmg-key"
    assert json.loads(seen.body) == {
        "reqType": "BULK",
        "MSISDN": "447900900123",
        "msg": "Tests: £5 & ŵ “so”",
        "sender": "Tests",
        "cid": str(ID),
        "multi": True,
    }


async def test_receipt_url_is_told_to_mmg_where_one_is_set() -> None:
    server = mmg_server()
    async with mmg_client(server, receipt_url="https://user:pass@notify.example/mmg") as client:
        await client.send(ID, UK)

    assert json.loads(server.seen[0].body)["delurl"] == "https://user:pass@notify.example/mmg"


async def test_request_to_firetext() -> None:
    server = firetext_server()
    async with firetext_client(server) as client:
        await client.send(ID, UK)

    [seen] = server.seen
    assert seen.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert dict(parse_qsl(seen.body.decode())) == {
        "apiKey": "uk-key",
        "from": "Tests",
        "to": "447900900123",
        "message": "Tests: £5 & ŵ “so”",
        "reference": str(ID),
    }


async def test_firetext_has_another_key_for_texts_abroad() -> None:
    server = firetext_server()
    async with firetext_client(server) as client:
        await client.send(ID, ABROAD)

    assert dict(parse_qsl(server.seen[0].body.decode()))["apiKey"] == "abroad-key"


async def test_receipt_url_is_told_to_firetext_where_one_is_set() -> None:
    server = firetext_server()
    async with firetext_client(server, receipt_url="https://notify.example/firetext") as client:
        await client.send(ID, UK)

    assert dict(parse_qsl(server.seen[0].body.decode()))["receipt"] == "https://notify.example/firetext"


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b'{"Reference": "12345678"}', Taken("12345678")),
        (200, b'{"Reference": 12345678}', Taken("12345678")),
        (201, b"{}", Taken()),
        (200, b"[]", Taken()),
        (200, b'"fine"', Taken()),
        (200, b'{"Reference": {"a": 1}}', Taken()),
        (200, b"<html>", NotTaken("not_json", Blame.PROVIDER, may_have_it=True)),
        (200, b"", NotTaken("not_json", Blame.PROVIDER, may_have_it=True)),
        (200, b"\xff", NotTaken("not_json", Blame.PROVIDER, may_have_it=True)),
        (500, b"{}", NotTaken("http_500", Blame.PROVIDER)),
        (503, b"", NotTaken("http_503", Blame.PROVIDER)),
        (504, b"", NotTaken("http_504", Blame.PROVIDER, may_have_it=True)),
        (401, b"{}", NotTaken("http_401", Blame.PROVIDER)),
        (302, b"{}", NotTaken("http_302", Blame.PROVIDER)),
        (400, b"{}", NotTaken("http_400", Blame.MESSAGE)),
        (429, b"{}", NotTaken("throttled", Blame.PROVIDER)),
    ],
)
async def test_answer_of_mmg(status: int, body: bytes, outcome: Taken | NotTaken) -> None:
    server = ProviderServer(body)
    server.status = status
    async with mmg_client(server) as client:
        assert await client.send(ID, UK) == outcome


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b'{"code": 0, "description": "SMS successfully queued", "responseData": 1}', Taken()),
        (200, b'{"code": 6}', NotTaken("refused_code_6", Blame.MESSAGE)),
        (200, b'{"code": "0"}', NotTaken("refused_code_unknown", Blame.MESSAGE, may_have_it=True)),
        (200, b'{"code": false}', NotTaken("refused_code_unknown", Blame.MESSAGE, may_have_it=True)),
        (200, b'{"code": -1}', NotTaken("refused_code_unknown", Blame.MESSAGE)),
        (200, b'{"code": 447900900123}', NotTaken("refused_code_unknown", Blame.MESSAGE)),
        (200, b"{}", NotTaken("refused_code_unknown", Blame.MESSAGE, may_have_it=True)),
        (200, b"[]", NotTaken("refused_code_unknown", Blame.MESSAGE, may_have_it=True)),
        (200, b"OK", NotTaken("not_json", Blame.PROVIDER, may_have_it=True)),
        (500, b'{"code": 0}', NotTaken("http_500", Blame.PROVIDER)),
        (429, b'{"code": 0}', NotTaken("throttled", Blame.PROVIDER)),
    ],
)
async def test_answer_of_firetext(status: int, body: bytes, outcome: Taken | NotTaken) -> None:
    server = ProviderServer(body)
    server.status = status
    async with firetext_client(server) as client:
        assert await client.send(ID, UK) == outcome


@pytest.mark.parametrize("name", CLIENTS)
async def test_lost_connection(name: str) -> None:
    make_server, make_client = CLIENTS[name]
    server = make_server()
    server.mode = Mode.DROP
    async with make_client(server) as client:
        assert await client.send(ID, UK) == NotTaken("connection", Blame.PROVIDER, may_have_it=True)


@pytest.mark.parametrize("name", CLIENTS)
async def test_refused_connection(name: str) -> None:
    make_server, make_client = CLIENTS[name]
    server = make_server()
    async with make_client(server) as client:
        await server.shut_down()
        assert await client.send(ID, UK) == NotTaken("connection", Blame.PROVIDER)


@pytest.mark.parametrize("name", CLIENTS)
async def test_answer_that_does_not_come(name: str) -> None:
    make_server, make_client = CLIENTS[name]
    server = make_server()
    server.mode = Mode.HANG
    async with make_client(server, timeout_s=0.1) as client:
        assert await client.send(ID, UK) == NotTaken("timeout", Blame.PROVIDER, may_have_it=True)


async def test_connection_that_does_not_come_about_left_nothing_behind() -> None:
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):  # nobody accepts them: the next one is not even answered
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        async with open_session(connections=10, timeout_s=0.4) as session:
            client = MmgClient(session, url=url, api_key="mmg-key", receipt_url=None)
            assert await client.send(ID, UK) == NotTaken("timeout", Blame.PROVIDER)


@pytest.mark.parametrize("name", CLIENTS)
async def test_connections_are_kept_and_limited(name: str) -> None:
    make_server, make_client = CLIENTS[name]
    server = make_server()
    async with make_client(server) as client:
        answers = await asyncio.gather(*(client.send(ID, UK) for _ in range(50)))

    assert {type(answer) for answer in answers} == {Taken}
    assert len(server.peers) <= 10

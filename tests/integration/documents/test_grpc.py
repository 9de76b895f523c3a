"""The documents service and the gateway's client of it, over real gRPC; and the service as a process."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from notify.documents.v1 import documents_pb2 as pb
from notify.documents.v1 import documents_pb2_grpc
from notifyrules.ids import base64_to_bytes
from servicekit.errors import InvalidRequest, NotAllowed, NotFound, RuleBroken
from servicekit.grpc_client import Channel, make_channel
from servicekit.grpc_server import ServiceRegistration, make_server
from servicekit.identity import CallerTokens
from servicekit.ids import new_id
from services.api_gateway.document_clients import Documents as GatewayClient
from services.api_gateway.ports import ConfirmOutcome, DocumentState, FileLink, NewFile, StoredFile
from services.documents import convert
from services.documents.callers import ALLOWED_CALLERS
from services.documents.service import DocumentsServicer
from services.documents.values import ConfirmOutcome as StoredOutcome
from services.documents.values import DocumentState as StoredState
from tests.integration.documents.conftest import ADDRESS, SERVICE, Documents

KEYS = "k" * 40
ROOT = Path(__file__).parents[3]
TEXT = b"0123456789" * 25_000


@pytest.fixture
async def target(documents: Documents) -> AsyncIterator[str]:
    """The service, listening."""
    servicer = DocumentsServicer(
        storing=documents.storing,
        opening=documents.opening,
        removing=documents.removing,
        store=documents.store,
        objects=documents.objects,
        clock=documents.clock,
        pool=documents.pool,
    )
    registration = ServiceRegistration(
        add=documents_pb2_grpc.add_DocumentsServiceServicer_to_server, servicer=servicer
    )
    async with make_server(
        [registration],
        domain="documents.notify",
        listen="127.0.0.1:0",
        tokens=CallerTokens("documents", KEYS),
        allowed_callers={
            name: row for name, row in ALLOWED_CALLERS.items() if name.startswith("notify.documents.")
        },
    ) as server:
        yield f"127.0.0.1:{server.port}"


@pytest.fixture
async def gateway(target: str) -> AsyncIterator[GatewayClient]:
    """What the gateway has."""
    async with make_channel(target, caller=CallerTokens("api_gateway", KEYS)) as channel:
        yield GatewayClient(channel)


@pytest.fixture
async def operator(target: str) -> AsyncIterator[Channel]:
    """What an operator has."""
    async with make_channel(target, caller=CallerTokens("notifyctl", KEYS)) as channel:
        yield channel


def a_file(
    content: bytes = TEXT, *, confirm: bool = False, name: str | None = "a.txt", weeks: int = 26
) -> NewFile:
    return NewFile(
        service_id=str(SERVICE),
        content=content,
        file_name=name,
        is_csv=False,
        confirmation_email=ADDRESS if confirm else None,
        retention_weeks=weeks,
    )


def link_of(stored: StoredFile) -> FileLink:
    key = base64_to_bytes(stored.url.partition("key=")[2])
    return FileLink(service_id=str(SERVICE), document_id=stored.document_id, key=key)


async def test_a_file_goes_and_comes_back_through_grpc(gateway: GatewayClient) -> None:
    link = link_of(await gateway.store(a_file(confirm=True)))
    described = await gateway.describe(link)
    assert (described.state, described.file_name, described.size_bytes, described.confirmation_needed) == (
        DocumentState.AVAILABLE, "a.txt", len(TEXT), True,
    )  # fmt: skip
    refused = await gateway.download(link, "")
    assert refused.state is DocumentState.CONFIRMATION_NEEDED
    await refused.pieces.aclose()
    confirmation = await gateway.confirm(link, ADDRESS)
    assert confirmation.outcome is ConfirmOutcome.CONFIRMED
    download = await gateway.download(link, confirmation.pass_token)
    assert b"".join([piece async for piece in download.pieces]) == TEXT


async def test_too_many_tries_say_until_when(gateway: GatewayClient) -> None:
    link = link_of(await gateway.store(a_file(confirm=True)))
    tries = [await gateway.confirm(link, f"{number}@example.com") for number in range(4)]
    assert [one.outcome for one in tries] == [ConfirmOutcome.WRONG] * 3 + [ConfirmOutcome.LOCKED]
    assert tries[-1].locked_until is not None


async def test_a_file_that_is_refused_in_the_middle_says_why(gateway: GatewayClient) -> None:
    with pytest.raises(RuleBroken) as refused:
        await gateway.store(a_file(TEXT * 4))
    assert refused.value.reason == "FILE_TOO_LARGE"


@pytest.mark.parametrize("file", [a_file(weeks=0), a_file(weeks=79), a_file(name="a")])
async def test_what_the_gateway_should_not_send_is_refused(gateway: GatewayClient, file: NewFile) -> None:
    with pytest.raises(InvalidRequest):
        await gateway.store(file)


async def test_a_deleted_file_is_gone_and_deleting_again_changes_nothing(
    gateway: GatewayClient, documents: Documents
) -> None:
    stored = await gateway.store(a_file())
    for _ in range(2):
        await gateway.delete(str(SERVICE), stored.document_id)
    assert documents.files() == []
    with pytest.raises(NotFound):
        await gateway.describe(link_of(stored))


async def test_nobody_but_the_gateway_opens_files_and_nobody_but_operators_blocks_them(
    gateway: GatewayClient, operator: Channel
) -> None:
    stub = documents_pb2_grpc.DocumentsServiceStub(operator.grpc)
    with pytest.raises(NotAllowed):
        await operator.call(stub.DescribeDocument, pb.DescribeDocumentRequest())
    theirs = documents_pb2_grpc.DocumentsServiceStub(gateway._channel.grpc)
    with pytest.raises(NotAllowed):
        await gateway._channel.call(theirs.BlockDocuments, pb.BlockDocumentsRequest())


@pytest.mark.parametrize(
    "selection",
    [
        pb.DocumentSelection(),
        pb.DocumentSelection(service_id=str(SERVICE)),
        pb.DocumentSelection(london_date="2026-11-22"),
        pb.DocumentSelection(service_id=str(SERVICE), london_date="yesterday"),
        pb.DocumentSelection(document_ids=["x"]),
        pb.DocumentSelection(document_ids=[str(UUID(int=1))], service_id=str(SERVICE)),
        pb.DocumentSelection(document_ids=[str(new_id())] * 1_001),
    ],
)
async def test_a_choice_that_is_none_blocks_nothing(
    operator: Channel, selection: pb.DocumentSelection
) -> None:
    stub = documents_pb2_grpc.DocumentsServiceStub(operator.grpc)
    with pytest.raises(InvalidRequest):
        await operator.call(stub.BlockDocuments, pb.BlockDocumentsRequest(selection=selection, reason="x"))


async def test_operators_see_counts_and_what_was_done_and_never_a_name(
    gateway: GatewayClient, operator: Channel
) -> None:
    stored = await gateway.store(a_file())
    download = await gateway.download(link_of(stored), "")
    await download.pieces.aclose()
    stub = documents_pb2_grpc.DocumentsServiceStub(operator.grpc)
    chosen = pb.DocumentSelection(document_ids=[stored.document_id])
    blocked = pb.BlockDocumentsRequest(selection=chosen, reason="wrong list")
    assert (await operator.call(stub.BlockDocuments, blocked)).changed == 1
    found = await operator.call(stub.GetDocument, pb.GetDocumentRequest(document_id=stored.document_id))
    assert found.document.downloads == 1
    assert found.document.state == pb.DOCUMENT_STATE_BLOCKED
    assert [(action.caller, action.reason) for action in found.document.actions] == [
        ("notifyctl", "wrong list")
    ]
    assert "a.txt" not in str(found)
    listed = await operator.call(
        stub.ListDocuments, pb.ListDocumentsRequest(service_id=str(SERVICE), page_size=1)
    )
    assert [each.id for each in listed.documents] == [stored.document_id]
    assert listed.next_page_token == stored.document_id


def test_every_state_and_outcome_has_its_number() -> None:
    assert set(convert.STATES) == set(StoredState)
    assert set(convert.OUTCOMES) == set(StoredOutcome)
    assert len(pb.DocumentState.values()) == len(StoredState) + 1
    assert len(pb.ConfirmOutcome.values()) == len(StoredOutcome) + 1


@pytest.mark.parametrize(
    ("environment", "said", "exit_code"),
    [("development", "server_started", 0), ("production", "CLAMD_URL: is needed", 2)],
    ids=["starts", "not without a scanner"],
)
async def test_the_process_starts_and_in_production_not_without_a_scanner(
    environment: str, said: str, exit_code: int, database_url: str, tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.documents",
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "NOTIFY_CALLER_KEYS": KEYS,
            "NOTIFY_DATABASE_URL": database_url,
            "NOTIFY_ENVIRONMENT": environment,
            "NOTIFY_DOCUMENTS_GRPC_LISTEN": "127.0.0.1:0",
            "NOTIFY_DOCUMENTS_METRICS_LISTEN": "127.0.0.1:0",
            "NOTIFY_DOCUMENTS_OBJECT_STORE_URL": str(tmp_path / "files"),
        },
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        lines = []
        async for line in process.stdout:
            lines.append(line.decode())
            if said in lines[-1]:
                break
        assert said in lines[-1], lines
        if said == "server_started":
            process.terminate()
        await process.communicate()
        assert process.returncode == exit_code
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

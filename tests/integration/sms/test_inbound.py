"""Received texts on their way to the notifications service."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from notify.notifications.v1 import received_texts_pb2 as pb
from notify.notifications.v1 import received_texts_pb2_grpc as pb_grpc
from servicekit.errors import InternalError, Unavailable
from servicekit.grpc_client import make_channel
from servicekit.grpc_server import ServiceRegistration, make_server
from servicekit.identity import CallerTokens
from services.sms.clients.provider import ProviderName
from services.sms.inbound import RecordOutcome
from services.sms.inbound_formats import InboundText
from services.sms.inbound_recorder import ReceivedTextsClient
from tests.integration.sms.worlds import KEYS
from tests.unit.sms.factories import AT


class ReceivedTexts(pb_grpc.ReceivedTextsServiceServicer):
    """Remembers what it is given."""

    def __init__(self) -> None:
        self.outcome: pb.ReceivedTextOutcome = pb.RECEIVED_TEXT_OUTCOME_STORED
        self.failure: Exception | None = None
        self.requests: list[pb.RecordReceivedTextRequest] = []

    async def RecordReceivedText(  # noqa: N802 -- the RPC's name
        self, request: pb.RecordReceivedTextRequest, context: Any
    ) -> pb.RecordReceivedTextResponse:
        self.requests.append(request)
        if self.failure is not None:
            raise self.failure
        return pb.RecordReceivedTextResponse(outcome=self.outcome)

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[ReceivedTextsClient]:
        """A client of it, until the end of the block."""
        server = make_server(
            [ServiceRegistration(add=pb_grpc.add_ReceivedTextsServiceServicer_to_server, servicer=self)],
            domain="notifications.notify",
            listen="127.0.0.1:0",
            tokens=CallerTokens("notifications", KEYS),
            allowed_callers={"notify.notifications.v1.ReceivedTextsService/*": frozenset({"sms"})},
        )
        async with (
            server,
            make_channel(f"127.0.0.1:{server.port}", caller=CallerTokens("sms", KEYS)) as channel,
        ):
            yield ReceivedTextsClient(channel)


@pytest.fixture
def received_texts() -> ReceivedTexts:
    return ReceivedTexts()  # type: ignore[abstract]  # the rest answers UNIMPLEMENTED


def a_text(reference: str | None = "r-1") -> InboundText:
    return InboundText(
        provider=ProviderName.MMG,
        reference=reference,
        sender_number="447700900800",
        recipient_number="07700900777",
        content="été £5 🙂",
        sent_at=AT,
    )


async def test_a_text_travels_whole(received_texts: ReceivedTexts) -> None:
    async with received_texts.client() as client:
        assert await client.record(a_text()) is RecordOutcome.STORED
    (request,) = received_texts.requests
    assert (request.provider, request.provider_reference, request.sender_number) == (
        "mmg",
        "r-1",
        "447700900800",
    )
    assert (request.recipient_number, request.content) == ("07700900777", "été £5 🙂")
    assert request.send_time.ToDatetime(AT.tzinfo) == AT


async def test_a_text_without_a_name_has_none_on_the_way(received_texts: ReceivedTexts) -> None:
    async with received_texts.client() as client:
        await client.record(a_text(None))
    assert not received_texts.requests[0].HasField("provider_reference")


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (pb.RECEIVED_TEXT_OUTCOME_REPEATED, RecordOutcome.REPEATED),
        (pb.RECEIVED_TEXT_OUTCOME_NOT_WANTED, RecordOutcome.NOT_WANTED),
    ],
)
async def test_outcomes_come_back(
    received_texts: ReceivedTexts, number: pb.ReceivedTextOutcome, outcome: RecordOutcome
) -> None:
    received_texts.outcome = number
    async with received_texts.client() as client:
        assert await client.record(a_text()) is outcome


async def test_an_unknown_outcome_is_a_bug(received_texts: ReceivedTexts) -> None:
    received_texts.outcome = pb.RECEIVED_TEXT_OUTCOME_UNSPECIFIED
    async with received_texts.client() as client:
        with pytest.raises(InternalError):
            await client.record(a_text())


async def test_that_it_cannot_be_stored_now_is_told(received_texts: ReceivedTexts) -> None:
    received_texts.failure = Unavailable("away")
    async with received_texts.client() as client:
        with pytest.raises(Unavailable):
            await client.record(a_text())

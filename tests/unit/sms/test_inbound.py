"""Who may hand over received texts, and what providers are told."""

from base64 import b64encode

import pytest

from notify.sms.v1 import sms_pb2
from servicekit.errors import InvalidRequest, Unavailable
from services.sms.convert import inbound_from_pb, inbound_to_pb
from services.sms.inbound import (
    Credentials,
    InboundAnswer,
    InboundHandler,
    InboundResult,
    RawInbound,
    RecordOutcome,
    listed,
    read_basic,
)
from services.sms.inbound_formats import InboundText
from tests.unit.sms.factories import AT, FIRETEXT, MMG
from tests.unit.sms.test_inbound_formats import a_firetext_body, an_mmg_body

STORED, REPEATED, NOT_WANTED = RecordOutcome


def basic(username: str, password: str) -> str:
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()


class FakeRecorder:
    """Makes of every text what it was told to."""

    def __init__(self, outcome: RecordOutcome | Exception = STORED) -> None:
        self.outcome = outcome
        self.texts: list[InboundText] = []

    async def record(self, text: InboundText) -> RecordOutcome:
        self.texts.append(text)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def handler(recorder: FakeRecorder) -> InboundHandler:
    return InboundHandler(
        recorder,
        {
            MMG: Credentials(("mmg", "mmg2"), ("old", "new: ü")),
            FIRETEXT: Credentials(("notify",), ("secret",)),
        },
    )


def from_mmg(authorization: str | None = basic("mmg", "old"), body: bytes | None = None) -> RawInbound:
    return RawInbound(
        provider=MMG,
        body=an_mmg_body() if body is None else body,
        authorization=authorization,
        received_at=AT,
    )


def from_firetext(authorization: str | None = basic("notify", "secret")) -> RawInbound:
    return RawInbound(provider=FIRETEXT, body=a_firetext_body(), authorization=authorization, received_at=AT)


@pytest.mark.parametrize(
    ("username", "password"), [("mmg", "old"), ("mmg", "new: ü"), ("mmg2", "old"), ("mmg2", "new: ü")]
)
async def test_any_name_with_any_password_is_good(username: str, password: str) -> None:
    recorder = FakeRecorder()
    result = await handler(recorder).handle(from_mmg(basic(username, password)))
    assert result == InboundResult(InboundAnswer.OK)
    assert len(recorder.texts) == 1


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("wrong", "old"),
        ("mmg", "wrong"),
        ("", ""),
        ("mmg", ""),
        ("mmg", "ol"),
        ("mmg", "old "),
        ("notify", "secret"),
    ],
)
async def test_wrong_credentials_are_refused(username: str, password: str) -> None:
    recorder = FakeRecorder()
    result = await handler(recorder).handle(from_mmg(basic(username, password)))
    assert result == InboundResult(InboundAnswer.WRONG_CREDENTIALS)
    assert recorder.texts == []


@pytest.mark.parametrize(
    "header",
    [None, "", "Basic", "Basic ", "Basic !!!", "Bearer abc", "Basic " + b64encode(b"no colon").decode()],
)
async def test_without_credentials_there_are_none(header: str | None) -> None:
    assert await handler(FakeRecorder()).handle(from_mmg(header)) == InboundResult(
        InboundAnswer.NO_CREDENTIALS
    )
    assert await handler(FakeRecorder()).handle(from_firetext(header)) == InboundResult(
        InboundAnswer.NO_CREDENTIALS
    )


async def test_without_any_that_are_good_all_are_wrong() -> None:
    empty = InboundHandler(FakeRecorder(), {MMG: Credentials((), ()), FIRETEXT: Credentials(("notify",), ())})
    assert (await empty.handle(from_mmg(basic("", "")))).answer is InboundAnswer.WRONG_CREDENTIALS
    assert (await empty.handle(from_firetext(basic("notify", "")))).answer is InboundAnswer.WRONG_CREDENTIALS


@pytest.mark.parametrize(
    ("outcome", "mmg", "firetext"),
    [
        (STORED, InboundAnswer.OK, InboundAnswer.OK),
        (REPEATED, InboundAnswer.OK, InboundAnswer.OK),
        (NOT_WANTED, InboundAnswer.RECEIVED, InboundAnswer.OK),
    ],
)
async def test_mmg_alone_is_told_when_nobody_wants_a_text(
    outcome: RecordOutcome, mmg: InboundAnswer, firetext: InboundAnswer
) -> None:
    inbound = handler(FakeRecorder(outcome))
    assert (await inbound.handle(from_mmg())).answer is mmg
    assert (await inbound.handle(from_firetext())).answer is firetext


async def test_a_text_that_cannot_be_read_is_told_of() -> None:
    result = await handler(FakeRecorder()).handle(from_mmg(body=an_mmg_body(Message=...)))
    assert result == InboundResult(InboundAnswer.MALFORMED, ("MMG inbound failed: Message missing",))


async def test_an_endless_text_is_not_read() -> None:
    recorder = FakeRecorder()
    result = await handler(recorder).handle(from_mmg(body=an_mmg_body(Message="a" * 70_000)))
    assert (result.answer, recorder.texts) == (InboundAnswer.MALFORMED, [])


async def test_a_text_that_cannot_be_stored_now_must_come_again() -> None:
    with pytest.raises(Unavailable):
        await handler(FakeRecorder(Unavailable("away"))).handle(from_mmg())


@pytest.mark.parametrize(
    ("header", "read"),
    [
        (basic("a", "b:c"), ("a", "b:c")),
        (basic("", ""), ("", "")),
        ("bAsIc " + b64encode(b"a:b").decode(), ("a", "b")),
        ("  Basic   " + b64encode(b"a:b").decode() + "  ", ("a", "b")),
        ("Basic " + b64encode(b"\xff:b").decode(), ("\N{REPLACEMENT CHARACTER}", "b")),
    ],
)
def test_headers_of_basic_authentication(header: str, read: tuple[str, str]) -> None:
    assert read_basic(header) == read


def test_settings_list_several() -> None:
    assert listed(" a, b ,,c ") == ("a", "b", "c")
    assert listed("") == ()


def test_passwords_are_in_no_representation() -> None:
    assert "secret" not in repr(Credentials(("notify",), ("secret",)))
    assert "Basic" not in repr(from_mmg())


def test_a_request_needs_a_provider_and_a_time() -> None:
    request = sms_pb2.HandleInboundRequest(provider=sms_pb2.SMS_PROVIDER_MMG, body=b"{}")
    with pytest.raises(InvalidRequest):
        inbound_from_pb(request)
    request.receive_time.FromDatetime(AT)
    assert inbound_from_pb(request) == RawInbound(
        provider=MMG, body=b"{}", authorization=None, received_at=AT
    )
    request.provider = sms_pb2.SMS_PROVIDER_UNSPECIFIED
    with pytest.raises(InvalidRequest):
        inbound_from_pb(request)


@pytest.mark.parametrize("answer", InboundAnswer)
def test_every_answer_travels(answer: InboundAnswer) -> None:
    pb = inbound_to_pb(InboundResult(answer, ("a fault",)))
    assert sms_pb2.InboundAnswer.Name(pb.answer) == f"INBOUND_ANSWER_{answer.name}"
    assert list(pb.faults) == ["a fault"]

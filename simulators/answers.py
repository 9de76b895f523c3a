"""The JSON of the inspection endpoints: what `views.py` answers with and `client.py` reads back."""

from dataclasses import asdict

import msgspec

from simulators.callbacks import Callback
from simulators.outbox import Counts, Message, Seen
from simulators.receipts import Receipt, ReceiptCounts
from simulators.times import iso_us


class ReceiptAnswer(msgspec.Struct, kw_only=True):
    """One receipt of a message: what it says, and `pending`, `sent`, `refused` or `gave up`."""

    report: str
    state: str
    attempts: int
    answer: int | None  # the gateway's last HTTP status
    sent_at: str | None


class MessageAnswer(msgspec.Struct, kw_only=True):
    """One accepted message. Times are ISO 8601 in UTC with microseconds."""

    number: int  # position among all messages, from 1; what `since` counts in
    channel: str
    provider: str
    reference: str
    provider_reference: str
    recipient: str
    sender: str
    received_at: str
    outcome: str
    copy: int  # 2 and more: this reference was accepted before
    body: str
    subject: str
    html: str
    reply_to: str
    headers: list[tuple[str, str]]
    has_pdf: bool
    page_count: int  # of the letter; 0 where there is none, or it can't be read
    receipts: list[ReceiptAnswer]


class MessagesAnswer(msgspec.Struct, kw_only=True):
    messages: list[MessageAnswer]  # newest first
    next_since: int


class ReferenceAnswer(msgspec.Struct, kw_only=True):
    """One reference: how often it was accepted, and its messages as far as they are kept."""

    reference: str
    provider: str
    count: int
    first_received_at: str
    messages: list[MessageAnswer]


class ReferenceRow(msgspec.Struct, kw_only=True, array_like=True):
    """One reference in a list of hundreds of thousands; an array in JSON."""

    reference: str
    provider: str
    count: int
    first_received_at_us: int  # since 1970


class ReferencesAnswer(msgspec.Struct, kw_only=True):
    is_complete: bool  # false: there were more than are kept
    references: list[ReferenceRow]


class CallbackAnswer(msgspec.Struct, kw_only=True):
    """One request to a sink; `answer` is the status it got, None where it was never answered."""

    number: int
    name: str
    reference: str
    received_at: str
    authorization: str
    content_type: str
    body: str
    answer: int | None
    copy: int


class CallbacksAnswer(msgspec.Struct, kw_only=True):
    callbacks: list[CallbackAnswer]  # newest first
    next_since: int


class CountsAnswer(msgspec.Struct, kw_only=True):
    """Requests to one sink; distinct and duplicates count references."""

    requests: int
    accepted: int
    refused: int
    distinct: int
    duplicates: int


class ProviderCountsAnswer(CountsAnswer, kw_only=True):
    """Requests to one provider, and its receipts."""

    receipts: ReceiptCounts


class StatsAnswer(msgspec.Struct, kw_only=True):
    distinct: int
    duplicates: int
    is_complete: bool
    providers: dict[str, ProviderCountsAnswer]
    callbacks: dict[str, CountsAnswer]


class OutcomeAnswer(msgspec.Struct, kw_only=True):
    """One line of the table of magic recipients."""

    number: str | None
    address: str
    description: str


def show_receipt(receipt: Receipt) -> ReceiptAnswer:
    return ReceiptAnswer(
        report=receipt.report,
        state=receipt.state,
        attempts=receipt.attempts,
        answer=receipt.answer,
        sent_at=None if receipt.sent_at_us is None else iso_us(receipt.sent_at_us),
    )


def show_message(message: Message) -> MessageAnswer:
    return MessageAnswer(
        number=message.number,
        channel=message.channel.value,
        provider=message.provider,
        reference=message.reference,
        provider_reference=message.provider_reference,
        recipient=message.recipient,
        sender=message.sender,
        received_at=iso_us(message.received_at_us),
        outcome=message.outcome.value,
        copy=message.copy,
        body=message.text,
        subject=message.subject,
        html=message.html,
        reply_to=message.reply_to,
        headers=message.headers,
        has_pdf=bool(message.pdf),
        page_count=message.page_count,
        receipts=[show_receipt(receipt) for receipt in message.receipts],
    )


def show_reference(seen: Seen) -> ReferenceRow:
    return ReferenceRow(
        reference=seen.reference,
        provider=seen.provider,
        count=seen.count,
        first_received_at_us=seen.first_received_at_us,
    )


def show_callback(callback: Callback) -> CallbackAnswer:
    return CallbackAnswer(
        number=callback.number,
        name=callback.name,
        reference=callback.reference,
        received_at=iso_us(callback.received_at_us),
        authorization=callback.authorization,
        content_type=callback.content_type,
        body=callback.body,
        answer=callback.answer,
        copy=callback.copy,
    )


def show_counts(counts: Counts) -> CountsAnswer:
    return CountsAnswer(**asdict(counts))


def show_provider_counts(counts: Counts, receipts: ReceiptCounts) -> ProviderCountsAnswer:
    return ProviderCountsAnswer(**asdict(counts), receipts=receipts)

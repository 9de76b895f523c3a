"""The endpoints that tests, benchmarks and the outbox page use: what was sent, how it went, and how to
behave next.

Messages and callbacks come newest first. Everything here is JSON but the letters' PDFs and the page itself.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import msgspec

from simulators.answers import (
    CallbacksAnswer,
    MessagesAnswer,
    OutcomeAnswer,
    ReferenceAnswer,
    ReferencesAnswer,
    StatsAnswer,
    show_callback,
    show_counts,
    show_message,
    show_provider_counts,
    show_reference,
)
from simulators.callbacks import Callbacks
from simulators.control import Change, Control
from simulators.http_server import Request, Response, error_response, json_response
from simulators.letter_pages import page_png
from simulators.outbox import Message, Outbox
from simulators.outcomes import ADDRESS_DOMAIN, DESCRIPTIONS, NUMBERS, Outcome
from simulators.provider import Provider
from simulators.receipts import ReceiptSender
from simulators.times import iso_us

DEFAULT_LIMIT = 100
MAX_LIMIT = 2_000

_PAGE_DIR = Path(__file__).parent / "page"

# The page takes nothing from elsewhere. Emails are shown in frames that inherit this policy and may not run
# scripts; they style themselves inline, and may load pictures only from this machine.
PAGE_HEADERS = (
    (
        b"Content-Security-Policy",
        b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
        b"frame-src 'self'; img-src 'self' data: http://127.0.0.1:* http://localhost:*; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"Referrer-Policy", b"no-referrer"),
    (b"Cache-Control", b"no-store"),
)


def _whole_number(request: Request, name: str, default: int) -> int:
    text = request.query_value(name)
    return int(text) if text is not None and text.isdecimal() else default


class Views:
    """All the endpoints that are no provider's."""

    def __init__(
        self, *, outbox: Outbox, callbacks: Callbacks, sender: ReceiptSender, providers: Iterable[Provider]
    ) -> None:
        self._outbox = outbox
        self._callbacks = callbacks
        self._sender = sender
        self._providers = {provider.name: provider for provider in providers}

    # What was sent.

    def get_messages(self, request: Request) -> Response:
        """List messages. Query: `since` (a message number: only later ones), `limit`, `channel`, `reference`,
        `recipient`. `next_since` is what to ask with next time."""
        found = self._find_messages(request)
        messages = list(islice(found, min(_whole_number(request, "limit", DEFAULT_LIMIT), MAX_LIMIT)))
        newest = next(self._outbox.newest_first(), None)
        return json_response(
            MessagesAnswer(
                messages=[show_message(message) for message in messages],
                next_since=newest.number if newest else 0,
            )
        )

    def _find_messages(self, request: Request) -> Iterator[Message]:
        since = _whole_number(request, "since", 0)
        channel, reference, recipient = map(request.query_value, ("channel", "reference", "recipient"))
        for message in self._outbox.newest_first():
            if message.number <= since:
                return
            if (
                channel in {None, message.channel.value}
                and reference in {None, message.reference}
                and recipient in {None, message.recipient}
            ):
                yield message

    def delete_messages(self, _request: Request) -> Response:
        """Forget all messages, callbacks, references and counts. Receipts that are pending are still sent."""
        self._outbox.clear()
        self._callbacks.clear()
        self._sender.clear_counts()
        return json_response({"messages": "forgotten"})

    def get_letter(self, request: Request) -> Response:
        """Return a letter, `/letters/<message number>.pdf`, or a page of it, `/letters/<message number>/<page>.png`."""
        number, _, page = request.rest.partition("/")
        message = self._find_letter(number.removesuffix(".pdf"))
        headers = ((b"X-Content-Type-Options", b"nosniff"),)
        if message is not None and not page:
            return Response(body=message.pdf, content_type=b"application/pdf", headers=headers)
        if message is not None and page.removesuffix(".png").isdecimal():
            png = page_png(message.pdf, int(page.removesuffix(".png")))
            if png is not None:
                return Response(body=png, content_type=b"image/png", headers=headers)
        return error_response(404, "no such letter or page, or its PDF was forgotten")

    def _find_letter(self, number: str) -> Message | None:
        letters = (message for message in self._outbox.newest_first() if message.pdf)
        return next((letter for letter in letters if str(letter.number) == number), None)

    # Reconciliation.

    def get_references(self, request: Request) -> Response:
        """List every accepted reference as `[reference, provider, count, first_received_at in µs since
        1970]`; with `?min_count=2` the duplicates alone."""
        min_count = _whole_number(request, "min_count", 1)
        references = self._outbox.references
        rows = [show_reference(seen) for seen in references if seen.count >= min_count]
        return json_response(ReferencesAnswer(is_complete=not references.is_full, references=rows))

    def get_reference(self, request: Request) -> Response:
        """Return one reference with its messages, as far as they are still kept; 404 where it was never
        accepted."""
        seen = self._outbox.references.find(request.rest)
        if seen is None:
            return error_response(404, "this reference was not accepted")
        messages = [m for m in self._outbox.newest_first() if m.reference == seen.reference]
        return json_response(
            ReferenceAnswer(
                reference=seen.reference,
                provider=seen.provider,
                count=seen.count,
                first_received_at=iso_us(seen.first_received_at_us),
                messages=[show_message(message) for message in messages],
            )
        )

    def get_stats(self, _request: Request) -> Response:
        """Return counts by provider and by sink, and over all providers."""
        references = self._outbox.references
        counts = {name: self._outbox.counts_of(name) for name in self._providers}
        return json_response(
            StatsAnswer(
                distinct=len(references),
                duplicates=sum(count.duplicates for count in counts.values()),
                is_complete=not references.is_full,
                providers={
                    name: show_provider_counts(count, self._sender.counts_of(name))
                    for name, count in counts.items()
                },
                callbacks={name: show_counts(sink.counts) for name, sink in self._callbacks.sinks.items()},
            )
        )

    # Callbacks.

    def get_callbacks(self, request: Request) -> Response:
        """List callbacks, of one sink where the path names it. Query: `since`, `limit`, `reference`."""
        since = _whole_number(request, "since", 0)
        reference = request.query_value("reference")
        found = (
            callback
            for callback in self._callbacks.newest_first()
            if callback.number > since
            and request.rest in {"", callback.name}
            and reference in {None, callback.reference}
        )
        callbacks = list(islice(found, min(_whole_number(request, "limit", DEFAULT_LIMIT), MAX_LIMIT)))
        newest = next(self._callbacks.newest_first(), None)
        return json_response(
            CallbacksAnswer(
                callbacks=[show_callback(callback) for callback in callbacks],
                next_since=newest.number if newest else 0,
            )
        )

    # Control.

    def get_controls(self, _request: Request) -> Response:
        """Return the settings of all providers and sinks by name."""
        controls = {name: provider.control for name, provider in self._providers.items()}
        controls |= {f"callbacks/{name}": sink.control for name, sink in self._callbacks.sinks.items()}
        return json_response({name: control.settings for name, control in controls.items()})

    def get_control(self, request: Request) -> Response:
        control = self._find_control(request.rest)
        return json_response(control.settings) if control else error_response(404, "no such provider or sink")

    def put_control(self, request: Request) -> Response:
        """Change settings; 400 with the reason where a field is unknown or out of range."""
        control = self._find_control(request.rest)
        if control is None:
            return error_response(404, "no such provider or sink")
        try:
            control.change(msgspec.json.decode(request.body, type=Change))
        except msgspec.DecodeError as error:
            return error_response(400, str(error))
        return json_response(control.settings)

    def _find_control(self, name: str) -> Control | None:
        if name.startswith("callbacks/"):
            sink = self._callbacks.sink(name.removeprefix("callbacks/"))
            return sink.control if sink else None
        provider = self._providers.get(name)
        return provider.control if provider else None

    # The page.

    def get_outcomes(self, _request: Request) -> Response:
        """List the magic recipients and what they do."""
        digits = {outcome: last_three for last_three, outcome in NUMBERS.items()}
        return json_response(
            [
                OutcomeAnswer(
                    number=f"07700 900{digits[outcome]}" if outcome in digits else None,
                    address=f"{outcome.value}@{ADDRESS_DOMAIN}",
                    description=DESCRIPTIONS[outcome],
                )
                for outcome in Outcome
            ]
        )

    def get_page(self, _request: Request) -> Response:
        return _page_file("outbox.html", b"text/html; charset=utf-8")

    def get_style(self, _request: Request) -> Response:
        return _page_file("outbox.css", b"text/css; charset=utf-8")

    def get_script(self, _request: Request) -> Response:
        return _page_file("outbox.js", b"text/javascript; charset=utf-8")


def _page_file(name: str, content_type: bytes) -> Response:
    return Response(body=(_PAGE_DIR / name).read_bytes(), content_type=content_type, headers=PAGE_HEADERS)

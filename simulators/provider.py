"""What all providers do alike: go wrong when told to, keep what they accept, and plan its receipts.

The wire formats are in `mmg.py`, `firetext.py`, `ses.py` and `dvla.py`; each calls `judge`, then
`fault_for`, then `accept`, with `refuse` or `reject` on the way out.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

from simulators.control import Control, Verdict
from simulators.http_server import Response
from simulators.outbox import Message, Outbox
from simulators.outcomes import FAULTS, Fault, Outcome, PlannedReceipt, Report, planned_receipts
from simulators.receipts import Receipt, ReceiptSender

TIMEOUT_S = 60.0
"""How long a request that is never answered is held; senders give up after 10 s."""

_REMEMBERED_FAILURES = 100_000
"""How many references that failed once are remembered before all are forgotten."""

_ALLOWED_IN_URLS = "/%?:@!$&'()*+,;=~"

GARBAGE = Response(body=b"<html><body>Service is fine</body></html>", content_type=b"text/html")

ReceiptMaker = Callable[[Message, Report], Receipt | None]
"""Makes the provider's receipt of this report; None where the provider has no such receipt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Pauses that outcomes have. Tests make them short."""

    slow_answer_s: float = 3.0  # before a slow answer
    early_answer_s: float = 0.5  # before the answer whose receipt goes first
    late_receipt_s: float = 5.0  # added to the delay of a late receipt
    receipt_step_s: float = 0.3  # between the receipts of a message that has several


class Provider:
    """One provider's switchboard."""

    def __init__(
        self, name: str, *, control: Control, outbox: Outbox, sender: ReceiptSender, timing: Timing
    ) -> None:
        self.name = name
        self.control = control
        self._outbox = outbox
        self._sender = sender
        self._timing = timing
        self._failed_once: set[str] = set()

    def judge(self) -> Verdict:
        """Count a request and say what the provider's mode does to it."""
        self._outbox.counts_of(self.name).requests += 1
        return self.control.judge()

    def fault_for(self, outcome: Outcome, reference: str) -> Fault | None:
        """Return how a request to this recipient goes wrong, or None."""
        if outcome is Outcome.FAILS_ONCE:
            if reference in self._failed_once:
                return None
            if len(self._failed_once) >= _REMEMBERED_FAILURES:
                self._failed_once.clear()
            self._failed_once.add(reference)
            return Fault.ERROR
        return FAULTS.get(outcome)

    def has_accepted(self, reference: str) -> bool:
        """Return whether a message with this reference was accepted before, by any provider."""
        return self._outbox.references.find(reference) is not None

    def find_message(self, reference: str) -> Message | None:
        """Return an accepted message of any provider, if it is still kept."""
        return self._outbox.find(reference)

    def send_now(self, message: Message, receipt: Receipt) -> None:
        """Send a receipt that somebody asked for, whatever the settings say."""
        message.receipts.append(receipt)
        self._sender.schedule(receipt, 0.0)

    def refuse(self, fault: Fault, answers: Mapping[Fault, Response], delay_s: float = 0.0) -> Response:
        """Count a refusal and return how it looks; `answers` has the provider's own for all but those
        without one."""
        self._outbox.counts_of(self.name).refused += 1
        match fault:
            case Fault.TIMEOUT:
                return Response(is_dropped=True, delay_s=TIMEOUT_S)
            case Fault.DROP:
                return Response(is_dropped=True, delay_s=delay_s)
            case Fault.GARBAGE:
                return GARBAGE.after(delay_s)
            case _:
                return answers[fault].after(delay_s)

    def reject(self, response: Response) -> Response:
        """Count a request that is wrong in itself."""
        self._outbox.counts_of(self.name).refused += 1
        return response

    def accept(
        self, message: Message, answer: Response, make_receipt: ReceiptMaker, delay_s: float = 0.0
    ) -> Response:
        """Keep the message, schedule its receipts, and return the answer as its outcome has it."""
        self._outbox.accept(message)
        if self.control.settings.receipts == "on":
            self._schedule_receipts(message, make_receipt)
        match message.outcome:
            case Outcome.LOST_ANSWER:
                return Response(is_dropped=True, delay_s=delay_s)
            case Outcome.SLOW_ANSWER:
                return answer.after(max(delay_s, self._timing.slow_answer_s))
            case Outcome.EARLY_RECEIPT:
                return answer.after(max(delay_s, self._timing.early_answer_s))
            case _:
                return answer.after(delay_s)

    def _schedule_receipts(self, message: Message, make_receipt: ReceiptMaker) -> None:
        for planned in planned_receipts(message.outcome):
            receipt = make_receipt(message, planned.report)
            if receipt is not None:
                message.receipts.append(receipt)
                self._sender.schedule(receipt, self._delay_s(message.outcome, planned))

    def _delay_s(self, outcome: Outcome, planned: PlannedReceipt) -> float:
        if outcome is Outcome.EARLY_RECEIPT:
            return 0.0
        delay_s = self.control.settings.receipt_delay_ms / 1000 + planned.step * self._timing.receipt_step_s
        return delay_s + self._timing.late_receipt_s if planned.is_late else delay_s


@lru_cache(maxsize=256)
def receipt_target(url: str, default_path: str) -> tuple[str, str]:
    """Return path (with query) and Authorization header line for the receipt URL that came with a message.

    The host is not used: receipts go to the configured gateway, wherever the sender believes that to be.
    Without a URL, or with one that can't be read, it is the default path.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return default_path, ""
    path = (parts.path or default_path) + (f"?{parts.query}" if parts.query else "")
    path = quote(path, safe=_ALLOWED_IN_URLS)
    if parts.username is None:
        return path, ""
    credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return path, f"Authorization: Basic {base64.b64encode(credentials.encode()).decode()}\r\n"

"""Handing the letters of print runs to the provider, in lots, by any number of processes.

A letter is leased, held against notifications (is it still to be printed?), asked for with its notification's id
as the job's id, reported as `sending`, and then written down as handed over. A process can end between any two
of these: the lease runs out, somebody else does the same again, and the provider answers 409, which counts as
success. So nothing is printed twice and nothing is forgotten.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from deliverykit.spans import record_print_request
from deliverykit.types import ReportResult, StatusReport
from filekit.object_store.keys import ObjectKey
from filekit.object_store.store import ObjectMissing, ObjectStore
from notifyrules.statuses import NotificationStatus
from providerkit.caps import MONTHLY_CAP_REACHED, MonthlyCaps
from providerkit.measuring import Measurements
from servicekit.clock import Clock, monotonic
from servicekit.errors import ServiceError, Unavailable
from servicekit.logs import get_logger
from services.letters.printing import metrics
from services.letters.printing.dvla import Fault, ProviderFault
from services.letters.printing.letters_to_print import EndState, LeasedLetter, PrintResult
from services.letters.printing.print_jobs import PrintJob, print_request
from services.letters.printing.provider import PrintProvider
from services.letters.printing.report_tokens import ReportTokens
from services.letters.printing.store import PrintStore

PROVIDER: Final = "dvla"
LOT: Final = 100
"""Source: the public contract, letters: days and deadlines."""
MOST_RETRIES: Final = 55
RETRY_AFTER: Final = timedelta(seconds=180)
"""Source of both: the public contract, queues and tasks, deliver_letter."""

LEASE: Final = timedelta(minutes=5)
"""Longer than a lot takes when every request runs into its time limit."""
_LAST_PART: Final = 0.15
"""Share of a lease in which no request is begun any more: the lease could end before its answer."""
_PUT_OFF: Final = timedelta(minutes=1)
"""Pause where nothing was tried, because something that is needed is away: it counts as no failure."""
_MOST_FAULTS_IN_A_ROW: Final = 10
"""Then the rest of the lot waits: a provider that is down, or wants fewer requests, gets fewer."""
_IDLE_S: Final = 5.0
_AFTER_ERROR_S: Final = 5.0

_S = NotificationStatus

# What it means for printing where a notification stands; `created` is printed, and all others are left alone.
_ENDS: Final[Mapping[NotificationStatus, EndState]] = {
    _S.SENDING: EndState.HANDED_OVER,
    _S.DELIVERED: EndState.HANDED_OVER,
    _S.RETURNED_LETTER: EndState.HANDED_OVER,
    _S.CANCELLED: EndState.CANCELLED,
    _S.TECHNICAL_FAILURE: EndState.REJECTED,
    _S.PERMANENT_FAILURE: EndState.REJECTED,
    _S.TEMPORARY_FAILURE: EndState.REJECTED,
    _S.VALIDATION_FAILED: EndState.REJECTED,
    _S.VIRUS_SCAN_FAILED: EndState.REJECTED,
}

_log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintFacts:
    """What notifications knows of a letter that is about to be printed."""

    status: NotificationStatus
    is_service_active: bool
    organisation_id: UUID | None
    """Of the letter's service."""


class LettersInNotifications(Protocol):
    """Asks notifications about letters."""

    async def print_facts(self, ids: Sequence[UUID]) -> Mapping[UUID, PrintFacts]:
        """The facts of 1 to 100 letters; those that it does not know are left out. Raises servicekit errors."""
        ...


class Reporter(Protocol):
    """`deliverykit.receipts.StatusReporter`: applies a report, or keeps it until it can be applied."""

    async def report(self, report: StatusReport, *, retry_unknown: bool = False) -> ReportResult:
        """Raises servicekit errors when it could do neither."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintAddresses:
    """What a print request says about us."""

    api_url: str
    """Base of the public API as the provider reaches it, without a slash at its end."""
    tokens: ReportTokens


@dataclass(slots=True, kw_only=True)
class _Lot:
    """What the letters of a lot share while they are handed over."""

    facts: Mapping[UUID, PrintFacts]
    latest_start: datetime
    asking: asyncio.Semaphore
    """As many requests at once as there are threads: the others see first whether the provider is well."""
    faults_in_a_row: int = 0


class Requester:
    """Hands letters over; one for each process."""

    def __init__(
        self,
        *,
        store: PrintStore,
        notifications: LettersInNotifications,
        reporter: Reporter,
        provider: PrintProvider,
        files: ObjectStore,
        addresses: PrintAddresses,
        measurements: Measurements,
        caps: MonthlyCaps,
        clock: Clock,
        lease: timedelta = LEASE,
    ) -> None:
        self._store = store
        self._notifications = notifications
        self._reporter = reporter
        self._provider = provider
        self._files = files
        self._addresses = addresses
        self._measurements = measurements
        self._caps = caps
        self._clock = clock
        self._lease = lease
        self._stop_wanted = asyncio.Event()
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Hand over what there is until `stop`."""
        while not self._stop_wanted.is_set():
            self._wake.clear()
            try:
                found = await self.hand_over_lot()
            except ServiceError as err:
                _log.warning("print_lot_delayed", failure=err)
                await self._pause(_AFTER_ERROR_S)
                continue
            if found == 0:
                await self._pause(_IDLE_S)

    def stop(self) -> None:
        """Let `run` end after its lot."""
        self._stop_wanted.set()
        self._wake.set()

    def wake(self) -> None:
        """There may be letters to hand over."""
        self._wake.set()

    async def hand_over_lot(self) -> int:
        """Hand over one lot; how many letters were leased. Raises servicekit errors; what was leased then comes
        again when its lease ends."""
        now = self._clock.now()
        leased_until = now + self._lease
        letters = await self._store.lease_letters(LOT, now, leased_until)
        if letters:
            results = await self._hand_over(letters, leased_until)
            if results:
                await self._store.complete(results, self._clock.now())
        return len(letters)

    async def _hand_over(self, letters: Sequence[LeasedLetter], leased_until: datetime) -> list[PrintResult]:
        try:
            facts = await self._notifications.print_facts([letter.notification_id for letter in letters])
            await self._provider.authorisation()
        except ServiceError as err:
            _log.warning("print_lot_put_off", letters=len(letters), failure=err)
            return [self._put_off(letter) for letter in letters]
        except ProviderFault as fault:
            _log.error("print_lot_put_off", letters=len(letters), error_code=fault.code)
            return [self._put_off(letter) for letter in letters]
        lot = _Lot(
            facts=facts,
            latest_start=leased_until - self._lease * _LAST_PART,
            asking=asyncio.Semaphore(self._provider.connections),
        )
        ended = await asyncio.gather(*(self._hand_over_safely(letter, lot) for letter in letters))
        return [result for result in ended if result is not None]

    async def _hand_over_safely(self, letter: LeasedLetter, lot: _Lot) -> PrintResult | None:
        """None when notifications could not be told: then the lease runs out, and all is done again."""
        try:
            return await self._hand_over_one(letter, lot)
        except ServiceError as err:
            _log.warning("letter_not_reported", notification_id=str(letter.notification_id), failure=err)
            return None

    async def _hand_over_one(self, letter: LeasedLetter, lot: _Lot) -> PrintResult:
        known = lot.facts.get(letter.notification_id)
        status = None if known is None else known.status
        if known is not None and status is _S.CREATED:
            if not known.is_service_active:
                return await self._give_up(letter, "service_inactive")
            return await self._ask_for(letter, known.organisation_id, lot)
        if status is _S.PENDING_VIRUS_CHECK:
            return self._put_off(letter)  # notifications was not told of its PDF yet, and will be
        # Unknown: it was deleted, so nobody wants it any more.
        end = EndState.CANCELLED if status is None else _ENDS[status]
        return self._ended(letter, end, error=f"status {status or 'unknown'}")

    async def _ask_for(self, letter: LeasedLetter, organisation_id: UUID | None, lot: _Lot) -> PrintResult:
        started, started_at = monotonic(), self._clock.now()
        if self._caps.is_reached(PROVIDER):
            return await self._give_up(letter, MONTHLY_CAP_REACHED)
        try:
            async with lot.asking:
                if lot.faults_in_a_row >= _MOST_FAULTS_IN_A_ROW or self._clock.now() > lot.latest_start:
                    return self._put_off(letter)
                started, started_at = monotonic(), self._clock.now()
                await self._provider.print_letter(lambda: self._print_request(letter, organisation_id))
        except ObjectMissing:
            _log.error("letter_pdf_missing", notification_id=str(letter.notification_id))
            return await self._give_up(letter, "pdf_missing")
        except ValueError:  # no address, or no name of a file: one bad row must not hold up the others
            return await self._give_up(letter, "unprintable")
        except Unavailable as err:
            _log.warning("print_request_put_off", notification_id=str(letter.notification_id), failure=err)
            return self._put_off(letter)
        except ProviderFault as fault:
            took_s = monotonic() - started
            _record_request(letter, fault.fault, took_s)
            # Asked for before: the provider has it.
            code = None if fault.fault is Fault.DUPLICATE else fault.code
            self._measurements.note_answer(PROVIDER, code, took_s, started_at)
            if fault.fault is not Fault.DUPLICATE:
                return await self._failed(letter, fault, lot)
            _log.info("letter_printed_before", notification_id=str(letter.notification_id))
        else:
            took_s = monotonic() - started
            _record_request(letter, None, took_s)
            self._measurements.note_answer(PROVIDER, None, took_s, started_at)
        lot.faults_in_a_row = 0
        result = await self._report(letter, _S.SENDING, "")
        if result.created_at is not None:
            self._measurements.note_sent(PROVIDER, result.created_at, self._clock.now())
        return self._ended(letter, EndState.HANDED_OVER)

    def _print_request(self, letter: LeasedLetter, organisation_id: UUID | None) -> bytes:
        """Read the PDF and make the request; in a thread. Raises ObjectMissing and Unavailable."""
        pdf = self._files.get(ObjectKey.parse(letter.object_key)).data
        report_url = self._addresses.tokens.report_url(self._addresses.api_url, letter.notification_id)
        return print_request(
            PrintJob(
                notification_id=letter.notification_id,
                reference=letter.reference,
                address_lines=letter.address_lines,
                postage=letter.postage,
                pdf=pdf,
                service_id=letter.service_id,
                organisation_id=organisation_id,
                report_url=report_url,
            )
        )

    async def _failed(self, letter: LeasedLetter, fault: ProviderFault, lot: _Lot) -> PrintResult:
        """Try again later, or give up: a wrong request at once, all else when the retries are used up."""
        if fault.fault is Fault.REFUSED:
            return await self._give_up(letter, fault.code, fault.detail)
        lot.faults_in_a_row += 1
        _log.warning(
            "print_request_failed",
            notification_id=str(letter.notification_id),
            error_code=fault.code,
            failures=letter.failures + 1,
        )
        if letter.failures >= MOST_RETRIES:
            return await self._give_up(letter, fault.code, fault.detail, is_failure=True)
        return PrintResult(
            notification_id=letter.notification_id,
            attempt=letter.attempt,
            next_at=self._clock.now() + RETRY_AFTER,
            is_failure=True,
            error=f"{fault.code} {fault.detail}".strip(),
        )

    async def _give_up(
        self, letter: LeasedLetter, code: str, detail: str = "", *, is_failure: bool = False
    ) -> PrintResult:
        _log.error("letter_not_printed", notification_id=str(letter.notification_id), error_code=code)
        await self._report(letter, _S.TECHNICAL_FAILURE, code)
        return self._ended(letter, EndState.REJECTED, error=f"{code} {detail}".strip(), is_failure=is_failure)

    async def _report(
        self, letter: LeasedLetter, status: NotificationStatus, detail_code: str
    ) -> ReportResult:
        """Tell notifications, or keep what to tell it. Raises servicekit errors when neither could be done."""
        return await self._reporter.report(
            StatusReport(
                notification_id=letter.notification_id,
                provider=PROVIDER,
                status=status,
                received_at=self._clock.now(),
                detail_code=detail_code,
            )
        )

    def _put_off(self, letter: LeasedLetter) -> PrintResult:
        return PrintResult(
            notification_id=letter.notification_id,
            attempt=letter.attempt,
            next_at=self._clock.now() + _PUT_OFF,
        )

    def _ended(
        self, letter: LeasedLetter, state: EndState, *, error: str | None = None, is_failure: bool = False
    ) -> PrintResult:
        metrics.record_ended(state)
        return PrintResult(
            notification_id=letter.notification_id,
            attempt=letter.attempt,
            state=state,
            is_failure=is_failure,
            error=None if state is EndState.HANDED_OVER else error,
        )

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()


def _record_request(letter: LeasedLetter, fault: Fault | None, duration_s: float) -> None:
    """The provider was asked to print; `fault` is None when it took the letter."""
    metrics.record_request(fault, duration_s)
    record_print_request(letter.notification_id, "taken" if fault is None else fault.value, duration_s)

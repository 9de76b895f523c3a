"""One delivery from its lease to its result: a provider is chosen and asked, or another, or it is handed
back.

Called by `deliverykit.leasing`, many side by side. Not here: how a provider is chosen and when a text is
handed back (`failover.py`), the requests themselves (`clients/`), retries (the queue). Nothing is stored: no
database connection is used on the way to a provider."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from deliverykit.spans import record_provider_request
from deliverykit.types import (
    Delivery,
    DeliveryResult,
    FailedRequest,
    HandedOver,
    LeaseLost,
    Pretend,
    Refused,
    RetryLater,
    TextContent,
)
from notifyrules.recipients import PretendOutcome, pretend_outcome_for_phone_number
from notifyrules.statuses import KeyType, NotificationStatus
from providerkit.caps import MONTHLY_CAP_REACHED, MonthlyCaps
from providerkit.directory import ProviderDirectory
from providerkit.gates import PATIENCE_S, Gate, capacity_of
from providerkit.measuring import Measurements
from providerkit.providers import Provider
from servicekit.clock import Clock, monotonic
from servicekit.logs import get_logger
from services.sms import metrics
from services.sms.balancing import ErrorWindow
from services.sms.clients import firetext, mmg
from services.sms.clients.provider import NotTaken, ProviderName, SmsClient, Taken
from services.sms.delivery_times import DeliveryTimes
from services.sms.failover import Choice, Failover, decisiveness
from services.sms.metrics import RequestOutcome

_log = get_logger()


class DeliveryOutcome(StrEnum):
    """How a delivery ended, for the log and the metrics."""

    TAKEN = "taken"
    NOT_TAKEN = "not_taken"
    NO_PROVIDER = "no_provider"
    PRETENDED = "pretended"
    LEASE_LOST = "lease_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """One request to a provider."""

    provider: ProviderName
    answer: Taken | NotTaken
    started_at: datetime
    duration_s: float

    @property
    def may_be_out(self) -> bool:
        """The provider may have the text although it did not say so."""
        return isinstance(self.answer, NotTaken) and self.answer.may_have_it


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What sending needs."""

    clients: Mapping[ProviderName, SmsClient]
    directory: ProviderDirectory
    failover: Failover
    gates: Mapping[str, Gate]
    caps: MonthlyCaps
    errors: ErrorWindow
    delivery_times: DeliveryTimes
    measurements: Measurements
    clock: Clock

    def capacity(self) -> int:
        """For how many texts the providers have a use just now: for `Leasing`. Those that are down hold none."""
        names = [provider.name for provider in self.directory.active]
        up = [name for name in names if not self.failover.is_down(name)]
        return capacity_of(self.gates[name] for name in up or names)

    async def deliver(self, delivery: Delivery) -> DeliveryResult:
        """Send one text, or pretend to. Raises LeaseLost when the lease ran out before a provider was
        asked."""
        began = monotonic()
        requests: list[_Request] = []
        try:
            result = await self._result(delivery, requests)
        except LeaseLost:
            _note(delivery, DeliveryOutcome.LEASE_LOST, requests, monotonic() - began)
            raise
        _note(delivery, _outcome_of(result), requests, monotonic() - began)
        return result

    async def _result(self, delivery: Delivery, requests: list[_Request]) -> DeliveryResult:
        content = delivery.content
        if not isinstance(content, TextContent):
            raise TypeError("a delivery of the sms channel holds something else")
        if delivery.key_type is KeyType.TEST:
            return self._pretend(content)
        return await self._send(delivery, content, requests)

    async def _send(self, delivery: Delivery, text: TextContent, requests: list[_Request]) -> DeliveryResult:
        known = self.directory.usable(international=text.international)
        if not known:
            return DeliveryResult(outcome=self.failover.retry_without_provider())
        usable = [provider for provider in known if not self.caps.is_reached(provider.name)]
        if not usable:
            return DeliveryResult(outcome=Refused(error_code=MONTHLY_CAP_REACHED))
        busy: set[str] = set()
        while usable and (choice := await self._choose(usable, busy, delivery)):
            try:
                request = await self._ask(choice, delivery, text)
            finally:
                self.gates[choice.provider.name].leave()
            requests.append(request)
            if isinstance(request.answer, Taken):
                return self._taken(delivery, text, requests, request.answer)
            self.errors.note(request.provider)
            usable.remove(choice.provider)
        return self._not_taken(delivery, requests, busy)

    async def _choose(self, usable: Sequence[Provider], busy: set[str], delivery: Delivery) -> Choice | None:
        """A provider whose gate was entered: one that has room now or, when all are `busy`, one that gets some soon."""
        while free := [provider for provider in usable if provider.name not in busy]:
            choice = self.failover.pick(free, avoid=delivery.failed_providers)
            if choice is None:
                break
            if await self._enter(choice, delivery, patience_s=0.0):
                return choice
            busy.add(choice.provider.name)
        waiting = [each for each in usable if each.name in busy and not self.failover.is_down(each.name)]
        if not waiting:
            return None
        choice = self.failover.pick(waiting, avoid=delivery.failed_providers)
        if choice is not None and await self._enter(choice, delivery, patience_s=PATIENCE_S):
            return choice
        return None

    async def _enter(self, choice: Choice, delivery: Delivery, *, patience_s: float) -> bool:
        entered = False
        try:
            entered = await self.gates[choice.provider.name].enter(patience_s)
        finally:
            if entered:
                self.failover.began(choice)
            else:
                self.failover.note(choice, delivery.notification_id, None)
        return entered

    async def _ask(self, choice: Choice, delivery: Delivery, text: TextContent) -> _Request:
        provider = ProviderName(choice.provider.name)
        answer: Taken | NotTaken | None = None
        started_at = self.clock.now()
        began = monotonic()
        try:
            delivery.lease.begin_handing_over(started_at)
            answer = await self.clients[provider].send(delivery.notification_id, text)
        finally:
            duration_s = monotonic() - began
            self.failover.note(choice, delivery.notification_id, answer)
            outcome = _request_outcome(answer)
            metrics.record_request(provider, outcome, duration_s)
            record_provider_request(
                delivery, provider, outcome, started_at, duration_s, failed=not isinstance(answer, Taken)
            )
        error_code = answer.error_code if isinstance(answer, NotTaken) else None
        self.measurements.note_answer(provider.value, error_code, duration_s, started_at)
        return _Request(provider=provider, answer=answer, started_at=started_at, duration_s=duration_s)

    def _taken(
        self, delivery: Delivery, text: TextContent, requests: Sequence[_Request], answer: Taken
    ) -> DeliveryResult:
        """The last of `requests` was taken."""
        request = requests[-1]
        taken_at = request.started_at + timedelta(seconds=request.duration_s)
        metrics.record_sent(request.provider, taken_at - delivery.created_at)
        self.delivery_times.note_sent(request.provider, request.started_at, international=text.international)
        self.measurements.note_sent(request.provider.value, delivery.created_at, taken_at)
        return _result_of(request, HandedOver(provider_reference=answer.reference), requests)

    def _not_taken(
        self, delivery: Delivery, requests: Sequence[_Request], busy: Collection[str]
    ) -> DeliveryResult:
        """The text found nobody; `requests` all failed, and those who are `busy` were not asked."""
        failed = [(request, request.answer) for request in requests if isinstance(request.answer, NotTaken)]
        if not failed:
            full = next((name for name in busy if not self.failover.is_down(name)), None)
            hands_back = self.failover.retry(delivery, None) if full is None else self.gates[full].hand_back()
            return DeliveryResult(outcome=hands_back)
        request, failure = max(failed, key=lambda pair: decisiveness(pair[1]))
        return _result_of(request, self.failover.retry(delivery, failure), requests)

    def _pretend(self, text: TextContent) -> DeliveryResult:
        """What the chosen provider's receipts would make of the number; nobody is asked."""
        usable = self.directory.usable(international=text.international)
        provider = self.failover.pick_pretended(usable)
        if provider is None:
            return DeliveryResult(outcome=self.failover.retry_without_provider())
        outcome = pretend_outcome_for_phone_number(text.phone_number)
        status = _pretend_status(ProviderName(provider.name), outcome)
        return DeliveryResult(outcome=Pretend(status=status), provider=provider.name)


def _result_of(
    request: _Request, outcome: HandedOver | RetryLater, requests: Sequence[_Request]
) -> DeliveryResult:
    """`request`: the one that decided; the others of `requests` are told beside it."""
    return DeliveryResult(
        outcome=outcome,
        provider=request.provider.value,
        started_at=request.started_at,
        duration=timedelta(seconds=request.duration_s),
        failed_requests=tuple(_failed_request(other) for other in requests if other is not request),
    )


def _failed_request(request: _Request) -> FailedRequest:
    answer = request.answer
    if not isinstance(answer, NotTaken):
        raise TypeError("a request that was taken is the one that decided")
    return FailedRequest(
        provider=request.provider.value,
        started_at=request.started_at,
        duration=timedelta(seconds=request.duration_s),
        error_code=answer.error_code,
        may_be_out=answer.may_have_it,
    )


def _pretend_status(provider: ProviderName, outcome: PretendOutcome) -> NotificationStatus:
    match provider:
        case ProviderName.MMG:
            return mmg.pretend_status(outcome)
        case ProviderName.FIRETEXT:
            return firetext.pretend_status(outcome)


def _request_outcome(answer: Taken | NotTaken | None) -> RequestOutcome:
    match answer:
        case Taken():
            return RequestOutcome.TAKEN
        case NotTaken(error_code=code):
            return metrics.request_outcome(code)
        case None:
            return RequestOutcome.CUT_OFF


def _outcome_of(result: DeliveryResult) -> DeliveryOutcome:
    match result.outcome:
        case HandedOver():
            return DeliveryOutcome.TAKEN
        case Pretend():
            return DeliveryOutcome.PRETENDED
        case RetryLater(no_provider=True) if result.provider is None:
            return DeliveryOutcome.NO_PROVIDER
        case _:
            return DeliveryOutcome.NOT_TAKEN


def _note(delivery: Delivery, outcome: DeliveryOutcome, requests: Sequence[_Request], total_s: float) -> None:
    """Measure a delivery and write its one line. Nothing of the text itself is in it."""
    sent_again = any(request.may_be_out for request in requests[:-1])
    possible_duplicate = delivery.possible_duplicate or sent_again
    metrics.record_delivery(outcome, possible_duplicate=possible_duplicate)
    went_well = outcome in _GOOD and len(requests) < 2
    write = _log.info if went_well else _log.warning
    write(
        "delivery_finished",
        notification_id=str(delivery.notification_id),
        service_id=str(delivery.service_id),
        attempt=delivery.attempt,
        possible_duplicate=possible_duplicate,
        outcome=outcome,
        requests=[_described(request) for request in requests],
        total_ms=round(total_s * 1000, 1),
    )


def _described(request: _Request) -> dict[str, object]:
    described: dict[str, object] = {
        "provider": request.provider,
        "took_ms": round(request.duration_s * 1000, 1),
    }
    if isinstance(request.answer, NotTaken):
        described["error_code"] = request.answer.error_code
    return described


_GOOD: Final = frozenset({DeliveryOutcome.TAKEN, DeliveryOutcome.PRETENDED})

"""Which provider is asked, and what is done while one or all are ill.

The rule:

- A text goes to one of the active providers, at random by weight; a text abroad only to one that serves
  abroad.
- A provider that failed for this text before is avoided while another can be asked.
- When the asked one fails, the other is asked at once, within the same lease: nobody waits for a retry
  because one provider is down. Each is asked at most once a lease.
- A provider whose requests for three different texts failed in a row (refused or lost connection, 5xx,
  timeout, throttling, bad credentials; not: this one message is refused) is *down*. While another is up, a
  down one gets one text at a time, at most one a second, as a probe; the text pays for it with one failed
  request and then takes the other. While all are down each gets a probe every second, even while an earlier
  one still waits. One text that a provider takes, or refuses for the text's own sake, ends it.
- A provider that leaves three requests without an answer for more than two seconds, while another one answers,
  is down too, before the first of them times out. It stays so while three hang, whatever else it answers.
- When a text found nobody (all failed, or all are down and no probe is due), it is handed back for 2 to 5
  seconds, and leasing slows down (`deliverykit.leasing`): the queue is the better place to wait. So texts
  leave within seconds of the first provider's return. Handing back does not count as an attempt, or a long
  outage would use up the retries; but one in 60 does where the providers were asked, so that a text at which
  every provider fails ends as a technical failure after about the four hours (48 retries, 5 minutes apart) of
  the public contract.
- When a provider may have the text all the same (timeout, connection lost after the request, an answer that
  makes no sense), another request may be a second text on somebody's phone. The other provider is asked at
  once all the same, as a one-time code must arrive; the result tells of it, and the notification is marked as
  possibly sent twice. When both failed it counts as an attempt; the first further one follows within seconds,
  later ones when the channel's own rule says so.
- A provider that has no room just now (`providerkit.gates`: its rate, or its places) is passed over; when none has, the
  text waits for half a second at one of them, and then is handed back until its turn by the provider's rate.
- When a provider refuses the text itself and no other takes it, the channel's own rule says when it is tried
  again: at once, then every 5 minutes.

Each process finds out for itself who is down; nothing is shared, nothing is stored. Weights and how they move
are in `balancing.py`. Called by `sending.py`."""

import math
import random
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice
from typing import Final
from uuid import UUID

from deliverykit.types import Delivery, RetryLater
from providerkit.providers import Provider
from servicekit.clock import monotonic
from servicekit.logs import get_logger
from services.sms import metrics
from services.sms.clients.provider import Blame, NotTaken, Taken

DOWN_AFTER: Final = 3
"""Failed texts in a row: one or two happen to a healthy provider."""
PROBE_EVERY_S: Final = 1.0
HANGS_AFTER_S: Final = 2.0
"""So long a healthy provider does not keep a request; a text waits ten for its timeout."""
HANGING_REQUESTS: Final = 3
_ANSWERED_LATELY_S: Final = 10.0
"""A provider that is switched off answers nobody, so that it is no reason to leave the other alone."""
_HANDED_BACK_S: Final = (2.0, 5.0)
_NONE_ACTIVE_S: Final = (5.0, 15.0)
"""An operator has to act first."""
_COUNTED_LEASES: Final = 60
"""48 counted attempts, one in 60 leases, about 4 s apart: more than three hours."""

_log = get_logger()


@dataclass(slots=True)
class _Circuit:
    """What this process has seen of one provider lately."""

    failures_in_a_row: int = 0
    last_failed: UUID | None = None
    is_down: bool = False
    probe_at: float = 0.0
    answered_at: float = -math.inf
    """When it last took or refused a text."""
    probes: int = 0
    """Probes under way."""
    open: dict[int, float] = field(default_factory=dict)
    """When each request under way began, by the number of its choice; the oldest first."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A provider to ask. Whoever got it must tell the outcome with `Failover.note`."""

    provider: Provider
    is_probe: bool
    """It is down, and this text finds out whether it still is."""
    number: int = 0
    """Names the request."""


def decisiveness(failure: NotTaken) -> int:
    """Which of a text's failures says how to go on: the greatest."""
    if failure.blame is Blame.MESSAGE:
        return 2
    return 1 if failure.may_have_it else 0


class Failover:
    """Chooses providers, and remembers who is down."""

    def __init__(
        self, names: Iterable[str], *, now: Callable[[], float] = monotonic, seed: int | None = None
    ) -> None:
        """`now`: seconds that never go back; `seed`: for repeatable tests."""
        self._circuits = {name: _Circuit() for name in names}
        self._now = now
        self._random = random.Random(seed)
        self._choices = 0

    def pick(self, providers: Sequence[Provider], *, avoid: Collection[str] = ()) -> Choice | None:
        """The provider to ask next, or None when none of them should be asked now."""
        now = self._now()
        self._look_for_hanging(now)
        some_are_up = any(not self._circuits[provider.name].is_down for provider in providers)
        askable = [
            p for p in providers if self._may_ask(self._circuits[p.name], now, some_are_up=some_are_up)
        ]
        if not askable:
            return None
        chosen = self._by_weight([p for p in askable if p.name not in avoid] or askable)
        circuit = self._circuits[chosen.name]
        if circuit.is_down:
            circuit.probes += 1
            circuit.probe_at = now + PROBE_EVERY_S
        self._choices += 1
        circuit.open[self._choices] = now
        return Choice(chosen, is_probe=circuit.is_down, number=self._choices)

    def pick_pretended(self, providers: Sequence[Provider]) -> Provider | None:
        """The provider that a text of a test key is said to have gone to; it is not asked."""
        return self._by_weight(providers) if providers else None

    def began(self, choice: Choice) -> None:
        """The request begins only now: the text waited for its turn."""
        circuit = self._circuits[choice.provider.name]
        if circuit.open.pop(choice.number, None) is not None:
            circuit.open[choice.number] = self._now()

    def note(self, choice: Choice, notification_id: UUID, outcome: Taken | NotTaken | None) -> None:
        """Tell what became of a request; None when it was given up."""
        provider = choice.provider.name
        circuit = self._circuits[provider]
        circuit.open.pop(choice.number, None)
        if choice.is_probe:
            circuit.probes -= 1
        if isinstance(outcome, Taken) or (outcome is not None and outcome.blame is Blame.MESSAGE):
            self._answered(provider, circuit)
        elif outcome is not None:
            self._failed(provider, circuit, notification_id, outcome)

    def is_down(self, provider: str) -> bool:
        """Whether this process takes the provider for down."""
        return self._circuits[provider].is_down

    def retry(self, delivery: Delivery, failure: NotTaken | None) -> RetryLater:
        """What to report for a text that found nobody. `failure`: the decisive one of this lease, if any."""
        if failure is None:
            return self._hand_back("providers_down", _HANDED_BACK_S)
        code = failure.error_code
        if failure.blame is Blame.MESSAGE or (failure.may_have_it and delivery.failed_providers):
            return RetryLater(error_code=code, may_be_out=failure.may_have_it)
        counts = failure.may_have_it or delivery.attempt % _COUNTED_LEASES == 0
        back = self._hand_back(code, _HANDED_BACK_S, counts=counts)
        return replace(back, may_be_out=failure.may_have_it)

    def retry_without_provider(self) -> RetryLater:
        """What to report for a text that no active provider may be asked for."""
        return self._hand_back("no_active_provider", _NONE_ACTIVE_S)

    def _hand_back(self, code: str, between_s: tuple[float, float], *, counts: bool = False) -> RetryLater:
        delay = timedelta(seconds=self._random.uniform(*between_s))
        return RetryLater(error_code=code, delay=delay, no_provider=not counts)

    @staticmethod
    def _may_ask(circuit: _Circuit, now: float, *, some_are_up: bool) -> bool:
        if not circuit.is_down:
            return True
        return now >= circuit.probe_at and (circuit.probes == 0 or not some_are_up)

    def _by_weight(self, providers: Sequence[Provider]) -> Provider:
        weights = [provider.weight for provider in providers]
        if not any(weights):
            return self._random.choice(providers)
        return self._random.choices(providers, weights)[0]

    def _answered(self, provider: str, circuit: _Circuit) -> None:
        now = self._now()
        circuit.answered_at = now
        circuit.failures_in_a_row = 0
        circuit.last_failed = None
        if not circuit.is_down or (self._hangs(circuit, now) and self._another_answers(provider, now)):
            return
        circuit.is_down = False
        metrics.record_provider_down(provider, is_down=False)
        _log.warning("provider_returned", provider=provider)

    def _failed(self, provider: str, circuit: _Circuit, notification_id: UUID, outcome: NotTaken) -> None:
        if circuit.last_failed != notification_id:  # else one bad text, tried again, would do
            circuit.failures_in_a_row += 1
            circuit.last_failed = notification_id
        if not circuit.is_down and circuit.failures_in_a_row >= DOWN_AFTER:
            self._lost(provider, circuit, outcome.error_code)

    def _look_for_hanging(self, now: float) -> None:
        for provider, circuit in self._circuits.items():
            if not circuit.is_down and self._hangs(circuit, now) and self._another_answers(provider, now):
                self._lost(provider, circuit, "hanging")

    @staticmethod
    def _hangs(circuit: _Circuit, now: float) -> bool:
        """Whether requests are open for too long; looks at no more of them than it takes to tell."""
        oldest = list(islice(circuit.open.values(), HANGING_REQUESTS))
        return len(oldest) == HANGING_REQUESTS and now - oldest[-1] > HANGS_AFTER_S

    def _another_answers(self, provider: str, now: float) -> bool:
        return any(
            not circuit.is_down
            and now - circuit.answered_at <= _ANSWERED_LATELY_S
            and not self._hangs(circuit, now)
            for name, circuit in self._circuits.items()
            if name != provider
        )

    def _lost(self, provider: str, circuit: _Circuit, error_code: str) -> None:
        circuit.is_down = True
        circuit.probe_at = self._now() + PROBE_EVERY_S
        metrics.record_provider_down(provider, is_down=True)
        _log.error("provider_lost", provider=provider, error_code=error_code)

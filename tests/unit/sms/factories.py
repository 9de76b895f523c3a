"""Providers, clients and senders for tests of the sms service."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from deliverykit.types import TextContent
from providerkit.caps import MonthlyCaps
from providerkit.directory import ProviderDirectory
from providerkit.gates import Gate
from providerkit.measuring import Counts, Measurements
from providerkit.providers import Provider
from providerkit.store import ProviderStore
from servicekit.clock import SystemClock
from services.sms.balancing import ErrorWindow
from services.sms.clients.provider import Blame, NotTaken, ProviderName, Taken
from services.sms.delivery_times import DeliveryTimes, MinuteCounts
from services.sms.failover import Failover
from services.sms.sending import Sender

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MMG, FIRETEXT = ProviderName.MMG, ProviderName.FIRETEXT
ILL = NotTaken("http_500", Blame.PROVIDER)
DOUBTFUL = NotTaken("timeout", Blame.PROVIDER, may_have_it=True)
UNWANTED = NotTaken("refused_code_6", Blame.MESSAGE)

TAKEN = Taken("12345678")

Answer = Taken | NotTaken


def a_provider(
    name: str = MMG,
    *,
    weight: int | None = None,
    active: bool = True,
    version: int = 1,
    updated_at: datetime = AT,
) -> Provider:
    resting = 51 if name == MMG else 49
    return Provider(
        name=name,
        weight=resting if weight is None else weight,
        resting_weight=resting,
        active=active,
        supports_international=name == MMG,
        version=version,
        updated_at=updated_at,
        update_reason="a test",
    )


def both(mmg: int = 51, firetext: int = 49) -> list[Provider]:
    return [a_provider(FIRETEXT, weight=firetext), a_provider(MMG, weight=mmg)]


class FakeClient:
    """A provider that answers what it is told."""

    def __init__(self, answer: Answer | Callable[[], Answer] = TAKEN) -> None:
        self.answer = answer
        self.asked: list[UUID] = []

    async def send(self, notification_id: UUID, text: TextContent) -> Answer:
        self.asked.append(notification_id)
        await asyncio.sleep(0)
        return self.answer() if callable(self.answer) else self.answer


class FakeVolumes:
    """What was sent this month."""

    def __init__(self, volumes: dict[str, int]) -> None:
        self.volumes = volumes

    async def volumes_since(self, since: datetime) -> dict[str, int]:
        return self.volumes


class Setup:
    """A sender with fake providers and a time that stands still."""

    def __init__(
        self,
        *,
        mmg: FakeClient | None = None,
        firetext: FakeClient | None = None,
        providers: Sequence[Provider] | None = None,
        seed: int = 1,
    ) -> None:
        self.mmg = mmg or FakeClient()
        self.firetext = firetext or FakeClient()
        self.seconds = 1000.0
        self.written: list[MinuteCounts] = []
        self.gates: dict[str, Gate] = {name: Gate(name, max_in_flight=100) for name in ProviderName}
        self.volumes: dict[str, int] = {}
        self.caps: dict[str, int] = {}
        self.measured: list[Counts] = []
        self.failover = Failover(ProviderName, now=lambda: self.seconds, seed=seed)
        self.errors = ErrorWindow(None, SystemClock())
        self._providers = list(both() if providers is None else providers)

    async def sender(self) -> Sender:
        async def list_providers() -> list[Provider]:
            return self._providers

        async def add_counts(rows: Sequence[MinuteCounts]) -> None:
            self.written += rows

        async def add_measured(rows: Sequence[Counts]) -> None:
            self.measured += rows

        directory = ProviderDirectory(list_providers)
        await directory.refresh()
        self.measurements = Measurements(add_measured)
        caps = MonthlyCaps(
            caps=self.caps,
            store=cast("ProviderStore", FakeVolumes(self.volumes)),
            measurements=self.measurements,
            clock=SystemClock(),
        )
        await caps.refresh()
        return Sender(
            clients={MMG: self.mmg, FIRETEXT: self.firetext},
            directory=directory,
            failover=self.failover,
            gates=self.gates,
            caps=caps,
            errors=self.errors,
            delivery_times=DeliveryTimes(add_counts),
            measurements=self.measurements,
            clock=SystemClock(),
        )

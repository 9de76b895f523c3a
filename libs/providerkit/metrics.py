"""What is measured of providers. Labels are the providers' names."""

from collections.abc import Mapping

from servicekit.metrics import counter, gauge

_weight = gauge("notify_provider_weight", "0 to 100; 0 while not active", ["provider"])
_in_flight = gauge("notify_provider_open_requests", "Requests under way from this process", ["provider"])
_waiting = gauge(
    "notify_provider_waiting",
    "Messages in this process that wait for a provider's rate or for a free place",
    ["provider"],
)
_passed_over = counter(
    "notify_provider_passed_over_total",
    "Times that a provider was not asked because its rate or its places were used up",
    ["provider"],
)
_month_volume = gauge(
    "notify_provider_month_volume", "Messages that a provider with a cap took this month", ["provider"]
)


def record_weights(weights: Mapping[str, int]) -> None:
    """The weights that are in force."""
    for provider, weight in weights.items():
        _weight.labels(provider).set(weight)


def record_gate(provider: str, *, in_flight: int, waiting: int) -> None:
    """How a gate stands."""
    _in_flight.labels(provider).set(in_flight)
    _waiting.labels(provider).set(waiting)


def record_passed_over(provider: str) -> None:
    """A provider was not asked although its turn had come."""
    _passed_over.labels(provider).inc()


def record_month_volume(provider: str, volume: int) -> None:
    """How much of its cap a provider had."""
    _month_volume.labels(provider).set(volume)

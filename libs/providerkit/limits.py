"""What a provider takes at most, as the settings of its service say. None: nobody said so."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderLimits:
    """The limits of one provider."""

    max_per_second: float | None = None
    """Requests a second by its contract, all processes together."""
    max_in_flight: int | None = None
    """Requests under way at once from one process."""
    monthly_cap: int | None = None
    """Messages in a month of London time."""

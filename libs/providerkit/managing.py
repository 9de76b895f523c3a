"""What people may change of providers, checked before and while the rows are locked. Called by `servicer`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from providerkit.providers import MAX_WEIGHT, ChangeProviders, ChangeRecord, Provider, ProviderChange
from servicekit.errors import Conflict, InvalidRequest, NotFound, RuleBroken, Violation

LAST_ACTIVE_PROVIDER: Final = "LAST_ACTIVE_PROVIDER"
MOST_UPDATES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderUpdate:
    """A change that somebody asks for."""

    change: ProviderChange
    based_on_version: int
    """0: whichever."""


async def update_providers(
    change_providers: ChangeProviders,
    updates: Sequence[ProviderUpdate],
    record: ChangeRecord,
    *,
    may_be_without: bool,
) -> list[Provider]:
    """Change providers as an operator wants, all or none; answers them as they are now, by name.

    `may_be_without`: the channel may be left without an active provider, and its messages wait.

    Raises InvalidRequest for a weight outside 0 to 100, no change, no reason or a provider named twice, NotFound for an
    unknown provider, Conflict for one that was changed meanwhile, and RuleBroken (LAST_ACTIVE_PROVIDER).
    """
    _check(updates, record)

    def decide(providers: Sequence[Provider]) -> list[ProviderChange]:
        known = {provider.name: provider for provider in providers}
        for update in updates:
            _check_version(known.get(update.change.name), update)
        left = {provider.name for provider in providers if provider.active}
        for update in updates:
            if update.change.active is not None:
                (left.add if update.change.active else left.discard)(update.change.name)
        if not left and not may_be_without:
            raise RuleBroken(
                LAST_ACTIVE_PROVIDER,
                "No provider would be left to send with: make another one active first",
            )
        return [update.change for update in updates]

    return sorted(await change_providers(decide, record), key=lambda provider: provider.name)


def _check(updates: Sequence[ProviderUpdate], record: ChangeRecord) -> None:
    violations = []
    changes = [update.change for update in updates]
    names = [change.name for change in changes]
    if not 1 <= len(changes) <= MOST_UPDATES or len(set(names)) != len(names):
        violations.append(
            Violation("updates", f"updates must be 1 to {MOST_UPDATES}, each of another provider")
        )
    for change in changes:
        for field, weight in (("weight", change.weight), ("resting_weight", change.resting_weight)):
            if weight is not None and not 0 <= weight <= MAX_WEIGHT:
                violations.append(Violation(field, f"{field} must be between 0 and {MAX_WEIGHT}"))
        if change.weight is None and change.resting_weight is None and change.active is None:
            violations.append(Violation("updates", f"nothing of {change.name} would change"))
    if not record.reason.strip():
        violations.append(Violation("reason", "reason is required"))
    if violations:
        raise InvalidRequest(violations)


def _check_version(provider: Provider | None, update: ProviderUpdate) -> None:
    if provider is None:
        raise NotFound("provider", f"There is no provider {update.change.name}")
    if update.based_on_version not in (0, provider.version):
        raise Conflict(
            f"The provider {provider.name} was changed meanwhile (version {provider.version}, not "
            f"{update.based_on_version}): read it again and repeat the change"
        )

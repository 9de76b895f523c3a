"""Which caller may call which RPC of the billing service. Everything that is not here is refused.

Rows are `servicekit.access`'s: services by name, people by the lowest role. docs/roles.md is made from them.
"""

from collections.abc import Mapping
from typing import Final

from servicekit.access import Access, Role, changes, reads

_LOOKS: Final = reads("notifyctl")
_OURS: Final = reads("api_gateway", "notifications", "notifyctl")

ALLOWED_CALLERS: Final[Mapping[str, Access]] = {
    f"notify.billing.v1.BillingService/{name}": row
    for name, row in {
        "GetRates": _OURS,
        "ListRates": _OURS,
        "ListRateChanges": _LOOKS,
        "SetRate": changes(Role.ADMIN, "notifyctl"),
        "GetUsage": _LOOKS,
        "GetYearUsage": _LOOKS,
        "GetOrganisationUsage": _LOOKS,
        "GetPlatformUsage": _LOOKS,
        "ListVolumes": _LOOKS,
        "ForecastCost": _LOOKS,
        "GetMonthlyReport": _LOOKS,
        "GetBillingStatus": _LOOKS,
        "RebuildDay": changes(Role.OPERATOR, "notifyctl"),
        "CheckLastDays": changes(Role.OPERATOR, "notifyctl"),
    }.items()
}

"""Who may call `ProvidersService`, for every sender's table: `ALLOWED_CALLERS | PROVIDERS_CALLERS`."""

from collections.abc import Mapping
from typing import Final

from servicekit.access import Access, Role, changes, reads

_READERS: Final = reads("notifyctl")

PROVIDERS_CALLERS: Final[Mapping[str, Access]] = {
    "notify.providers.v1.ProvidersService/ListProviders": _READERS,
    "notify.providers.v1.ProvidersService/UpdateProviders": changes(Role.OPERATOR, "notifyctl"),
    "notify.providers.v1.ProvidersService/ListProviderChanges": _READERS,
    "notify.providers.v1.ProvidersService/GetProviderStatistics": _READERS,
}

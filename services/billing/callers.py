"""Which caller may call which RPC of the billing service. Everything that is not here is refused."""

_READERS = frozenset({"notifyctl", "role:viewer", "role:operator", "role:admin"})
_CHANGERS = frozenset({"notifyctl", "role:operator", "role:admin"})
_OURS = frozenset({"api_gateway", "notifications"})
_SERVICE = "notify.billing.v1.BillingService"

ALLOWED_CALLERS = {
    f"{_SERVICE}/GetRates": _READERS | _OURS,
    f"{_SERVICE}/ListRates": _READERS | _OURS,
    f"{_SERVICE}/SetRate": _CHANGERS,
    f"{_SERVICE}/RebuildDay": _CHANGERS,
    f"{_SERVICE}/CheckLastDays": _CHANGERS,
    f"{_SERVICE}/*": _READERS,
}

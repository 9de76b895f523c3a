"""Who may call the RPCs of tasks and alerts, for every service's table: `ALLOWED_CALLERS | OPERATIONS_CALLERS`."""

from typing import Final

_READERS: Final = frozenset({"notifyctl", "role:viewer", "role:operator", "role:admin"})
_CHANGERS: Final = frozenset({"notifyctl", "role:operator", "role:admin"})

OPERATIONS_CALLERS: Final = {
    "notify.operations.v1.TasksService/ListTasks": _READERS,
    "notify.operations.v1.TasksService/ListTaskRuns": _READERS,
    "notify.operations.v1.TasksService/RunTask": _CHANGERS,
    "notify.operations.v1.AlertsService/ListAlerts": _READERS,
    "notify.operations.v1.AlertsService/AcknowledgeAlert": _CHANGERS,
}

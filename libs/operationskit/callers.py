"""Who may call the RPCs of tasks, alerts and the record of changes: for every service's table,
`ALLOWED_CALLERS | OPERATIONS_CALLERS`.
"""

from collections.abc import Mapping
from typing import Final

from operationskit.audit_service import AUDIT_ACCESS
from servicekit.access import Access, Role, changes, reads

_READERS: Final = reads("notifyctl")
_CHANGERS: Final = changes(Role.OPERATOR, "notifyctl")

OPERATIONS_CALLERS: Final[Mapping[str, Access]] = {
    **AUDIT_ACCESS,
    "notify.operations.v1.TasksService/ListTasks": _READERS,
    "notify.operations.v1.TasksService/ListTaskRuns": _READERS,
    "notify.operations.v1.TasksService/RunTask": _CHANGERS,
    "notify.operations.v1.AlertsService/ListAlerts": _READERS,
    "notify.operations.v1.AlertsService/AcknowledgeAlert": _CHANGERS,
}

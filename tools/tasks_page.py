"""Writes docs/tasks.md: every scheduled task of every service, from where it is declared. Called by `make tasks`.

Declarations are read as source, as the tasks themselves are made of open connections: `PeriodicTask(name=…, …)`
anywhere in a service, or in operationskit for those that all have. A test fails while the page is not what this writes.
"""

import ast
import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

ROOT: Final = Path(__file__).parents[1]
TARGET: Final = ROOT / "docs" / "tasks.md"
EVERYBODY: Final = "every service that has tasks"

ALERTS: Final = {
    "reconcile-notifications": ("deliveries-lost", "deliveries-not-sent", "notifications-stuck"),
    "timeout-sending-notifications": ("notifications-stuck",),
    "check-jobs": ("job-stalled", "job-rows-missing"),
    "check-for-services-with-high-failure-rates-or-sending-to-tv-numbers": (
        "service-failure-rate-high",
        "service-texts-drama-numbers",
    ),
    "check-for-low-available-inbound-sms-numbers": ("inbound-numbers-low",),
    "check-if-letters-still-in-created": ("letters-still-created",),
    "check-if-letters-in-technical-failure": ("letters-technical-failure",),
    "check-if-letters-still-pending-virus-check": ("letters-pending-virus-check",),
    "check-if-letters-still-pending-virus-check-nightly": (
        "letters-pending-virus-check",
        "letter-never-checked",
    ),
    "raise-alert-if-letter-notifications-still-sending": ("letters-still-sending",),
    "generate-sms-delivery-stats": ("sms-delivery-slow",),
    "check-last-days-of-billing": ("billing-difference",),
}
"""What a task may raise, by its name: `notifyctl alerts list`, and the runbook says what to do."""

REST: Final = """
## The original's other scheduled work

What the public contract lists and is no task of its own here:

| In the original | Here |
|---|---|
"""
HEAD: Final = """# Scheduled tasks

Made from the services' declarations by `make tasks`; do not edit. Each runs once for each of its times, in one process
of however many there are; a time that was missed because nothing ran is made up for when something runs again, the
latest only ([runbook](runbook.md#scheduled-work)). `notifyctl tasks list` has the last run and the next time, `tasks
runs NAME` the history, `tasks run NAME` runs one at any time. Metrics, by task: `notify_task_runs_total`,
`notify_task_duration_seconds`, `notify_task_last_success_timestamp_seconds`. A run that fails is a log line
`task_ended` at level error.

| Task | When | What it does | Alerts |
|---|---|---|---|
"""

ELSEWHERE: Final = {
    "run-scheduled-jobs, check-job-status": (
        "jobs begin to the second and go on by themselves after a crash; `check-jobs` tells of those that do not"
    ),
    "update-status-of-fully-processed-jobs, check-for-missing-rows-in-completed-jobs": (
        "a job ends in the transaction that makes its last messages; `check-jobs` proves it"
    ),
    "replay-created-notifications": "`reconcile-notifications`",
    "switch-current-sms-provider-on-slow-delivery, tend-providers-back-to-middle": (
        "the sms service's own loops, once in the cluster, every minute and every five"
    ),
    "update-ft-billing-for-today, create-nightly-billing": (
        "billing follows the status feed as it grows; `check-last-days-of-billing` proves ten days"
    ),
    "run-populate-annual-billing": "allowances are carried over when they are asked for",
    "check-time-to-collate-letters, change-dvla-api-key, change-dvla-password": (
        "the letters service, by the same times in London"
    ),
    "remove_letter_jobs, remove_sms_email_jobs": "`remove-jobs`",
    "deep-archive-notification-history-up-to-limit": "`archive-notification-history`",
    "archive-pending-files, remove-archived-template-email-files-from-s3": "`remove-expired-files`",
    "delete-old-records-from-events-table": (
        "the record of changes is kept: it holds no personal data but the names of who changes things"
    ),
    "delete-verify-codes, delete-invitations": (
        "there are none: people are known by tokens (`forget-ended-tokens`)"
    ),
    "update-report-status-to-deleted": "reports are streamed and not kept",
    "zendesk-new-email-branding-report, weekly-dwp-report, weekly-user-research-email": (
        "asked for with `notifyctl` when somebody wants them"
    ),
}
"""Where the original's other scheduled work is done here, by its names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A task as it is declared."""

    service: str
    name: str
    description: str
    schedule: str


def declared() -> list[Declared]:
    """Every task, by service and name."""
    found = [task for file in sorted((ROOT / "services").rglob("*.py")) for task in _in_file(file)]
    found += _in_file(ROOT / "libs" / "operationskit" / "starting.py")
    return sorted(found, key=lambda task: (task.service == EVERYBODY, task.service, task.name))


def render() -> str:
    """The whole file."""
    parts, service = [HEAD], ""
    for task in declared():
        if task.service != service:
            service = task.service
            parts.append(f"| **{service}** | | | |\n")
        alerts = ", ".join(f"`{alert}`" for alert in ALERTS.get(task.name, ())) or "–"
        parts.append(f"| `{task.name}` | {task.schedule} | {task.description} | {alerts} |\n")
    rest = (f"| {theirs} | {here} |\n" for theirs, here in ELSEWHERE.items())
    return "".join([*parts, REST, *rest])


def _in_file(file: Path) -> Iterator[Declared]:
    text = file.read_text(encoding="utf-8")
    if "PeriodicTask(" not in text:
        return
    parts = file.relative_to(ROOT).with_suffix("").parts
    is_service = parts[0] == "services"
    module = importlib.import_module(".".join(parts if is_service else parts[1:]))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "PeriodicTask":
            said = {word.arg: word.value for word in node.keywords}
            yield Declared(
                service=parts[1] if is_service else EVERYBODY,
                name=_value(said["name"], module),
                description=_value(said["description"], module),
                schedule=_value(said["schedule"], module),
            )


def _value(node: ast.expr, module: ModuleType) -> str:
    """What an expression is, by the names of the module that it stands in."""
    return str(eval(compile(ast.Expression(node), module.__name__, "eval"), vars(module)))


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
    sys.stdout.write(f"{TARGET.relative_to(ROOT)} written\n")

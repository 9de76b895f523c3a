"""The page of scheduled tasks, held against the declarations, the alerts and the runbook."""

import re

from tools.tasks_page import ALERTS, ROOT, TARGET, declared, render

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")


def test_the_page_of_tasks_is_up_to_date() -> None:
    assert TARGET.read_text(encoding="utf-8") == render(), "run `make tasks`"


def test_every_task_has_a_name_of_its_own_within_its_service() -> None:
    names = [(task.service, task.name) for task in declared()]
    assert len(set(names)) == len(names)


def test_what_a_task_raises_stands_in_the_runbook() -> None:
    assert set(ALERTS) <= {task.name for task in declared()}
    raised = {alert for alerts in ALERTS.values() for alert in alerts}
    assert {alert for alert in raised if not re.search(rf"`{alert}`", RUNBOOK)} == set()

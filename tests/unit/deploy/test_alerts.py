"""What is asked of Prometheus can be read, is about metrics that there are, and each alert says what to do."""

import re

import pytest

from clients.notifyctl.stack.services import ROOT
from tests.unit.deploy.queries import EXTERNAL, expressions, metrics_in, recorded, rules
from tools.metrics_page import exposed_names
from tools.promtool import TESTS

RUNBOOK = (ROOT / "docs/runbook.md").read_text()
KNOWN = exposed_names() | recorded() | EXTERNAL
ALERTS = [rule for rule in rules() if "alert" in rule]


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_every_expression_is_about_metrics_that_there_are(where: str, expression: str) -> None:
    found = metrics_in(expression)
    assert found, where
    assert found <= KNOWN, where


def test_scaling_asks_for_something() -> None:
    assert "values.yaml" in {where for where, _ in expressions()}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: str(rule["alert"]))
def test_every_alert_has_its_section_in_the_runbook(rule: dict[str, dict[str, str]]) -> None:
    name = str(rule["alert"])
    assert rule["annotations"]["runbook"] == f"docs/runbook.md#{name.lower()}"
    section = RUNBOOK.split(f"\n### {name}\n")[1].split("\n### ")[0]
    assert [part for part in ("**Means.**", "**Look at.**", "**Do.**") if part not in section] == []


def test_every_alert_says_how_soon_somebody_must_act() -> None:
    assert {rule["labels"]["severity"] for rule in ALERTS} == {"page", "ticket"}  # type: ignore[index]  # YAML


def test_every_alert_has_a_test_with_samples() -> None:
    tested = set(re.findall(r"alertname: (\w+)", TESTS.read_text()))
    assert {str(rule["alert"]) for rule in ALERTS} == tested

"""Alerts are about metrics that there are, and each has its section in the documentation."""

import re

import yaml

from clients.notifyctl.stack.services import ROOT

RULES = yaml.safe_load((ROOT / "deploy/k8s/notify/files/alerts.yaml").read_text())["groups"][0]["rules"]
VALUES = (ROOT / "deploy/k8s/notify/values.yaml").read_text()
DOCUMENT = (ROOT / "docs/alerts.md").read_text()


def defined() -> set[str]:
    """Every metric that the code makes."""
    folders = [ROOT / "services", ROOT / "libs"]
    sources = [path.read_text() for folder in folders for path in folder.rglob("*.py")]
    return {name for source in sources for name in re.findall(r'"(notify_[a-z0-9_]+)"', source)}


def used(text: str) -> set[str]:
    return {re.sub(r"_bucket$", "", name) for name in re.findall(r"\bnotify_[a-z0-9_]+", text)}


def test_alerts_are_about_metrics_that_there_are() -> None:
    for rule in RULES:
        assert used(rule["expr"]) <= defined(), rule["alert"]


def test_scaling_is_by_metrics_that_there_are() -> None:
    queries = re.findall(r"query: '([^']+)'", VALUES)
    assert queries
    assert used(" ".join(queries)) <= defined()


def test_every_alert_says_where_it_is_explained() -> None:
    for rule in RULES:
        assert rule["annotations"]["runbook"] == f"docs/alerts.md#{rule['alert'].lower()}"
        assert f"## {rule['alert']}\n" in DOCUMENT

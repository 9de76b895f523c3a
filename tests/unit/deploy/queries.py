"""What alerts, dashboards and scaling ask Prometheus, and the names in it."""

import json
import re
from collections.abc import Iterator

import promql_parser
import yaml

from clients.notifyctl.stack.services import ROOT

ALERTS = ROOT / "deploy/k8s/notify/files/alerts.yaml"
DASHBOARDS = sorted((ROOT / "deploy/k8s/notify/files/dashboards").glob("*.json"))
VALUES = ROOT / "deploy/k8s/notify/values.yaml"

EXTERNAL = frozenset(
    {"envoy_server_days_until_first_cert_expiring", "kube_job_status_failed", "ALERTS"}
    | {"process_cpu_seconds_total", "process_resident_memory_bytes"}
)
"""Of Envoy, kube-state-metrics, Prometheus itself, and the client library."""


def rules() -> list[dict[str, object]]:
    """Every rule of the chart, of all groups."""
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    """Where each expression stands, and the expression."""
    for rule in rules():
        yield str(rule.get("alert", rule.get("record"))), str(rule["expr"])
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                yield f"{path.stem}: {panel['title']}", target["expr"]
    for query in re.findall(r"query: '([^']+)'", VALUES.read_text()):
        yield "values.yaml", query


def recorded() -> set[str]:
    """Names that the rules themselves make."""
    return {str(rule["record"]) for rule in rules() if "record" in rule}


def metrics_in(expression: str) -> set[str]:
    """The names of metrics in an expression. Raises ValueError when it is no PromQL."""
    found: set[str] = set()
    readable = expression.replace("$__rate_interval", "5m")
    _collect(promql_parser.parse(readable), found)
    return found


def _collect(node: object, found: set[str]) -> None:
    match node:
        case promql_parser.VectorSelector():
            if node.name:
                found.add(node.name)
        case promql_parser.MatrixSelector():
            _collect(node.vector_selector, found)
        case promql_parser.Call():
            for argument in node.args:
                _collect(argument, found)
        case promql_parser.BinaryExpr():
            _collect(node.lhs, found)
            _collect(node.rhs, found)
        case promql_parser.AggregateExpr() | promql_parser.ParenExpr() | promql_parser.UnaryExpr():
            _collect(node.expr, found)
        case promql_parser.SubqueryExpr():
            _collect(node.expr, found)
        case _:
            return

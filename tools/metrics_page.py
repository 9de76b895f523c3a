"""Writes `docs/metrics.md`: every metric of every process, from where it is declared. `make metrics-page`.

A unit test fails when the file is not what this prints. What each means is the text of its declaration, which is also
what `/metrics` shows.
"""

import importlib
import re
import sys
from pathlib import Path

from clients.notifyctl.stack.services import ROOT
from servicekit.metrics import DECLARED, Declaration

TARGET = ROOT / "docs" / "metrics.md"
HEAD = """\
# Metrics

Every process shows its own at `/metrics` (the setting `…_METRICS_LISTEN`; `notifyctl status` shows a local system's
ports). Labels come from closed sets: no recipient, no service, no id of a message is ever one. A histogram has
`_bucket`, `_sum` and `_count`. Beside these there are the usual `process_*` and `python_gc_*`. Dashboards and alerts:
[telemetry.md](telemetry.md). Made by `make metrics-page` from the code; do not edit.
"""
SECTIONS = {
    "services/api_gateway": "The gateway",
    "services/notifications": "Notifications: queue, statuses, callbacks, jobs, the database itself",
    "libs/deliverykit": "Senders (sms, email, letters): leases, results, receipts",
    "libs/providerkit": "Senders: their providers",
    "services/sms": "Texts",
    "services/email": "Emails",
    "services/letters": "Letters",
    "services/documents": "Files by email",
    "services/billing": "Billing",
    "libs/operationskit": "Scheduled work and alerts",
    "libs/servicekit": "Every process",
}
_DECLARES = re.compile(r"\b(?:counter|gauge|histogram)\(\s*\"(notify_\w+)\"", re.DOTALL)


def declarations() -> dict[str, list[Declaration]]:
    """All metrics by the folder of their module, in order of their names. Raises ValueError for a module that is in no
    section.
    """
    found: dict[str, list[Declaration]] = {folder: [] for folder in SECTIONS}
    for root in ("libs", "services"):
        for path in sorted((ROOT / root).rglob("*.py")):
            names = _DECLARES.findall(path.read_text())
            if not names:
                continue
            where = path.relative_to(ROOT)
            folder = "/".join(where.parts[:2])
            if folder not in found:
                raise ValueError(f"{where} declares metrics and is in no section of tools/metrics_page.py")
            importlib.import_module(_module_name(where))
            found[folder] += [DECLARED[name] for name in names]
    return {folder: sorted(metrics, key=lambda metric: metric.name) for folder, metrics in found.items()}


def exposed_names() -> set[str]:
    """Names as a query may use them: those of histograms with their endings."""
    names: set[str] = set()
    for metrics in declarations().values():
        for metric in metrics:
            names |= (
                {f"{metric.name}{ending}" for ending in ("_bucket", "_sum", "_count")}
                if metric.kind == "histogram"
                else {metric.name}
            )
    return names


def render() -> str:
    """The whole file."""
    parts = [HEAD]
    for folder, metrics in declarations().items():
        if not metrics:
            continue
        rows = [_row(metric) for metric in metrics]
        parts.append(
            f"\n## {SECTIONS[folder]}\n\n| Metric | Kind | Labels | Meaning |\n|---|---|---|---|\n"
            + "\n".join(rows)
            + "\n"
        )
    return "".join(parts)


def _row(metric: Declaration) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.documentation} |"


def _module_name(where: Path) -> str:
    parts = where.with_suffix("").parts
    return ".".join(parts[1:] if parts[0] == "libs" else parts)


def main() -> int:
    """Write the file."""
    TARGET.write_text(render())
    return 0


if __name__ == "__main__":
    sys.exit(main())

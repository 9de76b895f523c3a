"""Writes the chart's Grafana dashboards, `deploy/k8s/notify/files/dashboards/*.json`: `make dashboards`.

A unit test fails when the files are not what this writes, another reads every expression, and an end-to-end test looks
for every metric on the pages of a running system.
"""

import json
import sys
from typing import Final

from clients.notifyctl.stack.services import ROOT
from tools.dashboards.database import DATABASE
from tools.dashboards.grafana_json import to_json
from tools.dashboards.message_flow import MESSAGE_FLOW
from tools.dashboards.overview import OVERVIEW
from tools.dashboards.providers import PROVIDERS

FOLDER: Final = ROOT / "deploy" / "k8s" / "notify" / "files" / "dashboards"
DASHBOARDS: Final = (OVERVIEW, MESSAGE_FLOW, PROVIDERS, DATABASE)


def render() -> dict[str, str]:
    """Each file's name and what it holds."""
    return {
        f"{dashboard.uid.removeprefix('notify-')}.json": json.dumps(
            to_json(dashboard), indent=1, ensure_ascii=False
        )
        + "\n"
        for dashboard in DASHBOARDS
    }


def main() -> int:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    for name, text in render().items():
        (FOLDER / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

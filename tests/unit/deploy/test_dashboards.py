"""The dashboards are what the tool writes, and what Grafana can load."""

import json
import re
from typing import Any

import pytest

from tests.unit.deploy.queries import DASHBOARDS
from tools.dashboards.__main__ import FOLDER, render

LOADED: dict[str, dict[str, Any]] = {path.name: json.loads(path.read_text()) for path in DASHBOARDS}
OF_EACH = pytest.mark.parametrize("dashboard", LOADED.values(), ids=LOADED.keys())
WIDTH = 24


def test_the_files_are_what_the_tool_writes() -> None:
    written = {path.name: path.read_text() for path in FOLDER.iterdir()}
    assert written == render(), "run `make dashboards`"
    assert set(written) == {"overview.json", "message-flow.json", "providers.json", "database.json"}


@OF_EACH
def test_a_dashboard_has_what_grafana_asks_for(dashboard: dict[str, Any]) -> None:
    assert re.fullmatch(r"[a-z-]{1,40}", dashboard["uid"])
    assert dashboard["schemaVersion"] >= 39
    (variable,) = dashboard["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == (
        "datasource",
        "datasource",
        "prometheus",
    )
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in dashboard["panels"]:
        assert panel["type"] in {"row", "stat", "timeseries"}
        if panel["type"] == "row":
            continue
        assert panel["datasource"]["uid"] == "${datasource}"
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]) > 0
        assert panel["fieldConfig"]["defaults"]["unit"] in {"short", "s", "bytes", "cps", "percentunit"}


@OF_EACH
def test_panels_stand_beside_one_another_and_not_above(dashboard: dict[str, Any]) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= WIDTH
        cells = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells


@OF_EACH
def test_legends_name_labels_that_their_expression_keeps(dashboard: dict[str, Any]) -> None:
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            for label in re.findall(r"{{(\w+)}}", target["legendFormat"]):
                assert re.search(rf"by \([^)]*\b{label}\b", target["expr"]), (panel["title"], label)

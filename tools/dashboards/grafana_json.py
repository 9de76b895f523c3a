"""Dashboards as plain values, and Grafana's JSON of them. What there is to see is in `dashboards`."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

_SCHEMA_VERSION: Final = 39
"""Grafana 10.3 and later; newer ones bring it up to date when they load it."""
_WIDTH: Final = 24
_PANEL_WIDTH: Final = 8
_PANEL_HEIGHT: Final = 8
_STAT_WIDTH: Final = 6
_STAT_HEIGHT: Final = 4
_DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}


class Unit(StrEnum):
    """Grafana's names of units."""

    NONE = "short"
    SECONDS = "s"
    BYTES = "bytes"
    PER_SECOND = "cps"
    SHARE = "percentunit"


@dataclass(frozen=True, slots=True)
class Query:
    """One expression and what its lines are called."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where green ends."""

    value: float


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture."""

    title: str
    description: str
    queries: tuple[Query, ...]
    unit: Unit = Unit.NONE
    is_stat: bool = False
    """A number instead of lines."""
    good_above: Threshold | None = None
    good_below: Threshold | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Panels below one heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """One page."""

    uid: str
    title: str
    rows: tuple[Row, ...]


def to_json(dashboard: Dashboard) -> dict[str, Any]:
    """Grafana's form of a dashboard."""
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "tags": ["notify"],
        "schemaVersion": _SCHEMA_VERSION,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "templating": {
            "list": [
                {
                    "name": "datasource",
                    "label": "Prometheus",
                    "type": "datasource",
                    "query": "prometheus",
                    "current": {},
                    "hide": 0,
                }
            ]
        },
        "annotations": {"list": []},
        "links": [
            {
                "title": "Notify",
                "type": "dashboards",
                "tags": ["notify"],
                "asDropdown": True,
                "keepTime": True,
                "includeVars": True,
            }
        ],
        "panels": _panels(dashboard.rows),
    }


def _panels(rows: tuple[Row, ...]) -> list[dict[str, Any]]:
    """Rows from top to bottom, panels from left to right."""
    made: list[dict[str, Any]] = []
    y = 0
    for row in rows:
        made.append(
            {
                "id": len(made) + 1,
                "type": "row",
                "title": row.title,
                "collapsed": False,
                "gridPos": {"x": 0, "y": y, "w": _WIDTH, "h": 1},
                "panels": [],
            }
        )
        y += 1
        x = line_height = 0
        for panel in row.panels:
            width, height = (_STAT_WIDTH, _STAT_HEIGHT) if panel.is_stat else (_PANEL_WIDTH, _PANEL_HEIGHT)
            if x + width > _WIDTH:
                x, y, line_height = 0, y + line_height, 0
            made.append(_panel(panel, len(made) + 1, {"x": x, "y": y, "w": width, "h": height}))
            x, line_height = x + width, max(line_height, height)
        y += line_height
    return made


def _panel(panel: Panel, id: int, position: dict[str, int]) -> dict[str, Any]:
    return {
        "id": id,
        "type": "stat" if panel.is_stat else "timeseries",
        "title": panel.title,
        "description": panel.description,
        "datasource": _DATASOURCE,
        "gridPos": position,
        "targets": [
            {
                "refId": chr(ord("A") + number),
                "datasource": _DATASOURCE,
                "expr": query.expr,
                "legendFormat": query.legend or "__auto",
                "range": not panel.is_stat,
                "instant": panel.is_stat,
            }
            for number, query in enumerate(panel.queries)
        ],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": []},
        "options": _options(panel),
    }


def _defaults(panel: Panel) -> dict[str, Any]:
    defaults: dict[str, Any] = {"unit": panel.unit.value, "min": 0}
    if panel.unit is Unit.SHARE:
        defaults["decimals"] = 3
    if panel.good_above is not None:
        defaults["thresholds"] = _thresholds("red", "green", panel.good_above)
    elif panel.good_below is not None:
        defaults["thresholds"] = _thresholds("green", "red", panel.good_below)
    if not panel.is_stat:
        defaults["custom"] = {"lineWidth": 1, "fillOpacity": 8, "showPoints": "never", "spanNulls": False}
    return defaults


def _thresholds(below: str, above: str, at: Threshold) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": below, "value": None}, {"color": above, "value": at.value}]
    return {"mode": "absolute", "steps": steps}


def _options(panel: Panel) -> dict[str, Any]:
    if panel.is_stat:
        return {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "area"}
    return {
        "legend": {"displayMode": "list", "placement": "bottom"},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }

"""Renders the chart with the real Helm."""

import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.helm import helm

CHART = Path(__file__).resolve().parents[3] / "deploy" / "k8s" / "notify"
ENVIRONMENTS = ("development", "preview", "staging", "production")

Manifest = dict[str, Any]
Render = Callable[..., tuple[Manifest, ...]]


@cache
def rendered(*arguments: str) -> tuple[Manifest, ...]:
    """What `helm template` makes with these arguments. Raises CalledProcessError with what Helm said."""
    command: list[str | Path] = [helm(), "template", "notify", CHART, "--namespace", "notify", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return tuple(found for found in yaml.load_all(done.stdout, yaml.CSafeLoader) if found)


def values_of(environment: str) -> tuple[str, str]:
    """The arguments for an environment's values."""
    return "--values", str(CHART / f"values-{environment}.yaml")


@pytest.fixture(params=ENVIRONMENTS)
def manifests(request: pytest.FixtureRequest) -> tuple[Manifest, ...]:
    """All manifests of each environment in turn."""
    return rendered(*values_of(request.param))

"""Holds the settings in rendered manifests against the services' rules, without a cluster:

    python -m tools.manifest_settings manifests.yaml

Each Deployment's environment is taken as its service would take it. Secrets are not in manifests: stand-ins take their
place, so that what is told is about the values alone. Exit code 1 when a service would not start.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from clients.notifyctl.stack.services import KINDS
from servicekit.settings import SECRETS_DIR, check_config, unknown_variables
from tools.env_example import settings_class

Manifest = Mapping[str, Any]
_KEY = "3c0f9a7715de48b2a6604c1f27ab3e84"
STAND_INS = {
    "notify_caller_keys": _KEY,
    "notify_redis_url": "redis://valkey:6379",
    "notify_notifications_secret_keys": _KEY,
    "notify_letters_secret_keys": _KEY,
    "notify_sms_mmg_api_key": "f00d",
    "notify_sms_firetext_api_key": "beef",
} | {
    f"notify_{kind.name}_database_url": f"postgresql://{kind.name}:pw@db/notify?sslmode=require"
    for kind in KINDS
    if kind.schema
}


def problems(manifests: list[Manifest]) -> list[str]:
    """What the services that are in the manifests would refuse, a line each."""
    found = []
    for kind in KINDS:
        owner = settings_class(kind.name)
        environment = environment_of(manifests, kind.name)
        if owner is None or environment is None:
            continue
        with _environment(environment):
            found += [f"{kind.name}: {problem}" for problem in check_config(owner)]
            found += [f"{kind.name}: {name}: no such setting" for name in unknown_variables(owner)]
    return found


def environment_of(manifests: list[Manifest], service: str) -> dict[str, str] | None:
    """The variables of a service's Deployment; None where there is none."""
    name = f"notify-{service.replace('_', '-')}"
    for found in manifests:
        if found["kind"] == "Deployment" and found["metadata"]["name"] == name:
            container = found["spec"]["template"]["spec"]["containers"][0]
            return {variable["name"]: variable["value"] for variable in container["env"]}
    return None


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Nothing of NOTIFY_… but these, with the stand-ins as mounted files."""
    before = {name: value for name, value in os.environ.items() if name.startswith("NOTIFY_")}
    with tempfile.TemporaryDirectory() as folder:
        for name, value in STAND_INS.items():
            Path(folder, name).write_text(value)
        for name in before:
            del os.environ[name]
        os.environ.update({**variables, SECRETS_DIR: folder})
        try:
            yield
        finally:
            for name in {*variables, SECRETS_DIR}:
                os.environ.pop(name, None)
            os.environ.update(before)


def main(arguments: list[str]) -> int:
    """Look at the files, and tell."""
    if not arguments:
        print("usage: python -m tools.manifest_settings MANIFESTS…", file=sys.stderr)
        return 2
    texts = [Path(argument).read_text() for argument in arguments]
    manifests = [found for text in texts for found in yaml.safe_load_all(text) if found]
    found = problems(manifests)
    print("\n".join(found) or "the services take these settings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Writes the image's bill of materials, CycloneDX JSON, from uv.lock: `make sbom`, into dist/sbom.json.

It lists what the Dockerfile installs (the services and `notifyctl`), with versions, hashes and package URLs. The base
image's own packages are for whoever builds it to add (`docker sbom`, `syft`).
"""

import json
import subprocess
import sys
from pathlib import Path

from clients.notifyctl.stack.services import ROOT
from tools.locked import requirements

TARGET = ROOT / "dist" / "sbom.json"
IMAGE = ("--no-default-groups", "--group", "tools")
"""The groups that the Dockerfile installs."""
_TIMEOUT_S = 300


def render() -> str:
    """The document. The same lock file gives the same text."""
    command = [
        str(Path(sys.executable).with_name("cyclonedx-py")), "requirements", "-",
        "--output-format", "JSON", "--output-reproducible", "--pyproject", str(ROOT / "pyproject.toml"),
        "--mc-type", "application", "--no-validate",
    ]  # fmt: skip
    done = subprocess.run(
        command, input=requirements(*IMAGE), check=True, capture_output=True, text=True, timeout=_TIMEOUT_S
    )
    document = json.loads(done.stdout)
    for component in document["components"]:
        component.pop("description")  # the line of the requirements file, hashes and all
    return json.dumps(document, indent=2) + "\n"


def main() -> int:
    """Write it, and tell where."""
    text = render()
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text)
    print(f"{TARGET.relative_to(ROOT)}: {len(json.loads(text)['components'])} components")
    return 0


if __name__ == "__main__":
    sys.exit(main())

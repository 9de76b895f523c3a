"""Looks for known vulnerabilities in what uv.lock names, with pip-audit: `make audit`.

Exit code 1 when some are found. Where neither PyPI nor OSV can be asked, that is said and the exit code is 0, as no
network is no vulnerability; with `--strict` (CI) it is 2, so that nobody takes silence for an answer. A mirror of PyPI
answers too, and knows of no vulnerability: a source is believed only after it has named those of a package that is
known to be bad.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.locked import requirements

SOURCES = ("pypi", "osv")
KNOWN_BAD = "jinja2==2.10"
"""Has had published vulnerabilities since 2019."""
_FOUND = 1
_NOT_ASKED = 2
_TIMEOUT_S = 300

Ask = Callable[[str, str], dict[str, Any] | None]


def main(arguments: list[str]) -> int:
    """Look, and give the exit code."""
    return audit(ask, strict="--strict" in arguments)


def audit(ask: Ask, *, strict: bool) -> int:
    """Ask the first source that knows vulnerabilities. `ask`: source and requirements to pip-audit's answer."""
    for source in SOURCES:
        canary = ask(source, KNOWN_BAD)
        if canary is None or not canary["dependencies"][0].get("vulns"):
            print(f"audit: {source} does not know the vulnerabilities of {KNOWN_BAD}: it is not believed")
            continue
        answer = ask(source, requirements())
        if answer is not None:
            return told(answer, source, strict=strict)
    print("audit: NOT LOOKED: neither PyPI's nor OSV's list of vulnerabilities can be reached from here")
    return _NOT_ASKED if strict else 0


def ask(source: str, wanted: str) -> dict[str, Any] | None:
    """What a source says of requirements; None when it does not answer."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(wanted)
        file.flush()
        command = [
            str(Path(sys.executable).with_name("pip-audit")), "--requirement", file.name, "--disable-pip", "--no-deps",
            "--vulnerability-service", source, "--format", "json", "--progress-spinner", "off",
        ]  # fmt: skip
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_TIMEOUT_S)
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip() or "it said nothing").splitlines()[-1]
        print(f"audit: {source} does not answer: {last[:200]}")
        return None
    return answer


def told(answer: dict[str, Any], source: str, *, strict: bool) -> int:
    """Print what was found; gives the exit code."""
    packages = answer["dependencies"]
    bad = [package for package in packages if package.get("vulns")]
    for package in bad:
        for vulnerability in package["vulns"]:
            fixed = ", ".join(vulnerability["fix_versions"]) or "no version"
            print(f"{package['name']} {package['version']}: {vulnerability['id']}, fixed in {fixed}")
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    for name in skipped:
        print(f"{name}: NOT LOOKED, {source} does not know it")
    print(f"audit: {len(packages)} packages, {len(bad)} with known vulnerabilities ({source})")
    if bad:
        return _FOUND
    return _NOT_ASKED if skipped and strict else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

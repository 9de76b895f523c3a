"""Runs Prometheus' own checks of the chart's alerts: `make alerts`, or `python -m tools.promtool check rules …`.

promtool is taken from the PATH, or out of Debian's package `prometheus` (unpacked into `.venv-tools/`, no administrator
needed). Where neither can be had this says so and ends well: unit tests hold the rules against the metrics in any case.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / ".venv-tools" / "promtool"
RULES = ROOT / "deploy" / "k8s" / "notify" / "files" / "alerts.yaml"
TESTS = ROOT / "deploy" / "k8s" / "alerts_test.yaml"
_TIMEOUT_S = 120


def promtool() -> Path | None:
    """promtool's binary; None where it cannot be had."""
    found = shutil.which("promtool")
    if found is not None:
        return Path(found)
    if not KEPT.exists():
        _unpack()
    return KEPT if KEPT.exists() else None


def _unpack() -> None:
    """Take promtool out of Debian's package. Leaves nothing where that does not work."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return
    with tempfile.TemporaryDirectory(prefix="notify-promtool-") as name:
        folder = Path(name)
        try:
            _run_quietly(["apt-get", "download", "prometheus"], folder)
            package = next(folder.glob("prometheus_*.deb"))
            _run_quietly(["dpkg-deb", "-x", str(package), "unpacked"], folder)
        except (subprocess.SubprocessError, StopIteration):
            return
        KEPT.parent.mkdir(exist_ok=True)
        aside = KEPT.with_name(f"promtool.{os.getpid()}")
        shutil.copy(folder / "unpacked" / "usr" / "bin" / "promtool", aside)
        aside.rename(KEPT)


def _run_quietly(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=_TIMEOUT_S)


def main(arguments: list[str]) -> int:
    """Run promtool; without arguments, on the alerts and their tests."""
    binary = promtool()
    if binary is None:
        print("promtool: not found and not to be had; the alerts' unit tests were not run", file=sys.stderr)
        return 0
    runs = [arguments] if arguments else [["check", "rules", str(RULES)], ["test", "rules", str(TESTS)]]
    return max(subprocess.run([str(binary), *run], check=False, cwd=ROOT).returncode for run in runs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

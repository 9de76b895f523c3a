"""Runs the public API's conformance suite against a system of its own. `make conformance`; arguments go to
pytest.

The system runs on free ports with its data in a temporary folder, so a running stack is not disturbed. The
providers' simulators accept everything and report on nothing: the suite sends the receipts itself.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from clients.notifyctl.stack import Receipts, Stack, StackError
from clients.notifyctl.stack.services import ROOT
from tests.homes import prepared

SUITE = ROOT / "tests" / "conformance"


def main(arguments: list[str]) -> int:
    """Start, load, run, stop; answers pytest's exit code."""
    with tempfile.TemporaryDirectory(prefix="notify-conformance-") as folder:
        home, fixture = Path(folder, "home"), Path(folder, "fixture.json")
        try:
            with Stack(prepared(home), receipts=Receipts.OFF, report=lambda line: print(line, flush=True)):
                load: list[str | Path] = [
                    sys.executable, "-m", "clients.notifyctl", "fixtures", "load",
                    SUITE / "fixture-spec.yaml", "--out", fixture, "--home", home,
                ]  # fmt: skip
                subprocess.run(load, cwd=ROOT, check=True)
                environment = {**os.environ, "NOTIFY_FIXTURE": str(fixture)}
                command = [sys.executable, "-m", "pytest", "-q", *arguments]
                return subprocess.run(command, cwd=SUITE, env=environment, check=False).returncode
        except StackError as err:
            print(f"error: {err}", file=sys.stderr)
            return 1
        except subprocess.CalledProcessError as err:
            return err.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The release before this one: which commit it is, its files, and a system that runs them.

It is the last tag before HEAD; where there are no tags (a young repository, a shallow clone in CI), the commit that
`.ci/previous-release` names. Its system is started with its own `notifyctl up`, in an environment that has its code and
this one's packages.
"""

import os
import subprocess
import sysconfig
import tarfile
import time
import venv
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path

from clients.notifyctl.stack import postgres
from clients.notifyctl.stack.health import http_ok
from clients.notifyctl.stack.secrets import StackSecrets
from clients.notifyctl.stack.services import KINDS, ROOT
from clients.notifyctl.stack.state import Phase, ProcessState, StackState, read_state
from tests.e2e.stack import wait_for

RECORD = ROOT / ".ci" / "previous-release"
_PATIENCE_S = 120.0
_STOP_PATIENCE_S = 40.0
_RESTART_PATIENCE_S = 60.0


def previous_release() -> str | None:
    """The commit; None where the history does not hold it."""
    tagged = _git("describe", "--tags", "--abbrev=0", "HEAD~1")
    recorded = [line for line in RECORD.read_text().split("\n") if line and not line.startswith("#")]
    name = tagged or recorded[0]
    return _git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}") or None


def unpack(commit: str, folder: Path) -> None:
    """Write the files of a commit into a folder."""
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    venv.create(folder / ".venv", symlinks=True)
    ours = sysconfig.get_path("purelib")
    theirs = sysconfig.get_path("purelib", vars={"base": str(folder / ".venv")})
    # A path in a .pth file is taken without the .pth files that are there: this project's code stays out.
    roots = [str(folder), str(folder / "libs"), str(folder / "gen"), ours]
    Path(theirs, "release.pth").write_text("\n".join(roots) + "\n")


@contextmanager
def old_system(tree: Path, home: Path) -> Iterator[StackState]:
    """The system of a folder's code, with its demo service, until the block ends."""
    log = tree / "log"
    python = str(tree / ".venv" / "bin" / "python")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, "-m", "clients.notifyctl", "up", "--home", str(home), "--rest-port", "0"],
            cwd=tree,
            env={**os.environ, "NOTIFYCTL_REASON": "test"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield _wait_ready(home, process, log)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def restart(home: Path, names: Iterable[str]) -> None:
    """Restart processes, one after the other, as Kubernetes would."""
    for name in names:
        state = read_state(home)
        assert state is not None
        process = state.processes[name]
        os.kill(process.pid, 15)
        assert wait_for(partial(_is_another, home, name, process), _RESTART_PATIENCE_S), name


def schema_urls(home: Path, state: StackState) -> Mapping[str, str]:
    """By service, the database's URL with the service's own role, as a Job that migrates gets it."""
    secrets = StackSecrets(home / "secrets")
    port = state.ports["postgres"]
    return {
        kind.name: postgres.url(
            port, secrets.get(f"postgres_{kind.schema}"), role=postgres.role_of(kind.schema)
        )
        for kind in KINDS
        if kind.schema and (home / "secrets" / f"postgres_{kind.schema}").exists()
    }


def _is_another(home: Path, name: str, before: ProcessState) -> bool:
    state = read_state(home)
    if state is None or before.health_url is None:
        return False
    return state.processes[name].pid != before.pid and http_ok(before.health_url)


def _wait_ready(home: Path, process: subprocess.Popen[bytes], log: Path) -> StackState:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        state = read_state(home)
        if state is not None and state.phase is Phase.READY and (home / "demo.json").exists():
            return state
        time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace")[-3000:])


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=False, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""

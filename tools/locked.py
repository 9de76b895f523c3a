"""What uv.lock says that an installation holds, as a requirements file with hashes. Used by `audit` and `sbom`."""

import shutil
import subprocess

from clients.notifyctl.stack.services import ROOT


def requirements(*options: str) -> str:
    """All packages and hashes; `options` are uv's, such as `--no-default-groups`.

    Raises FileNotFoundError without uv.
    """
    own = ROOT / ".venv-tools" / "uv"
    uv = str(own) if own.exists() else shutil.which("uv")
    if uv is None:
        raise FileNotFoundError("uv is neither in .venv-tools nor on the PATH: run `make setup`")
    command = [uv, "export", "--frozen", "--quiet", "--no-emit-project", "--no-header", *options]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

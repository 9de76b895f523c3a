"""What the image leaves out, the command line inside it can do without."""

import re
import subprocess
import sys
import tomllib

from clients.notifyctl.stack.services import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DOCKERFILE = (ROOT / "deploy/docker/Dockerfile").read_text()
MODULES = {"grpcio-tools": "grpc_tools"}


def test_notifyctl_starts_with_what_the_image_has() -> None:
    left_out = [name for group in ("local", "dev") for name in PROJECT["dependency-groups"][group]]
    names = [re.split(r"[<>=]", name)[0] for name in left_out]
    modules = [MODULES.get(name, name.replace("-", "_")) for name in names]
    program = f"import sys; sys.modules.update(dict.fromkeys({modules!r})); import clients.notifyctl.__main__"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]


def test_the_image_installs_from_the_lock_file_alone() -> None:
    syncs = re.findall(r"uv sync ([^\n]+)", DOCKERFILE)
    assert syncs
    for options in syncs:
        assert "--frozen --no-default-groups --group tools" in options


def test_every_base_image_is_an_argument() -> None:
    sources = re.findall(r"^FROM (\S+)|--from=(\S+)", DOCKERFILE, re.MULTILINE)
    stages = set(re.findall(r"^FROM \S+ AS (\S+)", DOCKERFILE, re.MULTILINE))
    for name in {first or second for first, second in sources} - stages:
        assert re.fullmatch(r"\$\{[A-Z_]+\}", name), name

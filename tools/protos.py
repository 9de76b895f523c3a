"""Generates the Python code of all protos into a folder, and their descriptors for the edge's JSON. Called by
`make protos` and, into a spare folder, by `make protos-check`.
"""

import sys
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

from tools.http_paths import annotate

ROOT = Path(__file__).resolve().parent.parent
DESCRIPTORS = "notify/descriptors.binpb"
"""All services and messages with what they import, without comments, each RPC with its path of `http.yaml`: what
deploy/envoy reads."""


def generate(target: Path) -> int:
    """Writes `notify/…_pb2.py`, `_pb2.pyi`, `_pb2_grpc.py` and `_pb2_grpc.pyi` below `target`, and the
    descriptors; returns protoc's exit code.
    """
    (target / DESCRIPTORS).parent.mkdir(parents=True, exist_ok=True)
    sources = sorted(str(path) for path in (ROOT / "protos").rglob("*.proto"))
    arguments = [
        "protoc",
        f"--proto_path={ROOT / 'protos'}",
        f"--proto_path={files('grpc_tools') / '_proto'}",
        f"--python_out={target}",
        f"--pyi_out={target}",
        f"--grpc_python_out={target}",
        f"--plugin=protoc-gen-mypy_grpc={Path(sys.executable).parent / 'protoc-gen-mypy_grpc'}",
        f"--mypy_grpc_out=quiet:{target}",
        f"--descriptor_set_out={target / DESCRIPTORS}",
        "--include_imports",
        *sources,
    ]
    code = protoc.main(arguments)
    if not code:
        descriptors = target / DESCRIPTORS
        descriptors.write_bytes(annotate(descriptors.read_bytes()))
    for folder in sorted({path.parent for path in target.rglob("*_pb2.py")}):
        while folder != target:
            (folder / "__init__.py").touch()
            folder = folder.parent
    return int(code)


if __name__ == "__main__":
    sys.exit(generate(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "gen"))

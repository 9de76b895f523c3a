"""The internal API's paths as JSON: read from `protos/http.yaml`, put as google.api.http annotations into descriptors.

They stand beside the protos and not in them, so that whoever builds a gRPC client needs none of Google's files. Used by
`tools.protos`, and by `tools.internal_api` for docs/internal-api.md.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml
from google.api import annotations_pb2, http_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "protos" / "http.yaml"
PREFIX = "/internal/v1"
_BODILESS = ("GET", "DELETE")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpPath:
    """How an RPC is called as JSON."""

    method: str
    path: str
    """With the prefix; `{field}` for fields of the request."""

    def rule(self, rpc: str) -> http_pb2.HttpRule:
        """As the annotation that the transcoder reads; the gRPC path (`package.Service/Rpc`) is good as well."""
        rule = http_pb2.HttpRule(body="" if self.method in _BODILESS else "*")
        setattr(rule, self.method.lower(), self.path)
        rule.additional_bindings.add(post=f"/{rpc}", body="*")
        return rule

    @property
    def fields(self) -> list[str]:
        """The fields of the request that stand in the path."""
        return re.findall(r"\{(\w+)\}", self.path)


def listed() -> dict[str, HttpPath]:
    """What the table says, by `package.Service/Rpc`."""
    table: dict[str, dict[str, str]] = yaml.safe_load(TABLE.read_text())
    found = {}
    for service, rows in table.items():
        for rpc, row in rows.items():
            method, path = row.split()
            found[f"{service}/{rpc}"] = HttpPath(method=method, path=PREFIX + path)
    return found


def path_of(rpc: str, table: dict[str, HttpPath]) -> HttpPath:
    """The path of an RPC (`package.Service/Rpc`): the table's, or one made of its name."""
    service, _, name = rpc.partition("/")
    made = f"{PREFIX}/{_kebab(service.rpartition('.')[2].removesuffix('Service'))}/{_kebab(name)}"
    return table.get(rpc) or HttpPath(method="POST", path=made)


def annotate(descriptors: bytes) -> bytes:
    """The same descriptors, with an annotation on every RPC of ours."""
    files = FileDescriptorSet.FromString(descriptors)
    table = listed()
    for file in files.file:
        for service in file.service:
            for method in service.method:
                rpc = f"{file.package}.{service.name}/{method.name}"
                rule = path_of(rpc, table).rule(rpc)
                method.options.Extensions[annotations_pb2.http].CopyFrom(rule)
    return files.SerializeToString(deterministic=True)


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()

"""Writes `docs/internal-api.md`: every RPC that people may call, as JSON, with who may. `make roles`.

Made from `protos/http.yaml`, the descriptors and the services' tables of callers; a unit test fails when the file is
not what this prints.
"""

import sys
from pathlib import Path

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor

from clients.notifyctl.stack.services import ROOT
from servicekit.access import Access
from tools.http_paths import listed, path_of
from tools.roles import tables

TARGET = ROOT / "docs" / "internal-api.md"
HEAD = """\
# The internal API as JSON

Made by `make roles`; do not edit. Tools speak gRPC ([clients/python](../clients/python/README.md)); where there is only
curl, the edge's port 8444 takes the same calls as JSON, with a client certificate and a person's token:

    TOKEN=$(notifyctl token create …)
    curl --cert tool.crt --key tool.key -H "authorization: Bearer $TOKEN" -H "x-notify-service: sms" \\
      https://tools.notify.example:8444/internal/v1/providers
    curl --cert tool.crt --key tool.key -H "authorization: Bearer $TOKEN" -H "x-notify-service: sms" \\
      -H "notify-reason: provider is slow" -X PATCH -d '{"updates": [{"name": "mmg", "weight": 20}]}' \\
      https://tools.notify.example:8444/internal/v1/providers

Names in braces are fields of the request; the others are the query of a GET or DELETE, and the JSON body of all else.
Enums are written by name, times as `2026-01-31T12:00:00Z`, bytes in base64; a stream is a JSON array. Errors are
`{"code", "message", "details"}` with the HTTP status of the gRPC code. A change needs the header `notify-reason`. What
`notify.operations.v1` has, every service has, and every sender what `notify.providers.v1` has: the header
`x-notify-service: sms` says whose is meant. Every RPC also answers `POST` on its gRPC path, such as
`/notify.providers.v1.ProvidersService/ListProviders`. What fields mean is in `protos/`.
"""


def render() -> str:
    """The whole page."""
    table = listed()
    pool = descriptor_pool.Default()
    parts = [HEAD]
    seen: set[str] = set()
    for service, rows in tables().items():
        lines = []
        for rpc, access in rows.items():
            if access.role is None or rpc in seen:
                continue
            seen.add(rpc)
            owner, _, name = rpc.partition("/")
            path = path_of(rpc, table)
            method = pool.FindServiceByName(owner).methods_by_name[name]
            lines.append(_row(f"{path.method} {path.path}", method, access, path.fields))
        if lines:
            parts.append(f"## {service}\n\n| Call | Other fields | RPC | From |\n|---|---|---|---|")
            parts += [*lines, ""]
    return "\n".join(parts).rstrip() + "\n"


def _row(call: str, method: MethodDescriptor, access: Access, in_path: list[str]) -> str:
    others = [f"`{field.name}`" for field in method.input_type.fields if field.name not in in_path]
    role = access.role.value if access.role is not None else ""
    change = ", with a reason" if access.is_change else ""
    name = f"{method.containing_service.name}.{method.name}"
    return f"| `{call}` | {', '.join(others)} | {name} | {role}{change} |"


if __name__ == "__main__":
    Path(TARGET).write_text(render(), encoding="utf-8")
    sys.stdout.write(f"{TARGET.relative_to(ROOT)} written\n")

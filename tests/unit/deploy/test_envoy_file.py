"""The edge's file knows every service that there is."""

import re

import yaml
from google.protobuf import descriptor_pb2

from clients.notifyctl.stack.services import KINDS, ROOT
from tools.chart_settings import PORTS

CONFIG = yaml.safe_load((ROOT / "deploy/envoy/envoy.yaml").read_text())
DESCRIPTORS = ROOT / "gen/notify/descriptors.binpb"
RESOURCES = CONFIG["static_resources"]


def listener(name: str) -> dict[str, object]:
    found = next(entry for entry in RESOURCES["listeners"] if entry["name"] == name)
    config: dict[str, object] = found["filter_chains"][0]["filters"][0]["typed_config"]
    return config


def test_json_is_spoken_for_every_service_of_the_protos() -> None:
    files = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    defined = {f"{file.package}.{service.name}" for file in files.file for service in file.service}
    filters = listener("tools")["http_filters"]
    assert isinstance(filters, list)
    assert set(filters[0]["typed_config"]["services"]) == defined


def test_every_service_has_a_cluster_with_its_port() -> None:
    clusters = {
        cluster["name"]: cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]
        for cluster in RESOURCES["clusters"]
    }
    for kind in KINDS:
        address = clusters[kind.name]["socket_address"]
        assert address["address"] == f"notify-{kind.name.replace('_', '-')}"
        assert address["port_value"] == PORTS[kind.name]


def test_the_public_listener_reaches_the_gateway_alone() -> None:
    text = yaml.safe_dump(listener("public"))
    assert set(re.findall(r"cluster: (\w+)", text)) == {"api_gateway"}


def test_no_log_holds_a_path() -> None:
    assert not re.findall(
        r"%(?:REQ\(:PATH\)|REQ\(X-ENVOY-ORIGINAL-PATH|PATH\()", (ROOT / "deploy/envoy/envoy.yaml").read_text()
    )

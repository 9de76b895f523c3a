"""The chart renders for every environment, and each switch does what it says."""

import json
import subprocess

import kubernetes_validate
import pytest
import yaml

from tests.integration.deploy.conftest import ENVIRONMENTS, Manifest, rendered, values_of
from tools.dashboards.__main__ import render as render_dashboards
from tools.promtool import RULES

KUBERNETES = ("1.31", "1.34", "1.36")
FOREIGN = {"ExternalSecret", "ServiceMonitor", "PrometheusRule", "ScaledObject", "TLSRoute"}
"""Kinds of other projects, which the schemas of Kubernetes do not know."""


def kinds(manifests: tuple[Manifest, ...]) -> set[str]:
    return {found["kind"] for found in manifests}


def named(manifests: tuple[Manifest, ...], kind: str, name: str) -> Manifest:
    return next(found for found in manifests if (found["kind"], found["metadata"]["name"]) == (kind, name))


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_manifest_is_valid(environment: str, version: str) -> None:
    for manifest in rendered(*values_of(environment)):
        if manifest["kind"] not in FOREIGN:
            kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_two_manifests_have_one_name(environment: str) -> None:
    names = [(found["kind"], found["metadata"]["name"]) for found in rendered(*values_of(environment))]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("switch", "kind"),
    [
        ("ingress.enabled=true,ingress.host=a.example", "Ingress"),
        ("gatewayApi.enabled=true,gatewayApi.host=a.example,gatewayApi.parentRefs[0].name=gw", "TLSRoute"),
        ("externalSecrets.enabled=true", "ExternalSecret"),
        ("monitoring.serviceMonitor.enabled=true", "ServiceMonitor"),
        ("services.sms.keda.enabled=true", "ScaledObject"),
    ],
)
def test_a_switch_adds_its_kind(switch: str, kind: str) -> None:
    assert kind not in kinds(rendered())
    assert kind in kinds(rendered("--set", switch))


@pytest.mark.parametrize(
    ("switch", "kind"),
    [
        ("networkPolicies.enabled=false", "NetworkPolicy"),
        ("migrations.enabled=false", "Job"),
    ],
)
def test_a_switch_takes_its_kind_away(switch: str, kind: str) -> None:
    assert kind in kinds(rendered())
    assert kind not in kinds(rendered("--set", switch))


def test_a_service_that_is_off_leaves_nothing_behind() -> None:
    names = {found["metadata"]["name"] for found in rendered("--set", "services.letters.enabled=false")}
    assert not {name for name in names if name.startswith("notify-letters")}


def test_the_edge_can_be_left_out() -> None:
    names = {found["metadata"]["name"] for found in rendered("--set", "edge.enabled=false")}
    assert not {name for name in names if name.startswith("notify-edge")}


def test_keda_takes_the_place_of_the_autoscaler() -> None:
    manifests = rendered("--set", "services.sms.keda.enabled=true")
    scalers = {found["metadata"]["name"] for found in manifests if found["kind"] == "HorizontalPodAutoscaler"}
    assert "notify-sms" not in scalers
    assert "replicas" not in named(manifests, "Deployment", "notify-sms")["spec"]


def test_providers_networks_reach_the_edges_file() -> None:
    manifests = rendered("--set", "edge.providerNetworks={192.0.2.0/24}")
    text = named(manifests, "ConfigMap", "notify-edge")["data"]["envoy.yaml"]
    assert '"address_prefix":"192.0.2.0","prefix_len":24' in text
    assert "prefix_len: 0" not in text


def test_a_setting_reaches_its_service_and_no_other() -> None:
    manifests = rendered("--set", "settings.sms.NOTIFY_SMS_MAX_IN_FLIGHT=77")

    def variables(name: str) -> dict[str, str]:
        container = named(manifests, "Deployment", name)["spec"]["template"]["spec"]["containers"][0]
        return {found["name"]: found["value"] for found in container["env"]}

    assert variables("notify-sms")["NOTIFY_SMS_MAX_IN_FLIGHT"] == "77"
    assert "NOTIFY_SMS_MAX_IN_FLIGHT" not in variables("notify-email")


def test_a_migration_gets_the_databases_url_and_no_other_secret() -> None:
    job = named(rendered("--set", "migrations.lockTimeout=2s"), "Job", "notify-sms-migrate-pre")
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["args"] == [
        "notifyctl", "migrate", "apply", "--service", "sms", "--phase", "pre",
        "--lock-timeout", "2s", "--statement-timeout", "0s",
    ]  # fmt: skip
    (source,) = pod["volumes"][0]["projected"]["sources"]
    assert [item["key"] for item in source["secret"]["items"]] == ["notify_sms_database_url"]


def test_secrets_from_outside_are_there_before_migrations_want_them() -> None:
    manifests = rendered("--set", "externalSecrets.enabled=true")
    secrets = [found for found in manifests if found["kind"] == "ExternalSecret"]
    jobs = [found for found in manifests if found["kind"] == "Job"]
    weights = [
        [int(found["metadata"]["annotations"]["helm.sh/hook-weight"]) for found in some]
        for some in (secrets, jobs)
    ]
    assert max(weights[0]) < min(weights[1])
    # They are made anew with each release: what they filled must not go with them.
    assert {found["spec"]["target"]["creationPolicy"] for found in secrets} == {"Orphan"}
    mounted = {
        source["secret"]["name"]
        for job in jobs
        for volume in job["spec"]["template"]["spec"]["volumes"]
        for source in volume.get("projected", {}).get("sources", [])
    }
    assert mounted <= {found["metadata"]["name"] for found in secrets}


def test_scaling_by_waiting_messages_asks_prometheus() -> None:
    manifests = rendered("--set", "services.sms.keda.enabled=true")
    (trigger,) = named(manifests, "ScaledObject", "notify-sms")["spec"]["triggers"]
    assert trigger["type"] == "prometheus"
    assert "oldest_ready_seconds" in trigger["metadata"]["query"]


def test_the_ingress_and_the_gateway_route_lead_to_the_edge_alone() -> None:
    ingress = rendered("--set", "ingress.enabled=true,ingress.host=a.example")
    (rule,) = named(ingress, "Ingress", "notify")["spec"]["rules"]
    assert rule["http"]["paths"][0]["backend"]["service"]["name"] == "notify-edge"
    gateway = rendered(
        "--set", "gatewayApi.enabled=true,gatewayApi.host=a.example,gatewayApi.parentRefs[0].name=gw"
    )
    (backend,) = named(gateway, "TLSRoute", "notify")["spec"]["rules"][0]["backendRefs"]
    assert backend == {"name": "notify-edge", "port": 443}


@pytest.mark.parametrize(
    ("switch", "kind", "name"),
    [
        ("services.sms.autoscaling.enabled=false", "HorizontalPodAutoscaler", "notify-sms"),
        ("services.sms.disruptionBudget.enabled=false", "PodDisruptionBudget", "notify-sms"),
        ("edge.autoscaling.enabled=false", "HorizontalPodAutoscaler", "notify-edge"),
    ],
)
def test_a_switch_takes_one_thing_away(switch: str, kind: str, name: str) -> None:
    def names(manifests: tuple[Manifest, ...]) -> set[str]:
        return {found["metadata"]["name"] for found in manifests if found["kind"] == kind}

    assert names(rendered()) - names(rendered("--set", switch)) == {name}


def test_migrations_come_before_and_after() -> None:
    hooks = {
        found["metadata"]["name"]: found["metadata"]["annotations"]["helm.sh/hook"]
        for found in rendered()
        if found["kind"] == "Job"
    }
    assert hooks["notify-sms-migrate-pre"] == "pre-install,pre-upgrade"
    assert hooks["notify-sms-migrate-post"] == "post-install,post-upgrade"


@pytest.mark.parametrize(
    "mistake",
    [
        "services.sms.replicas=0",
        "services.sms.nonsense=1",
        "settings.sms.MMG_URL=x",
        "edge.providerNetworks={everybody}",
        "image.digest=latest",
    ],
)
def test_a_mistake_in_the_values_is_refused(mistake: str) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        rendered("--set", mistake)
    assert "values don't meet the specifications of the schema" in refused.value.stderr


def test_dashboards_come_whole_and_where_grafana_looks_for_them() -> None:
    manifests = rendered("--set", "monitoring.dashboards.enabled=true")
    found = [each for each in manifests if each["metadata"].get("labels", {}).get("grafana_dashboard") == "1"]
    assert {each["kind"] for each in found} == {"ConfigMap"}
    assert {name: json.loads(text) for each in found for name, text in each["data"].items()} == {
        name: json.loads(text) for name, text in render_dashboards().items()
    }


def test_alerts_come_as_they_were_tested() -> None:
    (rule,) = [
        each
        for each in rendered("--set", "monitoring.rules.enabled=true")
        if each["kind"] == "PrometheusRule"
    ]
    assert rule["spec"] == yaml.safe_load(RULES.read_text())


def test_the_collector_is_reached_where_traces_are_recorded_only() -> None:
    def may_reach(*switches: str) -> bool:
        policy = named(rendered(*switches), "NetworkPolicy", "notify-sms")
        return any(port["port"] == 4318 for rule in policy["spec"]["egress"] for port in rule["ports"])

    assert not may_reach()
    assert may_reach("--set", "settings.shared.NOTIFY_TRACE_RATIO=0.01")

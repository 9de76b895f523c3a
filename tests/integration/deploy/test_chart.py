"""The chart renders for every environment, and each switch does what it says."""

import subprocess

import kubernetes_validate
import pytest

from tests.integration.deploy.conftest import ENVIRONMENTS, Manifest, rendered, values_of

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

"""What every manifest must keep to, whatever is set: pod security, limits, probes, network arrows."""

from collections.abc import Iterator

import pytest

from tests.integration.deploy.conftest import Manifest, rendered, values_of

WORKLOADS = {"Deployment", "Job"}


def pods(manifests: tuple[Manifest, ...]) -> Iterator[tuple[str, Manifest]]:
    for found in manifests:
        if found["kind"] in WORKLOADS:
            yield found["metadata"]["name"], found["spec"]["template"]["spec"]


def containers(manifests: tuple[Manifest, ...]) -> Iterator[tuple[str, Manifest]]:
    for name, pod in pods(manifests):
        for container in pod["containers"] + pod.get("initContainers", []):
            yield name, container


def test_pods_meet_the_restricted_standard(manifests: tuple[Manifest, ...]) -> None:
    for name, pod in pods(manifests):
        security = pod["securityContext"]
        assert security["runAsNonRoot"] is True, name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod), name
        assert not [volume for volume in pod["volumes"] if "hostPath" in volume], name
    for name, container in containers(manifests):
        security = container["securityContext"]
        assert security["allowPrivilegeEscalation"] is False, name
        assert security["readOnlyRootFilesystem"] is True, name
        assert security["capabilities"] == {"drop": ["ALL"]}, name


def test_no_pod_gets_a_token_of_the_cluster(manifests: tuple[Manifest, ...]) -> None:
    for name, pod in pods(manifests):
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["enableServiceLinks"] is False, name
    accounts = [found for found in manifests if found["kind"] == "ServiceAccount"]
    assert all(found["automountServiceAccountToken"] is False for found in accounts)


def test_every_container_says_what_it_needs(manifests: tuple[Manifest, ...]) -> None:
    for name, container in containers(manifests):
        resources = container["resources"]
        assert {"cpu", "memory"} <= set(resources["requests"]), name
        assert "memory" in resources["limits"], name
        # A processor limit would stop the event loop in the middle of a request.
        assert "cpu" not in resources["limits"], name


def test_every_server_is_probed_and_drained(manifests: tuple[Manifest, ...]) -> None:
    for found in manifests:
        if found["kind"] != "Deployment":
            continue
        pod = found["spec"]["template"]["spec"]
        for container in pod["containers"]:
            assert {"readinessProbe", "livenessProbe", "lifecycle"} <= set(container)
            drain = container["lifecycle"]["preStop"]["sleep"]["seconds"]
            assert pod["terminationGracePeriodSeconds"] > drain


def test_a_deployment_never_has_less_than_it_should(manifests: tuple[Manifest, ...]) -> None:
    for found in manifests:
        if found["kind"] == "Deployment":
            assert found["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_images_are_never_latest(manifests: tuple[Manifest, ...]) -> None:
    for name, container in containers(manifests):
        image = container["image"]
        assert ":" in image.rsplit("/", 1)[-1], name
        assert not image.endswith(":latest"), name


def test_production_pins_images_by_digest() -> None:
    for name, container in containers(rendered(*values_of("production"))):
        assert "@sha256:" in container["image"], name


def test_no_secret_stands_in_a_manifest(manifests: tuple[Manifest, ...]) -> None:
    assert not [found for found in manifests if found["kind"] == "Secret"]
    for name, container in containers(manifests):
        for variable in container.get("env", []):
            words = ("PASSWORD", "SECRET_KEY", "API_KEY", "CALLER_KEYS", "DATABASE_URL", "REDIS_URL")
            assert not [word for word in words if word in variable["name"]], name


@pytest.mark.parametrize("environment", ["preview", "staging", "production"])
def test_calls_without_an_arrow_are_not_let_through(environment: str) -> None:
    manifests = rendered(*values_of(environment))
    policies = {
        found["metadata"]["name"]: found["spec"] for found in manifests if found["kind"] == "NetworkPolicy"
    }
    assert policies["notify-default-deny"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policies["notify-default-deny"]
    assert callers(policies["notify-sms"]) == {"notify-edge", "notify-api-gateway"}
    assert "notify-billing" not in callers(policies["notify-letters"])
    assert {"notify-sms", "notify-email", "notify-letters", "notify-billing"} <= callers(
        policies["notify-notifications"]
    )


@pytest.mark.parametrize("environment", ["preview", "staging", "production"])
def test_every_arrow_has_two_ends(environment: str) -> None:
    manifests = rendered(*values_of(environment))
    policies = {
        found["metadata"]["name"]: found["spec"] for found in manifests if found["kind"] == "NetworkPolicy"
    }
    servers = {
        found["metadata"]["name"]
        for found in manifests
        if found["kind"] == "Deployment" and found["metadata"]["name"] in policies
    }
    out = {(caller, called) for caller in servers for called in reached(policies[caller]) & servers}
    into = {(caller, called) for called in servers for caller in callers(policies[called]) & servers}
    assert out == into


def test_only_callers_of_the_world_reach_it() -> None:
    for found in rendered(*values_of("production")):
        if found["kind"] != "NetworkPolicy":
            continue
        blocks = [
            peer["ipBlock"]
            for rule in found["spec"].get("egress", [])
            for peer in rule.get("to", [])
            if "ipBlock" in peer and "10.0.0.0/8" in peer["ipBlock"].get("except", [])
        ]
        world = {"notify-notifications", "notify-sms", "notify-email", "notify-letters"}
        assert bool(blocks) == (found["metadata"]["name"] in world), found["metadata"]["name"]


def callers(policy: Manifest) -> set[str]:
    return _names(peer for rule in policy.get("ingress", []) for peer in rule.get("from", []))


def reached(policy: Manifest) -> set[str]:
    return _names(peer for rule in policy.get("egress", []) for peer in rule.get("to", []))


def _names(peers: Iterator[Manifest]) -> set[str]:
    labels = [peer.get("podSelector", {}).get("matchLabels", {}) for peer in peers]
    return {label["app.kubernetes.io/name"] for label in labels if "app.kubernetes.io/name" in label}

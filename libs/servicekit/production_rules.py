"""What production refuses: for each setting that can be insecure, a rule that says what is wrong with its value.

A Settings class lists its rules by field in `production_rules`; `settings` applies them, all at once, wherever the
environment is not development. A rule gets the value and answers what is wrong in words that never hold the value, or
None. `strict` is false in preview, where simulators may take the providers' place; everything else is as in
production. Pure: nothing here looks anything up.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr

Check = Callable[[str, bool], str | None]
"""Value and `strict` to what is wrong."""

_KNOWN_WORDS: Final = (
    "changeme", "change-me", "example", "demo", "default", "password", "simulator", "development", "insecure", "secret"
)  # fmt: skip
_FEWEST_CHARACTERS: Final = 8
"""Different ones in a key: 32 random hexadecimal digits have 8 or more with all but certainty."""
_TLS_MODES: Final = frozenset({"require", "verify-ca", "verify-full"})
_EXAMPLE_DOMAINS: Final = re.compile(r"(^|\.)(example|test|invalid|localhost)(\.(com|net|org))?$")
_SIMULATED: Final = re.compile(r"(^|[.-])simulators?([.-]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionRule:
    """One rule for one setting."""

    says: str
    """What production asks for, for docs/configuration.md."""
    check: Check
    needed: bool = False
    """Whether the setting must be there; without it there is nothing to check otherwise."""

    def problem(self, value: Any, *, strict: bool) -> str | None:
        """What is wrong with a value; None when production takes it."""
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text is None or text == "":
            return f"is needed outside development: {self.says}" if self.needed else None
        return self.check(str(text), strict)


def is_good_key(text: str, _strict: bool) -> str | None:
    """Keys, with commas between: nobody could guess one."""
    for key in _listed(text):
        if len(set(key)) < _FEWEST_CHARACTERS or any(word in key.lower() for word in _KNOWN_WORDS):
            return "holds a key that can be guessed; make one with `openssl rand -hex 32`"
    return None


def is_no_stand_in(text: str, strict: bool) -> str | None:
    """A credential at a provider: not the simulators'."""
    if strict and any(part.lower() in _KNOWN_WORDS for part in _listed(text)):
        return "is the simulators' or an example's; the provider gives the real one"
    return None


def is_public_https(text: str, _strict: bool) -> str | None:
    """An address that people and providers reach: https, and not this machine."""
    url = urlsplit(text)
    if url.scheme != "https":
        return "is not https://: what it carries could be read and changed on the way"
    return "names this machine; give the public host" if _is_loopback(url.hostname) else None


def is_provider(text: str, strict: bool) -> str | None:
    """A provider's address: https; in preview also a simulator."""
    if not strict:
        return None
    url = urlsplit(text)
    host = url.hostname or ""
    if url.scheme != "https":
        return "is not https://, or is a simulator's"
    return "names a simulator" if _is_loopback(host) or _SIMULATED.search(host) else None


def has_tls_to_database(text: str, _strict: bool) -> str | None:
    """A database's URL with TLS asked for, unless it is on this machine."""
    url = urlsplit(text)
    query = parse_qs(url.query)
    if not url.hostname or _is_loopback(url.hostname):
        return None
    if query.get("sslmode", [""])[0] not in _TLS_MODES:
        return "does not ask for TLS; add ?sslmode=verify-full (or require)"
    return None


def is_tls_or_near(text: str, _strict: bool) -> str | None:
    """A cache's URL: TLS, or a name that only the cluster knows."""
    url = urlsplit(text)
    if url.scheme == "rediss" or _is_near(url.hostname):
        return None
    return "leaves the cluster without TLS; use rediss://"


def is_near(text: str, _strict: bool) -> str | None:
    """Where one of our services is: these calls are not encrypted, so that they may not leave the cluster."""
    for address in text.removeprefix("dns:///").removeprefix("ipv4:").split(","):
        if not _is_near(address.rpartition(":")[0].strip("[]")):
            return (
                "leaves the cluster; calls between services are not encrypted: name a service of the cluster"
            )
    return None


def is_real_domain(text: str, strict: bool) -> str | None:
    """A domain that mail can come from."""
    return "is an example's domain" if strict and _EXAMPLE_DOMAINS.search(text.lower()) else None


def is_narrow(text: str, _strict: bool) -> str | None:
    """Networks that are let through: not everything, not this machine, not the cloud's metadata."""
    for part in _listed(text):
        network = ipaddress.ip_network(part, strict=False)
        if network.prefixlen == 0:
            return "lets through every address"
        if network.is_loopback or network.is_link_local:
            return "lets through addresses of the machine itself or of the cloud's metadata"
    return None


def is_safe_store(text: str, strict: bool) -> str | None:
    """An object store: a folder, or S3 over TLS."""
    endpoints = parse_qs(urlsplit(text).query).get("endpoint_url", [])
    if strict and any(endpoint.startswith("http://") for endpoint in endpoints):
        return "reaches S3 without TLS; use an https:// endpoint_url"
    return None


def is_no_pretended_topic(text: str, strict: bool) -> str | None:
    """Topics of SNS: not the simulators'."""
    return "names the simulators' topic" if strict and ":000000000000:" in text else None


def is_nobody_here(text: str, strict: bool) -> str | None:
    """Hosts that are believed beside Amazon's: none on this machine."""
    hosts = [part.rpartition(":")[0] or part for part in _listed(text)]
    return "believes a server on this machine" if strict and any(map(_is_loopback, hosts)) else None


def is_set(_text: str, _strict: bool) -> str | None:
    """Anything, as long as it is there."""
    return None


GOOD_KEY: Final = ProductionRule(says="keys that nobody could guess", check=is_good_key)
CREDENTIAL: Final = ProductionRule(says="the provider's own, not the simulators'", check=is_no_stand_in)
PUBLIC_HTTPS: Final = ProductionRule(says="an https:// address that the world reaches", check=is_public_https)
PUBLIC_HTTPS_NEEDED: Final = ProductionRule(
    says="an https:// address that the world reaches", check=is_public_https, needed=True
)
PROVIDER: Final = ProductionRule(
    says="an https:// address, no simulator (preview may use them)", check=is_provider
)
DATABASE: Final = ProductionRule(says="sslmode=require, verify-ca or verify-full", check=has_tls_to_database)
CACHE: Final = ProductionRule(says="rediss://, or a host inside the cluster", check=is_tls_or_near)
NEAR: Final = ProductionRule(says="a host inside the cluster, as these calls have no TLS", check=is_near)
DOMAIN: Final = ProductionRule(says="a domain of yours", check=is_real_domain)
NARROW: Final = ProductionRule(
    says="no network that holds every address or the machine's own", check=is_narrow
)
STORE: Final = ProductionRule(says="a folder, or S3 over TLS", check=is_safe_store)
TOPICS: Final = ProductionRule(says="the topics of your SES", check=is_no_pretended_topic, needed=True)
REPORTERS: Final = ProductionRule(says="no server on this machine", check=is_nobody_here)
SCANNER: Final = ProductionRule(says="a virus scanner", check=is_set, needed=True)


def _listed(text: str) -> Iterable[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_loopback(host: str | None) -> bool:
    if host is None or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_near(host: str | None) -> bool:
    """A name without a dot, one of the cluster's own, or a private address."""
    if not host or "." not in host or host.endswith((".svc", ".svc.cluster.local")):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False

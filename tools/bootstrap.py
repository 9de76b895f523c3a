#!/usr/bin/env python3
"""Makes `.venv` exactly as `uv.lock` says. Called by every target of the Makefile; instant when up to date.

Needs Python and nothing else: no pip, no venv module, no administrator. Where there is no `uv` on the PATH,
its wheel (pinned, checksum below) is fetched from the package index and unpacked into `.venv-tools/`. The
index is pypi.org, or what UV_DEFAULT_INDEX, UV_INDEX_URL or PIP_INDEX_URL names. Standard library only, and
written so that an old Python can still say what is wrong with it.
"""

from __future__ import annotations

import base64
import fcntl
import gzip
import hashlib
import json
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from html import unescape
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".venv-tools"
STAMP = VENV / ".bootstrap-stamp"
PYTHON_NEEDED = (3, 11)
UV_NEEDED = (0, 9)
UV_VERSION = "0.13.9"
DEFAULT_INDEX = "https://pypi.org/simple"
TIMEOUT_S = 60
# By operating system and processor: the end of the wheel's name and its SHA-256, from the index's own page.
UV_WHEELS = {
    ("Linux", "x86_64"): (
        "manylinux_2_17_x86_64.manylinux2014_x86_64",
        "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
    ),
    ("Linux", "aarch64"): (
        "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe",
    ),
    ("Darwin", "arm64"): (
        "macosx_11_0_arm64",
        "66c512266d633bef48384a1f53003f41f2a8e7b36fe6e7fbfd3e0fd52d96fa63",
    ),
    ("Darwin", "x86_64"): (
        "macosx_10_12_x86_64",
        "c16ed11e013557536b3e60065f1b912f6407bd6518e041b961e23ef9e6b4fbf5",
    ),
}


class SetupError(Exception):
    """Something that the person at the terminal must know; the text is one line."""


def main() -> int:
    """Sets up, and returns the exit code."""
    try:
        check_python(sys.version_info[:2])
        if not is_current():
            set_up()
    except SetupError as err:
        print(f"bootstrap: {err}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def check_python(version: tuple[int, int]) -> None:
    """Raises SetupError when this Python is too old for the project."""
    if version < PYTHON_NEEDED:
        needed, found = (".".join(map(str, v)) for v in (PYTHON_NEEDED, version))
        raise SetupError(
            f"Python {needed} or newer is needed and this is {found}; "
            f"where another is installed, say so: make PYTHON=python{needed} …"
        )


def is_current() -> bool:
    """Whether `.venv` was made from the lock file as it is now, by this Python, in this folder."""
    try:
        return STAMP.read_text() == fingerprint() and (VENV / "bin" / "python").exists()
    except OSError:
        return False


def fingerprint() -> str:
    """What `.venv` depends on, as one hash."""
    parts = [(ROOT / "uv.lock").read_bytes(), (ROOT / "pyproject.toml").read_bytes()]
    parts += [sys.version.encode(), str(ROOT).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def set_up() -> None:
    """Makes `.venv`; several at once wait for one another. Raises SetupError."""
    TOOLS.mkdir(exist_ok=True)
    (TOOLS / ".gitignore").write_text("*\n")
    with (TOOLS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_current():
            return
        say("setting up .venv from uv.lock (the first time downloads about 170 MB)")
        STAMP.unlink(missing_ok=True)
        uv = find_uv() or download_uv()
        if index_url() == DEFAULT_INDEX:
            run(uv, "sync", "--frozen", "--python", base_python())
        else:
            sync_from_mirror(uv)
        STAMP.write_text(fingerprint())


def sync_from_mirror(uv: str) -> None:
    """Installs from another index: uv.lock's addresses are pypi.org's, its hashes hold anywhere."""
    wanted = TOOLS / "requirements.txt"
    run(uv, "export", "--frozen", "--quiet", "--no-emit-project", "--output-file", str(wanted))
    run(uv, "venv", "--quiet", "--allow-existing", "--python", base_python(), str(VENV))
    python = str(VENV / "bin" / "python")
    run(uv, "pip", "sync", "--python", python, "--require-hashes", str(wanted))
    run(uv, "pip", "install", "--python", python, "--no-deps", "--editable", str(ROOT))


def run(*command: str) -> None:
    """Runs uv in the project with its output shown. Raises SetupError when it fails."""
    environment = {
        **os.environ,
        "UV_PROJECT_ENVIRONMENT": str(VENV),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_DEFAULT_INDEX": index_url(),
    }
    if ssl.create_default_context().cert_store_stats()["x509_ca"]:
        # Many networks look into TLS with a certificate of their own, which only the system knows.
        environment.update({"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"})
    environment.pop("VIRTUAL_ENV", None)  # somebody else's, or ours: uv would warn about it
    try:
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    except OSError as err:
        raise SetupError(f"cannot run {command[0]}: {err.strerror}") from err
    if code:
        raise SetupError(f"`uv {command[1]}` failed with exit code {code}; what it said is above")


def base_python() -> str:
    """The interpreter outside of any virtual environment, as `.venv` must not stand on itself."""
    return getattr(sys, "_base_executable", None) or sys.executable


def find_uv() -> str | None:
    """A new enough uv: the one fetched before, or one on the PATH."""
    for candidate in (str(TOOLS / "uv"), shutil.which("uv")):
        if candidate and uv_version(candidate) >= UV_NEEDED:
            return candidate
    return None


def uv_version(path: str) -> tuple[int, ...]:
    """The version of a uv, or nothing when it does not run."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return ()
    found = re.match(r"uv (\d+)\.(\d+)", done.stdout)
    return tuple(map(int, found.groups())) if found else ()


def download_uv() -> str:
    """Fetches, checks and unpacks the pinned wheel; returns the path of the program. Raises SetupError."""
    name, digest = wheel_for(platform.system(), platform.machine())
    say(f"fetching uv {UV_VERSION}")
    page_url = index_url() + "/uv/"
    content_type, page = fetch(page_url, "application/vnd.pypi.simple.v1+json, text/html;q=0.5")
    address = wheel_address(page_url, content_type, page.decode(), name)
    wheel = fetch(address, "*/*")[1]
    found = hashlib.sha256(wheel).hexdigest()
    if found != digest:
        raise SetupError(f"{name} has SHA-256 {found}, not the one that is pinned; not used")
    target = TOOLS / "uv"
    fresh = TOOLS / "uv.new"
    with zipfile.ZipFile(BytesIO(wheel)) as archive:
        fresh.write_bytes(archive.read(f"uv-{UV_VERSION}.data/scripts/uv"))
    fresh.chmod(0o755)
    fresh.replace(target)
    return str(target)


def wheel_for(system: str, machine: str) -> tuple[str, str]:
    """File name and SHA-256 of uv's wheel for a kind of machine. Raises SetupError for one without."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine) if system == "Linux" else machine
    try:
        tags, digest = UV_WHEELS[system, machine]
    except KeyError:
        raise SetupError(
            f"no uv is pinned for {system} on {machine}; put uv {UV_VERSION} or newer on the PATH"
        ) from None
    return f"uv-{UV_VERSION}-py3-none-{tags}.whl", digest


def wheel_address(page_url: str, content_type: str, page: str, name: str) -> str:
    """Where an index's page (JSON or HTML) says that a file is. Raises SetupError when it has none."""
    if "json" in content_type:
        links = {str(entry["filename"]): str(entry["url"]) for entry in json.loads(page)["files"]}
    else:
        hrefs = [unescape(href) for href in re.findall(r"""<a\s[^>]*?href=["']([^"']+)["']""", page)]
        links = {unquote(urlsplit(href).path.rsplit("/", 1)[-1]): href for href in hrefs}
    if name not in links:
        raise SetupError(f"the package index has no {name}; put uv {UV_VERSION} or newer on the PATH")
    return urlunsplit(urlsplit(urljoin(page_url, links[name]))._replace(fragment=""))


def index_url() -> str:
    """The package index to use, without a slash at the end."""
    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if os.environ.get(variable):
            return os.environ[variable].rstrip("/")
    return DEFAULT_INDEX


def fetch(url: str, accept: str) -> tuple[str, bytes]:
    """Content type and body of a page. A user and password in the address are sent. Raises SetupError."""
    parts = urlsplit(url)
    headers = {"Accept": accept, "Accept-Encoding": "gzip", "User-Agent": "notify-bootstrap"}
    if parts.username:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(secret.encode()).decode()
    plain = urlunsplit(parts._replace(netloc=parts.netloc.rsplit("@", 1)[-1]))
    request = urllib.request.Request(plain, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            body = answer.read()
            if answer.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            return answer.headers.get("Content-Type", ""), body
    except (OSError, ValueError) as err:  # urllib's own errors are OSErrors
        reason = getattr(err, "reason", None) or err
        raise SetupError(
            f"cannot fetch {plain} ({reason}); is there a network? Another index: UV_DEFAULT_INDEX=https://…/simple"
        ) from err


def say(text: str) -> None:
    """Tells what goes on, on the terminal."""
    print(f"bootstrap: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

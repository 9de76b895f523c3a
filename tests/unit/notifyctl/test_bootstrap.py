"""Setting up without pip: which wheel of uv, and where it is."""

import json

import pytest

from tools.bootstrap import (
    DEFAULT_INDEX,
    UV_VERSION,
    UV_WHEELS,
    SetupError,
    check_python,
    index_url,
    wheel_address,
    wheel_for,
)

INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
PAGE = "https://index.example/simple/uv/"


@pytest.mark.parametrize(
    ("system", "machine", "tag"),
    [
        ("Linux", "x86_64", "manylinux"),
        ("Linux", "amd64", "x86_64"),
        ("Linux", "aarch64", "aarch64"),
        ("Linux", "arm64", "aarch64"),
        ("Darwin", "arm64", "macosx_11_0_arm64"),
        ("Darwin", "x86_64", "macosx_10_12_x86_64"),
    ],
)
def test_wheel_fits_the_machine(system: str, machine: str, tag: str) -> None:
    name, digest = wheel_for(system, machine)
    assert name.startswith(f"uv-{UV_VERSION}-py3-none-")
    assert tag in name
    assert len(digest) == 64


def test_every_wheel_has_its_own_digest() -> None:
    assert len({digest for _, digest in UV_WHEELS.values()}) == len(UV_WHEELS)


def test_other_machines_are_told_to_install_uv() -> None:
    with pytest.raises(SetupError, match="no uv is pinned for Windows on AMD64"):
        wheel_for("Windows", "AMD64")


def test_old_python_is_named() -> None:
    with pytest.raises(SetupError, match=r"Python 3\.11 or newer is needed and this is 3\.9"):
        check_python((3, 9))


@pytest.mark.parametrize("version", [(3, 11), (3, 14)])
def test_new_python_is_accepted(version: tuple[int, int]) -> None:
    check_python(version)


def test_wheel_is_found_on_a_json_page() -> None:
    name, _ = wheel_for("Linux", "x86_64")
    page = json.dumps({"files": [{"filename": name, "url": "../../files/" + name}]})
    found = wheel_address(PAGE, "application/vnd.pypi.simple.v1+json", page, name)
    assert found == f"https://index.example/files/{name}"


def test_wheel_is_found_on_an_html_page() -> None:
    name, _ = wheel_for("Linux", "x86_64")
    page = f'<a href="https://files.example/{name}#sha256=00" data-requires-python="&gt;=3.8">{name}</a>'
    assert wheel_address(PAGE, "text/html", page, name) == f"https://files.example/{name}"


@pytest.mark.parametrize(("content_type", "page"), [("application/json", '{"files": []}'), ("text/html", "")])
def test_index_without_the_wheel_is_an_error(content_type: str, page: str) -> None:
    with pytest.raises(SetupError, match="the package index has no"):
        wheel_address(PAGE, content_type, page, "uv.whl")


def test_index_of_the_environment_is_used_uvs_own_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in INDEX_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    found = [index_url()]
    for variable in reversed(INDEX_VARIABLES):
        monkeypatch.setenv(variable, f"https://{variable.lower()}/simple/")
        found.append(index_url())
    assert found == [DEFAULT_INDEX, *(f"https://{name.lower()}/simple" for name in reversed(INDEX_VARIABLES))]

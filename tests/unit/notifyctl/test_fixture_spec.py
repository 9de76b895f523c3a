"""The conformance suite's question, as types."""

import json
from pathlib import Path

import pytest

from clients.notifyctl.channels import Channel
from clients.notifyctl.fixtures.command import choose_listener, read_fixture
from clients.notifyctl.fixtures.loading import CALLBACK_KINDS, KEY_TYPES, rates_of_today
from clients.notifyctl.fixtures.spec import FixtureSpec, Listener, read_spec
from clients.notifyctl.output import CommandError
from clients.notifyctl.stack.ports import free_port
from clients.notifyctl.stack.services import ROOT

SPEC = ROOT / "tests" / "conformance" / "fixture-spec.yaml"


@pytest.fixture(scope="module")
def spec() -> FixtureSpec:
    return read_spec(SPEC)


def test_spec_names_its_services(spec: FixtureSpec) -> None:
    assert {"main", "trial", "slow", "keyless"} <= spec.services.keys()
    assert spec.services["main"].sms_senders["default"].value == "CONFMAIN"


def test_version_counts_contents_and_archiving(spec: FixtureSpec) -> None:
    templates = spec.services["main"].templates
    assert templates["sms_plain"].version == 1
    assert templates["sms_versions"].version == 2
    assert templates["sms_archived"].version == 2


def test_everything_the_spec_names_is_known_here(spec: FixtureSpec) -> None:
    services = spec.services.values()
    assert {key.type for service in services for key in service.api_keys.values()} <= KEY_TYPES.keys()
    assert {name for service in services for name in service.callbacks} <= CALLBACK_KINDS.keys()
    kinds = {template.type for service in services for template in service.templates.values()}
    assert kinds <= {channel.value for channel in Channel}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("version: 2\nusers: {}", "missing required field"),
        ("[1]", "Expected `object`"),
        ("version: [", "YAML|yaml|parsing|flow|expected"),
    ],
)
def test_other_files_are_refused_in_one_line(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(content)
    with pytest.raises(CommandError, match=said):
        read_spec(path)


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot read"):
        read_spec(tmp_path / "none.yaml")


def test_no_earlier_fixture_is_an_empty_one(tmp_path: Path) -> None:
    assert read_fixture(tmp_path / "none.json") == {}


def test_file_that_is_no_fixture_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "notes.json"
    path.write_text("my notes")
    with pytest.raises(CommandError, match="is no fixture file"):
        read_fixture(path)


def test_suite_listens_where_it_did_before() -> None:
    before, wanted = free_port(), free_port()
    previous = json.loads(json.dumps({"callbacks": {"listen_port": before}}))
    listener = choose_listener(Listener(listen_host="127.0.0.1", listen_port=wanted), previous)
    assert listener.listen_port == before


def test_rate_of_a_text_is_in_pounds() -> None:
    assert 0.01 < rates_of_today()["sms"] < 0.1

"""The comparison kit: what its file may hold, and how figures are put beside one another."""

import io

import pytest
from rich.console import Console

from tests.bench.compare import read_systems, shown

KEY = "a-key-2ebe4da8-17be-49fe-b02f-dff2760261a0-11111111-aaaa-4aaa-8aaa-111111111111"


def a_file(**changes: str) -> str:
    """A file with one system."""
    values = {"name": "ours", "url": "http://127.0.0.1:6011", "key": KEY, "sms_template": "an id", **changes}
    return "[[system]]\n" + "\n".join(f'{name} = "{value}"' for name, value in values.items() if value)


def test_a_file_of_two_systems_is_read() -> None:
    systems = read_systems(f"{a_file()}\n{a_file(name='theirs', url='https://other.example/notify')}")
    assert [system.name for system in systems] == ["ours", "theirs"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no .*system"),
        (a_file(key="a-secret-alone"), "service id and a secret"),
        (a_file(url="127.0.0.1:6011"), "http or https"),
        (a_file(sms_template=""), "sms_template or email_template"),
        (a_file(colour="blue"), "colour"),
        ("[[system]", "."),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_systems(text)


def test_figures_stand_beside_one_another_with_ratios() -> None:
    ours = {"per_second": 3000.0, "p50_ms": 10.0, "p99_ms": 30.0, "statuses": {"201": 9000}}
    theirs = {"per_second": 150.0, "p50_ms": 200.0, "p99_ms": 900.0, "statuses": {"201": 450, "429": 20}}
    console = Console(width=160, file=io.StringIO(), record=True)
    console.print(shown({"accept a text, 64 connections": {"ours": ours, "theirs": theirs}}))
    text = console.export_text()
    assert "0.05" in text  # of the rate
    assert "20.00" in text  # of the median
    assert '"429": 20' in text

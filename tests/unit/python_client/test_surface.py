"""The Python client's surface: both clients have the same calls, no protobuf shows, and every enum is complete."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from clients import python
from clients.python import notify_client
from clients.python.notify_client import AsyncNotifyClient, NotifyClient, convert, convert_jobs
from notify.notifications.v1 import jobs_pb2, types_pb2

README = Path(str(python.__file__)).with_name("README.md")


def calls(client: type) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(method)
        for name, method in inspect.getmembers(client, inspect.isfunction)
        if not name.startswith("_")
    }


def test_both_clients_have_the_same_calls() -> None:
    ours, theirs = calls(NotifyClient), calls(AsyncNotifyClient)
    assert ours.keys() == theirs.keys()
    assert {name: list(signature.parameters.values()) for name, signature in ours.items()} == {
        name: list(signature.parameters.values()) for name, signature in theirs.items()
    }


def test_no_protobuf_shows() -> None:
    for client in (NotifyClient, AsyncNotifyClient):
        for signature in calls(client).values():
            assert "_pb2" not in str(signature)


@pytest.mark.parametrize(
    ("table", "enum"),
    [
        (convert.TYPE_TO_PB, types_pb2.NotificationType),
        (convert.KEY_TYPE_TO_PB, types_pb2.KeyType),
        (convert.STATUS_TO_PB, types_pb2.NotificationStatus),
        (convert.LANE_TO_PB, types_pb2.Lane),
        (convert_jobs.JOB_STATUS_TO_PB, jobs_pb2.JobStatus),
    ],
)
def test_every_value_of_an_enum_has_a_word(table: dict[Any, int], enum: Any) -> None:
    assert set(table.values()) == set(enum.values()) - {0}


def test_everything_that_is_promised_is_there() -> None:
    for name in notify_client.__all__:
        assert getattr(notify_client, name)


def test_the_examples_are_python_and_name_only_what_there_is() -> None:
    text = README.read_text(encoding="utf-8")
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        compile(block, str(README), "exec")
        for names in re.findall(r"from clients\.python\.notify_client import (.+)", block):
            assert set(names.split(", ")) <= set(notify_client.__all__)

"""The internal API's paths name RPCs and fields that there are, and no two are one."""

import re

import pytest
from google.api import annotations_pb2
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from clients.notifyctl.stack.services import ROOT
from tools.http_paths import PREFIX, listed, path_of
from tools.internal_api import TARGET, render
from tools.roles import tables

TABLE = listed()
BY_PEOPLE = {rpc for rows in tables().values() for rpc, access in rows.items() if access.role is not None}


def method_of(rpc: str) -> MethodDescriptor:
    service, _, name = rpc.partition("/")
    found: MethodDescriptor = descriptor_pool.Default().FindServiceByName(service).methods_by_name[name]
    return found


@pytest.mark.parametrize("rpc", TABLE)
def test_a_row_is_about_a_call_of_people_and_its_fields(rpc: str) -> None:
    assert rpc in BY_PEOPLE
    fields = method_of(rpc).input_type.fields_by_name
    for name in TABLE[rpc].fields:
        assert fields[name].message_type is None, name


@pytest.mark.parametrize("rpc", [rpc for rpc in TABLE if TABLE[rpc].method in {"GET", "DELETE"}])
def test_what_travels_in_a_query_is_plain(rpc: str) -> None:
    others = [field for field in method_of(rpc).input_type.fields if field.name not in TABLE[rpc].fields]
    assert not [field.name for field in others if field.message_type is not None]


def test_no_two_calls_have_one_path() -> None:
    paths = [path_of(rpc, TABLE) for rpc in sorted(BY_PEOPLE)]
    shapes = [(path.method, re.sub(r"\{\w+\}", "{}", path.path)) for path in paths]
    assert len(shapes) == len(set(shapes))


def test_a_call_that_is_not_listed_has_a_path_all_the_same() -> None:
    path = path_of("notify.sms.v1.SmsService/TurnAround", TABLE)
    assert (path.method, path.path) == ("POST", f"{PREFIX}/sms/turn-around")


def test_the_edge_gets_an_annotation_for_every_call() -> None:
    files = FileDescriptorSet.FromString((ROOT / "gen/notify/descriptors.binpb").read_bytes())
    for file in files.file:
        for service in file.service:
            for method in service.method:
                rule = method.options.Extensions[annotations_pb2.http]
                path = path_of(f"{file.package}.{service.name}/{method.name}", TABLE)
                assert getattr(rule, path.method.lower()) == path.path


def test_the_page_of_the_internal_api_is_up_to_date() -> None:
    assert TARGET.read_text() == render(), "run `make roles`"

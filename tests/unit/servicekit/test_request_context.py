"""The request being served, as seen from inside and outside."""

import asyncio

from servicekit import request_context
from servicekit.request_context import PASS_ON_MARGIN_S, remaining_s, request_id, request_scope


def test_outside_a_request_nothing_is_known() -> None:
    assert (request_id(), remaining_s(), request_context.current_caller(), request_context.current()) == (
        "",
        None,
        None,
        None,
    )


def test_a_scope_begins_and_ends() -> None:
    with request_scope(request_id="outer"), request_scope(request_id="inner"):
        inner = request_id()

    assert (inner, request_id()) == ("inner", "")


def test_a_scope_without_an_id_gets_one_of_its_own() -> None:
    with request_scope() as first, request_scope() as second:
        assert first.request_id != second.request_id


def test_time_left_to_pass_on_is_less_a_margin_and_never_negative() -> None:
    with request_scope(timeout_s=10):
        left_s = remaining_s()
    with request_scope(timeout_s=PASS_ON_MARGIN_S / 2):
        nothing_s = remaining_s()

    assert left_s is not None
    assert 9.9 < left_s <= 10 - PASS_ON_MARGIN_S
    assert nothing_s == 0


async def test_tasks_of_different_requests_do_not_mix() -> None:
    async def serve(name: str) -> str:
        with request_scope(request_id=name):
            await asyncio.sleep(0)
            return request_id()

    assert list(await asyncio.gather(serve("a"), serve("b"))) == ["a", "b"]

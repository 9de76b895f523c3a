"""Which ports a stack takes."""

import socket
from collections.abc import Iterator

import pytest

from clients.notifyctl.stack.ports import HOST, OFFSETS, PortTakenError, choose_ports, free_port, is_free


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((HOST, free_port()))
        listener.listen()
        yield listener.getsockname()[1]


def test_ports_stand_at_fixed_distances_from_the_rest_port() -> None:
    base = free_port()
    wanted = [name for name, offset in OFFSETS.items() if is_free(base + offset)]
    chosen = choose_ports(base, wanted)
    assert chosen == {name: base + OFFSETS[name] for name in wanted}


def test_rest_port_zero_gives_free_ports_that_differ() -> None:
    chosen = choose_ports(0, OFFSETS)
    assert len(set(chosen.values())) == len(OFFSETS)
    assert all(is_free(port) for port in chosen.values())


def test_rest_port_that_somebody_has_is_an_error(taken_port: int) -> None:
    with pytest.raises(PortTakenError, match=f"port {taken_port} is in use"):
        choose_ports(taken_port, ["rest"])


def test_other_port_that_somebody_has_is_replaced(taken_port: int) -> None:
    rest_port = taken_port - OFFSETS["notifications"]
    chosen = choose_ports(rest_port, ["notifications"])
    assert chosen["notifications"] != taken_port
    assert is_free(chosen["notifications"])


def test_second_worker_gets_a_free_port() -> None:
    chosen = choose_ports(free_port(), ["rest", "notifications-2"])
    assert is_free(chosen["notifications-2"])


def test_ports_beyond_the_last_one_are_replaced() -> None:
    assert choose_ports(65_530, ["valkey"])["valkey"] < 65_536


def test_free_port_avoids_those_already_chosen() -> None:
    first = free_port()
    assert free_port([first]) != first

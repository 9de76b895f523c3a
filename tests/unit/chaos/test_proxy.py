"""The proxy: what passes, what does not, and what its ends see."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.chaos.proxy import HOST, Network, Proxy


@contextmanager
def echo() -> Iterator[int]:
    """A server that sends back what it gets; gives its port."""
    listener = socket.create_server((HOST, 0))

    def answer(connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(1_000):
                    connection.sendall(data)
            except OSError:
                return

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=[connection], daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with echo() as port, Proxy(lambda: (HOST, port)) as running:
        yield running


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection((HOST, proxy.port), timeout=5)


def asked(connection: socket.socket) -> bytes:
    connection.sendall(b"hello")
    return connection.recv(100)


def test_all_passes_while_the_network_is_fine(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        assert asked(connection) == b"hello"


def test_latency_is_added_in_both_directions(proxy: Proxy) -> None:
    proxy.latency_s = 0.1
    with connect(proxy) as connection:
        began = time.monotonic()
        assert asked(connection) == b"hello"
        assert time.monotonic() - began >= 0.2


def test_a_cut_resets_what_is_open_and_what_comes(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        assert asked(connection) == b"hello"
        proxy.set(Network.CUT)
        with pytest.raises(ConnectionError):
            connection.recv(1)
    with pytest.raises(ConnectionError), connect(proxy) as other:
        other.recv(1)
    proxy.set(Network.FINE)
    with connect(proxy) as again:
        assert asked(again) == b"hello"


def test_in_silence_both_ends_stay_connected_and_hear_nothing(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        assert asked(connection) == b"hello"
        proxy.set(Network.SILENT)
        connection.settimeout(0.2)
        connection.sendall(b"anybody?")
        with pytest.raises(TimeoutError):
            connection.recv(1)
        proxy.set(Network.FINE)
        connection.settimeout(5)
        with pytest.raises(ConnectionError):
            connection.recv(1)

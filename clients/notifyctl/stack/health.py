"""Is it up? Questions that a stack asks its processes. They answer yes or no, quickly, and never raise."""

import http.client
import socket
from urllib.parse import urlsplit

import psycopg

_TIMEOUT_S = 2.0


def http_ok(url: str) -> bool:
    """Whether a GET is answered with 200."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def postgres_ok(database_url: str) -> bool:
    """Whether the database takes connections."""
    try:
        psycopg.connect(database_url, connect_timeout=int(_TIMEOUT_S)).close()
    except psycopg.Error:
        return False
    return True


def valkey_ok(redis_url: str) -> bool:
    """Whether the store answers a ping."""
    parts = urlsplit(redis_url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 6379), _TIMEOUT_S) as connection:
            if parts.password:
                connection.sendall(f"AUTH {parts.password}\r\n".encode())
            connection.sendall(b"PING\r\nQUIT\r\n")
            answer = b""
            while chunk := connection.recv(256):
                answer += chunk
    except OSError:
        return False
    return b"+PONG" in answer

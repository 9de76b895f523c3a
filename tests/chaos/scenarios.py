"""The faults. Each takes a world, breaks something for a while, and puts it right.

`SCENARIOS` has all that fit one world; those that need a database of their own are in `databases`. `SHORT` is what runs
with every `make test`.
"""

import functools
import os
import random
import signal
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import which
from typing import Final

import psycopg
import requests

from clients.notifyctl.stack.services import SNS_TOPIC_ARN
from simulators.control import Change, Mode
from tests.chaos.proxy import Answers, Network
from tests.chaos.running import Scenario
from tests.chaos.world import SINK, World

VICTIMS: Final = ("api_gateway", "notifications", "sms", "email", "billing", "postgres", "valkey")
_TEXT_PROVIDERS: Final = ("mmg", "firetext")
_CLOCK: Final = Path(__file__).with_name("clock_step.c")
_STEP_S: Final = 30.0

Fault = Callable[[World], None]


# Processes


def kill(world: World, *names: str) -> None:
    """SIGKILL; waits until they are back."""
    for name in names:
        world.stack.process(name).kill()
    for name in names:
        world.stack.wait_healthy(name)


def kill_at_random(world: World, *, seconds: float, every_s: float) -> None:
    """A random process every so often."""
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        kill(world, random.choice(VICTIMS))
        time.sleep(every_s)


@contextmanager
def paused(world: World, name: str) -> Iterator[None]:
    """A process that is there and does nothing."""
    pid = world.stack.process(name).pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def pause(world: World, name: str, *, seconds: float) -> None:
    """SIGSTOP, and SIGCONT when its leases have run out and others have them."""
    with paused(world, name):
        time.sleep(seconds)


def deploy(world: World) -> None:
    """Every process of ours is told to stop and started again, in turn."""
    for name in ("api_gateway", "notifications", "sms", "email", "billing"):
        world.stack.process(name).restart()
        world.stack.wait_healthy(name)


def restart(world: World, name: str) -> None:
    """Stop in order, and start."""
    world.stack.process(name).restart()
    world.stack.wait_healthy(name)


# The database and the cache


def exhaust_connections(world: World, *, seconds: float) -> None:
    """Every connection that the server gives is taken, and those of our processes are ended."""
    url = world.stack.database_url
    with ExitStack() as held:
        admin = held.enter_context(psycopg.connect(url, autocommit=True))
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename like 'notify\\_%'"
            )
            try:
                while True:
                    held.enter_context(psycopg.connect(_as_role(world), autocommit=True))
            except psycopg.OperationalError:
                time.sleep(0.2)  # none is left


def _as_role(world: World) -> str:
    """The URL of an ordinary role: reserved connections are for superusers."""
    from clients.notifyctl.stack import postgres
    from clients.notifyctl.stack.secrets import StackSecrets

    password = StackSecrets(world.stack.home / "secrets").get("postgres_documents")
    return postgres.url(world.stack.state.ports["postgres"], password, role="notify_documents")


def flush_cache(world: World) -> None:
    """All of Valkey is gone, again and again."""
    import redis

    with redis.Redis.from_url(world.stack.redis_url) as client:
        for _ in range(10):
            client.flushall()
            time.sleep(0.3)


# The network


def cut(world: World, *ways: str, seconds: float) -> None:
    """Connections are reset."""
    _network(world, Network.CUT, ways, seconds)


def silence(world: World, *ways: str, seconds: float) -> None:
    """Connections stay and nothing passes."""
    _network(world, Network.SILENT, ways, seconds)


def slow(world: World, *ways: str, latency_s: float, seconds: float) -> None:
    """Everything takes longer."""
    for way in ways:
        world.ways[way].latency_s = latency_s
    time.sleep(seconds)


def _network(world: World, network: Network, ways: tuple[str, ...], seconds: float) -> None:
    for way in ways:
        world.ways[way].set(network)
    time.sleep(seconds)


def flap(world: World, *, seconds: float) -> None:
    """One way after the other is cut for a moment."""
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        way = world.ways[random.choice(list(world.ways))]
        way.set(Network.CUT)
        time.sleep(0.3)
        way.set(Network.FINE)
        time.sleep(0.5)


# Providers and receipts


def spoil_answers(world: World, answers: Answers, *, seconds: float) -> None:
    """What providers of texts answer comes truncated, or twice."""
    world.ways["sms-providers"].answers = answers
    time.sleep(seconds)


def providers(world: World, *names: str, change: Change, seconds: float) -> None:
    """Providers behave otherwise for a while."""
    with world.system.simulators as simulators:
        for name in names:
            simulators.change(name, change)
        time.sleep(seconds)
        for name in names:
            simulators.change(name, Change(mode=Mode.OK, latency_ms=100, fail_share=0, receipt_delay_ms=200))


def forge_receipts(world: World) -> None:
    """Receipts of nobody's messages, in every form, and false bounces of ours without a signature: all are refused or
    change nothing."""
    url = world.stack.rest_url
    with world.system.simulators as simulators:
        known = [row.reference for row in simulators.references()[:20]]
    for reference in (*known, "00000000-0000-7000-8000-000000000000", "no-id", ""):
        bounce = {
            "Type": "Notification", "MessageId": "x", "TopicArn": SNS_TOPIC_ARN,
            "Message": f'{{"notificationType":"Bounce","mail":{{"messageId":"{reference}"}}}}', "SignatureVersion": "1",
            "Signature": "AAAA", "SigningCertURL": "https://example.com/x.pem", "Timestamp": "2026-01-01T00:00:00.000Z",
        }  # fmt: skip
        answer = requests.post(f"{url}/notifications/email/ses", json=bounce, timeout=10)
        assert 400 <= answer.status_code < 500, answer.status_code
        for body in (b"{}", b'{"CID": 1}', b"\xff\xfe", b"[" * 5_000):
            answer = requests.post(f"{url}/notifications/sms/mmg", data=body, timeout=10)
            assert answer.status_code < 500, answer.status_code
    time.sleep(1)


# The clock


def step_clock(world: World, *names: str) -> None:
    """The wall clock of processes jumps ahead, and back."""
    folder = world.stack.home / "clock"
    folder.mkdir(exist_ok=True)
    library, step = folder / "step.so", folder / "step"
    compiler = which("gcc") or which("cc")
    if compiler is None:
        raise RuntimeError("no C compiler: the clock cannot be stepped here")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, _CLOCK, "-ldl"], check=True)
    step.write_bytes(struct.pack("d", 0.0))
    for name in names:
        world.stack.process(name).restart({"LD_PRELOAD": str(library), "CLOCK_STEP_FILE": str(step)})
        world.stack.wait_healthy(name)
    for seconds in (_STEP_S, 0.0, -_STEP_S, 0.0):
        with step.open("r+b") as file:
            file.write(struct.pack("d", seconds))
        time.sleep(4)


def _all(fault: Callable[..., None], *arguments: object, **named: object) -> Fault:
    return functools.partial(_called, fault, arguments, named)


def _called(
    fault: Callable[..., None], arguments: tuple[object, ...], named: dict[str, object], world: World
) -> None:
    fault(world, *arguments, **named)


PAUSE_S: Final = 30.0
"""Longer than a lease."""
_PAUSE_S: Final = 12.0
_SHORTLY: Final = 6.0

SCENARIOS: Final = (
    *(
        Scenario(name=f"kill {name}", lasts_s=3, fault=_all(kill, name), doubles=True)
        for name in VICTIMS
    ),
    Scenario(name="kill everything at once", lasts_s=5, fault=_all(kill, *VICTIMS), doubles=True),
    Scenario(
        name="a random kill every 10 s", lasts_s=60, doubles=True,
        fault=_all(kill_at_random, seconds=40, every_s=10),
    ),
    *(
        Scenario(
            name=f"{name} paused for {PAUSE_S:.0f} s", lasts_s=PAUSE_S, doubles=True,
            fault=_all(pause, name, seconds=PAUSE_S),
        )
        for name in ("sms", "email")
    ),
    *(
        Scenario(name=f"{name} paused", lasts_s=_PAUSE_S, fault=_all(pause, name, seconds=_PAUSE_S), doubles=True)
        for name in ("notifications", "api_gateway", "postgres")
    ),
    Scenario(name="billing paused", lasts_s=_PAUSE_S, fault=_all(pause, "billing", seconds=_PAUSE_S), accepts=True),
    Scenario(name="deploy in the middle", lasts_s=30, fault=deploy),
    Scenario(name="postgres restarted", lasts_s=4, fault=_all(restart, "postgres"), doubles=True),
    Scenario(name="connections exhausted", lasts_s=6, fault=_all(exhaust_connections, seconds=6), doubles=True),
    Scenario(name="valkey flushed", lasts_s=4, fault=flush_cache, accepts=True),
    Scenario(name="valkey paused", lasts_s=_SHORTLY, fault=_all(pause, "valkey", seconds=_SHORTLY), accepts=True),
    Scenario(
        name="valkey slow", lasts_s=_SHORTLY, accepts=True,
        fault=_all(slow, "gateway-valkey", "notifications-valkey", latency_s=0.3, seconds=_SHORTLY),
    ),
    Scenario(
        name="valkey half open", lasts_s=_SHORTLY, accepts=True,
        fault=_all(silence, "gateway-valkey", "notifications-valkey", seconds=_SHORTLY),
    ),
    *(
        Scenario(name=f"{way} cut", lasts_s=_SHORTLY, fault=_all(cut, way, seconds=_SHORTLY), doubles=True)
        for way in ("gateway-notifications", "sms-notifications", "email-notifications", "notifications-postgres",
                    "gateway-sms", "billing-notifications", "sms-providers", "email-provider", "sms-postgres")
    ),
    *(
        Scenario(name=f"{way} half open", lasts_s=12, fault=_all(silence, way, seconds=12), doubles=True)
        for way in ("gateway-notifications", "sms-notifications", "notifications-postgres", "gateway-sms",
                    "sms-providers", "email-provider")
    ),
    *(
        Scenario(
            name=f"{way} slow", lasts_s=_SHORTLY, accepts=True,
            fault=_all(slow, way, latency_s=0.25, seconds=_SHORTLY),
        )
        for way in ("gateway-notifications", "sms-notifications", "sms-providers")
    ),
    Scenario(name="the network flaps", lasts_s=20, fault=_all(flap, seconds=20), doubles=True),
    *(
        Scenario(
            name=f"{'+'.join(names)} {mode.value}", lasts_s=_SHORTLY, accepts=True, doubles=True,
            fault=_all(providers, *names, change=Change(mode=mode), seconds=_SHORTLY),
        )
        for names in (("mmg",), (*_TEXT_PROVIDERS, "ses"))
        for mode in (Mode.FAIL, Mode.GARBAGE, Mode.THROTTLE, Mode.TIMEOUT)
    ),
    Scenario(
        name="providers answer after the timeout", lasts_s=_SHORTLY, accepts=True, doubles=True,
        fault=_all(providers, "mmg", change=Change(latency_ms=7_000), seconds=_SHORTLY),
    ),
    Scenario(
        name="providers' answers truncated", lasts_s=_SHORTLY, accepts=True, doubles=True,
        fault=_all(spoil_answers, Answers.TRUNCATED, seconds=_SHORTLY),
    ),
    Scenario(
        name="providers answer twice", lasts_s=_SHORTLY, accepts=True, doubles=True,
        fault=_all(spoil_answers, Answers.TWICE, seconds=_SHORTLY),
    ),
    Scenario(
        name="receipts before our own commit", lasts_s=_SHORTLY, accepts=True,
        fault=_all(
            providers, *_TEXT_PROVIDERS, "ses",
            change=Change(latency_ms=800, receipt_delay_ms=0), seconds=_SHORTLY,
        ),
    ),
    Scenario(
        name="receipts late", lasts_s=_SHORTLY, accepts=True,
        fault=_all(providers, *_TEXT_PROVIDERS, "ses", change=Change(receipt_delay_ms=15_000), seconds=_SHORTLY),
    ),
    Scenario(name="receipts forged", lasts_s=3, accepts=True, fault=forge_receipts),
    Scenario(
        name="the service's endpoint fails", lasts_s=_SHORTLY, accepts=True,
        fault=_all(providers, f"callbacks/{SINK}", change=Change(mode=Mode.FAIL), seconds=_SHORTLY),
    ),
    Scenario(name="clock stepped", lasts_s=25, fault=_all(step_clock, "notifications", "sms"), doubles=True),
)  # fmt: skip
"""In the order in which they run; the last one leaves its processes changed."""

"""What alerts and dashboards ask for is on the pages of a running system."""

import re
from urllib.parse import urlsplit

import requests

from tests.e2e.stack import System, final_status
from tests.unit.deploy.queries import EXTERNAL, expressions, metrics_in, recorded

_DECLARED = re.compile(r"^# TYPE (\w+) (\w+)$", re.MULTILINE)
_ENDINGS = ("_bucket", "_sum", "_count")


def names_on_all_pages(system: System) -> set[str]:
    """Names as queries may use them, of every process."""
    names: set[str] = set()
    for name, process in system.stack.state.processes.items():
        if process.health_url is None or not system.stack.process(name).is_running:
            continue
        page = urlsplit(process.health_url)._replace(path="/metrics").geturl()
        for metric, kind in _DECLARED.findall(requests.get(page, timeout=10).text):
            names |= {f"{metric}{ending}" for ending in _ENDINGS} if kind == "histogram" else {metric}
    return names


def test_every_metric_that_is_asked_for_is_shown(system: System) -> None:
    shown = names_on_all_pages(system)
    asked = {name for _, expression in expressions() for name in metrics_in(expression)}
    assert asked - shown - EXTERNAL - recorded() == set()
    assert {"process_cpu_seconds_total", "process_resident_memory_bytes"} <= shown


def test_a_message_moves_what_is_measured(system: System) -> None:
    def sent() -> float:
        page = requests.get(urlsplit(url)._replace(path="/metrics").geturl(), timeout=10).text
        counts = re.findall(
            r'^notify_notifications_sent_seconds_count\{channel="sms",lane="\w+"\} (\S+)$', page, re.MULTILINE
        )
        return sum(float(count) for count in counts)

    url = next(
        process.health_url
        for name, process in system.stack.state.processes.items()
        if name == "notifications" and process.health_url is not None
    )
    before = sent()
    with system.client() as client:
        id = client.send_sms_notification("07700900158", system.demo.sms_template_id, {"name": "Ada"})["id"]
        assert final_status(client, id) == "delivered"
    assert sent() == before + 1

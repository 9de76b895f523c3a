"""What `notifyctl up` prints."""

import re
from pathlib import Path

from rich.console import Console

from clients.notifyctl.demo import Demo, SentMessage
from clients.notifyctl.stack.state import Phase, StackState
from clients.notifyctl.summary import summary_facts, summary_text

HOME = Path("/project/.notify")
KEY = "demo-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"
STATE = StackState(
    phase=Phase.READY,
    pid=1,
    ports={"rest": 6011, "simulators": 6030, "notifications": 6021, "sms": 6022},
    database_url="postgresql://postgres:secret@127.0.0.1/notify",
    redis_url="redis://:secret@127.0.0.1/0",
)
DEMO = Demo(
    service_id="s1", service_name="Demo service", api_key=KEY, sms_template_id="t1", email_template_id="t2"
)
SENT = [
    SentMessage(
        channel="text", recipient="07700900123", notification_id="n1", status="delivered", seconds=0.5
    )
]


def printed(home: Path = HOME, demo: Demo | None = DEMO, width: int = 60) -> str:
    console = Console(width=width, highlight=False, soft_wrap=True)
    with console.capture() as captured:
        console.print(summary_text(home, HOME, STATE, demo, SENT))
    return captured.get()


def test_lines_to_paste_are_whole_however_narrow_the_terminal() -> None:
    curl = re.search(r"^curl .*$", printed(width=20), re.MULTILINE)
    assert curl is not None
    assert curl[0].endswith(""""personalisation": {"name": "Ada"}}\'""")
    assert "Bearer $(" in curl[0]
    assert "bin/notifyctl api-token)" in curl[0]


def test_another_home_is_named_in_the_line_to_paste() -> None:
    assert "token --home /tmp/second)" in printed(home=Path("/tmp/second"))


def test_client_is_made_with_the_key_and_another_base_url_only() -> None:
    assert f'NotificationsAPIClient("{KEY}", base_url="http://127.0.0.1:6011")' in printed()


def test_status_of_what_was_sent_is_shown() -> None:
    assert "delivered after 0.50 s" in printed()


def test_without_a_demo_only_addresses_are_shown() -> None:
    text = printed(demo=None)
    assert "http://127.0.0.1:6030/" in text
    assert "curl" not in text


def test_no_secret_of_the_stack_is_printed() -> None:
    assert "secret" not in printed()
    assert "secret" not in str(summary_facts(HOME, STATE, DEMO, SENT))

"""Plain requests to the public API, for tests that send what the official client never would."""

from dataclasses import dataclass
from typing import Any

import requests

from clients.notifyctl.tokens import FullKey, mint

TIMEOUT_S = 30.0
TEXT_PATH = "/v2/notifications/sms"
EMAIL_PATH = "/v2/notifications/email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """The API as one service with one key sees it."""

    url: str
    service_id: str
    secret: str

    def token(self) -> str:
        """A good token."""
        return mint(FullKey(service_id=self.service_id, secret=self.secret))

    def post(self, path: str, body: object) -> requests.Response:
        """POST a JSON body with a good token."""
        return self.send("POST", path, json=body)

    def accepted(self, path: str, body: object) -> str:
        """The id of a message that is sent; an answer that is no 201 fails the test with what it says."""
        answer = self.post(path, body)
        assert answer.status_code == 201, f"{answer.status_code}: {answer.text}"
        return str(answer.json()["id"])

    def get(self, path: str) -> requests.Response:
        """GET with a good token."""
        return self.send("GET", path)

    def send(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **rest: Any
    ) -> requests.Response:
        """Any request. It carries a good token unless `headers` has an Authorization of its own."""
        all_headers = {"Authorization": f"Bearer {self.token()}", **(headers or {})}
        return requests.request(method, self.url + path, headers=all_headers, timeout=TIMEOUT_S, **rest)

    def status_of(self, notification_id: str) -> str:
        """The status of a notification, as it is now."""
        answer = self.get(f"/v2/notifications/{notification_id}")
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text}"
        return str(answer.json()["status"])

    def has_status(self, notification_id: str, status: str) -> bool:
        """Whether a notification is known to be in a status: while something is away, it may not be known."""
        answer = self.get(f"/v2/notifications/{notification_id}")
        return answer.status_code == 200 and answer.json()["status"] == status

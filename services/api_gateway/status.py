"""`/` and `/_status`: is the API up, and which version is it. No token is needed."""

from collections.abc import Callable
from dataclasses import dataclass

from services.api_gateway import errors
from services.api_gateway.http import Answer, Request, json_answer
from services.api_gateway.ports import HealthPort


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What runs here."""

    git_commit: str
    build_time: str


class Status:
    """Tells how the API is."""

    def __init__(self, notifications: HealthPort, build: Build, is_stopping: Callable[[], bool]) -> None:
        self._notifications = notifications
        self._build = build
        self._is_stopping = is_stopping

    async def show(self, request: Request) -> Answer:
        """With `?simple=1` only that this process answers; else 503 unless the notifications service is
        well too. A process that stops says 503, so that nobody sends it more.

        The gateway has no database, so its versions are null: the fields are there because clients look for
        them.
        """
        if self._is_stopping():
            return errors.plain_answer(503, "This process is stopping")
        if any(name == "simple" and value for name, value in request.query()):
            return json_answer(200, {"status": "ok"})
        if not await self._notifications.is_serving():
            return errors.plain_answer(503, "The notifications service is not available")
        return json_answer(
            200,
            {
                "status": "ok",
                "git_commit": self._build.git_commit,
                "build_time": self._build.build_time,
                "db_version": None,
                "db_bulk_version": None,
            },
        )
